// The form of a performer, studio, tag or group, for a new one and for one that is there.

import { EntityField, customFields } from "./entity-fields.js";
import { formOf, inputOf, isChanged, problemsOf } from "./entity-values.js";
import { t } from "./i18n.js";
import { guardLeaving } from "./router.js";
import { mutate } from "./store.js";
import { toast } from "./toasts.js";
import { Button, Dropdown, Loading } from "./ui.js";
import { Component, h } from "./vdom.js";

// props: kind, entity (none for a new one), given, onSaved(entity), onCancel, and `wrap`, which makes
// the whole of the form and the buttons above and below it.
export class EntityForm extends Component {
  constructor(props) {
    super(props);
    const initial = formOf(props.kind, props.entity, props.given);
    this.state = { initial, form: initial, busy: false, tried: false };
  }

  willUnmount() {
    this.unguard?.();
  }

  get changed() {
    return isChanged(this.props.kind, this.state.initial, this.state.form);
  }

  set(change) {
    this.setState({ form: { ...this.state.form, ...change } });
    this.unguard?.();
    this.unguard = this.changed ? guardLeaving(t("leave")) : null;
  }

  async save() {
    const { kind, entity, onSaved } = this.props;
    const { form } = this.state;
    this.setState({ tried: true });
    if (Object.keys(problemsOf(kind, form)).length) return;
    this.setState({ busy: true });
    try {
      const input = inputOf(kind, form);
      const data = entity
        ? await mutate(kind.update, { input: { id: entity.id, ...input } })
        : await mutate(kind.create, { input });
      this.unguard?.();
      toast.success(`${entity ? t("updatedEntity") : t("created")} ${t(kind.kind).toLowerCase()}`);
      onSaved(Object.values(data)[0]);
    } catch (error) {
      toast.error(error);
      if (!this.gone) this.setState({ busy: false });
    }
  }

  render() {
    const { kind, wrap } = this.props;
    const twice = kind.kind === "performer";
    const form = h(
      "form",
      { key: "form", novalidate: true, id: `${kind.kind}-edit`, onSubmit: (event) => event.preventDefault() },
      kind.fields.map((field, index) => this.field(field, index)),
      twice && this.buttons("mt-3"),
    );
    if (this.state.busy) return wrap({ form: Loading() });
    return wrap({ form, above: twice && this.buttons("mb-3"), below: !twice && this.buttons("mt-3") });
  }

  field(field, index) {
    if (field.widget === "rule") return h("hr", { key: `rule-${index}` });
    if (field.widget === "custom") return customFields();
    const { form, tried } = this.state;
    const problem = problemsOf(this.props.kind, form)[field.name];
    const shown = tried || this.props.entity || field.widget !== "text" ? problem : null;
    const onChange = (value) => this.set({ [field.name]: value });
    return h(EntityField, { key: field.name, field, value: form[field.name], problem: shown, onChange });
  }

  buttons(margin) {
    const { kind, entity, onCancel } = this.props;
    const performer = kind.kind === "performer";
    const problems = Object.keys(problemsOf(kind, this.state.form)).length > 0;
    const image = (set, clear) => [
      Button("secondary", { key: set, class: "mr-2" }, t(set)),
      h("div", { key: clear }, Button("danger", { class: "mr-2" }, t(clear))),
    ];
    return h(
      "div",
      { key: `buttons-${margin}`, class: `details-edit col-xl-9 ${margin}` },
      entity && Button("primary", { class: performer ? "mr-2" : "edit", onClick: onCancel }, t("cancel")),
      performer && scrapeMenu(),
      kind.kind === "group"
        ? [image("frontImage", "clearFront"), image("backImage", "clearBack")]
        : image("setImage", "clearImage"),
      Button(
        "success",
        {
          class: performer ? "" : "save",
          disabled: Boolean(entity) && (!this.changed || problems),
          onClick: () => this.save(),
        },
        t("save"),
      ),
    );
  }
}

// Performers cannot be scraped here: the menu holds nothing but its reload.
function scrapeMenu() {
  return h(Dropdown, {
    class: "d-inline-block",
    toggleClass: "mr-2 dropdown-toggle btn btn-secondary",
    toggle: t("scrapeWith"),
    menu: () => [],
  });
}
