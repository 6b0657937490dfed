// Looking at nodes of the virtual DOM before they are drawn, and changing them.

const parsed = new Map();

// `tag.class[name][name=value]`, as little of CSS as the table of differences needs.
function parse(selector) {
  if (!parsed.has(selector)) {
    const [, tag] = selector.match(/^([a-z0-9]*)/);
    const classes = [...selector.matchAll(/\.([\w-]+)/g)].map((match) => match[1]);
    const attributes = [...selector.matchAll(/\[([\w-]+)(?:=([\w-]+))?\]/g)];
    parsed.set(selector, { tag, classes, attributes });
  }
  return parsed.get(selector);
}

const classesOf = (node) => String(node.props.class ?? "").split(/\s+/).filter(Boolean);

function matches(node, selector) {
  if (typeof node.type !== "string") return false;
  const { tag, classes, attributes } = parse(selector);
  if (tag && node.type !== tag) return false;
  if (classes.length) {
    const own = classesOf(node);
    if (!classes.every((one) => own.includes(one))) return false;
  }
  return attributes.every(([, name, value]) => {
    const own = node.props[name];
    return own !== undefined && own !== null && (value === undefined || String(own) === value);
  });
}

// Whether the node or anything that was drawn in it matches; what components will draw is unknown.
export const holds = (node, selector) => Boolean(first(node, selector));
holds.itself = matches;

export function first(node, selector) {
  if (matches(node, selector)) return node;
  for (const child of node.children ?? []) {
    const found = first(child, selector);
    if (found) return found;
  }
  return null;
}

// The node with everything in it that matches replaced by what `change` makes of it.
export function within(node, selector, change) {
  node.children = node.children.map((child) =>
    matches(child, selector) ? change(child) : within(child, selector, change),
  );
  return node;
}

export function reclassed(node, gone, added) {
  const drop = new Set(gone.split(" "));
  const classes = classesOf(node).filter((one) => !drop.has(one));
  node.props.class = [added, ...classes].filter(Boolean).join(" ");
  return node;
}

export function without(node, attribute) {
  delete node.props[attribute];
  return node;
}

export const nothing = () => ({ type: "#text", value: "", props: {}, children: [] });
