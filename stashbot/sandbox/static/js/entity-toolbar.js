// The toolbar above a list of performers, studios, tags or groups: the search works, the rest is shown.

import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { IconButton } from "./ui.js";
import { Component, h } from "./vdom.js";

const PAUSE = 500;
const SIZES = [20, 40, 60, 120, 250, 500, 1000];
const VIEWS = {
  performer: ["table-cells-large", "list", "tags"],
  studio: ["table-cells-large", "tags"],
  tag: ["table-cells-large", "list"],
  group: [],
};
const menu = (id, content) =>
  h("button", { id, type: "button", class: "dropdown-toggle btn btn-secondary" }, content);

// props: kind, q, direction, onSearch(text)
export class EntityToolbar extends Component {
  constructor(props) {
    super(props);
    this.state = { text: props.q };
  }

  willUnmount() {
    clearTimeout(this.timer);
  }

  type(text) {
    this.setState({ text });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.props.onSearch(text), PAUSE);
  }

  render() {
    const { kind, direction } = this.props;
    return h(
      "div",
      { role: "toolbar", class: "filtered-list-toolbar btn-toolbar" },
      h(
        "div",
        { class: "clearable-input-group search-term-input" },
        h("input", {
          placeholder: `${t("search")}…`,
          class: "clearable-text-field form-control",
          value: this.state.text,
          onInput: (event) => this.type(event.target.value),
        }),
      ),
      h(
        "div",
        { role: "group", class: "btn-group" },
        h("div", { role: "group", class: "saved-filter-dropdown dropdown btn-group" }, menu(null, Icon("bookmark"))),
        IconButton("secondary", "filter", { title: t("editFilter"), class: "filter-button" }),
      ),
      h(
        "div",
        { role: "group", class: "sort-by-select dropdown btn-group" },
        h("div", { class: "input-group-prepend" }, menu(null, t("name"))),
        IconButton("secondary", direction === "DESC" ? "caret-down" : "caret-up"),
      ),
      h(
        "div",
        { class: "page-size-selector" },
        h(
          "select",
          { class: "btn-secondary form-control", value: "40" },
          SIZES.map((size) => h("option", { key: size, value: String(size) }, size)),
        ),
      ),
      h(
        "div",
        { role: "group", class: "btn-group" },
        h("div", { role: "group", class: "dropdown btn-group" }, menu("more-menu", Icon("ellipsis"))),
      ),
      VIEWS[kind].length > 0 &&
        h(
          "div",
          { role: "group", class: "btn-group" },
          VIEWS[kind].map((icon, index) =>
            h("button", { key: icon, type: "button", class: `btn${index ? "" : " active"} btn-secondary` }, Icon(icon)),
          ),
        ),
      h(
        "div",
        { class: "zoom-slider-container" },
        h("input", { min: "0", max: "3", type: "range", class: "zoom-slider form-control-range", value: "1" }),
      ),
    );
  }
}
