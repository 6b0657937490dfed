// The fields of the edit form, top to bottom.

import { CoverField } from "./cover-field.js";
import { EntitySelect } from "./entities.js";
import { problemsOf } from "./form-values.js";
import { GroupsField } from "./groups-field.js";
import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { ScraperMenus } from "./scraper-menus.js";
import { Button } from "./ui.js";
import { UrlList } from "./url-list.js";
import { Component, h } from "./vdom.js";

export class EditForm extends Component {
  render() {
    const { panel } = this.props;
    return h(
      "form",
      { novalidate: true, class: "", onSubmit: (event) => this.submit(event) },
      this.buttons(panel),
      this.fields(panel),
    );
  }

  submit(event) {
    event.preventDefault();
    const { panel } = this.props;
    if (event.submitter === null && panel.canSave) panel.save();
  }

  buttons(panel) {
    return h(
      "div",
      { class: "form-container edit-buttons-container px-3 pt-3 row" },
      h(
        "div",
        { class: "edit-buttons mb-3 pl-0" },
        Button(
          "primary",
          { class: "edit-button", disabled: !panel.canSave, onClick: () => panel.save() },
          t("save"),
        ),
        Button("danger", { class: "edit-button", onClick: panel.props.onDelete }, t("delete")),
      ),
      h("div", { class: "ml-auto text-right d-flex" }, h(ScraperMenus, { panel })),
    );
  }

  fields(panel) {
    const { form } = panel.state;
    const problems = problemsOf(form);
    return h(
      "div",
      { class: "form-container px-3 row" },
      h(
        "div",
        { class: "col-xl-12 col-lg-7" },
        this.textField("title", t("title")),
        this.textField("code", t("code")),
        row("urls", t("urls"), "lg-12 md-3", [
          h(UrlList, {
            urls: form.urls,
            placeholder: t("url"),
            problem: problems.urls,
            scrapable: (url) => this.scrapable(url),
            onScrape: (url) => panel.scrapeUrl(url),
            onChange: (urls) => panel.set({ urls }),
          }),
          h("div", { class: "invalid-feedback mt-n2" }, problems.urls),
        ]),
        this.dateField(form, problems.date),
        this.textField("director", t("director")),
        this.select("gallery_ids", "gallery", "galleries", { multi: true }, false),
        this.select("studio_id", "studio", "studio", { multi: false }, false),
        this.select("performer_ids", "performer", "performers", { multi: true }, true),
        row("groups", t("groups"), "xl-12 sm-3", [
          h(GroupsField, { groups: form.groups, onChange: (groups) => panel.set({ groups }) }),
        ]),
        this.select("tag_ids", "tag", "tags", { multi: true }, true),
        this.stashIds(form),
      ),
      h(
        "div",
        { class: "col-xl-12 col-lg-5" },
        this.textField("details", t("details"), "textarea"),
        h(CoverField, { key: "cover", panel }),
      ),
    );
  }

  scrapable(url) {
    const { scrapers } = this.props.panel;
    return scrapers.some((one) => one.scene?.urls?.some((pattern) => url.includes(pattern)));
  }

  textField(name, label, tag = "input") {
    const { panel } = this.props;
    const props = {
      placeholder: label,
      name,
      type: tag === "input" ? "text" : null,
      id: name,
      class: "text-input form-control",
      value: panel.state.form[name],
      onInput: (event) => panel.set({ [name]: event.target.value }),
      onKeydown: (event) => tag === "input" && event.key === "Enter" && event.preventDefault(),
    };
    return row(name, label, tag === "input" ? "sm-3" : "lg-12 sm-3", [
      h(tag, props),
      h("div", { class: "invalid-feedback" }),
    ]);
  }

  dateField(form, problem) {
    const { panel } = this.props;
    const set = (date) => panel.set({ date });
    return row("date", t("date"), "sm-3", [
      h(
        "div",
        null,
        h(
          "div",
          { class: "input-group has-validation" },
          h("input", {
            placeholder: "YYYY-MM-DD",
            id: "date",
            class: `date-input text-input form-control${problem ? " is-invalid" : ""}`,
            value: form.date,
            onInput: (event) => set(event.target.value),
            onKeydown: (event) => event.key === "Enter" && event.preventDefault(),
          }),
          h(
            "div",
            { class: "input-group-append" },
            h(
              "div",
              { class: "react-datepicker-wrapper" },
              h(
                "div",
                { class: "react-datepicker__input-container" },
                Button("secondary", null, Icon("calendar", "", "far")),
              ),
            ),
          ),
          h("div", { class: "invalid-feedback" }, problem),
        ),
      ),
    ]);
  }

  select(field, kind, name, props, wide) {
    const { panel } = this.props;
    const label = t(name);
    const key = `select${name[0].toUpperCase()}${name.slice(1)}`;
    return row(field, label, wide ? "xl-12 sm-3" : "sm-3", [
      h(EntitySelect, {
        kind,
        ...props,
        value: panel.state.form[name],
        placeholder: t(key),
        onChange: (value) => panel.set({ [name]: value }),
      }),
    ]);
  }

  stashIds(form) {
    const { panel } = this.props;
    const drop = (index) =>
      panel.set({ stash_ids: form.stash_ids.filter((_, other) => other !== index) });
    return row("stash_ids", t("stashIds"), "xl-12 sm-3", [
      form.stash_ids.length > 0 &&
        h(
          "ul",
          { class: "pl-0 mb-2" },
          form.stash_ids.map((one, index) =>
            h(
              "li",
              { key: one.stash_id, class: "row no-gutters mb-1" },
              Button(
                "danger",
                { class: "mr-2 py-0", onClick: () => drop(index) },
                Icon("trash-can"),
              ),
              h("span", { class: "stash-id-pill" }, one.stash_id),
            ),
          ),
        ),
      Button(
        "success",
        { class: "mr-2 py-0", title: t("addStashId"), disabled: true },
        Icon("plus"),
      ),
    ]);
  }
}

// `columns` names the label's widths; the content takes the rest.
function row(field, label, columns, content) {
  const widths = columns.split(" ").map((one) => `col-${one}`);
  const rest = columns.split(" ").map((one) => {
    const [size, width] = one.split("-");
    return `col-${size}-${width === "12" ? 12 : 9}`;
  });
  return h(
    "div",
    { key: field, "data-field": field, class: "form-group row" },
    h(
      "label",
      { for: field, class: `form-label col-form-label ${widths.join(" ")}` },
      label,
    ),
    h("div", { class: rest.join(" ") }, content),
  );
}
