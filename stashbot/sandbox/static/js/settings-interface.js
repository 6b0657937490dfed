// How the page looks: its language, and its owner's own styles, scripts and texts.

import { t } from "./i18n.js";
import { EditedText, section, setting, toggle } from "./settings-parts.js";
import { mutate, query } from "./store.js";
import { toast } from "./toasts.js";
import { Component, h } from "./vdom.js";

const LANGUAGES = { "de-DE": "Deutsch", "en-GB": "English (UK)", "en-US": "English (US)", "fa-IR": "فارسی", "ja-JP": "日本語" };
const CUSTOM = [
  ["custom-css", "css", "cssEnabled"],
  ["custom-javascript", "javascript", "javascriptEnabled"],
  ["custom-locales", "customLocales", "customLocalesEnabled"],
];

export class InterfacePanel extends Component {
  constructor(props) {
    super(props);
    this.state = { ...props.configuration.interface };
  }

  async set(change) {
    this.setState(change);
    try {
      await mutate("ConfigureInterface", { input: change });
      await query("Configuration", {}, { fresh: true });
    } catch (error) {
      toast.error(error);
    }
  }

  render() {
    return h(
      "div",
      this.props.pane,
      section(
        t("basicSettings"),
        setting(
          { id: "language", heading: t("language") },
          h(
            "select",
            {
              class: "input-control form-control",
              value: this.state.language,
              onChange: ({ target }) => this.set({ language: target.value }),
            },
            Object.entries(LANGUAGES).map(([code, name]) => h("option", { key: code, value: code }, name)),
          ),
        ),
      ),
      CUSTOM.map(([id, text, on]) => this.custom(id, text, on)),
    );
  }

  custom(id, text, on) {
    const change = (value) => this.set({ [text]: value });
    const value = this.state[text] ?? "";
    return section(
      t(id),
      setting(
        { heading: t(`${id}-enabled`) },
        toggle(`${id}-enabled`, this.state[on], (enabled) => this.set({ [on]: enabled })),
      ),
      h(EditedText, { id, heading: t(id), value, long: true, onChange: change }),
    );
  }
}
