// The filters beside the list.

import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { Button } from "./ui.js";
import { h } from "./vdom.js";

export const sidebarToggle = () =>
  h(
    "div",
    { class: "sidebar-toggle-button-container" },
    Button(
      "secondary",
      {
        title: "Toggle sidebar",
        class: "sidebar-toggle-button ignore-sidebar-outside-click minimal",
      },
      Icon("sliders"),
    ),
  );

const SECTIONS = [
  ["saved-filters", "Saved filters"],
  ["list-filter", "Studios"],
  ["list-filter", "Performers"],
  ["list-filter", "Tags"],
  ["list-filter", "Rating"],
  ["list-filter", "Duration"],
  ["list-filter", "Markers"],
  ["list-filter", "Organized"],
  ["list-filter", "Performer Age"],
];

const section = ([kind, label]) =>
  h(
    "div",
    { key: label, class: `sidebar-section sidebar-${kind}` },
    h(
      "div",
      { class: "collapse-header" },
      Button(
        "primary",
        { class: "minimal collapse-button" },
        Icon("chevron-right", "fa-fw"),
        h("span", null, label),
      ),
    ),
  );

// Off screen, yet in the document: its search box is a second one of its kind.
export function sidebar(list) {
  return h(
    "div",
    { class: "sidebar" },
    h(
      "div",
      { class: "sidebar-search-container" },
      h(
        "div",
        { class: "clearable-input-group search-term-input" },
        h("input", {
          placeholder: `${t("search")}…`,
          class: "clearable-text-field form-control",
          value: list.q,
        }),
      ),
    ),
    h(
      "div",
      null,
      h(
        "button",
        { type: "button", class: "edit-filter-button btn btn-primary btn-sm" },
        t("editFilter"),
      ),
    ),
    SECTIONS.map(section),
    h(
      "div",
      { class: "sidebar-footer" },
      Button("primary", { class: "sidebar-close-button" }, "Show results"),
    ),
  );
}
