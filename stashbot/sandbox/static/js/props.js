// An element's properties, attributes and handlers, as the virtual DOM wants them.

const DIRECT = new Set(["value", "checked", "indeterminate", "disabled", "readOnly", "selected"]);

export function applyProps(dom, before, next) {
  for (const name of Object.keys(before)) if (!(name in next)) setProp(dom, name, before[name], null);
  for (const [name, value] of Object.entries(next)) setProp(dom, name, before[name], value);
}

function setProp(dom, name, before, value) {
  if (name === "key" || name === "ref" || name === "children") return;
  if (name.startsWith("on")) {
    setHandler(dom, name.slice(2).toLowerCase(), value);
  } else if (name === "value") {
    const wanted = value ?? "";
    if (dom.value !== String(wanted)) dom.value = wanted;
    if (dom.tagName === "INPUT") dom.setAttribute("value", wanted);
  } else if (DIRECT.has(name)) {
    dom[name] = Boolean(value);
    if (name !== "checked" && name !== "indeterminate") {
      if (value) dom.setAttribute(name.toLowerCase(), "");
      else dom.removeAttribute(name.toLowerCase());
    }
  } else if (before !== value) {
    if (value === null || value === undefined || value === false) dom.removeAttribute(name);
    else dom.setAttribute(name, value === true ? "" : value);
  }
}

export function setHandler(dom, event, handler) {
  dom.handlers ||= {};
  if (!(event in dom.handlers)) {
    dom.addEventListener(event, (e) => dom.handlers[event]?.(e));
  }
  dom.handlers[event] = handler;
}
