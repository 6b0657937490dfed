// The menu of saved filters.

import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { FarDropdown } from "./list-menu.js";
import { query } from "./store.js";
import { toast } from "./toasts.js";
import { Button } from "./ui.js";
import { Component, h } from "./vdom.js";

export class SavedFilters extends Component {
  constructor(props) {
    super(props);
    this.state = { found: [], name: "" };
  }

  async didMount() {
    try {
      const { findSavedFilters } = await query("FindSavedFilters", { mode: "SCENES" });
      if (!this.gone) this.setState({ found: findSavedFilters });
    } catch (error) {
      toast.error(error);
    }
  }

  render() {
    const { found, name } = this.state;
    return h(FarDropdown, {
      class: "saved-filter-dropdown",
      group: true,
      toggleClass: "dropdown-toggle btn btn-secondary",
      toggle: Icon("bookmark"),
      menuClass: "saved-filter-list-menu",
      menu: () => [
        h(
          "div",
          { key: "name", class: "input-group" },
          h("input", {
            class: "bg-secondary text-white border-secondary form-control",
            placeholder: `${t("name")}…`,
            value: name,
            onInput: (event) => this.setState({ name: event.target.value }),
          }),
          h(
            "div",
            { class: "input-group-append" },
            Button("secondary", { disabled: !name }, Icon("floppy-disk")),
          ),
        ),
        h(
          "ul",
          { key: "list", class: "saved-filter-list" },
          found.map((one) => h("li", { key: one.id, class: "saved-filter-item" }, one.name)),
        ),
        h(
          "div",
          { key: "default", class: "mt-1" },
          h(
            "button",
            {
              type: "button",
              title: t("setAsDefault"),
              class: "set-as-default-button dropdown-item btn btn-secondary btn-sm",
            },
            t("setAsDefault"),
          ),
        ),
      ],
    });
  }
}
