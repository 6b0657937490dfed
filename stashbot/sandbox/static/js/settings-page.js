// The settings: a menu of pages, of which the practice Stash has four.

import { t } from "./i18n.js";
import { go, here } from "./router.js";
import { AboutPanel } from "./settings-about.js";
import { InterfacePanel } from "./settings-interface.js";
import { ProvidersPanel } from "./settings-providers.js";
import { TasksPanel } from "./settings-tasks.js";
import { toggle } from "./settings-parts.js";
import { mutate } from "./store.js";
import { toast } from "./toasts.js";
import { Component, h } from "./vdom.js";

const TABS = [
  ..."tasks library interface security metadata-providers services system plugins logs tools".split(" "),
  "changelog",
  "about",
];
const PANELS = {
  tasks: TasksPanel,
  interface: InterfacePanel,
  "metadata-providers": ProvidersPanel,
  about: AboutPanel,
};

export class SettingsPage extends Component {
  constructor(props) {
    super(props);
    this.state = { advanced: Boolean(props.configuration.ui?.advancedMode) };
  }

  didMount() {
    document.title = `${t("settings")} | Stash`;
  }

  async setAdvanced(advanced) {
    this.setState({ advanced });
    try {
      await mutate("ConfigureUI", { partial: { advancedMode: advanced } });
    } catch (error) {
      toast.error(error);
    }
  }

  render() {
    const wanted = new URLSearchParams(here().search).get("tab");
    const active = TABS.includes(wanted) ? wanted : "tasks";
    const { advanced } = this.state;
    return h(
      "div",
      { class: "row" },
      h(
        "div",
        { id: "settings-menu-container", class: "col-xl-2 col-md-3 col-sm-3" },
        h(
          "div",
          { role: "tablist", class: "flex-column nav nav-pills" },
          TABS.map((tab) => h("div", { key: tab, class: "nav-item" }, link(tab, tab === active))),
          h(
            "div",
            { key: "advanced", class: "nav-item" },
            h(
              "div",
              { class: "advanced-switch" },
              h("label", { for: "advanced-settings", class: "form-label" }, t("advancedMode")),
              toggle("advanced-settings", advanced, (on) => this.setAdvanced(on)),
            ),
          ),
          h("hr", { key: "end", class: "d-sm-none" }),
        ),
      ),
      h(
        "div",
        {
          id: "settings-container",
          class: "col-xl col-md col-sm offset-xl-2 offset-md-3 offset-sm-3",
        },
        h(
          "div",
          { class: "mx-auto tab-content" },
          TABS.map((tab) => this.pane(tab, tab === active, advanced)),
        ),
      ),
    );
  }

  // A panel draws its own pane, whose children its sections are.
  pane(tab, active, advanced) {
    const pane = {
      id: `configuration-tabs-tabpane-${tab}`,
      role: "tabpanel",
      "aria-labelledby": `configuration-tabs-tab-${tab}`,
      "aria-hidden": String(!active),
      class: `fade tab-pane${active ? " active show" : ""}`,
    };
    if (!active || !PANELS[tab]) return h("div", { key: `${tab}-empty`, ...pane });
    return h(PANELS[tab], { key: tab, pane, advanced, configuration: this.props.configuration });
  }
}

function link(tab, active) {
  const href = `/settings?tab=${tab}`;
  const onClick = (event) => {
    event.preventDefault();
    go(href);
  };
  return h(
    "a",
    {
      id: `configuration-tabs-tab-${tab}`,
      href,
      role: "tab",
      "data-rb-event-key": tab,
      "aria-controls": `configuration-tabs-tabpane-${tab}`,
      "aria-selected": String(active),
      class: `nav-link${active ? " active" : ""}`,
      onClick,
    },
    t(tab),
  );
}
