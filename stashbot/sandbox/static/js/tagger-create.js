// The tagger's dialogs that make a performer or a studio of what was found.

import { createEntity } from "./entities.js";
import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { Modal } from "./modal.js";
import { toast } from "./toasts.js";
import { Truncated } from "./ui.js";
import { Component, h } from "./vdom.js";

const PERFORMER = {
  name: "name", disambiguation: "disambiguation", aliases: "aliases", gender: "gender",
  birthdate: "birthdate", country: "country", urls: "urls", details: "details",
};
const STUDIO = { name: "name", urls: "urls", aliases: "aliases", details: "details" };

const filled = (value) => (Array.isArray(value) ? value.length > 0 : Boolean(value));
const splitted = (text) => text.split(",").map((one) => one.trim());

function shownValue(value) {
  if (!Array.isArray(value)) return Truncated(value);
  const link = (url) => h("a", { target: "_blank", rel: "noopener noreferrer", href: url }, Truncated(url));
  return h("ul", null, value.map((url) => h("li", { key: url }, link(url))));
}

// props: kind, scraped, onCreated(entity), onClose
class CreateDialog extends Component {
  constructor(props) {
    super(props);
    this.state = { left: {} };
  }

  input() {
    const { scraped } = this.props;
    const names = Object.keys(this.fields).filter((name) => filled(scraped[name]));
    return Object.fromEntries(
      names.filter((name) => !this.state.left[name]).map((name) => [name, scraped[name]]),
    );
  }

  async save() {
    const { kind, scraped, onCreated, onClose } = this.props;
    try {
      onCreated(await createEntity(kind, this.input()));
      toast.success(`Created ${kind}: ${scraped.name}`);
    } catch (error) {
      toast.error(error);
    }
    onClose();
  }

  render() {
    const { kind, scraped, onClose } = this.props;
    const names = Object.keys(this.fields).filter((name) => filled(scraped[name]));
    return h(
      Modal,
      {
        dialogClass: `${kind}-create-modal`,
        icon: "tags",
        header: t(kind === "studio" ? "createStudio" : "createPerformer"),
        onHide: onClose,
        cancel: { text: t("cancel"), variant: "secondary", onClick: onClose },
        accept: { text: t("save"), onClick: () => this.save() },
      },
      this.body(names.map((name) => this.field(name, scraped[name]))),
    );
  }

  field(name, value) {
    const { kind } = this.props;
    return h(
      "div",
      { key: name, class: "row no-gutters" },
      h(
        "div",
        { class: `col-5 ${kind}-create-modal-field` },
        this.toggle(name),
        h("strong", null, t(this.fields[name]), " :"),
      ),
      h("div", { class: `col-7 ${kind}-create-modal-value` }, shownValue(value)),
    );
  }

  toggle(name) {
    if (!this.toggled(name)) return null;
    const left = this.state.left[name];
    return h(
      "button",
      {
        type: "button",
        class: `${left ? "text-muted" : "text-success"} btn btn-secondary`,
        onClick: () => this.setState({ left: { ...this.state.left, [name]: !left } }),
      },
      Icon(left ? "xmark" : "check"),
    );
  }
}

export class CreatePerformer extends CreateDialog {
  fields = PERFORMER;

  toggled() {
    return false;
  }

  input() {
    const { aliases, ...input } = super.input();
    return aliases ? { ...input, alias_list: splitted(aliases) } : input;
  }

  body(rows) {
    return h("div", { class: "row" }, h("div", { class: "col-7" }, rows));
  }
}

export class CreateStudio extends CreateDialog {
  fields = STUDIO;

  toggled(name) {
    return name !== "details";
  }

  input() {
    const { aliases, ...input } = super.input();
    return aliases ? { ...input, aliases: splitted(aliases) } : input;
  }

  body(rows) {
    return h("div", null, h("div", { class: "row" }, h("div", { class: "col-12" }, rows)));
  }
}
