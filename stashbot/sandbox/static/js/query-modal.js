// Searching a source by words, and choosing one of its scenes.

import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { Modal } from "./modal.js";
import { ask } from "./store.js";
import { toast } from "./toasts.js";
import { Button, Loading } from "./ui.js";
import { Component, h } from "./vdom.js";

export class QueryModal extends Component {
  constructor(props) {
    super(props);
    this.state = { text: props.text, found: null, busy: false };
  }

  didMount() {
    this.input?.focus();
  }

  async search() {
    const query = this.state.text;
    if (!query) return;
    this.setState({ busy: true, found: null });
    try {
      const source = { scraper_id: this.props.source.id };
      const data = await ask("ScrapeSingleScene", { source, input: { query } });
      this.setState({ found: data.scrapeSingleScene });
    } catch (error) {
      toast.error(error);
    }
    this.setState({ busy: false });
  }

  render() {
    const { text, found, busy } = this.state;
    return h(
      Modal,
      {
        dialogClass: "scrape-query-dialog",
        size: "lg",
        header: t("query"),
        onHide: this.props.onHide,
        accept: { text: t("cancel"), variant: "secondary", onClick: this.props.onHide },
      },
      h(
        "div",
        { class: "SceneScrapeModal" },
        h(
          "div",
          { class: "input-group" },
          h("input", {
            class: "text-input form-control",
            placeholder: "Name...",
            value: text,
            ref: (dom) => (this.input = dom ?? this.input),
            onInput: (event) => this.setState({ text: event.target.value }),
            onKeydown: (event) => event.key === "Enter" && this.search(),
          }),
          h(
            "div",
            { class: "input-group-append" },
            Button(
              "primary",
              { title: t("search"), onClick: () => this.search() },
              Icon("magnifying-glass"),
            ),
          ),
        ),
        busy && h("div", { class: "m-4 text-center" }, Loading({ inline: true })),
        found && this.results(found),
      ),
    );
  }

  results(found) {
    return h(
      "div",
      { class: "SceneScrapeModal-list-container" },
      h("div", { class: "mt-1" }, `${found.length} scenes found`),
      h(
        "ul",
        { class: "SceneScrapeModal-list" },
        found.map((scene, index) =>
          h(
            "li",
            { key: index, onClick: () => this.props.onChoose(scene) },
            h("div", { class: "mt-3 search-item" }, result(scene)),
          ),
        ),
      ),
    );
  }
}

function result(scene) {
  const head = [scene.studio?.name, scene.date].filter(Boolean).join(" • ");
  const badges = (list) =>
    (list ?? []).map((one) =>
      h("span", { key: one.name, class: "tag-item badge badge-secondary" }, one.name),
    );
  const line = (content) => h("div", { class: "row" }, h("div", { class: "col" }, content));
  return h(
    "div",
    { class: "row" },
    h(
      "div",
      { class: "scene-details" },
      h(
        "div",
        { class: "row" },
        h(
          "div",
          { class: "col flex-column" },
          h("h4", null, scene.title),
          head && h("h5", null, head),
        ),
      ),
      scene.details && line(scene.details),
      line(badges(scene.performers)),
      line(badges(scene.tags)),
    ),
  );
}
