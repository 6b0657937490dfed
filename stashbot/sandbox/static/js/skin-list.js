// The list of scenes as releases before 0.30 drew it: other containers, other toolbars.

import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { first, holds, nothing, reclassed, twin } from "./skin-nodes.js";
import { Dropdown } from "./ui.js";
import { Portal, h } from "./vdom.js";

// The parts of a list, whatever else stands between them.
function partsOf(children) {
  const parts = { rest: [] };
  for (const child of children) {
    if (typeof child.type === "function" && "selected" in child.props && "owner" in child.props) {
      parts.toolbar = child;
    } else if (holds.itself(child, ".pagination-index-container")) parts.index = child;
    else if (holds.itself(child, ".pagination-footer-container")) parts.footer = child;
    else if (holds.itself(child, ".filter-tags")) parts.filters = child;
    else if (!holds.itself(child, ".sidebar-toggle-button-container")) parts.rest.push(child);
  }
  return parts;
}

const WALL_COLUMNS = 5;

// Where a picture of the wall grows from: away from the wall's edges.
function growsFrom(at, count) {
  const column = at % WALL_COLUMNS;
  const top = at < WALL_COLUMNS ? "top" : "";
  const bottom = !top && at - column + WALL_COLUMNS >= count ? "bottom" : "";
  const side = { 0: "left", [WALL_COLUMNS - 1]: "right" }[column];
  return [top, bottom, side].filter(Boolean).join("-") || "center";
}

// 0.28: a wall of links, each with its picture and a text over it.
export function oldestWall(wall) {
  const items = first(wall, ".react-photo-gallery--gallery").children[0].children;
  const item = ({ key, children: [picture, shade] }, at) => {
    const link = shade.children[0].children[0];
    const title = box("wall-item-text", h("div", null, first(link.children[0], "div").children));
    const anchor = {
      ...link,
      props: { ...link.props, class: "wall-item-anchor" },
      children: [reclassed(picture, "", "wall-item-media"), title],
    };
    const container = `wall-item-container transform-origin-${growsFrom(at, items.length)}`;
    return h("div", { key, class: "wall-item" }, box(container, anchor));
  };
  const wide = h("div", { class: "wall w-100 row justify-content-center" }, items.map(item));
  return h("div", { ...wall.props, class: "row" }, wide);
}

const box = (name, ...children) => h("div", { class: name }, ...children);
const keyed = (key, node) => ({ ...node, key });

// 0.28: no sidebar; the pages' buttons and the count above the list and below it.
export function oldestList(container) {
  const pane = first(container, ".sidebar-pane-content");
  if (!pane) return container;
  const { toolbar, index, filters, rest } = partsOf(pane.children);
  const pages = index && first(index, ".pagination");
  const count = index && first(index, ".paginationIndex");
  const others = container.children.filter((child) => !holds.itself(child, ".sidebar-pane"));
  return h(
    "div",
    { ...container.props, class: "item-list-container" },
    toolbar && { ...toolbar, type: redrawn(toolbar.type, oldestToolbar) },
    filters
      ? reclassed(filters, "filter-tags wrap-tags", "d-flex justify-content-center mb-2 wrap-tags filter-tags")
      : keyed("filters", box("d-flex justify-content-center mb-2 wrap-tags filter-tags")),
    pages && keyed("pages-above", pages),
    count && keyed("count-above", count),
    ...rest,
    count && keyed("count-below", twin(count)),
    pages && keyed("pages-below", twin(pages)),
    ...others,
  );
}

// 0.29: the sidebar is there; sorting, page size and views stand below the toolbar.
export function newestList(pane) {
  const { toolbar, index, footer, filters, rest } = partsOf(pane.children);
  if (!toolbar) return pane;
  const header = h(
    "div",
    { key: "header", class: "list-results-header btn-toolbar", role: "toolbar" },
    { ...toolbar, key: "results", type: redrawn(toolbar.type, resultsHeader) },
    index,
    box("empty-space"),
  );
  pane.children = [
    {
      ...toolbar,
      type: redrawn(toolbar.type, newerToolbar),
      props: { ...toolbar.props, filters },
    },
    header,
    ...rest,
    footer ? keyed("footer", footer.children[0]) : nothing(),
  ];
  return pane;
}

const toolbars = new Map();

// The toolbar's component with another drawing. `compose` gets what the newest release draws without
// a selection and, if there is one, with it.
function redrawn(Toolbar, compose) {
  const known = toolbars.get(Toolbar) ?? new Map();
  toolbars.set(Toolbar, known);
  if (!known.has(compose)) {
    known.set(
      compose,
      class extends Toolbar {
        didMount() {
          if (compose !== resultsHeader) super.didMount();
        }

        willUnmount() {
          if (compose !== resultsHeader) super.willUnmount();
        }

        draw(selected) {
          const { props } = this;
          this.props = { ...props, selected };
          const drawn = super.render();
          this.props = props;
          return drawn;
        }

        render() {
          const { selected } = this.props;
          const plain = this.draw(new Set());
          return compose(plain, selected.size ? this.draw(selected) : null, this);
        }
      },
    );
  }
  return known.get(compose);
}

const views = (bar) =>
  bar.children.find((one) => holds.itself(one, ".btn-group") && holds(one, "[data-icon=tags]"));
const sorting = (bar) => bar.children.find((one) => holds.itself(one, ".dropdown.btn-group"));

function oldestToolbar(plain, selecting, { props }) {
  const search = first(plain, ".search-term-input");
  const filters = plain.children.find((one) => holds(one, ".filter-button"));
  delete first(filters, ".filter-button").props.title;
  const zoom = props.list.disp !== 1 && first(plain, ".zoom-slider");
  const more = findMore(selecting ?? plain);
  reclassed(more, "scene-list-operations btn-group", "");
  delete more.props.role;
  more.props.group = false;
  more.type = Dropdown;
  return h(
    "div",
    { role: "toolbar", class: "filtered-list-toolbar btn-toolbar" },
    keyed("search", box("mb-2 d-flex", search)),
    reclassed(filters, "", "mr-2 mb-2"),
    reclassed(sorting(plain), "", "mr-2 mb-2"),
    first(plain, ".page-size-selector"),
    selecting && keyed("chosen", chosenButtons(selecting)),
    keyed("operations", box("mx-2 mb-2", more)),
    reclassed(views(plain), "", "mb-2"),
    zoom && keyed("zoom", box("ml-2 mb-2 d-none d-sm-inline-flex", reclassed(zoom, "", "ml-1"))),
  );
}

const groupOf = (bar) => first(first(bar, "div.scene-list-operations"), ".btn-group");
const findMore = (bar) => groupOf(bar).children.find((one) => typeof one.type === "function");
const isButton = (node) => node.type === "button";

function chosenButtons(selecting) {
  const buttons = groupOf(selecting).children.filter(isButton);
  for (const button of buttons) {
    delete button.props.title;
    reclassed(button, "play-button btn-danger-minimal", "");
  }
  return h("div", { role: "group", class: "ml-2 mb-2 btn-group" }, buttons);
}

function newerToolbar(plain, selecting, { props }) {
  const shown = selecting ?? plain;
  const operations = first(shown, "div.scene-list-operations");
  const content = selecting
    ? [keyed("selection", chosenSection(selecting, operations))]
    : [
        keyed("search", box("search-container", first(plain, ".search-term-input"))),
        keyed("filters", box("filter-section", filterGroup(plain), props.filters)),
        keyed("operations", box("filtered-list-toolbar-operations", operations)),
      ];
  const extra = selecting ? " has-selection" : "";
  const name = `scene-list-toolbar filtered-list-toolbar${extra} btn-toolbar`;
  return h("div", { role: "toolbar", class: name }, content);
}

const sidebarToggle = () =>
  h(
    "button",
    {
      key: "sidebar",
      title: "Toggle sidebar",
      type: "button",
      class: "sidebar-toggle-button ignore-sidebar-outside-click btn btn-secondary",
    },
    Icon("sliders"),
  );

function filterGroup(plain) {
  const group = plain.children.find((one) => holds(one, ".filter-button"));
  group.children = [sidebarToggle(), ...group.children];
  return group;
}

function chosenSection(selecting, operations) {
  const info = first(selecting, ".selected-items-info");
  const count = first(info, ".selected-count");
  const [none, all] = info.children.filter(isButton);
  info.children = [
    sidebarToggle(),
    none,
    reclassed(count, "selected-count", ""),
    h(
      "button",
      { type: "button", class: "btn btn-link", onClick: all.props.onClick },
      t("selectAll"),
    ),
  ];
  return box("toolbar-selection-section", info, operations, box("empty-space"));
}

const MODES = ["Grid", "List", "Wall", "Tagger"];

// Sorting and page size, and one button that opens the views in place of a button a view.
function resultsHeader(plain, _selecting, toolbar) {
  const { open } = toolbar.state;
  const mode = toolbar.props.list.disp ?? 0;
  const buttons = views(plain).children;
  const show = (wanted) => toolbar.setState({ open: wanted });
  return h(
    "div",
    null,
    sorting(plain),
    first(plain, ".page-size-selector"),
    h(
      "button",
      {
        key: "views",
        title: `Display Mode: ${MODES[mode]}`,
        type: "button",
        class: "display-mode-select btn btn-secondary",
        onClick: () => show(!open),
      },
      twin(buttons[mode].children[0]),
      Icon("chevron-down"),
    ),
    open && h(Portal, { key: "modes" }, modesMenu(buttons, first(plain, ".zoom-slider-container"), show)),
  );
}

const POPOVER = "background: var(--panel); position: absolute; right: 20%; top: 150px; z-index: 1060;";

function modesMenu(buttons, zoom, show) {
  const item = (button, mode) =>
    h(
      "a",
      {
        key: MODES[mode],
        href: "#",
        role: "button",
        class: "dropdown-item",
        onClick: (event) => {
          event.preventDefault();
          show(false);
          button.props.onClick();
        },
      },
      button.children[0],
      MODES[mode],
    );
  return h(
    "div",
    { role: "tooltip", class: "fade show popover", style: POPOVER },
    h(
      "div",
      { class: "display-mode-popover popover-body" },
      h("div", { class: "display-mode-menu" }, zoom, buttons.map(item)),
    ),
  );
}
