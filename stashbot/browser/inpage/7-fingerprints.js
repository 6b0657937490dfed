// Fingerprints of elements, and the elements that are like a fingerprint

const FINGERPRINTS = 20;
const ANCESTORS = 12;
const BIG = 40; // elements inside; icons in more than these do not tell what it is
const MOST_GROUPED = 1000;
const SKIPPED = "script,style,link,meta,template,noscript,head,head *,svg *,html,body,br,source,track";
const VALUED = ["name", "type", "for", "href", "src", "aria-haspopup", "aria-modal", "inputmode", "rows"];
const WORDED = ["placeholder", "title", "aria-label", "alt"];
const TRANSIENT_DATA = /^data-(popper|focus|state|reach|v-|radix|testid-run|selected|disabled|active|prefix$|src|tip)/;
const PLAIN = /^[\w.:/-]{1,60}$/;

const numbersOut = (text) => text.replace(/\d+/g, "#");
const addressShape = (address) => {
  if (/^(data|blob|javascript):/.test(address)) return address.split(":")[0] + ":";
  const url = new URL(address, document.baseURI);
  const keys = [...new Set(url.searchParams.keys())].sort().join("&");
  const hash = address.startsWith("#") ? "#" : "";
  const path = hash ? "" : url.pathname;
  const host = url.origin === location.origin ? "" : "//";
  return host + (host ? "" : numbersOut(path)) + (keys ? `?${keys}` : "") + hash;
};
const textShape = (element) => {
  const text = textOf(element);
  if (!text || text.length > 80) return "";
  return text.replace(/\p{N}+/gu, "9").replace(/[\p{L}\p{M}]+/gu, "a").replace(/\s+/g, " ").replace(/a( a)+/g, "a a").slice(0, 20);
};
// Tests for names of classes and icons, from the patterns {transient, layout, generic, stateIcons}.
// A class is `own` when it belongs to the element rather than to its state or the style library.
const kindsOf = ({ nameKinds }) => {
  const test = (patterns) => {
    const pattern = new RegExp(`^(?:${patterns.map((part) => `(?:${part})`).join("|")})$`);
    return (name) => pattern.test(name);
  };
  const [transient, layout, generic, stateIcon] = [nameKinds.transient, nameKinds.layout, nameKinds.generic, nameKinds.stateIcons].map(test);
  return { transient, layout, generic, stateIcon, own: (name) => !transient(name) && !layout(name) && !generic(name) };
};
const dataOf = (element) => {
  const data = {};
  for (const { name, value } of element.attributes) {
    if (name.startsWith("data-") && !TRANSIENT_DATA.test(name)) data[name] = PLAIN.test(value) ? numbersOut(value) : "*";
  }
  return data;
};
const classesOf = (element, kinds) => [...element.classList].filter((name) => !kinds.transient(name));
const outlineOf = (element, kinds) =>
  element && {
    tag: element.localName,
    id: element.id ? numbersOut(element.id) : null,
    classes: classesOf(element, kinds),
    data: dataOf(element),
  };
// The ancestors below the body, from the nearest on.
const ancestorsOf = (element) => {
  const ancestors = [];
  for (let node = element.parentElement; node && node !== document.body && ancestors.length < ANCESTORS; node = node.parentElement) ancestors.push(node);
  return ancestors;
};
const siblingsOf = (element) =>
  element.parentElement ? [...element.parentElement.children].filter((sibling) => sibling.localName === element.localName) : [];
const iconsOf = (element) => {
  if (element.getElementsByTagName("*").length > BIG) return [];
  return [...new Set([...element.querySelectorAll("svg[data-icon]")].map((icon) => icon.dataset.icon))].slice(0, 6);
};
// The marks of the outermost dialog around an element; null outside of dialogs. Marks are its own
// classes and ids, the icons of its header, and the kinds of its footer's buttons.
const DIALOG = "[role=dialog],dialog,.modal,.modal-dialog";
const dialogOf = (element, kinds) => {
  let dialog = element.closest(DIALOG);
  if (!dialog) return null;
  for (let outer = dialog; outer; outer = dialog.parentElement && dialog.parentElement.closest(DIALOG)) dialog = outer;
  const marks = new Set();
  const boxes = [dialog, ...dialog.querySelectorAll(".modal-dialog, .modal-body > *:first-child")];
  for (const box of boxes) {
    if (box.id && !/\d/.test(box.id)) marks.add(`#${box.id}`);
    for (const name of box.classList) if (kinds.own(name)) marks.add(`.${name}`);
  }
  for (const icon of dialog.querySelectorAll(".modal-header svg[data-icon]")) marks.add(`icon ${icon.dataset.icon}`);
  for (const button of dialog.querySelectorAll(".modal-footer button")) {
    for (const name of button.classList) if (/^btn-/.test(name)) marks.add(`button ${name}`);
  }
  return [...marks].sort();
};
// Names of what is inside, in order; a long list's items are named once.
const insideOf = (element, kinds) => {
  const names = new Set();
  for (const inner of [...element.querySelectorAll(":scope > *, :scope > * > *, :scope > * > * > *")].slice(0, 60)) {
    if (inner.closest("svg")) continue;
    if (inner.id && !/\d/.test(inner.id)) names.add(inner.id);
    for (const name of inner.classList) if (kinds.own(name)) names.add(name);
    if (names.size >= 8) break;
  }
  return [...names].slice(0, 8);
};
const fingerprintOf = (element, kinds) => {
  const attributes = dataOf(element);
  for (const name of VALUED) {
    const value = element.getAttribute(name);
    if (value !== null) attributes[name] = name === "href" || name === "src" ? addressShape(value) : PLAIN.test(value) ? numbersOut(value) : "*";
  }
  for (const name of WORDED) if (element.hasAttribute(name)) attributes[name] = "*";
  return {
    tag: element.localName,
    id: element.id ? numbersOut(element.id) : null,
    classes: classesOf(element, kinds),
    attributes,
    role: element.getAttribute("role"),
    text: textShape(element),
    icons: iconsOf(element),
    inside: insideOf(element, kinds),
    before: outlineOf(element.previousElementSibling, kinds),
    after: outlineOf(element.nextElementSibling, kinds),
    path: ancestorsOf(element).map((ancestor) => outlineOf(ancestor, kinds)),
    index: Math.max(0, siblingsOf(element).indexOf(element)),
    dialog: dialogOf(element, kinds),
  };
};

// The elements of the first strategy that serves, as in countKeys.
const servedBy = (target) => {
  for (const strategy of target.strategies) {
    const all = matches(strategy);
    const found = target.visible === false ? all : all.filter(visible);
    if (found.length && !(target.unique && found.length > 1)) return found;
  }
  return [];
};
// A map from elements to the keys that claim them.
const claimedBy = (claims) => {
  const keys = new Map();
  for (const { target, allStrategies } of claims) {
    const found = allStrategies ? target.strategies.flatMap(matches) : servedBy(target);
    for (const element of found) keys.set(element, [...new Set([...(keys.get(element) || []), target.key])]);
  }
  return keys;
};

// Whether an address of the element has the number as a part of its path.
const hasInAddress = (element, number) =>
  ["href", "src"].some((name) => (element.getAttribute(name) || "").split(/[?#]/)[0].split("/").includes(number));

// A rough first score. Python compares the fingerprints of those that come out best.
const roughScore = (like, element, kinds) => {
  let score = element.localName === like.tag ? 2 : 0;
  if (like.id && element.id && numbersOut(element.id) === like.id) score += 6;
  for (const name of element.classList) if (like.classes.includes(name) && !kinds.transient(name)) score += /^(btn|form-control|row|col)/.test(name) ? 1 : 2;
  for (const [name, value] of Object.entries(like.attributes)) {
    const own = element.getAttribute(name);
    if (own === null) continue;
    const shape = name === "href" || name === "src" ? addressShape(own) : numbersOut(own);
    score += shape === value ? 4 : 0;
  }
  if (like.role && element.getAttribute("role") === like.role) score += 1;
  for (const icon of like.icons.slice(0, 2)) if (element.querySelector(`svg[data-icon=${CSS.escape(icon)}]`)) score += 2;
  const parent = element.parentElement;
  if (score && parent && like.path.length) {
    const near = like.path[0];
    if (near.classes.some((name) => parent.classList.contains(name)) || (near.id && parent.id === near.id)) score += 2;
  }
  return score;
};
// A key that is the same for elements of one kind, such as the items of a list.
const groupKeyOf = ({ index, before, after, text, inside, ...rest }) => {
  const { href, src, ...attributes } = rest.attributes;
  return JSON.stringify({ ...rest, attributes });
};
// A folded sidebar is left of the page, where nobody can scroll to.
const inSight = (element) => visible(element) && element.getBoundingClientRect().right + scrollX > 0;
let offered = []; // the candidates of the last findCandidates, for makeSelectors

Object.assign(operations, {
  async readFingerprints(op) {
    const kinds = kindsOf(op);
    return servedBy(op.target).slice(0, FINGERPRINTS).map((element) => fingerprintOf(element, kinds));
  },
  async findCandidates(op) {
    const kinds = kindsOf(op);
    const claimed = claimedBy(op.claims);
    const ranked = [];
    for (const element of document.body.querySelectorAll("*")) {
      if (element.matches(SKIPPED)) continue;
      if (op.text && textOf(element) !== op.text) continue;
      if (op.numbers.some((number) => !hasInAddress(element, number))) continue;
      const score = Math.max(...op.like.map((like) => roughScore(like, element, kinds)));
      if (score > 0) ranked.push({ element, score });
    }
    ranked.sort((first, second) => second.score - first.score);
    const groups = new Map();
    for (const { element } of ranked.slice(0, op.many ? MOST_GROUPED : op.limit)) {
      const shown = inSight(element);
      const fingerprint = fingerprintOf(element, kinds);
      // Where one element is looked for each is a group of its own.
      const groupKey = op.many ? `${shown} ${groupKeyOf(fingerprint)}` : groups.size;
      const group = groups.get(groupKey);
      if (group) group.elements.push(element);
      else if (groups.size < op.limit) groups.set(groupKey, { elements: [element], fingerprint, shown });
    }
    offered = [...groups.values()];
    return offered.map(({ elements, fingerprint, shown }, place) => ({
      place,
      fingerprint,
      visible: shown,
      count: elements.length,
      element: describe(elements[0]),
      claimed_by: [...new Set(elements.flatMap((element) => claimed.get(element) || []))],
    }));
  },
  async makeSelectors(op) {
    const kinds = kindsOf(op);
    return op.places.map((place) => {
      const group = offered[place];
      if (!group || !group.elements.every((element) => element.isConnected)) return null;
      return selectorOf(group.elements, { ...op, kinds });
    });
  },
});
