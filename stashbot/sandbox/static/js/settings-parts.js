// What settings are made of: sections, lines, switches, and the dialog that edits a text.

import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { Modal } from "./modal.js";
import { Button } from "./ui.js";
import { Component, h } from "./vdom.js";

export function section(heading, ...content) {
  return h(
    "div",
    { class: "setting-section" },
    h("h1", null, heading ?? ""),
    h("div", { class: "card" }, ...content),
  );
}

// A line: what it is called, what it holds, and what changes it.
export function setting({ id, heading, value, about, class: extra = "" }, ...controls) {
  return h(
    "div",
    { id, class: `setting${extra}` },
    h(
      "div",
      null,
      h("h3", null, heading),
      value !== undefined && h("div", { class: "value" }, h("span", null, value)),
      about && h("div", { class: "sub-heading" }, about),
    ),
    h("div", null, ...controls),
  );
}

export function toggle(id, checked, change) {
  return h(
    "div",
    { class: "custom-control custom-switch" },
    h("input", {
      id,
      type: "checkbox",
      class: "custom-control-input",
      checked: Boolean(checked),
      onChange: ({ target }) => change(target.checked),
    }),
    h("label", { title: "", for: id, class: "custom-control-label" }),
  );
}

export function helped(heading, page) {
  return [heading, h("a", { href: `/help/${page}.md` }, Icon("circle-question"))];
}

// Lines that belong together, under a head with buttons; they can be folded away.
export class Group extends Component {
  constructor(props) {
    super(props);
    this.state = { open: true };
  }

  render() {
    const { heading, buttons, children } = this.props;
    const { open } = this.state;
    const fold = Button(
      "minimal",
      { class: "setting-group-collapse-button", onClick: () => this.setState({ open: !open }) },
      Icon(open ? "chevron-up" : "chevron-down"),
    );
    return h(
      "div",
      { class: "setting-group collapsible" },
      setting({ heading }, ...buttons, fold),
      h("div", { class: `collapsible-section collapse${open ? " show" : ""}` }, ...children),
    );
  }
}

// A text that is edited in a dialog. props: id, heading, value, long, onChange(text)
export class EditedText extends Component {
  constructor(props) {
    super(props);
    this.state = { text: null };
  }

  render() {
    const { id, heading, value, long, onChange } = this.props;
    const { text } = this.state;
    const edit = Button("primary", { onClick: () => this.setState({ text: value }) }, t("edit"));
    const line = setting({ id, heading, value: long ? value.slice(0, 80) : value }, edit);
    return text === null ? line : { ...line, children: [...line.children, this.dialog(long, onChange)] };
  }

  dialog(long, onChange) {
    const close = () => this.setState({ text: null });
    const save = () => {
      onChange(this.state.text);
      close();
    };
    return h(
      Modal,
      {
        header: this.props.heading,
        onHide: close,
        cancel: { text: t("cancel"), variant: "secondary", onClick: close },
        accept: { text: t("confirm"), onClick: save },
      },
      h(long ? "textarea" : "input", {
        class: "text-input form-control",
        value: this.state.text,
        onInput: ({ target }) => this.setState({ text: target.value }),
      }),
    );
  }
}
