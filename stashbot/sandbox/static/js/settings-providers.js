// Where metadata come from: stash-boxes and scrapers.

import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { EditedText, section, setting } from "./settings-parts.js";
import { mutate, query } from "./store.js";
import { toast } from "./toasts.js";
import { Button } from "./ui.js";
import { Component, h } from "./vdom.js";

export class ProvidersPanel extends Component {
  constructor(props) {
    super(props);
    this.state = { scrapers: [], open: false, text: "" };
  }

  didMount() {
    this.load();
  }

  async load() {
    try {
      const { listScrapers } = await query("ListSceneScrapers", {}, { fresh: true });
      if (!this.gone) this.setState({ scrapers: listScrapers });
    } catch (error) {
      toast.error(error);
    }
  }

  async reload() {
    try {
      await mutate("ReloadScrapers", {});
      await this.load();
    } catch (error) {
      toast.error(error);
    }
  }

  render() {
    const refuse = () => toast.error(new Error("The practice Stash knows no other sources."));
    const { scraperUserAgent = "" } = this.props.configuration.scraping ?? {};
    return h(
      "div",
      this.props.pane,
      h(
        "div",
        { id: "stash-boxes", class: "setting-section" },
        h("h1", null, t("stashBoxes")),
        h(
          "div",
          { class: "card" },
          h("div", { class: "setting" }, h("div"), h("div", null, Button("primary", { onClick: refuse }, t("add")))),
        ),
      ),
      section(
        t("scraping"),
        h(EditedText, {
          id: "scraperUserAgent",
          heading: t("userAgent"),
          value: scraperUserAgent,
          onChange: refuse,
        }),
      ),
      section(t("scrapers"), this.toolbar(), this.list()),
    );
  }

  toolbar() {
    return h(
      "div",
      { class: "content scraper-toolbar" },
      h(
        "div",
        { class: "clearable-input-group" },
        h("input", {
          placeholder: `${t("filter")}...`,
          class: "clearable-text-field form-control",
          value: this.state.text,
          onInput: ({ target }) => this.setState({ text: target.value }),
        }),
      ),
      Button(
        "primary",
        { onClick: () => this.reload() },
        h("span", { class: "fa-icon" }, Icon("rotate")),
        h("span", null, t("reloadScrapers")),
      ),
    );
  }

  list() {
    const { scrapers, open, text } = this.state;
    const shown = scrapers.filter((one) => one.name.toLowerCase().includes(text.toLowerCase()));
    return h(
      "div",
      { class: "content" },
      h(
        "div",
        null,
        h(
          "div",
          { class: "collapse-header" },
          Button(
            "primary",
            { class: "minimal collapse-button", onClick: () => this.setState({ open: !open }) },
            Icon(open ? "chevron-down" : "chevron-right"),
            h(
              "span",
              null,
              h(
                "span",
                null,
                t("sceneScrapers"),
                h(
                  "span",
                  { class: "left-spacing badge badge-pill badge-secondary", "data-value": String(shown.length) },
                  shown.length,
                ),
              ),
            ),
          ),
        ),
        h("div", { class: `collapse${open ? " show" : ""}` }, table(shown)),
      ),
    );
  }
}

function table(scrapers) {
  const lines = (list) => h("td", null, h("ul", null, list.map((one) => h("li", { key: one }, one))));
  return h(
    "table",
    { class: "scraper-table" },
    h("thead", null, h("tr", null, ["name", "supported", "urls"].map((one) => h("th", null, t(one))))),
    h(
      "tbody",
      null,
      scrapers.map((one) =>
        h(
          "tr",
          { key: one.id },
          h("td", null, one.name),
          lines(one.scene.supported_scrapes.map((how) => (how === "FRAGMENT" ? t("sceneMetadata") : how))),
          lines(one.scene.urls ?? []),
        ),
      ),
    ),
  );
}
