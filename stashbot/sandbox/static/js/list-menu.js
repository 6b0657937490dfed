// A menu that stands at the end of the page instead of under its button, as the list's menus do.

import { Dropdown } from "./ui.js";
import { Portal, h } from "./vdom.js";

export class FarDropdown extends Dropdown {
  constructor(props) {
    super(props);
    this.outside = (event) => {
      const inside = this.dom?.contains(event.target) || this.list?.contains(event.target);
      if (this.state.open && !inside) this.close();
    };
  }

  render() {
    const { open } = this.state;
    const { class: extra = "", id, group, toggle, toggleClass, menuClass = "", menu } = this.props;
    const { left = 0, bottom = 0 } = this.dom?.getBoundingClientRect() ?? {};
    const style = `left: ${left}px; position: fixed; right: auto; top: ${bottom}px;`;
    return h(
      "div",
      {
        role: group ? "group" : null,
        class: this.boxClass(extra, open),
        ref: (dom) => dom && (this.dom = dom),
      },
      h(
        "button",
        {
          "aria-haspopup": "true",
          "aria-expanded": String(open),
          id,
          type: "button",
          class: toggleClass,
          onClick: () => this.setState({ open: !open }),
        },
        toggle,
      ),
      open &&
        h(
          Portal,
          { key: "menu" },
          h(
            "div",
            {
              "aria-labelledby": id ?? "",
              class: `${menuClass} dropdown-menu show`.trim(),
              style,
              ref: (dom) => dom && (this.list = dom),
            },
            menu(() => this.close()),
          ),
        ),
    );
  }
}
