// The dialog that adds a source to those of Identify, and what both dialogs show.

import { t } from "./i18n.js";
import { Modal } from "./modal.js";
import { IconButton } from "./ui.js";
import { Component, h } from "./vdom.js";

export const OPTIONS = [
  { name: "includeMalePerformers", id: "include-male-performers", on: true },
  { name: "setCoverImage", id: "set-cover-image", on: true },
  { name: "setOrganized", id: "set-organized", on: false },
  { name: "skipMultipleMatches", id: "skip-multiple-match", on: true },
  { name: "skipSingleNamePerformers", id: "skip-single-name-performers", on: true },
];
const FIELDS = [
  "title", "code", "date", "director", "details", "url", "studio", "performers", "tags", "stashIds",
];

export const fieldTable = () =>
  h(
    "div",
    { class: "scraper-sources mt-3 form-group" },
    h("h5", null, t("fieldOptions")),
    h(
      "div",
      { class: "table-responsive" },
      h(
        "table",
        { class: "field-options-table table" },
        h(
          "thead",
          null,
          h("tr", null, ["field", "strategy", "createMissing", ""].map((one) =>
            h("th", { key: one, class: "w-25" }, one && t(one)))),
        ),
        h("tbody", null, FIELDS.map((field) =>
          h(
            "tr",
            { key: field },
            h("td", null, t(field)),
            h("td", null, t("merge")),
            h("td"),
            h("td", { class: "text-right" }, IconButton("primary", "pencil", { class: "minimal" })),
          ))),
      ),
    ),
  );

// Unlike other dialogs it does not fade, and no class says that it is shown.
class StillModal extends Modal {
  dialogNode() {
    const node = super.dialogNode(true);
    return { ...node, props: { ...node.props, class: "ModalComponent modal" } };
  }
}

export class SourceEditor extends Component {
  constructor(props) {
    super(props);
    this.state = { source: props.sources[0], choices: {} };
  }

  render() {
    const { sources, onClose } = this.props;
    const { source } = this.state;
    return h(
      StillModal,
      {
        dialogClass: "identify-source-editor",
        size: "lg",
        icon: "plus",
        header: t("add"),
        accept: { text: t("add"), onClick: () => onClose(source) },
        cancel: { text: t("cancel"), variant: "secondary", onClick: () => onClose(null) },
      },
      h(
        "form",
        { class: "", onSubmit: (event) => event.preventDefault() },
        h(
          "div",
          { class: "form-group" },
          h("h5", null, t("source")),
          h(
            "select",
            {
              class: "input-control form-control",
              value: `scraper:${source.id}`,
              onChange: ({ target }) =>
                this.setState({ source: sources.find((one) => target.value === `scraper:${one.id}`) }),
            },
            sources.map((one) => h("option", { key: one.id, value: `scraper:${one.id}` }, one.name)),
          ),
        ),
        OPTIONS.map((one) => this.option(one)),
        fieldTable(),
      ),
    );
  }

  option({ name, id }) {
    const { choices } = this.state;
    const radio = (value) => {
      const own = `${id}-value-${value}`;
      return h(
        "div",
        { key: own, class: "form-check" },
        h("input", {
          type: "radio",
          id: own,
          class: "form-check-input",
          checked: String(choices[name]) === value,
          onChange: () => this.setState({ choices: { ...choices, [name]: value } }),
        }),
        h("label", { title: "", for: own, class: "form-check-label" }, t(value)),
      );
    };
    return h(
      "div",
      { key: id, class: "form-group" },
      h("h6", null, t(name)),
      h("div", { class: "form-group" }, ["undefined", "false", "true"].map(radio)),
    );
  }
}
