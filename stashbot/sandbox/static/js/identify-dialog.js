// The dialog that has sources asked about the selected scenes, and its own dialog that adds a source.

import { EntitySelect } from "./entities.js";
import { helpButton } from "./generate-dialog.js";
import { t } from "./i18n.js";
import { Icon } from "./icons.js";
import { fieldTable, OPTIONS, SourceEditor } from "./identify-source.js";
import { Modal } from "./modal.js";
import { mutate, query } from "./store.js";
import { toast } from "./toasts.js";
import { IconButton } from "./ui.js";
import { Component, h } from "./vdom.js";

const AUTO_TAG = { id: "builtin_autotag", name: "Auto Tag" };

export class IdentifyDialog extends Component {
  constructor(props) {
    super(props);
    const options = Object.fromEntries(OPTIONS.map(({ name, on }) => [name, on]));
    this.state = { options, sources: [AUTO_TAG], known: [], adding: false, tags: {} };
  }

  async didMount() {
    try {
      const { listScrapers } = await query("ListSceneScrapers");
      const known = listScrapers.filter((one) => one.scene.supported_scrapes.includes("FRAGMENT"));
      this.setState({ known });
    } catch (error) {
      toast.error(error);
    }
  }

  async start() {
    const { sources, options } = this.state;
    const input = {
      sources: sources.map((one) => ({ source: { scraper_id: one.id } })),
      options,
      sceneIDs: this.props.scenes.map((scene) => scene.id),
    };
    try {
      await mutate("MetadataIdentify", { input });
      toast.success(t("addedJob"));
    } catch (error) {
      toast.error(error);
    }
    this.props.onClose(false);
  }

  async keep() {
    const { sources, options } = this.state;
    const value = { sources: sources.map((one) => one.id), options };
    try {
      await mutate("ConfigureUISetting", { key: "identify", value });
    } catch (error) {
      toast.error(error);
    }
  }

  get left() {
    const taken = new Set(this.state.sources.map((one) => one.id));
    return this.state.known.filter((one) => !taken.has(one.id));
  }

  render() {
    const { adding, sources } = this.state;
    if (adding) {
      return h(SourceEditor, {
        key: "source",
        sources: this.left,
        onClose: (source) =>
          this.setState({ adding: false, sources: source ? [...sources, source] : sources }),
      });
    }
    const plain = { text: t("cancel"), variant: "secondary" };
    return h(
      Modal,
      {
        key: "identify",
        size: "lg",
        icon: "gears",
        header: t("identify"),
        leftButtons: helpButton(),
        footerButtons: h(
          "button",
          { type: "button", class: "btn btn-secondary", onClick: () => this.keep() },
          t("setAsDefault"),
        ),
        accept: { text: t("identify"), onClick: () => this.start(), disabled: !sources.length },
        cancel: { ...plain, onClick: () => this.props.onClose(false) },
      },
      h(
        "form",
        { class: "", onSubmit: (event) => event.preventDefault() },
        h(
          "div",
          { id: "selected-identify-ids", class: "form-group" },
          `${t("identify")}: ${this.props.scenes.length}`,
        ),
        this.sources(),
        this.options(),
      ),
    );
  }

  sources() {
    const { sources } = this.state;
    const without = (one) => this.setState({ sources: sources.filter((other) => other !== one) });
    return h(
      "div",
      { class: "scraper-sources form-group" },
      h("h5", null, t("sources")),
      h(
        "ul",
        { class: "scraper-source-list list-group" },
        sources.map((one) =>
          h(
            "li",
            {
              key: one.id,
              class: "d-flex justify-content-between align-items-center list-group-item",
            },
            h("div", null, h("div", { class: "minimal text-muted drag-handle" }, Icon("grip-vertical")), one.name),
            h(
              "div",
              null,
              IconButton("primary", "gear", { class: "minimal" }),
              IconButton("primary", "minus", {
                class: "minimal text-danger",
                onClick: () => without(one),
              }),
            ),
          ),
        ),
      ),
      this.left.length > 0 &&
        h(
          "div",
          { class: "text-right" },
          IconButton("primary", "plus", {
            class: "minimal add-scraper-source-button",
            onClick: () => this.setState({ adding: true }),
          }),
        ),
    );
  }

  options() {
    const { options, tags } = this.state;
    const change = (name) => this.setState({ options: { ...options, [name]: !options[name] } });
    const check = ({ name, id }) =>
      h(
        "div",
        { key: id, class: "form-check" },
        h("input", {
          type: "checkbox",
          id,
          class: "form-check-input",
          checked: options[name],
          onChange: () => change(name),
        }),
        h("label", { title: "", for: id, class: "form-check-label" }, t(name)),
      );
    const tagged = ({ name }) =>
      h(
        "div",
        { key: `${name}-tag`, class: "ml-3 mt-1 mb-0 form-group row" },
        h(
          "label",
          { for: "match_tags", class: "form-label col-form-label col-sm-4 offset-sm-1" },
          t("tagSkipped"),
        ),
        h(
          "div",
          { class: "col-sm" },
          h(EntitySelect, {
            kind: "tag",
            portal: true,
            value: tags[name] ?? null,
            placeholder: t("selectTag"),
            onChange: (tag) => this.setState({ tags: { ...tags, [name]: tag } }),
          }),
        ),
      );
    return h(
      "div",
      { class: "mb-0 form-group" },
      h("div", { class: "form-group" }, h("h5", null, t("defaultOptions"))),
      h("div", { class: "mb-0 form-group" }, OPTIONS.slice(0, 3).map(check)),
      OPTIONS.slice(3).map((one) => [check(one), options[one.name] && tagged(one)]),
      fieldTable(),
    );
  }
}
