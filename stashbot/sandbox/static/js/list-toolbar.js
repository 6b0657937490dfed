// The toolbar above the list: search, sorting, page size, and what a selection allows. Operations that
// stashbot has no use for are there and do nothing.

import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { FarDropdown } from "./list-menu.js";
import { release } from "./skin.js";
import { SORTS } from "./list-url.js";
import { Button, Dropdown, IconButton, MenuItem } from "./ui.js";
import { Component, h } from "./vdom.js";

const PAUSE = 500;
const SIZES = [20, 40, 60, 120, 250, 500, 1000];

const sizes = (own) => [...new Set([...SIZES, own])].sort((a, b) => a - b);

export class ListToolbar extends Component {
  constructor(props) {
    super(props);
    this.state = { text: props.list.q };
  }

  didUpdate(previous) {
    if (previous.list.q !== this.props.list.q) this.setState({ text: this.props.list.q });
  }

  willUnmount() {
    clearTimeout(this.timer);
  }

  type(text) {
    this.setState({ text });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.props.owner.go({ q: text }), PAUSE);
  }

  render() {
    const { selected } = this.props;
    return h(
      "div",
      {
        role: "toolbar",
        class: `filtered-list-toolbar${selected.size ? " has-selection" : ""} btn-toolbar`,
      },
      selected.size ? this.selection(selected) : this.search(),
      this.operations(selected),
    );
  }

  search() {
    const { owner, list } = this.props;
    return [
      h(
        "div",
        { key: "search", class: "clearable-input-group search-term-input" },
        h("input", {
          placeholder: `${t("search")}…`,
          class: "clearable-text-field form-control",
          value: this.state.text,
          onInput: (event) => this.type(event.target.value),
        }),
      ),
      this.sorting(owner, list),
      this.size(owner, list),
    ];
  }

  sorting(owner, list) {
    const flip = list.sortdir === "asc" ? "desc" : "asc";
    return h(
      "div",
      { key: "sort", role: "group", class: " sort-by-select dropdown btn-group" },
      h(Dropdown, {
        bare: "input-group-prepend",
        toggleClass: "dropdown-toggle btn btn-secondary",
        toggle: t(list.sortby),
        menuClass: "bg-secondary text-white",
        menu: (close) =>
          SORTS.map((sortby) => {
            const sort = () => {
              close();
              owner.go({ sortby, sortdir: sortby === "date" ? "desc" : "asc" });
            };
            const item = MenuItem(t(sortby), sort, "bg-secondary text-white", sortby);
            return { ...item, props: { ...item.props, "data-value": sortby } };
          }),
      }),
      Button(
        "secondary",
        { onClick: () => owner.go({ sortdir: flip }) },
        Icon(list.sortdir === "asc" ? "caret-up" : "caret-down"),
      ),
    );
  }

  size(owner, list) {
    return h(
      "div",
      { key: "size", class: "page-size-selector" },
      h(
        "select",
        {
          class: "btn-secondary form-control",
          value: String(list.perPage),
          onChange: ({ target }) =>
            target.value !== "custom" && owner.go({ perPage: Number(target.value) }),
        },
        sizes(list.perPage).map((size) => h("option", { key: size, value: String(size) }, size)),
        h("option", { key: "custom", value: "custom" }, "Custom..."),
      ),
    );
  }

  selection(selected) {
    const { owner } = this.props;
    return h(
      "div",
      { key: "selection", class: "selected-items-info" },
      IconButton("secondary", "xmark", {
        title: "Select None",
        class: "minimal",
        onClick: () => owner.select([]),
      }),
      h("span", { class: "selected-count" }, selected.size),
      IconButton("secondary", "square-check", {
        title: "Select All",
        class: "minimal",
        onClick: () => owner.select(owner.scenes.map((scene) => scene.id)),
      }),
    );
  }

  operations(selected) {
    const { owner } = this.props;
    const item = (name, action, close, extra = "") =>
      MenuItem(
        t(name),
        () => {
          close();
          action?.();
        },
        `bg-secondary text-white ${extra}`.trim(),
        name,
      );
    return h(
      "div",
      { key: "operations", class: "scene-list-operations" },
      h(
        "div",
        { role: "group", class: "btn-group" },
        IconButton("secondary", "play", { title: "Play", class: "play-button" }),
        !selected.size &&
          IconButton("secondary", "plus", { title: "Create Scene", class: "create-new-button" }),
        selected.size > 0 && IconButton("secondary", "pencil"),
        selected.size > 0 &&
          IconButton("danger", "trash", {
            class: "btn-danger-minimal",
            onClick: () => owner.open("delete"),
          }),
        h(release < "0.29" ? Dropdown : FarDropdown, {
          class: "scene-list-operations",
          group: true,
          id: "more-menu",
          toggleClass: "dropdown-toggle btn btn-secondary",
          toggle: Icon("ellipsis"),
          menuClass: "bg-secondary text-white scene-list-operations-dropdown",
          menu: (close) => [
            item("play", null, close, "play-item"),
            item("selectAll", () => owner.select(owner.scenes.map((one) => one.id)), close),
            item("selectNone", () => owner.select([]), close),
            item("playRandom", null, close),
            ...(selected.size ? ["generate", "identify"] : []).map((name) => item(name, null, close)),
            selected.size > 0 && item("merge", () => owner.open("merge"), close),
            selected.size > 0 && item("export", null, close),
            item("exportAll", null, close),
          ],
        }),
      ),
    );
  }
}
