// The page of one performer, studio, tag or group, with its form, and the page for a new one.

import { EntityForm } from "./entity-form.js";
import { detailButtons, entityHeader } from "./entity-header.js";
import { ENTITY_KINDS } from "./entity-kinds.js";
import { EntityScenes } from "./entity-scenes.js";
import { t } from "./i18n.js";
import { Modal } from "./modal.js";
import { back, go, here, rewrite } from "./router.js";
import { forget, mutate, onStore, query } from "./store.js";
import { toast } from "./toasts.js";
import { ErrorMessage, Loading } from "./ui.js";
import { Component, h } from "./vdom.js";

const addressOf = ({ plural }, id) => `/${plural}/${id}/scenes?sortby=date`;

// props: kind, id
export class EntityPage extends Component {
  constructor(props) {
    super(props);
    this.kind = ENTITY_KINDS[props.kind];
    this.state = { entity: null, error: null, editing: false, asking: false };
  }

  didMount() {
    const { path } = here();
    if (!path.replace(/\/$/, "").endsWith("/scenes")) rewrite(addressOf(this.kind, this.props.id));
    this.load();
    this.stop = onStore((event) => event.type === "reset" && this.load());
  }

  willUnmount() {
    this.stop();
  }

  didUpdate(previous) {
    if (previous.id !== this.props.id) {
      this.setState({ entity: null, editing: false });
      this.load();
    }
  }

  async load() {
    const { id } = this.props;
    try {
      const entity = Object.values(await query(this.kind.find, { id }))[0];
      if (id !== this.props.id || this.gone) return;
      if (entity) this.setState({ entity, error: null });
      else this.setState({ error: `No ${this.kind.kind} found with id ${id}.` });
    } catch (error) {
      this.setState({ error: error.message });
    }
  }

  // Changes one value at once, as the heart and the stars do.
  async change(values) {
    try {
      await mutate(this.kind.update, { input: { id: this.props.id, ...values } });
      this.refresh();
    } catch (error) {
      toast.error(error);
    }
  }

  async destroy() {
    try {
      await mutate(this.kind.destroy, { id: this.props.id });
      for (const name of [this.kind.find, this.kind.listed]) forget(name);
      back();
    } catch (error) {
      toast.error(error);
      this.setState({ asking: false });
    }
  }

  render() {
    const { entity, error, editing } = this.state;
    if (error) return ErrorMessage({ text: error });
    if (!entity) return Loading();
    const { kind, plural, tabs } = this.kind;
    document.title = `${entity.name} | ${t(plural)} | Stash`;
    return h(
      "div",
      { id: `${kind}-page`, class: "row" },
      editing ? this.form(entity) : this.header(entity, false, this.buttons()),
      h(
        "div",
        { class: "detail-body" },
        h("div", { class: `${kind}-body` }, h("div", { class: `${kind}-tabs` }, this.tabs(kind, tabs), this.scenes(entity))),
      ),
      this.state.asking && this.question(entity),
    );
  }

  header(entity, editing, content) {
    const onChange = (values) => this.change(values);
    return entityHeader({ kind: this.kind, entity, editing, onChange, content });
  }

  buttons() {
    return detailButtons(this.kind.kind, {
      edit: () => this.setState({ editing: true }),
      remove: () => this.setState({ asking: true }),
    });
  }

  form(entity) {
    const apart = this.kind.kind === "tag" || this.kind.kind === "group";
    const inside = ({ form, above, below }) => (apart ? h("div", null, form, below) : [above, form, below]);
    return h(EntityForm, {
      key: "form",
      kind: this.kind,
      entity,
      wrap: (parts) => this.header(entity, true, inside(parts)),
      onSaved: (saved) => this.setState({ entity: saved, editing: false }),
      onCancel: () => this.setState({ editing: false }),
    });
  }

  tabs(kind, tabs) {
    return h(
      "nav",
      { class: "nav nav-tabs", role: "tablist" },
      tabs.map((tab, index) =>
        h(
          "a",
          {
            key: tab,
            id: `${kind}-tabs-tab-${tab}`,
            href: "#",
            role: "tab",
            "data-rb-event-key": tab,
            "aria-selected": String(!index),
            class: `nav-item nav-link${index ? "" : " active"}`,
            onClick: (event) => event.preventDefault(),
          },
          t(tab),
        ),
      ),
    );
  }

  scenes(entity) {
    const { kind } = this.kind;
    return h(
      "div",
      { class: "tab-content" },
      h(
        "div",
        { id: `${kind}-tabs-tabpane-scenes`, role: "tabpanel", class: "fade tab-pane active show" },
        h(EntityScenes, { key: entity.id, kind: this.kind, id: entity.id }),
      ),
    );
  }

  question(entity) {
    return h(
      Modal,
      {
        icon: "trash-can",
        accept: { text: t("delete"), variant: "danger", onClick: () => this.destroy() },
        cancel: { text: t("cancel"), onClick: () => this.setState({ asking: false }) },
      },
      h("p", null, `${t("deleteEntity")} ${entity.name}?`),
    );
  }
}

// props: kind, search
export class EntityNew extends Component {
  render() {
    const kind = ENTITY_KINDS[this.props.kind];
    document.title = `${t(kind.plural)} | Stash`;
    return h(EntityForm, {
      kind,
      given: { name: new URLSearchParams(this.props.search).get("q") ?? "" },
      wrap: (parts) => newPage(kind.kind, parts),
      onSaved: (made) => {
        forget(kind.listed);
        go(addressOf(kind, made.id));
      },
    });
  }
}

function newPage(kind, { form, above, below }) {
  const title = h("h2", null, t(`add_${kind}`));
  if (kind === "performer") {
    return h(
      "div",
      { id: "performer-page", class: "row new-view" },
      h("div", { class: "performer-image-container col-md-4 text-center" }),
      h("div", { class: "col-md-8" }, title, above, form),
    );
  }
  if (kind === "studio") {
    return h("div", { class: "row" }, h("div", { class: "studio-details col-md-8" }, title, form, below));
  }
  const width = kind === "group" ? "mb-3 col" : "col-md-8";
  return h("div", { class: "row" }, h("div", { class: `${kind}-details ${width}` }, h("div", null, title, form), below));
}
