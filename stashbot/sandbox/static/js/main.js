// Start: configuration first, then the page.

import { startFaults } from "./breakage.js";
import { restrictCreation } from "./entities.js";
import { loadCustomScript, loadPlugins } from "./extras.js";
import { setLanguage } from "./i18n.js";
import { App } from "./shell.js";
import { startSkin } from "./skin.js";
import { connect } from "./socket.js";
import { onStore, query } from "./store.js";
import { Loading } from "./ui.js";
import { Component, h, mount } from "./vdom.js";

class Start extends Component {
  constructor(props) {
    super(props);
    this.state = { configuration: null, error: null };
  }

  didMount() {
    this.load();
    onStore((event) => {
      if (event.type === "reset") this.load();
    });
  }

  async load() {
    try {
      const { configuration } = await query("Configuration");
      setLanguage(configuration.interface.language);
      const barred = configuration.interface.disableDropdownCreate ?? {};
      restrictCreation((kind) => !barred[kind === "group" ? "movie" : kind]);
      this.setState({ configuration, error: null });
    } catch (error) {
      if (!this.state.configuration) this.setState({ error });
      return;
    }
    for (const name of ["SystemStatus", "JobQueue"]) query(name).catch(() => {});
    query("Plugins").then(({ plugins }) => loadPlugins(plugins), () => {});
  }

  render() {
    const { configuration, error } = this.state;
    if (configuration) return h(App, { configuration });
    const content = error
      ? h("div", null, h("h2", null, "Error loading configuration"), error.message)
      : Loading();
    return h("div", { id: "root" }, content);
  }
}

startSkin();
document.documentElement.lang = "en";
document.getElementById("root").remove();
mount(h(Start), document.body);
connect();
startFaults();
loadCustomScript();
