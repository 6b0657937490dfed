// The rows of the forms of tags and groups.

import { EntitySelect } from "./entities.js";
import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { Button } from "./ui.js";
import { UrlList } from "./url-list.js";
import { Component, h } from "./vdom.js";

const quiet = (event) => event.key === "Enter" && event.preventDefault();

// props: field, value, problem, onChange
export class EntityField extends Component {
  render() {
    const { field } = this.props;
    return h(
      "div",
      { "data-field": field.name, class: "form-group row" },
      h(
        "label",
        { for: field.name, class: "form-label col-form-label col-xl-2 col-sm-3" },
        t(field.name),
      ),
      h("div", { class: "col-xl-7 col-sm-9" }, this[field.widget]()),
    );
  }

  feedback(extra = "") {
    return h("div", { key: "feedback", class: `invalid-feedback${extra}` }, this.props.problem);
  }

  input(tag, more = {}) {
    const { field, value, problem, onChange } = this.props;
    const { class: extra = "text-input", ...rest } = more;
    return h(tag, {
      key: "input",
      placeholder: t(field.name),
      id: field.name,
      name: field.name,
      class: `${extra} form-control${problem ? " is-invalid" : ""}`,
      value,
      onInput: (event) => onChange(event.target.value),
      ...rest,
    });
  }

  text() {
    return [this.input("input", { type: "text", onKeydown: quiet }), this.feedback()];
  }

  area() {
    return [this.input("textarea"), this.feedback()];
  }

  date() {
    const more = { class: "date-input text-input", placeholder: "YYYY-MM-DD", name: null, onKeydown: quiet };
    return h(
      "div",
      null,
      h(
        "div",
        { class: "input-group has-validation" },
        this.input("input", more),
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
        this.feedback(),
      ),
    );
  }

  duration() {
    const more = { class: "duration-control text-input", placeholder: "hh:mm:ss.ms", name: null, onKeydown: quiet };
    const arrow = (icon) => Button("secondary", { class: "duration-button" }, Icon(icon));
    return h(
      "div",
      { class: "duration-input undefined" },
      h(
        "div",
        { class: "input-group" },
        this.input("input", more),
        h(
          "div",
          { class: "input-group-append" },
          h("div", { role: "group", class: "btn-group-vertical" }, arrow("chevron-up"), arrow("chevron-down")),
        ),
        this.feedback(),
      ),
    );
  }

  list() {
    const { field, value, problem, onChange } = this.props;
    const scraping = field.scrapes ? { placeholder: t("url"), scrapable: () => false } : {};
    return [
      h(UrlList, { key: "list", urls: value, problem, onChange, ...scraping }),
      this.feedback(" mt-n2"),
    ];
  }

  select() {
    const { field, value, onChange } = this.props;
    const words = { studio: "selectStudio", tag: "selectTags" };
    return h(EntitySelect, {
      kind: field.kind,
      multi: field.multi,
      value,
      placeholder: t(words[field.kind]),
      onChange,
    });
  }

  groups() {
    const adding = { kind: "group", value: null, placeholder: t("selectGroup"), onChange: () => {} };
    return h(
      "div",
      { class: "group-table no-groups" },
      h(
        "div",
        { class: "group-table-header row" },
        h("div", { class: "col-9" }),
        h(
          "label",
          {
            for: "containing_groups",
            class: "group-scene-number-header form-label col-form-label col-3",
          },
          t("description"),
        ),
      ),
      h("div", { class: "group-row row" }, h("div", { class: "col-12" }, h(EntitySelect, adding))),
    );
  }

  check() {
    const { field, value, onChange } = this.props;
    return [
      h(
        "div",
        { key: "check", class: "form-check" },
        h("input", {
          type: "checkbox",
          placeholder: t(field.name),
          id: field.name,
          name: field.name,
          class: "form-check-input position-static",
          checked: value,
          onChange: () => onChange(!value),
        }),
      ),
      this.feedback(),
    ];
  }

  stashIds() {
    const attributes = { class: "mr-2 py-0", title: t("addStashId"), disabled: true };
    return Button("success", attributes, Icon("plus"));
  }
}
