// Keys of the page, ignored while something is typed. The last binding wins.

const bindings = [];

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  for (let i = bindings.length - 1; i >= 0; i -= 1) {
    const { keys, pending } = bindings[i];
    const sequence = pending.last && Date.now() - pending.at < 1000 ? pending.last + event.key : "";
    const action = keys[sequence] ?? keys[event.key];
    pending.last = event.key;
    pending.at = Date.now();
    if (action) {
      action(event);
      return;
    }
  }
});

// `keys` maps a key, or two keys in a row written together, to what they do.
export function bindKeys(keys) {
  const binding = { keys, pending: {} };
  bindings.push(binding);
  return () => bindings.splice(bindings.indexOf(binding), 1);
}
