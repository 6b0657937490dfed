// Finding elements, and saying what keeps one from being clicked

const textOf = (element) => (element.textContent || "").trim();
const given = (value) => value !== null && value !== undefined;
// The elements that a strategy finds.
const matches = (strategy) => {
  let found = [...document.querySelectorAll(strategy.css)];
  if (given(strategy.text)) found = found.filter((element) => textOf(element) === strategy.text);
  if (given(strategy.nth)) found = found.slice(strategy.nth, strategy.nth + 1);
  return found;
};
// The elements of the first strategy that finds any, hidden ones included.
const findAll = (target) => target.strategies.map(matches).find((elements) => elements.length) || [];
const describe = (element) => {
  const id = element.id ? `#${element.id}` : "";
  const classes = [...element.classList].slice(0, 4).map((name) => `.${name}`).join("");
  return `${element.tagName.toLowerCase()}${id}${classes}`;
};
const visible = (element) => {
  const box = element.getBoundingClientRect();
  if (!box.width || !box.height) return false;
  const style = getComputedStyle(element);
  return style.visibility === "visible" && style.display !== "none";
};
const centreOf = (element) => {
  const box = element.getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
};
const inViewport = (element) => {
  const { x, y } = centreOf(element);
  return x >= 0 && y >= 0 && x <= innerWidth && y <= innerHeight;
};
// The element that lies over the centre of another one; null where none does.
const coverOf = (element) => {
  const { x, y } = centreOf(element);
  const hit = document.elementFromPoint(x, y);
  if (!hit || hit === element || element.contains(hit)) return null;
  const label = hit.closest("label");
  if (label && label.control === element) return null; // a click on the label is one on its input
  return hit;
};
const disabled = (element) =>
  element.matches(":disabled") || // also within a fieldset that is disabled
  element.getAttribute("aria-disabled") === "true" ||
  element.classList.contains("disabled");

// Whether a box that scrolls, such as a long menu, hides the element's centre.
const clipped = (element) => {
  const { x, y } = centreOf(element);
  for (let box = element.parentElement; box && box !== document.body; box = box.parentElement) {
    if (getComputedStyle(box).overflow === "visible") continue;
    const edge = box.getBoundingClientRect();
    if (x < edge.left || x > edge.right || y < edge.top || y > edge.bottom) return true;
  }
  return false;
};

// Elements that were scrolled to: a click waits a frame for those.
const scrolled = new WeakSet();
const scrollIntoView = (element) => {
  if (inViewport(element) && !(coverOf(element) && clipped(element))) return;
  element.scrollIntoView({ behavior: "instant", block: "center", inline: "nearest" });
  scrolled.add(element);
};

// {element} where one strategy finds a ready one; else {reason}, with {count} if there are several.
const assess = (target, strategy, readiness) => {
  const all = matches(strategy);
  if (!all.length) return { reason: "absent" };
  const shown = target.visible === false || readiness === "attached" ? all : all.filter(visible);
  if (!shown.length) return { reason: "hidden" };
  if (target.unique && shown.length > 1) return { reason: `ambiguous: ${shown.length} matches`, count: shown.length };
  const element = shown[0];
  if (readiness === "attached") return { element };
  if ((readiness === "click" || readiness === "enabled") && disabled(element)) return { reason: "disabled" };
  if (readiness === "click" || readiness === "viewport") {
    scrollIntoView(element);
    if (!inViewport(element)) return { reason: "off-screen" };
    const cover = coverOf(element);
    if (cover) return { reason: `covered by ${describe(cover)}` };
  }
  return { element };
};
// The element of the first strategy that finds a ready one; undefined where none does.
const findReady = (target, readiness) => {
  for (const strategy of target.strategies) {
    const { element } = assess(target, strategy, readiness);
    if (element) return element;
  }
  return undefined;
};

// An operation fails by throwing one; `fields` are those of failures.Failure in Python.
class Failure extends Error {
  constructor(fields) {
    super(fields.kind);
    this.fields = fields;
  }
}
const notReady = (target, readiness, timeout) => {
  const reasons = {};
  let count = 0;
  for (const strategy of target.strategies) {
    const state = assess(target, strategy, readiness);
    const name = strategy.css + (strategy.text ? ` "${strategy.text}"` : "");
    reasons[name] = state.element ? "ready" : state.reason;
    count = Math.max(count, state.count || 0);
  }
  return new Failure({ kind: count ? "ambiguous" : "not-ready", key: target.key, reasons, count, timeout });
};
