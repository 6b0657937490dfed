// The list of scenes: its cards, search, pages, criteria and selection.

import { DeleteDialog } from "./delete-dialog.js";
import { bindKeys } from "./hotkeys.js";
import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { pagination } from "./list-pages.js";
import { criterionText, listUrl, listVariables, parseList } from "./list-url.js";
import { ListToolbar } from "./list-toolbar.js";
import { MergeDialog } from "./merge-dialog.js";
import { go, here, rewrite } from "./router.js";
import { SceneGrid } from "./scene-cards.js";
import { cached, onStore, query } from "./store.js";
import { Button, ErrorMessage, Loading, bytes, words } from "./ui.js";
import { Component, h } from "./vdom.js";

const DIALOGS = { delete: DeleteDialog, merge: MergeDialog };

export class SceneList extends Component {
  constructor(props) {
    super(props);
    this.state = { selected: new Set(), error: null, last: null };
    this.list = parseList(props.search);
  }

  didMount() {
    const wanted = listUrl(this.list);
    if (wanted !== here().path + here().search) rewrite(wanted);
    this.load();
    this.stop = onStore(() => this.load());
    this.unbind = bindKeys({
      sa: () => this.select(this.scenes.map((scene) => scene.id)),
      sn: () => this.select([]),
      dd: () => this.state.selected.size && this.open("delete"),
      ArrowLeft: () => this.turn(this.list.page - 1),
      ArrowRight: () => this.turn(this.list.page + 1),
    });
    document.title = `${t("scenes")} | Stash`;
  }

  willUnmount() {
    this.stop();
    this.unbind();
  }

  didUpdate(previous) {
    if (previous.search === this.props.search) return;
    this.list = parseList(this.props.search);
    document.title = `${t("scenes")} | Stash`;
    this.load();
  }

  get variables() {
    return listVariables(this.list);
  }

  get answer() {
    return cached("FindScenes", this.variables)?.findScenes;
  }

  get scenes() {
    return this.answer?.scenes ?? [];
  }

  // A list that is known is not asked for again; whoever changes a scene has it forgotten.
  async load() {
    if (this.answer || this.asking === JSON.stringify(this.variables)) return this.refresh();
    const asking = (this.asking = JSON.stringify(this.variables));
    this.setState({ error: null });
    try {
      await query("FindScenes", this.variables);
    } catch (error) {
      if (asking === this.asking) this.setState({ error: error.message });
    }
    if (asking === this.asking) this.asking = null;
    if (!this.gone) this.refresh();
  }

  go(change) {
    this.setState({ selected: new Set(), last: null });
    go(listUrl({ ...this.list, page: 1, ...change }));
  }

  turn(page) {
    if (page >= 1 && page <= this.pages) this.go({ page });
  }

  get pages() {
    return Math.max(1, Math.ceil((this.answer?.count ?? 0) / this.list.perPage));
  }

  // Opens a dialog about the selection by its name.
  open(dialog) {
    this.setState({ dialog });
  }

  select(ids) {
    this.setState({ selected: new Set(ids) });
  }

  toggle(id, range) {
    const selected = new Set(this.state.selected);
    const ids = this.scenes.map((scene) => scene.id);
    if (range && this.state.last) {
      const [from, to] = [ids.indexOf(this.state.last), ids.indexOf(id)].sort((a, b) => a - b);
      ids.slice(from, to + 1).forEach((one) => selected.add(one));
    } else if (!selected.delete(id)) {
      selected.add(id);
    }
    this.setState({ selected, last: id });
  }

  render() {
    const { selected, dialog } = this.state;
    return h(
      "div",
      { class: "item-list-container scene-list hide-sidebar" },
      h(
        "div",
        { class: "sidebar-pane hide-sidebar" },
        h(
          "div",
          { class: "sidebar-pane-content" },
          h(ListToolbar, { key: "toolbar", owner: this, list: this.list, selected }),
          this.criteria(),
          this.summary(),
          this.content(),
          this.pages > 1 &&
            h(
              "div",
              { class: "pagination-footer-container" },
              h("div", { class: "pagination-footer" }, this.pagination()),
            ),
        ),
      ),
      dialog &&
        h(DIALOGS[dialog], {
          key: dialog,
          scenes: this.scenes.filter((scene) => selected.has(scene.id)),
          onClose: (done) =>
            this.setState({ dialog: null, selected: done ? new Set() : this.state.selected }),
        }),
    );
  }

  content() {
    const { error, selected } = this.state;
    if (error) return h("div", null, h("h2", null, "Error loading items"), ErrorMessage({ text: error }));
    if (!this.answer) return Loading();
    return SceneGrid({
      list: this.list,
      scenes: this.scenes,
      selected,
      onToggle: (id, range) => this.toggle(id, range),
    });
  }

  criteria() {
    const { criteria } = this.list;
    if (!criteria.length) return null;
    const without = (one) => this.go({ criteria: criteria.filter((other) => other !== one) });
    return h(
      "div",
      { key: "criteria", class: "wrap-tags filter-tags" },
      criteria.map((one) =>
        h(
          "span",
          { key: one, class: "tag-item badge badge-secondary" },
          criterionText(one),
          Button("secondary", { onClick: () => without(one) }, Icon("xmark")),
        ),
      ),
    );
  }

  summary() {
    const { answer } = this;
    if (!answer) return h("div", { class: "pagination-index-container" });
    const { page, perPage } = this.list;
    const first = Math.min((page - 1) * perPage + 1, answer.count);
    const last = Math.min(page * perPage, answer.count);
    return h(
      "div",
      { class: "pagination-index-container" },
      this.pages > 1 && this.pagination(),
      h(
        "span",
        { class: "filter-container text-muted paginationIndex center-text" },
        `${first}-${last} of ${answer.count}`,
        h("br"),
        h(
          "span",
          { class: "scenes-stats" },
          " (",
          h("span", { class: "scenes-duration" }, words(answer.duration)),
          " - ",
          h("span", { class: "scenes-size" }, bytes(answer.filesize)),
          ")",
        ),
      ),
    );
  }

  pagination() {
    return pagination(this.list.page, this.pages, (page) => this.turn(page));
  }
}
