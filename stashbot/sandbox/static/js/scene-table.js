// Scenes as rows.

import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { queueSuffix } from "./list-url.js";
import { RatingStars } from "./rating-stars.js";
import { nameOf } from "./scene-cards.js";
import { mutate } from "./store.js";
import { toast } from "./toasts.js";
import { Link, duration } from "./ui.js";
import { h } from "./vdom.js";

const COLUMNS = [
  ["cover_image", "coverImage"], ["title", "title"], ["date", "date"], ["rating", "rating"],
  ["duration", "duration"], ["studio", "studio"], ["performers", "performers"], ["tags", "tags"],
  ["groups", "groups"], ["galleries", "galleries"],
];

export function SceneTable({ list, scenes, selected, onToggle }) {
  return h(
    "div",
    { key: "table", class: "table-list scene-table" },
    h(
      "table",
      { class: "table table-striped table-bordered" },
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          h("th", { class: "select-col" }, columnChoice()),
          COLUMNS.map(([name, label]) => h("th", { key: name, class: `${name}-head` }, t(label))),
        ),
        h("tr", null, h("th", { class: "border-row", colspan: "100%" })),
      ),
      h(
        "tbody",
        null,
        scenes.map((scene, index) => {
          const position = (list.page - 1) * list.perPage + index;
          const checkbox = h("input", {
            type: "checkbox",
            class: "form-control",
            checked: selected.has(scene.id),
            onClick: (event) => onToggle(scene.id, event.shiftKey),
          });
          return row(scene, `/scenes/${scene.id}?${queueSuffix(list, position)}`, checkbox);
        }),
      ),
    ),
  );
}

// The choice of columns is drawn, and does nothing here.
const columnChoice = () =>
  h(
    "div",
    { class: "d-inline-block", "data-toggle": "popover", "data-trigger": "focus" },
    h("div", { class: "CheckBoxSelect" }, Icon("table-columns")),
  );

async function rate(scene, rating100) {
  try {
    await mutate("SceneUpdate", { input: { id: scene.id, rating100 } });
  } catch (error) {
    toast.error(error);
  }
}

function row(scene, href, checkbox) {
  const name = nameOf(scene);
  const names = (things) =>
    h(
      "ul",
      { class: "comma-list overflowable" },
      things.map((one) => h("li", { key: one.id }, h("span", null, one.name ?? one.title))),
    );
  const cells = {
    cover_image: h(
      Link,
      { href },
      h("img", { class: "image-thumbnail", loading: "lazy", alt: name, src: scene.paths.screenshot }),
    ),
    title: h(Link, { href, title: name }, h("span", { class: "ellips-data" }, name)),
    date: scene.date,
    rating: RatingStars({ value: scene.rating100, onSet: (value) => rate(scene, value) }),
    duration: scene.files[0] && duration(scene.files[0].duration),
    studio: scene.studio?.name,
    performers: names(scene.performers),
    tags: names(scene.tags),
    groups: names(scene.groups.map((entry) => entry.group)),
    galleries: names(scene.galleries),
  };
  return h(
    "tr",
    { key: scene.id },
    h("td", { class: "select-col" }, h("label", null, checkbox)),
    COLUMNS.map(([column]) => h("td", { key: column, class: `${column}-data` }, cells[column])),
  );
}
