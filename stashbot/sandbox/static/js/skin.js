// What earlier releases of Stash draw otherwise than the newest one, as one table. Every node of the
// page passes through it when it is made, so that the rest of the page knows the newest release only.

import { first, holds, nothing, reclassed, within, without } from "./skin-nodes.js";
import { dressWith, h } from "./vdom.js";

const NEWEST = "0.30";
export const release =
  document.querySelector('meta[name="sandbox-release"]')?.content || NEWEST;

// `at` is a tag with classes and attributes; the differences hold in releases before `until`.
// `change` gets the node and returns what to draw instead; later entries see what earlier ones made.
const DIFFERENCES = [
  // The edit form.
  { until: "0.30", at: ".form-group[data-field=urls]", change: narrowUrls },
  {
    until: "0.30",
    at: ".form-group[data-field=stash_ids]",
    change: (row) => (holds(row, "ul") ? within(row, "button.btn-success", nothing) : nothing()),
  },
  {
    until: "0.30",
    at: ".react-datepicker__input-container",
    change: (box) => prepended(box, h("span", { class: "react-datepicker__aria-live", role: "alert" })),
  },
  { until: "0.30", at: ".input-group-append", change: (box) => within(box, ".btn-danger", plainSize) },
  { until: "0.30", at: "span[role=log]", change: (span) => without(span, "role") },
  // The scrape dialog.
  { until: "0.30", at: ".column-label.d-lg-none", change: nothing },
  {
    until: "0.30",
    at: ".column-label.d-lg-block",
    change: (label) => reclassed(label, "d-lg-block d-none column-label col-lg-6", "col-6"),
  },
  {
    until: "0.30",
    at: ".px-3[data-field]",
    change: (row) => within(row, ".col-lg-6", (side) => reclassed(side, "col-lg-6", "col-6")),
  },
  {
    until: "0.30",
    at: ".tag-item.badge",
    change: (badge) => kept(badge, (child) => !holds(child, "[data-icon=link]")),
  },
  { until: "0.29", at: ".collapse-header", change: (header) => header.children[0] },
  // Everywhere.
  { until: "0.30", at: "[data-field]", change: (node) => without(node, "data-field") },
  // The scene's page.
  {
    until: "0.30",
    at: ".rating-stars",
    change: (stars) => kept(stars, (child) => !holds(child, ".star-rating-number")),
  },
  {
    until: "0.30",
    at: ".dropdown-menu[aria-labelledby=operation-menu]",
    change: (menu) => kept(menu, (item) => item.key !== "merge"),
  },
  { until: "0.29", at: ".dropdown-item.play-item", change: nothing },
  {
    until: "0.30",
    at: ".scene-list-operations-dropdown",
    change: (menu) => reclassed(menu, "scene-list-operations-dropdown", ""),
  },
  // The frame.
  { until: "0.29", at: ".ErrorMessage-container", change: plainError },
];

export function startSkin() {
  const rules = DIFFERENCES.filter(({ until }) => release < until);
  if (rules.length) dressWith((node) => dressed(node, rules));
}

function dressed(node, rules) {
  for (const { at, change } of rules) {
    if (typeof node.type !== "string" || node.type === "#text") return node;
    if (holds.itself(node, at)) node = change(node);
  }
  return node;
}

function kept(node, wanted) {
  node.children = node.children.filter(wanted);
  return node;
}

function prepended(node, child) {
  node.children = [child, ...node.children];
  return node;
}

const plainSize = (button) => {
  delete button.props.ref;
  return reclassed(button, "btn-sm", "");
};

function plainError(box) {
  const { children } = first(box, ".ErrorMessage-content");
  return h(
    "div",
    { class: "row ErrorMessage" },
    h("h2", { class: "ErrorMessage-content" }, "Error: ", ...children),
  );
}

function narrowUrls(row) {
  const [label, content] = row.children;
  reclassed(label, "col-lg-12 col-md-3", "col-sm-3");
  reclassed(content, "col-lg-12 col-md-9", "col-sm-9");
  return row;
}
