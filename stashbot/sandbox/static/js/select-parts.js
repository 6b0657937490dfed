// The parts of a select that hold no state: menu, announcements, drawings.

import { Portal, h } from "./vdom.js";

export function liveRegion(select) {
  const { focused, open, input, options } = select.state;
  const attributes = {
    "aria-live": "polite",
    "aria-atomic": "false",
    "aria-relevant": "additions text",
    role: "log",
    class: "css-7pg0cj-a11yText",
  };
  if (!focused || !open || options === null) return h("span", attributes);
  const found = select.offered().length;
  const many = found === 1 ? "result" : "results";
  const term = input ? ` for search term ${input}` : "";
  return h(
    "span",
    attributes,
    h("span", { id: "aria-selection" }),
    h("span", { id: "aria-focused" }),
    h("span", { id: "aria-results" }, `${found} ${many} available${term}.`),
    h("span", { id: "aria-guidance" }, "Use Up and Down to choose options, Enter to select."),
  );
}

export function placedMenu(select) {
  if (!select.props.portal) return menu(select);
  const box = select.dom?.getBoundingClientRect() ?? { left: 0, bottom: 0, width: 200 };
  const style = `left: ${box.left}px; top: ${box.bottom}px; width: ${box.width}px;`;
  const portal = { class: "react-select__menu-portal css-1u1gdfq-MenuPortal", style };
  return h(Portal, { key: "menu" }, h("div", portal, menu(select)));
}

function menu(select) {
  const offered = select.offered();
  const notice = select.state.options === null ? "loading" : "no-options";
  const words = notice === "loading" ? "Loading..." : "No options";
  return h(
    "div",
    {
      key: "menu",
      class: "react-select__menu css-1nmdiq5-menu",
      onMousedown: (event) => event.preventDefault(),
    },
    h(
      "div",
      {
        class:
          "react-select__menu-list" +
          (select.props.multi ? " react-select__menu-list--is-multi" : "") +
          " css-qr46ko",
        role: "listbox",
        id: `${select.id}-listbox`,
      },
      offered.length
        ? offered.map((offer, index) => option(select, offer, index))
        : h("div", { class: `react-select__menu-notice react-select__menu-notice--${notice}` }, words),
    ),
  );
}

function option(select, offer, index) {
  const focused = index === select.state.at;
  const chosen = offer.object && select.values.some((one) => one.id === offer.object.id);
  const content = select.props.option(offer.object, offer.create && `Create "${offer.create}"`);
  return h(
    "div",
    {
      key: offer.key,
      class:
        "react-select__option" +
        (focused ? " react-select__option--is-focused" : "") +
        (chosen ? " react-select__option--is-selected" : "") +
        " css-10wo9uf-option",
      "aria-disabled": "false",
      id: `${select.id}-option-${index}`,
      tabindex: "-1",
      role: "option",
      "aria-selected": String(Boolean(chosen)),
      onClick: () => select.pick(offer),
      onMousemove: () => focused || select.setState({ at: index }),
    },
    content,
  );
}

export function hasName(object, text) {
  const aliases = object.aliases ?? object.alias_list ?? [];
  const names = [object.name ?? object.title, ...(Array.isArray(aliases) ? aliases : [])];
  return names.some((name) => name.toLowerCase() === text.toLowerCase());
}

const picture = (size, d) =>
  h(
    "svg",
    { height: size, width: size, viewBox: "0 0 20 20", "aria-hidden": "true", class: "css-8mmkcg" },
    h("path", { d }),
  );
export const cross = (size) => picture(size, "M5 4l5 5 5-5 1 1-5 5 5 5-1 1-5-5-5 5-1-1 5-5-5-5z");
export const arrow = () => picture(20, "M4 7.500l1.300-1.300L10 11l4.700-4.800L16 7.500l-6 6z");
