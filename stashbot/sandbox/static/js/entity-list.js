// The lists of performers, studios, tags and groups.

import { ENTITY_KINDS, imageOf } from "./entity-kinds.js";
import { EntityToolbar } from "./entity-toolbar.js";
import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { go, here, rewrite } from "./router.js";
import { cached, forget, onStore, query } from "./store.js";
import { ErrorMessage, Link, Loading, Truncated } from "./ui.js";
import { Component, h } from "./vdom.js";

const PER_PAGE = 40;

export class EntityList extends Component {
  constructor(props) {
    super(props);
    this.kind = ENTITY_KINDS[props.kind];
    this.state = { error: null, selected: new Set() };
  }

  didMount() {
    document.title = `${t(this.kind.plural)} | Stash`;
    if (!new URLSearchParams(here().search).has("sortby")) {
      const params = new URLSearchParams(here().search);
      params.set("sortby", "name");
      rewrite(`${here().path}?${params}`);
    }
    forget(this.kind.listed);
    this.load();
    this.stop = onStore((event) => (event.type === "reset" ? this.load() : this.refresh()));
  }

  willUnmount() {
    this.stop();
  }

  didUpdate(previous) {
    if (previous.search !== this.props.search) this.load();
  }

  get variables() {
    const params = new URLSearchParams(this.props.search);
    const filter = {
      q: params.get("q") ?? "",
      page: Number(params.get("p") ?? 1),
      per_page: PER_PAGE,
      sort: params.get("sortby") ?? "name",
      direction: params.get("sortdir") === "desc" ? "DESC" : "ASC",
    };
    return { filter, [`${this.kind.kind}_filter`]: {} };
  }

  async load() {
    try {
      await query(this.kind.listed, this.variables);
      this.setState({ error: null });
    } catch (error) {
      this.setState({ error: error.message });
    }
  }

  search(q) {
    const params = new URLSearchParams(here().search);
    if (q) params.set("q", q);
    else params.delete("q");
    go(`${here().path}?${params}`);
  }

  toggle(id) {
    const selected = new Set(this.state.selected);
    if (!selected.delete(id)) selected.add(id);
    this.setState({ selected });
  }

  render() {
    const { q, direction } = this.variables.filter;
    return h(
      "div",
      { class: "item-list-container" },
      h(EntityToolbar, { kind: this.kind.kind, q, direction, onSearch: (text) => this.search(text) }),
      ...this.content(),
    );
  }

  content() {
    const { plural } = this.kind;
    const answer = Object.values(cached(this.kind.listed, this.variables) ?? {})[0];
    if (this.state.error) return [ErrorMessage({ text: this.state.error })];
    if (!answer) return [Loading()];
    const { page } = this.variables.filter;
    const first = Math.min((page - 1) * PER_PAGE + 1, answer.count);
    const last = Math.min(page * PER_PAGE, answer.count);
    return [
      h(
        "span",
        { key: "count", class: "filter-container text-muted paginationIndex center-text" },
        `${first}-${last} of ${answer.count}`,
        h("br"),
      ),
      h(
        "div",
        { key: "cards", class: "row justify-content-center" },
        answer[plural].map((entity) => this.card(entity)),
      ),
    ];
  }

  card(entity) {
    const { kind, plural, favorable } = this.kind;
    const href = `/${plural}/${entity.id}`;
    const name = kind === "performer" ? h("div", null, h("span", { class: "performer-name" }, entity.name)) : entity.name;
    return h(
      "div",
      { key: entity.id, class: `${kind}-card zoom-1 grid-card card` },
      h(
        "div",
        { class: "card-controls" },
        h("input", {
          type: "checkbox",
          class: "card-check mousetrap form-control",
          checked: this.state.selected.has(entity.id),
          onChange: () => this.toggle(entity.id),
        }),
      ),
      h(
        "div",
        { class: "thumbnail-section" },
        h(
          Link,
          { class: kind === "performer" ? null : `${kind}-card-header`, href },
          h("img", { loading: "lazy", class: `${kind}-card-image`, alt: entity.name, src: imageOf(entity) }),
        ),
        favorable &&
          h(
            "button",
            { type: "button", class: "minimal mousetrap favorite-button hide-not-favorite not-favorite btn btn-primary" },
            Icon("heart"),
          ),
      ),
      h(
        "div",
        { class: "card-section" },
        h(Link, { href }, h("h5", { class: "card-section-title flex-aligned" }, Truncated(name))),
      ),
    );
  }
}
