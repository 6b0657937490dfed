// Matching a scraped tag with an existing one, or making it after all.

import { EntitySelect } from "./entities.js";
import { t } from "./i18n.js";
import { Modal } from "./modal.js";
import { Component, h } from "./vdom.js";

export class LinkTagDialog extends Component {
  constructor(props) {
    super(props);
    this.state = { create: false, tag: null, asAlias: true };
  }

  render() {
    const { create, tag, asAlias } = this.state;
    const { name, onSave, onCancel } = this.props;
    return h(
      Modal,
      {
        dialogClass: "create-link-tag-modal",
        icon: "link",
        header: t("matchTag"),
        cancel: { text: t("cancel"), onClick: onCancel },
        accept: {
          text: t("save"),
          disabled: !create && !tag,
          onClick: () => onSave({ create, tag, asAlias }),
        },
      },
      h(
        "form",
        { onSubmit: (event) => event.preventDefault() },
        this.radio("create-new", t("createNew"), create, true),
        h(
          "div",
          { class: "ml-3 mt-2 form-group" },
          h("label", { class: "form-label" }, t("name")),
          h("input", {
            class: "input-control form-control",
            type: "text",
            value: name,
            disabled: !create,
          }),
        ),
        this.radio("link-existing", t("linkExisting"), !create, false),
        h(
          "div",
          { class: "ml-3 mt-2 form-group" },
          h(EntitySelect, {
            kind: "tag",
            portal: true,
            creatable: false,
            value: tag,
            disabled: create,
            placeholder: t("selectTag"),
            onChange: (chosen) => this.setState({ tag: chosen }),
          }),
        ),
        h("div", { class: "mt-3 form-group" }, this.aliasCheck(create, asAlias)),
      ),
    );
  }

  aliasCheck(create, asAlias) {
    return h(
      "div",
      { class: "form-check" },
      h("input", {
        type: "checkbox",
        id: "add-as-alias",
        class: "form-check-input",
        checked: asAlias,
        disabled: create,
        onChange: () => this.setState({ asAlias: !asAlias }),
      }),
      h("label", { title: "", for: "add-as-alias", class: "form-check-label" }, t("asAlias")),
    );
  }

  radio(id, label, checked, create) {
    return h(
      "div",
      { class: "form-check" },
      h("input", {
        type: "radio",
        id,
        name: "create-or-link",
        class: "form-check-input",
        checked,
        onChange: () => this.setState({ create }),
      }),
      h("label", { title: "", for: id, class: "form-check-label" }, label),
    );
  }
}
