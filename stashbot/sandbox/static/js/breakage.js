// The page's part of breaking on purpose: what the sandbox was told to spoil. Nothing of it knows the
// app; the app's part is that it takes an element's `stead` for the element (vdom.js).

import { announce } from "./breakage-announcements.js";
import { KINDS, prepare } from "./breakage-kinds.js";
import { afterDrawing } from "./vdom.js";

let faults = [];
let watching = null;
let working = false;
const complained = new Set();

export function startFaults() {
  const meta = document.querySelector('meta[name="sandbox-faults"]');
  try {
    applyFaults(JSON.parse(meta?.content || "[]"));
  } catch {
    faults = [];
  }
}

export function applyFaults(next) {
  const before = faults;
  faults = next;
  for (const fault of next) {
    if (before.some((one) => alike(one, fault))) continue;
    announce(fault);
    attempt(fault, prepare);
  }
  if (next.length && !watching) {
    afterDrawing(spoil);
    watching = new MutationObserver(spoil);
    watching.observe(document.body, { childList: true, subtree: true, attributes: true });
  }
  spoil();
}

const alike = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// First what changes places, then what changes names: so faults on one element find it all the same.
function spoil() {
  if (working || !faults.length) return;
  working = true;
  for (const [kind, change] of KINDS) {
    for (const fault of faults) if (fault.kind === kind) attempt(fault, change);
  }
  watching?.takeRecords();
  working = false;
}

function attempt(fault, change) {
  try {
    change(fault);
  } catch (error) {
    if (complained.has(fault)) return;
    complained.add(fault);
    console.error(`sandbox: cannot ${fault.kind} ${fault.selector}: ${error.message}`);
  }
}
