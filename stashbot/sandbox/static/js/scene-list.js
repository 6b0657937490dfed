// The list of scenes: grid or table, search, pages, selection.

import { DeleteDialog } from "./delete-dialog.js";
import { bindKeys } from "./hotkeys.js";
import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { listUrl, listVariables, parseList } from "./list-url.js";
import { ListToolbar } from "./list-toolbar.js";
import { go, here, rewrite } from "./router.js";
import { SceneGrid, SceneTable } from "./scene-cards.js";
import { cached, onStore, query } from "./store.js";
import { Button, ErrorMessage, Loading, bytes, words } from "./ui.js";
import { Component, h } from "./vdom.js";

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
      dd: () => this.state.selected.size && this.setState({ deleting: true }),
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
    const { selected, deleting } = this.state;
    return h(
      "div",
      { class: "item-list-container scene-list hide-sidebar" },
      h(
        "div",
        { class: "sidebar-pane hide-sidebar" },
        sidebar(this.list),
        h(
          "div",
          { class: "sidebar-pane-content" },
          sidebarToggle(),
          h(ListToolbar, { key: "toolbar", owner: this, list: this.list, selected }),
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
      deleting &&
        h(DeleteDialog, {
          scenes: this.scenes.filter((scene) => selected.has(scene.id)),
          onClose: () => this.setState({ deleting: false, selected: new Set() }),
        }),
    );
  }

  content() {
    const { error, selected } = this.state;
    if (error) return h("div", null, h("h2", null, "Error loading items"), ErrorMessage({ text: error }));
    if (!this.answer) return Loading();
    const view = this.list.disp === 1 ? SceneTable : SceneGrid;
    return view({
      list: this.list,
      scenes: this.scenes,
      selected,
      onToggle: (id, range) => this.toggle(id, range),
      onAll: () =>
        this.select(selected.size === this.scenes.length ? [] : this.scenes.map((one) => one.id)),
    });
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
    const { page } = this.list;
    const button = (key, label, to, props = {}) =>
      h(
        "button",
        {
          key,
          type: "button",
          class: `btn${to === page && !props.title ? " active" : ""} btn-secondary`,
          disabled: to < 1 || to > this.pages || (to === page && Boolean(props.title)),
          onClick: () => this.turn(to),
          ...props,
        },
        label,
      );
    const numbers = Array.from({ length: this.pages }, (_, index) => index + 1);
    return h(
      "div",
      { role: "group", class: "pagination btn-group" },
      button("first", h("span", null, "«"), 1, { title: "First" }),
      button("previous", "<", page - 1, { title: "Previous" }),
      numbers.map((number) => button(number, number, number)),
      button("next", ">", page + 1, { title: "Next" }),
      button("last", h("span", null, "»"), this.pages, { title: "Last" }),
    );
  }
}

const sidebarToggle = () =>
  h(
    "div",
    { class: "sidebar-toggle-button-container" },
    Button(
      "secondary",
      {
        title: "Toggle sidebar",
        class: "sidebar-toggle-button ignore-sidebar-outside-click minimal",
      },
      Icon("sliders"),
    ),
  );

const SECTIONS = [
  ["saved-filters", "Saved filters"],
  ["list-filter", "Studios"],
  ["list-filter", "Performers"],
  ["list-filter", "Tags"],
  ["list-filter", "Rating"],
  ["list-filter", "Duration"],
  ["list-filter", "Markers"],
  ["list-filter", "Organized"],
  ["list-filter", "Performer Age"],
];

const section = ([kind, label]) =>
  h(
    "div",
    { key: label, class: `sidebar-section sidebar-${kind}` },
    h(
      "div",
      { class: "collapse-header" },
      Button(
        "primary",
        { class: "minimal collapse-button" },
        Icon("chevron-right", "fa-fw"),
        h("span", null, label),
      ),
    ),
  );

// Off screen, yet in the document: its search box is a second one of its kind.
function sidebar(list) {
  return h(
    "div",
    { class: "sidebar" },
    h(
      "div",
      { class: "sidebar-search-container" },
      h(
        "div",
        { class: "clearable-input-group search-term-input" },
        h("input", {
          placeholder: `${t("search")}…`,
          class: "clearable-text-field form-control",
          value: list.q,
        }),
      ),
    ),
    h(
      "div",
      null,
      h(
        "button",
        { type: "button", class: "edit-filter-button btn btn-primary btn-sm" },
        t("editFilter"),
      ),
    ),
    SECTIONS.map(section),
    h(
      "div",
      { class: "sidebar-footer" },
      Button("primary", { class: "sidebar-close-button" }, "Show results"),
    ),
  );
}
