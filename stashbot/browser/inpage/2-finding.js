// Finding

const textOf = (element) => (element.textContent || "").trim();
const matches = (strategy) => {
  let found = [...document.querySelectorAll(strategy.css)];
  if (strategy.text !== null && strategy.text !== undefined) {
    found = found.filter((element) => textOf(element) === strategy.text);
  }
  if (strategy.nth !== null && strategy.nth !== undefined) {
    found = found.slice(strategy.nth, strategy.nth + 1);
  }
  return found;
};
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
const centre = (element) => {
  const box = element.getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.top + box.height / 2, box };
};
const inViewport = (element) => {
  const { x, y } = centre(element);
  return x >= 0 && y >= 0 && x <= innerWidth && y <= innerHeight;
};
const cover = (element) => {
  const { x, y } = centre(element);
  const hit = document.elementFromPoint(x, y);
  if (!hit || hit === element || element.contains(hit)) return null;
  const label = hit.closest("label");
  if (label && label.control === element) return null;
  return hit;
};
const disabled = (element) =>
  element.matches(":disabled") || // also within a fieldset that is disabled
  element.getAttribute("aria-disabled") === "true" ||
  element.classList.contains("disabled");

// Whether a box that scrolls, such as a long menu, hides the element's centre.
const clipped = (element) => {
  const { x, y } = centre(element);
  for (let box = element.parentElement; box && box !== document.body; box = box.parentElement) {
    if (getComputedStyle(box).overflow === "visible") continue;
    const edge = box.getBoundingClientRect();
    if (x < edge.left || x > edge.right || y < edge.top || y > edge.bottom) return true;
  }
  return false;
};

// Brings an element to the centre of what shows it; remembers that it had to move.
const moved = new WeakSet();
const bringIn = (element) => {
  if (inViewport(element) && !(cover(element) && clipped(element))) return;
  element.scrollIntoView({ behavior: "instant", block: "center", inline: "nearest" });
  moved.add(element);
};

// The state of one strategy: {element} when it serves, else {reason}.
const assess = (target, strategy, need) => {
  const all = matches(strategy);
  if (!all.length) return { reason: "absent" };
  const shown = target.visible === false || need === "attached" ? all : all.filter(visible);
  if (!shown.length) return { reason: "hidden" };
  if (target.unique && shown.length > 1) return { reason: `ambiguous: ${shown.length} matches`, count: shown.length };
  const element = shown[0];
  if (need === "attached") return { element };
  if (need === "click" || need === "enabled") {
    if (disabled(element)) return { reason: "disabled" };
  }
  if (need === "click" || need === "viewport") {
    bringIn(element);
    if (!inViewport(element)) return { reason: "off-screen" };
    const over = cover(element);
    if (over) return { reason: `covered by ${describe(over)}` };
  }
  return { element };
};

class Failure extends Error {
  constructor(fields) {
    super(fields.kind);
    this.fields = fields;
  }
}
