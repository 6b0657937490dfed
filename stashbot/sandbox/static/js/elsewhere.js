// What Stash has and stashbot has no use for: lists of performers, settings, galleries and so on.

import { h } from "./vdom.js";

export function Elsewhere() {
  return h("div", { class: "row" }, h("h4", null, "This page is not part of the practice Stash."));
}
