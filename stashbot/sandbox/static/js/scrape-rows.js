// One row of the scrape dialog: the existing side, the scraped side, and what does not exist yet.

import { EntitySelect } from "./entities.js";
import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { Button } from "./ui.js";
import { UrlList } from "./url-list.js";
import { Component, h } from "./vdom.js";

const LABELS = {
  title: "title", code: "code", urls: "urls", date: "date", director: "director",
  studio: "studios", performers: "performers", groups: "groups", tags: "tags",
  details: "details", stash_ids: "stashId", cover_image: "coverImage",
};
const KIND_OF = { studio: "studio", performers: "performer", groups: "group", tags: "tag" };
const PLACEHOLDERS = {
  studio: "selectStudio", performers: "selectPerformers", groups: "selectGroups", tags: "selectTags",
};
const COLLAPSED_FROM = 10;

export class ScrapeRow extends Component {
  render() {
    const { row, onChange } = this.props;
    const label = t(LABELS[row.field]);
    const narrow = (text) =>
      h("label", { class: "d-lg-none column-label form-label col-form-label col" }, text);
    const extra = row.kind === "urls" ? "string-list-row" : "";
    return h(
      "div",
      { "data-field": row.field, class: `px-3 pt-3 ${extra} row` },
      h("label", { class: "form-label col-form-label col-lg-3" }, label),
      h(
        "div",
        { class: "col-lg-9" },
        h(
          "div",
          { class: "row" },
          narrow(t("existing")),
          h(
            "div",
            { class: "col-lg-6" },
            h(
              "div",
              { class: "input-group" },
              h(
                "div",
                { class: "bg-secondary text-white border-secondary input-group-prepend" },
                choice(!row.chosen, () => onChange({ chosen: false })),
              ),
              this.side(row, label, row.existing, null),
            ),
          ),
          narrow(t("scraped")),
          h(
            "div",
            { class: "col-lg-6" },
            h(
              "div",
              { class: "input-group" },
              h(
                "div",
                { class: "input-group-prepend" },
                choice(row.chosen, () => onChange({ chosen: true })),
              ),
              this.side(row, label, row.value, (value) => onChange({ value, chosen: true })),
            ),
            row.fresh?.length > 0 && this.missing(row),
          ),
        ),
      ),
    );
  }

  // Without `change` a side is only to be looked at.
  side(row, label, value, change) {
    if (row.kind === "cover") {
      return h("img", { class: "img-fluid scene-cover", src: value ?? "", alt: label });
    }
    if (row.kind === "urls") {
      return [
        h(UrlList, { urls: value, placeholder: label, readOnly: !change, onChange: change }),
        h("div", { class: "invalid-feedback mt-n2" }),
      ];
    }
    if (row.kind === "text") return this.textSide(row, label, value, change);
    return h(EntitySelect, {
      kind: KIND_OF[row.field],
      class: row.field === "studio" ? "form-control react-select" : "form-control",
      multi: row.kind === "list",
      disabled: !change,
      portal: true,
      value: value ?? (row.kind === "list" ? [] : null),
      placeholder: change ? t(PLACEHOLDERS[row.field]) : "",
      onChange: change,
    });
  }

  textSide(row, label, value, change) {
    const long = row.field === "details";
    return h(long ? "textarea" : "input", {
      placeholder: row.field === "date" ? "YYYY-MM-DD" : label,
      readOnly: !change,
      class:
        `bg-secondary text-white border-secondary ${long ? "scene-description " : ""}form-control`,
      value: value ?? "",
      onInput: (event) => change?.(event.target.value),
      onKeydown: (event) => !long && event.key === "Enter" && event.preventDefault(),
    });
  }

  missing(row) {
    const badges = row.fresh.map((fresh, index) => this.badge(fresh, index));
    if (row.fresh.length < COLLAPSED_FROM) return badges;
    const open = Boolean(this.state.open);
    return h(
      "div",
      null,
      h(
        "div",
        { class: "collapse-header" },
        Button(
          "primary",
          { class: "minimal collapse-button", onClick: () => this.setState({ open: !open }) },
          Icon(open ? "chevron-down" : "chevron-right", "fa-fw"),
          h("span", null, `Missing (${row.fresh.length})`),
        ),
      ),
      h("div", { class: `collapse${open ? " show" : ""}` }, badges),
    );
  }

  badge(fresh, index) {
    const { onCreate, row } = this.props;
    const only = (action) => (event) => {
      event.stopPropagation();
      action(fresh);
    };
    return h(
      "span",
      {
        key: `${fresh.name}-${index}`,
        class: "tag-item badge badge-secondary",
        onClick: () => onCreate(fresh),
      },
      fresh.name,
      Button("primary", { class: "minimal ml-2", onClick: only(onCreate) }, Icon("plus", "fa-fw")),
      // Only tags can be linked to others; here the button does nothing.
      row.field === "tags" &&
        Button("primary", { class: "minimal", onClick: only(() => {}) }, Icon("link", "fa-fw")),
    );
  }
}

const choice = (chosen, onClick) =>
  Button(
    "secondary",
    { onClick },
    Icon(chosen ? "check" : "xmark", chosen ? "fa-fw text-success" : "fa-fw text-muted"),
  );
