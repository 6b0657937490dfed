// Outlines: the elements that keys find and what is around them, without their texts

const AROUND = 14;
const WITHIN = 60;
const LANDMARKS = "[id], input, select, textarea, svg[data-icon], [role=dialog], .modal-footer > *, a[href^='/help']";
const LANDMARKS_KEPT = 150;
const WHOLE = 2;
const KEPT_ATTRIBUTES = /^(data-(?!popper|focus|state)[\w-]+|role|type|name|for|aria-(haspopup|expanded|modal|hidden|disabled|selected)|title|placeholder)$/;
const WORDS = new Set(["title", "placeholder"]);

// An element and its ancestors, up to the body.
const lineageOf = (element) => {
  const lineage = [];
  for (let node = element; node && node !== document.documentElement; node = node.parentElement) lineage.push(node);
  return lineage;
};
const valueShown = (name, value) => {
  if (WORDS.has(name) && !/^[A-Z-]+$/.test(value)) return "*";
  return PLAIN.test(value) ? value : "*";
};
const addressShown = (value) => {
  if (value.startsWith("#")) return "#";
  const url = new URL(value, document.baseURI);
  if (url.origin === location.origin) return url.pathname + (url.search ? "?*" : "");
  return /^https?:/.test(url.protocol) ? "*" : `${url.protocol}*`;
};

const outlined = (element) => {
  const own = { tag: element.localName };
  if (element.id) own.id = element.id;
  const classes = [...element.classList].filter((name) => !name.startsWith("css-"));
  if (classes.length) own.classes = classes.join(" ");
  const attributes = {};
  for (const { name, value } of element.attributes) {
    if (KEPT_ATTRIBUTES.test(name)) attributes[name] = valueShown(name, value);
  }
  for (const name of ["href", "src"]) {
    const value = element.getAttribute(name);
    if (!value || element.localName === "script" || element.localName === "link") continue;
    attributes[name] = addressShown(value);
  }
  if (Object.keys(attributes).length) own.attributes = attributes;
  if (element.disabled === true) own.disabled = true;
  if (element.checked === true) own.checked = true;
  if (!visible(element)) own.hidden = true;
  return own;
};

Object.assign(operations, {
  async readOutline(op) {
    const found = new Set();
    const texts = new Map(); // of elements that a strategy finds by their text
    const whole = new Set(); // elements that are outlined with what is inside them
    for (const target of op.targets) {
      for (const strategy of target.strategies) {
        const all = matches(strategy).slice(0, op.limit);
        for (const [place, element] of all.entries()) {
          found.add(element);
          if (place < WHOLE) whole.add(element);
          if (strategy.text) texts.set(element, strategy.text);
        }
      }
    }
    const kept = new Set();
    const keep = (element) => kept.add(element);
    const scope = [...document.querySelectorAll("[role=dialog], .main")].pop() || document.body;
    for (const element of [...scope.querySelectorAll(LANDMARKS)].slice(0, LANDMARKS_KEPT)) {
      lineageOf(element).forEach(keep);
    }
    for (const element of found) {
      for (const ancestor of lineageOf(element)) {
        keep(ancestor);
        if (ancestor !== document.body) [...ancestor.parentElement.children].slice(0, AROUND).forEach(keep);
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
