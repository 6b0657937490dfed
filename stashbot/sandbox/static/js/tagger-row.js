// A row of the tagger: the scene, the ways to look it up, and what was found.

import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { queueSuffix } from "./list-url.js";
import { followLink } from "./router.js";
import { nameOf } from "./scene-cards.js";
import { TaggerResult } from "./tagger-result.js";
import { Button, Truncated } from "./ui.js";
import { Component, h } from "./vdom.js";

// What is searched for if nobody says otherwise: the file's name, or what is known of the scene.
function defaultQuery(scene) {
  if (scene.date && scene.studio) {
    const people = scene.performers.map((one) => one.name);
    return [scene.date, scene.studio.name, ...people, scene.title].filter(Boolean).join(" ");
  }
  const file = scene.files[0]?.path.split("/").pop() ?? scene.title;
  return file.replace(/\.[^.]*$/, "").replace(/[._-]+/g, " ").toLowerCase();
}

// props: scene, list, position, can, busy, config, result, onSearch, onFragment, onChoose, onCreate,
// onSaved
export class TaggerRow extends Component {
  constructor(props) {
    super(props);
    this.state = { text: "", open: false };
  }

  render() {
    const { scene, list, position, can, busy, result } = this.props;
    const at = (list.page - 1) * list.perPage + position;
    const href = `/scenes/${scene.id}?${queueSuffix(list, at)}&continue=false`;
    return h(
      "div",
      { class: "mt-3 search-item" },
      h(
        "div",
        { class: "row" },
        h(
          "div",
          {
            class:
              "col col-lg-6 overflow-hidden align-items-center d-flex flex-column flex-sm-row",
          },
          preview(scene, href),
          h(
            "a",
            { class: "scene-link overflow-hidden", href, onClick: followLink },
            Truncated(nameOf(scene), 2),
          ),
        ),
        h(
          "div",
          { class: "col-md-6 my-1" },
          h(
            "div",
            null,
            can.includes("NAME") && this.queryForm(scene, busy),
            can.includes("FRAGMENT") &&
              h(
                "div",
                { class: "mt-2 text-right" },
                Button(
                  "primary",
                  { disabled: busy, onClick: this.props.onFragment },
                  t("scrapeFragment"),
                ),
              ),
          ),
          result?.error && h("div", { class: "text-danger font-weight-bold" }, result.error),
        ),
        this.details(scene),
      ),
      result?.found.length > 0 && this.results(result),
    );
  }

  queryForm(scene, busy) {
    const words = this.state.text || defaultQuery(scene);
    return h(
      "div",
      { class: "input-group" },
      h("div", { class: "input-group-prepend" }, h("span", { class: "input-group-text" }, t("queryNoun"))),
      h("input", {
        class: "text-input form-control",
        value: words,
        onInput: ({ target }) => this.setState({ text: target.value }),
        onKeydown: (event) => event.key === "Enter" && this.props.onSearch(words),
      }),
      h(
        "div",
        { class: "input-group-append" },
        Button("primary", { disabled: busy, onClick: () => this.props.onSearch(words) }, t("search")),
      ),
    );
  }

  details(scene) {
    const { open } = this.state;
    return h(
      "div",
      { class: "original-scene-details" },
      h(
        "div",
        { class: `row collapse${open ? " show" : ""}` },
        h(
          "div",
          { class: "col col-lg-6" },
          h("h4", null, nameOf(scene)),
          h("h5", null, [scene.studio?.name, scene.date].filter(Boolean).join(" • ")),
        ),
        h("div", { class: "col col-lg-6" }, h("div", null), h("div", null)),
      ),
      Button(
        "primary",
        { class: "minimal collapse-button", onClick: () => this.setState({ open: !open }) },
        Icon(open ? "chevron-up" : "chevron-down"),
      ),
    );
  }

  results({ found, at }) {
    const { scene, config, onChoose, onCreate, onSaved } = this.props;
    return h(
      "ul",
      { class: "pl-0 mt-3 mb-0" },
      found.map((scraped, index) => {
        const chosen = index === at;
        const choose = () => !chosen && onChoose(index);
        const props = { scene, config, scraped, chosen, onChoose: choose, onCreate, onSaved };
        return h(TaggerResult, { key: `${index}-${chosen}`, ...props });
      }),
    );
  }
}

function preview(scene, href) {
  return h(
    "div",
    { class: "scene-card mr-3" },
    h(
      "a",
      { href, onClick: followLink },
      h(
        "div",
        { class: "scene-card-preview" },
        h("img", {
          class: "scene-card-preview-image",
          loading: "lazy",
          src: scene.paths.screenshot,
          alt: "",
        }),
      ),
      h("button", { type: "button", class: "sprite-button btn btn-link" }, Icon("image")),
    ),
  );
}
