// The form of a new tag or group.

import { EntityField } from "./entity-fields.js";
import { emptyForm, inputOf, isChanged, problemsOf } from "./entity-values.js";
import { t } from "./i18n.js";
import { guardLeaving } from "./router.js";
import { mutate } from "./store.js";
import { toast } from "./toasts.js";
import { Button, Loading } from "./ui.js";
import { Component, h } from "./vdom.js";

// props: kind, name, onSaved(entity), and `wrap`, which makes the whole of the form and its buttons.
export class EntityForm extends Component {
  constructor(props) {
    super(props);
    const initial = { ...emptyForm(props.kind), name: props.name };
    this.state = { initial, form: initial, busy: false, tried: false };
  }

  willUnmount() {
    this.unguard?.();
  }

  set(change) {
    const { initial, form } = this.state;
    const next = { ...form, ...change };
    this.setState({ form: next });
    this.unguard?.();
    this.unguard = isChanged(this.props.kind, initial, next) ? guardLeaving(t("leave")) : null;
  }

  async save() {
    const { kind, onSaved } = this.props;
    const { form } = this.state;
    this.setState({ tried: true });
    if (Object.keys(problemsOf(kind, form)).length) return;
    this.setState({ busy: true });
    try {
      const data = await mutate(kind.create, { input: inputOf(kind, form) });
      this.unguard?.();
      toast.success(`${t("created")} ${t(kind.kind).toLowerCase()}`);
      onSaved(Object.values(data)[0]);
    } catch (error) {
      toast.error(error);
      if (!this.gone) this.setState({ busy: false });
    }
  }

  render() {
    const { kind, wrap } = this.props;
    if (this.state.busy) return wrap(Loading());
    const form = h(
      "form",
      { key: "form", novalidate: true, id: `${kind.kind}-edit`, onSubmit: (event) => event.preventDefault() },
      kind.fields.map((field) => this.field(field)),
    );
    return wrap(form, this.buttons(kind.kind));
  }

  field(field) {
    if (field.widget === "rule") return h("hr", { key: "rule" });
    const { form, tried } = this.state;
    const problem = problemsOf(this.props.kind, form)[field.name];
    const shown = tried || field.widget !== "text" ? problem : null;
    const onChange = (value) => this.set({ [field.name]: value });
    return h(EntityField, { key: field.name, field, value: form[field.name], problem: shown, onChange });
  }

  buttons(kind) {
    const image = (set, clear) => [
      Button("secondary", { key: set, class: "mr-2" }, t(set)),
      h("div", { key: clear }, Button("danger", { class: "mr-2" }, t(clear))),
    ];
    return h(
      "div",
      { key: "buttons", class: "details-edit col-xl-9 mt-3" },
      kind === "group"
        ? [image("frontImage", "clearFront"), image("backImage", "clearBack")]
        : image("setImage", "clearImage"),
      Button("success", { class: "save", onClick: () => this.save() }, t("save")),
    );
  }
}
