// Fingerprints of elements, and elements that are like a fingerprint

const FINGERPRINTS = 20;
const ANCESTORS = 12;
const BIG = 40;
const SKIPPED = "script,style,link,meta,template,noscript,head,head *,svg *,html,body,br,source,track";
const VALUED = ["name", "type", "for", "href", "src", "aria-haspopup", "aria-modal", "inputmode", "rows"];
const WORDED = ["placeholder", "title", "aria-label", "alt"];
const PASSING = /^data-(popper|focus|state|reach|v-|radix|testid-run|selected|disabled|active|prefix$|src|tip)/;
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
// What classes and icons are worth, as the question says: {transient, layout, generic, stateIcons}.
const kindsOf = (op) => {
  const test = (patterns) => {
    const pattern = new RegExp(`^(?:${patterns.map((one) => `(?:${one})`).join("|")})$`);
    return (name) => pattern.test(name);
  };
  const [passing, layout, generic, stateIcon] = [op.kinds.transient, op.kinds.layout, op.kinds.generic, op.kinds.stateIcons].map(test);
  return { passing, layout, generic, stateIcon, own: (name) => !passing(name) && !layout(name) && !generic(name) };
};
const dataOf = (element) => {
  const data = {};
  for (const { name, value } of element.attributes) {
    if (name.startsWith("data-") && !PASSING.test(name)) data[name] = PLAIN.test(value) ? numbersOut(value) : "*";
  }
  return data;
};
const classesOf = (element, kinds) => [...element.classList].filter((name) => !kinds.passing(name));
const outlineOf = (element, kinds) =>
  element && {
    tag: element.localName,
    id: element.id ? numbersOut(element.id) : null,
    classes: classesOf(element, kinds),
    data: dataOf(element),
  };
const ancestorsOf = (element) => {
  const found = [];
  for (let one = element.parentElement; one && one !== document.body && found.length < ANCESTORS; one = one.parentElement) found.push(one);
  return found;
};
const iconsOf = (element) => {
  if (element.getElementsByTagName("*").length > BIG) return [];
  return [...new Set([...element.querySelectorAll("svg[data-icon]")].map((icon) => icon.dataset.icon))].slice(0, 6);
};
// What a dialog is known by: its own classes and ids, the icon of its header, its footer's buttons.
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
  for (const one of [...element.querySelectorAll(":scope > *, :scope > * > *, :scope > * > * > *")].slice(0, 60)) {
    if (one.closest("svg")) continue;
    if (one.id && !/\d/.test(one.id)) names.add(one.id);
    for (const name of one.classList) if (kinds.own(name)) names.add(name);
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
  const alike = element.parentElement ? [...element.parentElement.children].filter((one) => one.localName === element.localName) : [];
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
    path: ancestorsOf(element).map((one) => outlineOf(one, kinds)),
    index: Math.max(0, alike.indexOf(element)),
    dialog: dialogOf(element, kinds),
  };
};

// What a target finds: by the first strategy that serves, as in a check.
const servedBy = (target) => {
  for (const strategy of target.strategies) {
    const all = matches(strategy);
    const found = target.visible === false ? all : all.filter(visible);
    if (found.length && !(target.unique && found.length > 1)) return found;
  }
  return [];
};
const takenElements = (taken) => {
  const keys = new Map();
  const add = (element, key) => keys.set(element, [...new Set([...(keys.get(element) || []), key])]);
  for (const { target, write } of taken || []) {
    const found = write ? target.strategies.flatMap(matches) : servedBy(target);
    found.forEach((element) => add(element, target.key));
  }
  return keys;
};

// Whether an address of the element names the thing of that number.
const carries = (element, number) =>
  ["href", "src"].some((name) => (element.getAttribute(name) || "").split(/[?#]/)[0].split("/").includes(number));

// A first, rough ranking; the fingerprints of the best are compared elsewhere.
const roughly = (like, element, kinds) => {
  let score = element.localName === like.tag ? 2 : 0;
  if (like.id && element.id && numbersOut(element.id) === like.id) score += 6;
  for (const name of element.classList) if (like.classes.includes(name) && !kinds.passing(name)) score += /^(btn|form-control|row|col)/.test(name) ? 1 : 2;
  for (const [name, value] of Object.entries(like.attributes)) {
    const held = element.getAttribute(name);
    if (held === null) continue;
    const shape = name === "href" || name === "src" ? addressShape(held) : numbersOut(held);
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
const kinOf = (one) => {
  const { index, before, after, text, inside, ...kin } = one;
  const { href, src, ...attributes } = kin.attributes;
  return JSON.stringify({ ...kin, attributes });
};
// A folded sidebar stands beside the page, where nobody can scroll: it is not seen.
const inSight = (element) => visible(element) && element.getBoundingClientRect().right + scrollX > 0;
let offered = [];

Object.assign(operations, {
  // Fingerprints of what the serving strategy of a target finds.
  async fingerprint(op) {
    const kinds = kindsOf(op);
    return servedBy(op.target).slice(0, FINGERPRINTS).map((element) => fingerprintOf(element, kinds));
  },
  // Elements like any of the fingerprints `like`; of `many`, one a group of elements that are kin.
  async candidates(op) {
    const kinds = kindsOf(op);
    const likes = [].concat(op.like);
    const taken = takenElements(op.taken);
    const ranked = [];
    for (const element of document.body.querySelectorAll("*")) {
      if (element.matches(SKIPPED)) continue;
      if (op.text && textOf(element) !== op.text) continue;
      if ((op.numbers || []).some((number) => !carries(element, number))) continue;
      const score = Math.max(...likes.map((like) => roughly(like, element, kinds)));
      if (score > 0) ranked.push({ element, score });
    }
    ranked.sort((one, other) => other.score - one.score);
    const groups = new Map();
    for (const { element } of ranked.slice(0, op.many ? 1000 : op.limit || 80)) {
      const shown = inSight(element);
      const fingerprint = fingerprintOf(element, kinds);
      const kin = op.many ? `${shown} ${kinOf(fingerprint)}` : groups.size;
      const group = groups.get(kin);
      if (group) group.elements.push(element);
      else if (groups.size < (op.limit || 80)) groups.set(kin, { elements: [element], fingerprint, shown });
    }
    offered = [...groups.values()];
    return offered.map(({ elements, fingerprint, shown }, place) => ({
      place,
      fingerprint,
      visible: shown,
      count: elements.length,
      element: describe(elements[0]),
      taken: [...new Set(elements.flatMap((element) => taken.get(element) || []))],
    }));
  },
  // Selectors for elements that `candidates` offered last; null where none fits.
  async selectors(op) {
    const kinds = kindsOf(op);
    return op.places.map((place) => {
      const group = offered[place];
      if (!group || !group.elements.every((element) => element.isConnected)) return null;
      return selectorOf(group.elements, { ...op, kinds });
    });
  },
});
