// Outlines: the elements that keys find and what stands around them, without what is written there

const AROUND = 14;
const WITHIN = 60;
const LANDMARKS = "[id], input, select, textarea, svg[data-icon], [role=dialog], .modal-footer > *, a[href^='/help']";
const LANDMARKS_KEPT = 150;
const WHOLE = 2;
const KEPT_ATTRIBUTES = /^(data-(?!popper|focus|state)[\w-]+|role|type|name|for|aria-(haspopup|expanded|modal|hidden|disabled|selected)|title|placeholder)$/;
const WORDS = new Set(["title", "placeholder"]);

const outlined = (element) => {
  const own = { tag: element.localName };
  if (element.id) own.id = element.id;
  const classes = [...element.classList].filter((name) => !name.startsWith("css-"));
  if (classes.length) own.classes = classes.join(" ");
  const attributes = {};
  for (const { name, value } of element.attributes) {
    if (KEPT_ATTRIBUTES.test(name)) attributes[name] = WORDS.has(name) && !/^[A-Z-]+$/.test(value) ? "*" : PLAIN.test(value) ? value : "*";
  }
  for (const name of ["href", "src"]) {
    const value = element.getAttribute(name);
    if (!value || element.localName === "script" || element.localName === "link") continue;
    const url = new URL(value, document.baseURI);
    attributes[name] = value.startsWith("#") ? "#" : url.origin === location.origin ? url.pathname + (url.search ? "?*" : "") : /^https?:/.test(url.protocol) ? "*" : `${url.protocol}*`;
  }
  if (Object.keys(attributes).length) own.attributes = attributes;
  if (element.disabled === true) own.disabled = true;
  if (element.checked === true) own.checked = true;
  if (!visible(element)) own.hidden = true;
  return own;
};

Object.assign(operations, {
  // A tree of what the targets find, their ancestors, and the outlines beside and inside them.
  // `texts` are those of elements that a strategy tells by text.
  async outline(op) {
    const found = new Set();
    const texts = new Map();
    const whole = new Set();
    for (const target of op.targets) {
      for (const strategy of target.strategies) {
        const all = matches(strategy).slice(0, op.limit);
        for (const element of all) {
          found.add(element);
          if (all.indexOf(element) < WHOLE) whole.add(element);
          if (strategy.text) texts.set(element, strategy.text);
        }
      }
    }
    const kept = new Set();
    const keep = (element) => element && element !== document.documentElement && kept.add(element);
    const scope = [...document.querySelectorAll("[role=dialog], .main")].pop() || document.body;
    for (const element of [...scope.querySelectorAll(LANDMARKS)].slice(0, LANDMARKS_KEPT)) {
      for (let one = element; one && one !== document.documentElement; one = one.parentElement) keep(one);
    }
    for (const element of found) {
      for (let one = element; one && one !== document.documentElement; one = one.parentElement) {
        keep(one);
        if (one.parentElement && one !== document.body) [...one.parentElement.children].slice(0, AROUND).forEach(keep);
      }
      if (whole.has(element)) [...element.querySelectorAll("*")].slice(0, WITHIN).forEach(keep);
    }
    const build = (element) => {
      const node = outlined(element);
      if (texts.has(element)) node.text = texts.get(element);
      const children = [...element.children].filter((child) => kept.has(child) && !/^(script|style|link|noscript|path)$/.test(child.localName));
      if (children.length) node.children = children.map(build);
      return node;
    };
    return build(document.body);
  },
});
