// What this server is.

import { t } from "./i18n.js";
import { section, setting } from "./settings-parts.js";
import { query } from "./store.js";
import { toast } from "./toasts.js";
import { Component, h } from "./vdom.js";

export class AboutPanel extends Component {
  constructor(props) {
    super(props);
    this.state = { version: null };
  }

  async didMount() {
    try {
      const { version } = await query("Version");
      if (!this.gone) this.setState({ version });
    } catch (error) {
      toast.error(error);
    }
  }

  render() {
    const { version } = this.state;
    const group = (heading, ...lines) =>
      h(
        "div",
        { class: "setting-group" },
        setting({ heading }),
        h("div", { class: "collapsible-section collapse show" }, ...lines),
      );
    return h(
      "div",
      this.props.pane,
      version &&
        section(
          t("version"),
          group(
            version.version,
            setting({ heading: t("buildHash"), value: version.hash }),
            setting({ heading: t("buildTime"), value: version.build_time }),
          ),
        ),
      section(t("latestVersion"), group(t("loading"))),
    );
  }
}
