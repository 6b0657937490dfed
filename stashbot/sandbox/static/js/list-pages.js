// The buttons of the pages; from four pages on the numbers stand in one button.

import { Icon } from "./icons.js";
import { h } from "./vdom.js";

const COMPACT_FROM = 4;

export function pagination(page, pages, turn) {
  const button = (key, label, to, props = {}) =>
    h(
      "button",
      {
        key,
        type: "button",
        class: `btn${to === page && !props.title ? " active" : ""} btn-secondary`,
        disabled: to < 1 || to > pages || (to === page && Boolean(props.title)),
        onClick: () => turn(to),
        ...props,
      },
      label,
    );
  const numbers = Array.from({ length: pages }, (_, index) => index + 1);
  return h(
    "div",
    { role: "group", class: "pagination btn-group" },
    button("first", h("span", null, "«"), 1, { title: "First" }),
    button("previous", "<", page - 1, { title: "Previous" }),
    pages < COMPACT_FROM
      ? numbers.map((number) => button(number, number, number))
      : pageCount(page, pages),
    button("next", ">", page + 1, { title: "Next" }),
    button("last", h("span", null, "»"), pages, { title: "Last" }),
  );
}

const pageCount = (page, pages) =>
  h(
    "div",
    { key: "count", class: "page-count-container" },
    h(
      "div",
      { role: "group", class: "btn-group" },
      h("button", { type: "button", class: "page-count btn btn-secondary" }, `${page} of ${pages}`),
      h(
        "div",
        { class: "dropdown" },
        h(
          "button",
          { type: "button", class: "page-count-dropdown dropdown-toggle btn btn-secondary" },
          Icon("chevron-down"),
        ),
      ),
    ),
  );
