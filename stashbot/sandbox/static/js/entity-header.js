// What stands above the tabs of a performer, studio, tag or group.

import { aliasesOf, imageOf } from "./entity-kinds.js";
import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { RatingStars } from "./rating-stars.js";
import { Button } from "./ui.js";
import { h } from "./vdom.js";

// `content` is the buttons, or the form with its own.
export function entityHeader({ kind, entity, editing, onChange, content }) {
  return h(
    "div",
    { class: `detail-header${editing ? " edit" : ""} full-width` },
    h(
      "div",
      { class: "detail-container" },
      h("div", { class: "detail-header-image" }, picture(kind.kind, entity)),
      h(
        "div",
        { class: "row" },
        h(
          "div",
          { class: `${kind.kind}-head col` },
          title(kind, entity, editing, onChange),
          beside(kind, entity, editing, onChange),
          content,
        ),
      ),
    ),
  );
}

function title(kind, entity, editing, onChange) {
  const state = entity.favorite ? "favorite" : "not-favorite";
  return h(
    "h2",
    { key: "title" },
    h("span", { class: `${kind.kind}-name` }, entity.name),
    entity.disambiguation && h("span", { class: "performer-disambiguation" }, ` (${entity.disambiguation})`),
    !editing &&
      h(
        "span",
        { class: "detail-expand-collapse" },
        Button("primary", { class: "minimal expand-collapse" }, Icon("chevron-up")),
      ),
    h(
      "span",
      { class: "name-icons" },
      kind.favorable &&
        Button(
          "primary",
          {
            class: `minimal mousetrap favorite-button ${state}`,
            onClick: () => onChange({ favorite: !entity.favorite }),
          },
          Icon("heart"),
        ),
    ),
  );
}

function beside(kind, entity, editing, onChange) {
  const aliases = aliasesOf(entity);
  const stars = () => RatingStars({ value: entity.rating100, onSet: (rating100) => onChange({ rating100 }) });
  return [
    aliases && h("div", { key: "aliases" }, h("span", { class: "alias-head" }, aliases)),
    kind.rated && (kind.kind === "group" ? stars() : h("div", { key: "stars", class: "quality-group" }, stars())),
    !editing && h("div", { key: "details", class: "detail-group" }),
  ];
}

function picture(kind, entity) {
  const src = imageOf(entity);
  if (kind === "performer") {
    return Button("link", null, h("img", { class: "performer", src, alt: entity.name }));
  }
  if (kind === "group") {
    return h("div", { class: "group-images" }, h("img", { class: "front-cover active", src, alt: t("frontImage") }));
  }
  return h("img", { class: "logo", src, alt: entity.name });
}

export function detailButtons(kind, { edit, remove }) {
  const merges = kind === "performer" || kind === "tag";
  const buttons = h(
    "div",
    { key: "buttons", class: `details-edit${merges ? " mb-2" : ""}` },
    Button("primary", { class: "edit", onClick: edit }, t("edit")),
    h("div"),
    kind !== "group" && h("div", null, Button("secondary", null, t("autoTag"))),
    merges && Button("secondary", null, `${t("merge")}...`),
    kind === "performer" && h("div"),
    Button("danger", { class: "delete", onClick: remove }, t("delete")),
  );
  if (kind !== "performer") return buttons;
  return h("div", { key: "column", class: "col" }, h("div", { class: "row row-cols-8" }, buttons));
}
