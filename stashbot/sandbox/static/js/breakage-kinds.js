// How each kind of fault changes what its selector finds. All may be called any number of times.

import { exchange } from "./breakage-tags.js";

const all = (selector) => [...document.querySelectorAll(selector)];

// What is on screen when a fault is switched on did not mount late.
export function prepare(fault) {
  if (fault.kind === "slow") for (const dom of all(fault.selector)) seen(fault).add(dom);
}

const mounted = new Map();

function seen(fault) {
  const key = JSON.stringify(fault);
  if (!mounted.has(key)) mounted.set(key, new WeakSet());
  return mounted.get(key);
}

// Changing an element's place takes the focus from it; it gets it back.
function keepingFocus(act) {
  const before = document.activeElement;
  act();
  if (before && before !== document.activeElement && before.isConnected) before.focus();
}

function takeOut(dom) {
  dom.stead = document.createComment("sandbox");
  dom.replaceWith(dom.stead);
}

function putBack(dom) {
  const { stead } = dom;
  delete dom.stead;
  if (stead.parentNode) stead.replaceWith(dom);
}

function slow(fault) {
  const known = seen(fault);
  for (const dom of all(fault.selector)) {
    if (known.has(dom) || dom.stead) continue;
    known.add(dom);
    takeOut(dom);
    setTimeout(() => putBack(dom), fault.ms);
  }
}

function remove({ selector }) {
  for (const dom of all(selector)) if (!dom.stead) takeOut(dom);
}

function wrap({ selector }) {
  for (const dom of all(selector)) {
    if (dom.stead) continue;
    keepingFocus(() => {
      const wrapper = document.createElement("div");
      wrapper.className = "sandbox-wrap";
      dom.replaceWith(wrapper);
      wrapper.append(dom);
      dom.stead = wrapper;
    });
  }
}

const away = new Map();

// Who was moved to where nothing is any more goes to the new place, or home.
function move(fault) {
  const target = document.querySelector(fault.to);
  for (const [dom, to] of away) {
    if (to !== fault.to || dom.isConnected) continue;
    away.delete(dom);
    if (dom.stead?.isConnected) putBack(dom);
  }
  if (!target) return;
  for (const dom of all(fault.selector)) {
    if (dom.stead || dom.parentNode === target || dom.contains(target)) continue;
    keepingFocus(() => {
      takeOut(dom);
      target.append(dom);
    });
    away.set(dom, fault.to);
  }
}

function duplicate({ selector, value }) {
  for (const dom of all(`:is(${selector}):not(.sandbox-copy)`)) {
    if (dom.nextElementSibling?.classList.contains("sandbox-copy")) continue;
    const copy = dom.cloneNode(true);
    copy.classList.add("sandbox-copy");
    copy.disabled = false;
    if (value) copy.textContent = value;
    dom.after(copy);
  }
}

function text({ selector, value }) {
  for (const dom of all(selector)) {
    const walker = document.createTreeWalker(dom, NodeFilter.SHOW_TEXT);
    let wanted = value;
    while (walker.nextNode()) {
      const { currentNode: node } = walker;
      if (!node.data.trim()) continue;
      if (node.data !== wanted) node.data = wanted;
      wanted = "";
    }
  }
}

// Parents whose children stand in reversed order: the app's order, and what was left on screen. The
// app puts a new child before its next one, so wherever it stands, it belongs before that one.
const orders = new Map();

function reorder({ selector }) {
  for (const parent of orders.keys()) if (!parent.isConnected) orders.delete(parent);
  for (const parent of new Set([...all(selector), ...orders.keys()])) reverse(parent);
}

function reverse(parent) {
  const now = [...parent.childNodes];
  const { order: known = now, shown = null } = orders.get(parent) ?? {};
  if (shown && shown.length === now.length && shown.every((one, at) => one === now[at])) return;
  const order = known.filter((one) => one.parentNode === parent);
  for (let at = now.length - 1; at >= 0; at -= 1) {
    if (order.includes(now[at])) continue;
    const next = at + 1 < now.length ? order.indexOf(now[at + 1]) : order.length;
    order.splice(next, 0, now[at]);
  }
  const reversed = [...order].reverse();
  keepingFocus(() => parent.append(...reversed));
  orders.set(parent, { order, shown: reversed });
}

function attribute({ selector, attribute: name, value }) {
  for (const dom of all(selector)) {
    if (!dom.hasAttribute(name)) continue;
    const content = dom.getAttribute(name);
    dom.removeAttribute(name);
    if (value) dom.setAttribute(value, content);
  }
}

function id({ selector, value }) {
  for (const dom of all(selector)) {
    if (value && dom.id !== value) dom.id = value;
    if (!value) dom.removeAttribute("id");
  }
}

function rename({ selector, value }) {
  const name = selector.replace(/^\./, "");
  for (const dom of all(`.${CSS.escape(name)}`)) {
    dom.classList.remove(name);
    dom.classList.add(value);
  }
}

function tag({ selector, value }) {
  for (const dom of all(selector)) exchange(dom, value || "div");
}

function cover({ selector }) {
  all(".sandbox-cover").forEach((one) => {
    if (!document.contains(one.covered)) one.remove();
  });
  for (const dom of all(selector)) {
    let sheet = all(".sandbox-cover").find((one) => one.covered === dom);
    if (!sheet) {
      sheet = document.createElement("div");
      sheet.className = "sandbox-cover";
      sheet.covered = dom;
      document.body.append(sheet);
    }
    const box = dom.getBoundingClientRect();
    sheet.style.cssText =
      "position:fixed;z-index:5000;background:rgba(255,160,0,.25);" +
      `left:${box.left}px;top:${box.top}px;width:${box.width}px;height:${box.height}px;`;
  }
}

// In the order in which they are applied.
export const KINDS = Object.entries({
  slow, remove, tag, wrap, move, duplicate, text, reorder, attribute, id, rename, cover,
});
