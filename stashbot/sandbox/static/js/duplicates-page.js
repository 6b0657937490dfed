// Scenes that look alike: sets of files, of which some may be deleted or merged.

import { DeleteDialog } from "./delete-dialog.js";
import { t } from "./i18n.js";
import { MergeDialog } from "./merge-dialog.js";
import { followLink, go } from "./router.js";
import { nameOf } from "./scene-cards.js";
import { onStore, query } from "./store.js";
import { Button, ErrorMessage, IconButton, Loading, bytes, duration } from "./ui.js";
import { Component, h } from "./vdom.js";

const DISTANCES = [["0", "exact"], ["4", "high"], ["8", "medium"], ["10", "low"]];
const SPANS = ["-1", "0", "1", "5", "10"];
const SIZES = ["10", "20", "30", "40", "50", "100", "150", "200", "250"];
const COLUMNS = [
  ..."checkbox sprite title details duration filesize resolution bitrate codec operations".split(" "),
];
const DIALOGS = { delete: DeleteDialog, merge: MergeDialog };
const DEFAULTS = { distance: "0", durationDiff: "1", size: "10", page: "1" };

export class DuplicatesPage extends Component {
  constructor(props) {
    super(props);
    this.state = { sets: null, selected: new Set(), dialog: null, error: null };
  }

  didMount() {
    document.title = `${t("duplicates")} | Stash`;
    this.load();
    this.stop = onStore((event) => event.type === "reset" && this.load());
  }

  willUnmount() {
    this.stop();
  }

  didUpdate(previous) {
    if (previous.search !== this.props.search) this.load();
  }

  get wanted() {
    return { ...DEFAULTS, ...Object.fromEntries(new URLSearchParams(this.props.search)) };
  }

  async load() {
    const { distance, durationDiff } = this.wanted;
    this.setState({ sets: null, error: null });
    try {
      const variables = { distance: Number(distance), duration_diff: Number(durationDiff) };
      const data = await query("FindDuplicateScenes", variables, { fresh: true });
      if (!this.gone) this.setState({ sets: data.findDuplicateScenes });
    } catch (error) {
      if (!this.gone) this.setState({ error: error.message });
    }
  }

  set(change) {
    go(`/sceneDuplicateChecker?${new URLSearchParams({ ...this.wanted, ...change })}`);
  }

  turn(id) {
    const selected = new Set(this.state.selected);
    if (!selected.delete(id)) selected.add(id);
    this.setState({ selected });
  }

  close(done) {
    this.setState({ dialog: null, selected: done ? new Set() : this.state.selected });
    if (done) this.load();
  }

  render() {
    const { sets, error, dialog } = this.state;
    const card = (...content) =>
      h("div", { id: "scene-duplicate-checker", class: "col col-xl-12 mx-auto card" }, ...content);
    if (error) return card(ErrorMessage({ text: error }));
    if (!sets) return card(Loading());
    const { size, page } = this.wanted;
    const first = (Number(page) - 1) * Number(size);
    return card(
      h(
        "div",
        { class: "duplicate-checker" },
        h("h4", null, t("duplicates")),
        this.form(),
        this.bar(sets),
        h("div", { class: "table-responsive" }, this.table(sets.slice(first, first + Number(size)))),
        !sets.length && h("h4", { class: "text-center mt-4" }, t("noDuplicates")),
        this.bar(sets),
      ),
      dialog &&
        h(DIALOGS[dialog.kind], { scenes: dialog.scenes, onClose: (done) => this.close(done) }),
    );
  }

  form() {
    const { distance, durationDiff } = this.wanted;
    const line = (name, value, options, change) =>
      h(
        "div",
        { class: "form-group" },
        h(
          "div",
          { class: "row no-gutters" },
          h("label", { class: "form-label" }, t(name)),
          h(
            "div",
            { class: "col-auto" },
            h(
              "select",
              { class: "input-control ml-4 form-control", value, onChange: ({ target }) => change(target.value) },
              options.map(([one, text]) => h("option", { key: one, value: one }, text)),
            ),
          ),
        ),
      );
    return h(
      "form",
      { onSubmit: (event) => event.preventDefault() },
      line("accuracy", distance, DISTANCES.map(([one, name]) => [one, t(name)]), (value) =>
        this.set({ distance: value, page: "1" }),
      ),
      line("durationDifference", durationDiff, SPANS.map((one) => [one, one]), (value) =>
        this.set({ durationDiff: value, page: "1" }),
      ),
    );
  }

  bar(sets) {
    const { selected } = this.state;
    const scenes = sets.flat().filter((scene) => selected.has(scene.id));
    const open = (kind) => () => this.setState({ dialog: { kind, scenes } });
    return h(
      "div",
      { class: "d-flex mt-2 mb-2" },
      h("h6", { class: "mr-auto align-self-center" }, `${sets.length} ${t("setsFound")}`),
      selected.size > 0 &&
        h(
          "div",
          { role: "group", class: "btn-group" },
          IconButton("danger", "trash", { onClick: open("delete") }),
        ),
      h("div", null),
      h(
        "select",
        {
          class: "w-auto ml-2 btn-secondary form-control",
          value: this.wanted.size,
          onChange: ({ target }) => this.set({ size: target.value, page: "1" }),
        },
        SIZES.map((one) => h("option", { key: one, value: one }, one)),
      ),
    );
  }

  table(sets) {
    const heads = ["", "", "details", "", "duration", "fileSize", "resolution", "bitRate", "codec", "delete"];
    return h(
      "table",
      { class: "duplicate-checker-table table table-striped" },
      h(
        "colgroup",
        null,
        COLUMNS.map((name) => h("col", { key: name, class: `duplicate-checker-${name}` })),
      ),
      h("thead", null, h("tr", null, heads.map((name) => h("th", null, name && t(name))))),
      h(
        "tbody",
        null,
        sets.flatMap((set, at) => [
          at > 0 && h("tr", { key: `separator-${at}`, class: "separator" }),
          ...set.map((scene, index) => this.row(scene, index === 0, set)),
        ]),
      ),
    );
  }

  row(scene, first, set) {
    const file = scene.files[0];
    const others = set.filter((one) => one.id !== scene.id);
    const open = (kind, scenes) => () => this.setState({ dialog: { kind, scenes } });
    return h(
      "tr",
      { key: scene.id, class: first ? "duplicate-group" : "" },
      h(
        "td",
        null,
        h(
          "div",
          { class: "form-check" },
          h("input", {
            type: "checkbox",
            class: "form-check-input position-static",
            checked: this.state.selected.has(scene.id),
            onChange: () => this.turn(scene.id),
          }),
        ),
      ),
      h("td", null, h("div", null, h("img", { src: scene.paths.sprite, alt: "", width: "100" }))),
      h(
        "td",
        { class: "text-left" },
        h("p", null, h("a", { href: `/scenes/${scene.id}`, onClick: followLink }, nameOf(scene))),
        h("p", { class: "scene-path" }, file?.path),
      ),
      h("td", { class: "scene-details" }),
      h("td", null, file && duration(file.duration)),
      h("td", null, file && bytes(file.size)),
      h("td", null, file && `${file.width}x${file.height}`),
      h("td", null, file && `${(file.bit_rate / 1e6).toFixed(2)} mbps`),
      h("td", null, file?.video_codec),
      h(
        "td",
        null,
        Button("danger", { class: "edit-button", onClick: open("delete", [scene]) }, t("delete")),
        Button("primary", { class: "edit-button", onClick: open("merge", [scene, ...others]) }, t("merge")),
      ),
    );
  }
}
