// Addresses of the page: history navigation with a guard for unsaved forms.

let current = { ...parts(), key: history.state?.key };
let keys = [current.key];
let guard = null;
let forced = false;
const listeners = new Set();

function parts() {
  return { path: location.pathname, search: location.search };
}

export const here = () => current;

export function onRoute(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// Ask `question` before leaving; returns what takes the question back.
export function guardLeaving(question) {
  guard = question;
  return () => {
    if (guard === question) guard = null;
  };
}

const mayLeave = () => !guard || window.confirm(guard);

function moveTo(next) {
  current = next;
  for (const listener of [...listeners]) listener(current);
}

export function go(url) {
  if (!mayLeave()) return;
  const key = Math.random().toString(36).slice(2, 8);
  history.pushState({ key }, "", url);
  keys = [...keys.slice(0, keys.indexOf(current.key) + 1), key];
  moveTo({ ...parts(), key });
}

export function rewrite(url) {
  const key = Math.random().toString(36).slice(2, 8);
  history.replaceState({ key }, "", url);
  keys[Math.max(keys.indexOf(current.key), 0)] = key;
  moveTo({ ...parts(), key });
}

export const back = () => history.back();

// A refused step back is taken back where the history knows both ends; a foreign `pushState` has no
// key, so the address then stays ahead of the page.
window.addEventListener("popstate", (event) => {
  const next = { ...parts(), key: event.state?.key };
  if (forced) {
    forced = false;
    return;
  }
  if (mayLeave()) {
    moveTo(next);
    return;
  }
  const from = Math.max(keys.indexOf(current.key), 0);
  const to = Math.max(keys.indexOf(next.key), 0);
  if (from !== to) {
    forced = true;
    history.go(from - to);
  }
});

// Links inside the page do not load it again.
export function followLink(event) {
  const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey);
  if (event.defaultPrevented || !plain) return;
  const link = event.currentTarget;
  if (link.target && link.target !== "_self") return;
  event.preventDefault();
  go(link.getAttribute("href"));
}
