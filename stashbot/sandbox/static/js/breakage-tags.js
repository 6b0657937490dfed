// An element becomes another kind of element, and goes on being what the app takes it for.

import { setHandler } from "./props.js";

const KEEP = "input, select, textarea, option, form, video, img, iframe, canvas";

export function exchange(dom, tag) {
  if (!(dom instanceof HTMLElement) || dom.localName === tag || dom.matches(KEEP)) return;
  const made = document.createElement(tag);
  for (const { name, value } of dom.attributes) if (name !== "type") made.setAttribute(name, value);
  if (dom.matches("button, a")) pressable(made, dom);
  for (const [event, handler] of Object.entries(dom.handlers ?? {})) setHandler(made, event, handler);
  made.append(...dom.childNodes);
  made.disabled = Boolean(dom.disabled);
  if (dom.stead) made.stead = dom.stead;
  const focused = document.activeElement === dom;
  dom.replaceWith(made);
  if (focused) made.focus();
  takeOver(dom, made);
}

// From now on the app draws into the new element.
function takeOver(dom, made) {
  const { vnode } = dom;
  if (!vnode) return;
  vnode.dom = made;
  made.vnode = vnode;
  vnode.props.ref?.(made);
}

// Pressed by mouse or keys, dead while disabled, and a form's button sends the form.
function pressable(made, dom) {
  if (!made.hasAttribute("role")) made.setAttribute("role", "button");
  if (!made.hasAttribute("tabindex")) made.tabIndex = 0;
  const dead = (event) => {
    if (!made.hasAttribute("disabled")) return;
    event.stopImmediatePropagation();
    event.preventDefault();
  };
  made.addEventListener("click", dead, true);
  made.addEventListener("keydown", (event) => {
    if (event.target !== made || !["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    made.click();
  });
  const submits = dom.localName === "button" && dom.type === "submit";
  if (submits) made.addEventListener("click", () => made.closest("form")?.requestSubmit());
}
