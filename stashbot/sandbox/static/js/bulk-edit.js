// The dialog that edits many scenes at once: what nobody touches stays as it is.

import { EntitySelect } from "./entities.js";
import { t } from "./i18n.js";
import { Modal } from "./modal.js";
import { RatingStars } from "./rating-stars.js";
import { mutate } from "./store.js";
import { toast } from "./toasts.js";
import { Component, h } from "./vdom.js";

const MODES = [["SET", "overwrite"], ["ADD", "add"], ["REMOVE", "remove"]];
const SETS = [
  ["performers", "performer", "selectPerformers"],
  ["tags", "tag", "selectTags"],
  ["groups", "group", "selectGroups"],
];

// The value that all have, or undefined.
function common(scenes, read) {
  const values = new Set(scenes.map(read));
  return values.size === 1 ? ([...values][0] ?? undefined) : undefined;
}

export class BulkEdit extends Component {
  constructor(props) {
    super(props);
    const { scenes } = props;
    const studio = common(scenes, (scene) => scene.studio?.id) && scenes[0].studio;
    this.before = { rating: common(scenes, (scene) => scene.rating100), studio };
    this.state = {
      ...this.before,
      organized: common(scenes, (scene) => scene.organized),
      busy: false,
      performers: { mode: "ADD", chosen: [] },
      tags: { mode: "ADD", chosen: [] },
      groups: { mode: "ADD", chosen: [] },
    };
  }

  // A value that all had and that is gone now is taken away; one that never was is not mentioned.
  value(name, now) {
    if (now !== undefined && now !== null) return now;
    return this.before[name] === undefined ? undefined : null;
  }

  get input() {
    const { rating, studio, organized } = this.state;
    const ids = (name) => ({
      mode: this.state[name].mode,
      ids: this.state[name].chosen.map((one) => one.id),
    });
    return {
      ids: this.props.scenes.map((scene) => scene.id),
      rating100: this.value("rating", rating),
      studio_id: this.value("studio", studio?.id),
      performer_ids: ids("performers"),
      tag_ids: ids("tags"),
      group_ids: ids("groups"),
      organized,
    };
  }

  async apply() {
    this.setState({ busy: true });
    try {
      await mutate("BulkSceneUpdate", { input: this.input });
      toast.success(t("updatedScenes"));
      this.props.onClose(true);
    } catch (error) {
      toast.error(error);
      this.setState({ busy: false });
    }
  }

  cycle() {
    const { organized } = this.state;
    this.setState({ organized: organized ? undefined : organized === undefined ? false : true });
  }

  render() {
    const { busy, rating, studio, organized } = this.state;
    return h(
      Modal,
      {
        icon: "pencil",
        header: t("editScenes"),
        accept: { text: t("apply"), onClick: () => this.apply(), disabled: busy },
        cancel: {
          text: t("cancel"),
          variant: "secondary",
          onClick: () => this.props.onClose(false),
        },
      },
      h(
        "form",
        { class: "", onSubmit: (event) => event.preventDefault() },
        this.line("rating", RatingStars({ value: rating, onSet: (r) => this.setState({ rating: r }) })),
        this.line(
          "studio",
          h(EntitySelect, {
            kind: "studio",
            portal: true,
            value: studio ?? null,
            placeholder: t("selectStudio"),
            onChange: (one) => this.setState({ studio: one }),
          }),
        ),
        SETS.map((set) => this.set(...set)),
        h(
          "div",
          { class: "form-group" },
          h(
            "div",
            { class: "form-check" },
            h("input", {
              type: "checkbox",
              id: "organized",
              class: "form-check-input",
              checked: Boolean(organized),
              ref: (dom) => dom && (dom.indeterminate = organized === undefined),
              onChange: () => this.cycle(),
            }),
            h("label", { title: "", for: "organized", class: "form-check-label" }, t("organized")),
          ),
        ),
      ),
    );
  }

  line(name, content) {
    return h(
      "div",
      { class: "form-group row" },
      h("label", { class: "form-label col-form-label col-3", for: name }, t(name)),
      h("div", { class: "col-9" }, content),
    );
  }

  set(name, kind, placeholder) {
    const { mode, chosen } = this.state[name];
    const change = (fields) => this.setState({ [name]: { mode, chosen, ...fields } });
    const button = ([value, label]) =>
      h(
        "button",
        {
          key: value,
          type: "button",
          class: `btn${mode === value ? " active" : ""} btn-primary btn-sm`,
          onClick: () => change({ mode: value }),
        },
        t(label),
      );
    return h(
      "div",
      { key: name, class: "form-group" },
      h("label", { class: "form-label", for: name }, t(name)),
      h(
        "div",
        { class: "multi-set" },
        h("div", { role: "group", class: "button-group-above btn-group" }, MODES.map(button)),
        h(EntitySelect, {
          kind,
          multi: true,
          portal: true,
          value: chosen,
          placeholder: t(placeholder),
          onChange: (list) => change({ chosen: list }),
        }),
      ),
    );
  }
}
