// A small virtual DOM: components with state, keyed children, portals.
// Renders are batched: all state set in one turn is drawn once, in the microtask after it.

import { applyProps } from "./props.js";

export class Component {
  constructor(props) {
    this.props = props;
    this.state = {};
  }

  setState(patch, after) {
    const change = typeof patch === "function" ? patch(this.state) : patch;
    Object.assign(this.state, change);
    if (after) (this.afterRender ||= []).push(after);
    if (this.vnode && !this.gone) enqueue(this);
  }

  refresh() {
    this.setState({});
  }

  didMount() {}
  didUpdate(_previousProps) {}
  willUnmount() {}
}

class Stateless extends Component {
  render() {
    return this.view(this.props);
  }
}

let dress = null;
let drawn = () => {};

// Have every node pass through `change`, which returns the node to take in its place.
export const dressWith = (change) => (dress = change);

// Have `call` called whenever something was drawn, before anybody else can see it.
export const afterDrawing = (call) => (drawn = call);

export function h(type, props, ...children) {
  const node = { type, props: props || {}, children: flattened(children), key: props?.key };
  return dress ? dress(node) : node;
}

function flattened(children) {
  const flat = [];
  for (const child of children) {
    if (Array.isArray(child)) flat.push(...flattened(child));
    else flat.push(asNode(child));
  }
  return flat;
}

function asNode(child) {
  if (child === null || child === undefined || child === false || child === true) return text("");
  return typeof child === "object" ? child : text(String(child));
}

const text = (value) => ({ type: "#text", value, props: {}, children: [] });

// Mounting

export function mount(vnode, container) {
  container.append(create(vnode, 0, false));
  return vnode;
}

function create(vnode, depth, svg) {
  if (vnode.type === "#text") return (vnode.dom = document.createTextNode(vnode.value));
  if (typeof vnode.type === "function") return createComponent(vnode, depth, svg);
  const isSvg = svg || vnode.type === "svg";
  const dom = isSvg
    ? document.createElementNS("http://www.w3.org/2000/svg", vnode.type)
    : document.createElement(vnode.type);
  vnode.dom = dom;
  dom.vnode = vnode;
  for (const child of vnode.children) dom.append(create(child, depth + 1, isSvg));
  applyProps(dom, {}, vnode.props);
  vnode.props.ref?.(dom);
  return dom;
}

function createComponent(vnode, depth, svg) {
  const isClass = vnode.type.prototype instanceof Component;
  const props = { ...vnode.props, children: vnode.children };
  const instance = isClass ? new vnode.type(props) : new Stateless(props);
  if (!isClass) instance.view = vnode.type;
  vnode.instance = instance;
  instance.vnode = vnode;
  instance.depth = depth;
  instance.svg = svg;
  instance.rendered = asNode(instance.render());
  const dom = create(instance.rendered, depth + 1, svg);
  mounted.push(instance);
  if (!flushing) queueMicrotask(settle);
  return dom;
}

const domOf = (vnode) => (vnode.instance ? domOf(vnode.instance.rendered) : vnode.dom);

// What stands for an element where it belongs: itself, or its `stead` after breakage.js took it away.
const standing = (dom) => dom?.stead ?? dom;

function takeAway(dom) {
  standing(dom).remove();
  dom.remove();
}

// Updating

let queue = new Set();
let flushing = false;
const mounted = [];

function enqueue(component) {
  if (!queue.size && !flushing) queueMicrotask(flush);
  queue.add(component);
}

export function flush() {
  if (flushing) return;
  flushing = true;
  let rounds = 0;
  while (queue.size && rounds++ < 50) {
    const batch = [...queue].sort((a, b) => a.depth - b.depth);
    queue = new Set();
    for (const component of batch) if (!component.gone) guarded(component);
    settle();
  }
  flushing = false;
  settle();
}

// A view that cannot be drawn breaks the page, not the drawing of everything else.
function guarded(component) {
  try {
    redraw(component);
  } catch (error) {
    console.error(error);
    window.dispatchEvent(new CustomEvent("sandbox-broken", { detail: error }));
  }
}

function settle() {
  while (mounted.length) mounted.shift().didMount();
  drawn();
}

function redraw(component) {
  queue.delete(component);
  const before = component.rendered;
  const next = asNode(component.render());
  component.rendered = next;
  patch(before, next, component.depth + 1, component.svg);
  const after = component.afterRender;
  component.afterRender = null;
  after?.forEach((call) => call());
}

function same(a, b) {
  return a.type === b.type && a.key === b.key;
}

function patch(before, next, depth, svg) {
  if (before === next) return;
  if (!same(before, next)) {
    const old = domOf(before);
    const dom = create(next, depth, svg);
    standing(old).replaceWith(dom);
    remove(before, true);
    return;
  }
  if (next.type === "#text") {
    next.dom = before.dom;
    if (before.value !== next.value) next.dom.data = next.value;
  } else if (next.instance || before.instance) {
    patchComponent(before, next);
  } else {
    next.dom = before.dom;
    next.dom.vnode = next;
    const isSvg = svg || next.type === "svg";
    patchChildren(next.dom, before.children, next.children, depth + 1, isSvg);
    applyProps(next.dom, before.props, next.props);
  }
}

function patchComponent(before, next) {
  const instance = before.instance;
  next.instance = instance;
  instance.vnode = next;
  const previous = instance.props;
  instance.props = { ...next.props, children: next.children };
  redraw(instance);
  instance.didUpdate(previous);
}

function patchChildren(parent, before, next, depth, svg) {
  const keyed = new Map();
  before.forEach((child) => child.key !== undefined && keyed.set(child.key, child));
  const used = new Set();
  const pairs = next.map((child, index) => {
    const candidate = child.key !== undefined ? keyed.get(child.key) : before[index];
    const match = candidate && same(candidate, child) && !used.has(candidate) ? candidate : null;
    if (match) used.add(match);
    return [child, match];
  });
  for (const child of before) if (!used.has(child)) remove(child, true);
  const places = new Map(before.map((child, index) => [child, index]));
  let last = -1;
  const placed = pairs.map(([child, match]) => {
    if (!match) return { dom: create(child, depth, svg), moved: true };
    patch(match, child, depth, svg);
    const place = places.get(match);
    const moved = place < last;
    last = Math.max(last, place);
    return { dom: domOf(child), moved };
  });
  placeAll(parent, placed);
}

// Only what is new or out of order is put in place: strangers between the children stay there.
function placeAll(parent, placed) {
  let following = null;
  for (const { dom, moved } of placed.reverse()) {
    if (moved) parent.insertBefore(standing(dom), following);
    following = standing(dom);
  }
}

function remove(vnode, detach) {
  const dom = detach ? domOf(vnode) : null;
  unmount(vnode);
  if (dom) takeAway(dom);
}

export function unmount(vnode) {
  if (vnode.instance) {
    vnode.instance.gone = true;
    vnode.instance.willUnmount();
    unmount(vnode.instance.rendered);
    return;
  }
  vnode.children.forEach(unmount);
  if (vnode.dom?.stead) vnode.dom.remove();
  vnode.props.ref?.(null);
}

// A portal keeps its children at the end of the body.
export class Portal extends Component {
  render() {
    return null;
  }

  didMount() {
    this.root = h(Passage, null, ...this.props.children);
    this.dom = create(this.root, this.depth, false);
    document.body.append(this.dom);
    settle();
  }

  didUpdate() {
    const instance = this.root?.instance;
    if (!instance) return;
    instance.props = { children: this.props.children };
    redraw(instance);
  }

  willUnmount() {
    if (!this.root) return;
    const dom = domOf(this.root);
    unmount(this.root);
    takeAway(dom);
  }
}

class Passage extends Component {
  render() {
    return this.props.children[0] ?? null;
  }
}
