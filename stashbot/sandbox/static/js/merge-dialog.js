// The two steps of a merge: which scenes, then what the merged one is to hold.

import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { acceptedFields } from "./scraped.js";
import { inputOf, formOf } from "./form-values.js";
import { Modal } from "./modal.js";
import { nameOf } from "./scene-cards.js";
import { ScrapeRow } from "./scrape-rows.js";
import { Select } from "./select.js";
import { mutate, query } from "./store.js";
import { toast } from "./toasts.js";
import { Component, h } from "./vdom.js";

const LISTS = ["performers", "groups", "tags"];
const TEXTS = ["title", "code", "date", "director", "details"];

async function findScenes(q) {
  const filter = { q, page: 1, per_page: 200, sort: "title", direction: "ASC" };
  const { findScenes: found } = await query("FindScenesForSelect", { filter, scene_filter: {} });
  return found.scenes;
}

const withNames = (scene) => ({ ...scene, name: nameOf(scene) });

function SceneSelect(props) {
  return h(Select, {
    ...props,
    class: "scene-select",
    portal: true,
    load: async (input) => (await findScenes(input)).map(withNames),
    create: null,
    label: nameOf,
    option: (one) => h("span", null, nameOf(one)),
  });
}

export class MergeDialog extends Component {
  constructor(props) {
    super(props);
    const [destination = null, ...sources] = props.scenes.map(withNames);
    this.state = { destination, sources, rows: null };
  }

  async next() {
    const { destination, sources } = this.state;
    const wanted = [destination, ...sources].map((one) => Number(one.id));
    try {
      const { findScenes: found } = await query("FindScenes", { scene_ids: wanted }, { fresh: true });
      const into = found.scenes.find((one) => one.id === destination.id);
      const from = found.scenes.filter((one) => one.id !== destination.id);
      this.setState({ into, rows: mergeRows(formOf(into), from.map(formOf)) });
    } catch (error) {
      toast.error(error);
    }
  }

  async merge() {
    const { into, sources, rows } = this.state;
    const form = { ...formOf(into), ...acceptedFields(rows, formOf(into)) };
    const input = {
      source: sources.map((one) => one.id),
      destination: into.id,
      values: { id: into.id, ...inputOf(form) },
      play_history: false,
      o_history: false,
    };
    try {
      await mutate("SceneMerge", { input });
      toast.success(t("merged"));
      this.props.onClose(true);
    } catch (error) {
      toast.error(error);
    }
  }

  render() {
    return this.state.rows ? this.fields() : this.choice();
  }

  choice() {
    const { destination, sources } = this.state;
    const swap = () =>
      sources.length && this.setState({ destination: sources[0], sources: [destination] });
    const line = (name, select) =>
      h(
        "div",
        { class: "form-group row" },
        h("label", { for: name, class: "form-label col-form-label col-xl-12 col-sm-3" }, t(name)),
        h("div", { class: "col-xl-12 col-sm-9" }, select),
      );
    const own = { placeholder: "" };
    return h(
      Modal,
      {
        key: "choice",
        icon: "right-to-bracket",
        header: t("merge"),
        accept: {
          text: t("next"),
          onClick: () => this.next(),
          disabled: !destination || !sources.length,
        },
        cancel: { text: t("cancel"), variant: "secondary", onClick: () => this.props.onClose(false) },
      },
      h(
        "div",
        { class: "form-container row px-3" },
        h(
          "div",
          { class: "col-12 col-lg-6 col-xl-12" },
          line("source", SceneSelect({
            ...own,
            multi: true,
            value: sources,
            onChange: (list) => this.setState({ sources: list }),
          })),
          h(
            "div",
            { class: "justify-content-center form-group row" },
            h(
              "button",
              { type: "button", title: t("swap"), class: "btn btn-secondary", onClick: swap },
              Icon("right-left"),
            ),
          ),
          line("destination", SceneSelect({
            ...own,
            value: destination,
            onChange: (one) => this.setState({ destination: one }),
          })),
        ),
      ),
    );
  }

  fields() {
    const { rows } = this.state;
    const change = (field, fields) =>
      this.setState({
        rows: rows.map((row) => (row.field === field ? { ...row, ...fields } : row)),
      });
    const column = (text) =>
      h(
        "label",
        { class: "d-lg-block d-none column-label form-label col-form-label col-lg-6" },
        text,
      );
    return h(
      Modal,
      {
        key: "fields",
        dialogClass: "scrape-dialog",
        size: "lg",
        icon: "pencil",
        header: t("merge"),
        cancel: { text: t("cancel"), variant: "secondary", onClick: () => this.props.onClose(false) },
        accept: { text: t("apply"), onClick: () => this.merge() },
      },
      h(
        "div",
        { class: "dialog-container" },
        h(
          "form",
          { class: "", onSubmit: (event) => event.preventDefault() },
          h(
            "div",
            { class: "px-3 pt-3 row" },
            h(
              "div",
              { class: "col-lg-9 offset-lg-3" },
              h("div", { class: "row" }, column(t("destination")), column(t("source"))),
            ),
          ),
          rows.map((row) =>
            h(ScrapeRow, {
              key: row.field,
              row,
              onChange: (fields) => change(row.field, fields),
              onCreate: () => {},
            }),
          ),
        ),
      ),
    );
  }
}

// Lists always have a row, united; a text has one where a source holds another one.
function mergeRows(into, from) {
  const texts = TEXTS.flatMap((field) => {
    const value = from.map((form) => form[field]).find((text) => text && text !== into[field]);
    return value
      ? [{ field, kind: "text", existing: into[field], value, chosen: !into[field], fresh: [] }]
      : [];
  });
  const listed = (form, field) => (field === "groups" ? form.groups.map((one) => one.group) : form[field]);
  const lists = LISTS.map((field) => {
    const existing = listed(into, field);
    const all = [...existing, ...from.flatMap((form) => listed(form, field))];
    const value = [...new Map(all.map((one) => [one.id, one])).values()];
    return { field, kind: "list", existing, value, chosen: true, fresh: [] };
  });
  return [...texts, ...lists];
}
