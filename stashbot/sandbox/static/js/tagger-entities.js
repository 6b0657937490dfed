// What a result of the tagger names: a studio, performers and tags, each to match or to make.

import { EntitySelect } from "./entities.js";
import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { Button } from "./ui.js";
import { h } from "./vdom.js";

// A row for a studio or a performer. Without a choice it is skipped.
export function entityRow(kind, scraped, chosen, onChange, onCreate) {
  const extra = `${kind === "studio" ? "studio-select " : ""}${chosen ? `${kind}-select-active` : ""}`;
  return h(
    "div",
    { class: "row no-gutters align-items-center mt-2" },
    h(
      "div",
      { class: "entity-name" },
      t(kind),
      " :",
      h("b", { class: "ml-2" }, h("span", null, scraped.name)),
    ),
    h(
      "div",
      { role: "group", class: "btn-group" },
      Button("secondary", { onClick: onCreate }, t("create")),
      Button(chosen ? "secondary" : "primary", { onClick: () => onChange(null) }, t("skip")),
      h(EntitySelect, {
        kind,
        class: `${extra} react-select`,
        creatable: false,
        value: chosen,
        placeholder: t(kind === "studio" ? "selectStudio" : "selectPerformers"),
        onChange,
      }),
    ),
  );
}

export function tagsRow(tags, fresh, { onChange, onCreate, onLink }) {
  const small = (title, icon, extra, act, one) =>
    Button("primary", { title: t(title), class: extra, onClick: () => act(one) }, Icon(icon, "fa-fw"));
  return h(
    "div",
    null,
    h(
      "div",
      { class: "form-group row" },
      h("label", { for: "tags", class: "form-label col-form-label col-3" }, t("tags"), ":"),
      h(
        "div",
        { class: "col-xl-12 col-sm-9" },
        h(EntitySelect, {
          kind: "tag",
          class: "react-select",
          multi: true,
          value: tags,
          placeholder: t("selectTags"),
          onChange,
        }),
      ),
    ),
    fresh.map((one) =>
      h(
        "span",
        { key: one.name, class: "tag-item badge badge-secondary" },
        one.name,
        small("create", "plus", "minimal ml-2", onCreate, one),
        small("linkExisting", "link", "minimal", onLink, one),
      ),
    ),
  );
}
