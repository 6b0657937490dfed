// The tagger: a row a scene, each with what a source found of it.

import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { ask, query } from "./store.js";
import { TaggerConfig, initialConfig } from "./tagger-config.js";
import { CreatePerformer, CreateStudio } from "./tagger-create.js";
import { TaggerRow } from "./tagger-row.js";
import { toast } from "./toasts.js";
import { Button, Loading } from "./ui.js";
import { Component, h } from "./vdom.js";

const USABLE = ["NAME", "FRAGMENT"];
const DIALOGS = { performer: CreatePerformer, studio: CreateStudio };

export const TaggerView = (props) => h(Tagger, { key: "tagger", ...props });

// props: scenes, list, memory (an object that outlives this view: what was found is kept in it)
class Tagger extends Component {
  constructor(props) {
    super(props);
    const kept = props.memory.tagger ?? { results: {}, source: null };
    this.state = { ...kept, sources: [], open: false, matched: false, busy: false, config: null };
  }

  async didMount() {
    try {
      const [{ configuration }, { listScrapers }] = await Promise.all([
        query("Configuration"),
        query("ListSceneScrapers"),
      ]);
      const sources = listScrapers
        .filter((one) => one.scene.supported_scrapes.some((how) => USABLE.includes(how)))
        .map((one) => ({ ...one, value: `scraper:${one.id}`, can: one.scene.supported_scrapes }));
      const config = { ...initialConfig, ...configuration.ui?.taggerConfig };
      this.keep({ sources, config, source: this.state.source ?? sources[0]?.value });
    } catch (error) {
      toast.error(error);
    }
  }

  keep(change) {
    const { results, source } = { ...this.state, ...change };
    this.props.memory.tagger = { results, source };
    if (!this.gone) this.setState(change);
  }

  found(id, result) {
    this.keep({ results: { ...this.props.memory.tagger.results, [id]: result } });
  }

  get source() {
    return this.state.sources.find((one) => one.value === this.state.source);
  }

  async scrape(scene, input) {
    const source = this.source;
    this.keep({ busy: true });
    try {
      const variables = { source: { scraper_id: source.id }, input };
      const { scrapeSingleScene: found } = await ask("ScrapeSingleScene", variables);
      const nothing = found.length ? null : "No results found";
      this.found(scene.id, { found, at: input.query ? null : 0, error: nothing });
    } catch (error) {
      if (input.query) toast.error(error);
      else this.found(scene.id, { found: [], at: null, error: error.message });
    }
    this.keep({ busy: false });
  }

  // A scene found by words is asked for a second time, for all that the source knows of it.
  async choose(scene, result, at) {
    const { title, code, details, director, date, urls, remote_site_id } = result.found[at];
    const scene_input = { title, code, details, director, date, urls, remote_site_id };
    this.keep({ busy: true });
    try {
      const variables = { source: { scraper_id: this.source.id }, input: { scene_input } };
      const { scrapeSingleScene: whole } = await ask("ScrapeSingleScene", variables);
      const found = result.found.map((one, index) => (index === at && whole[0]) || one);
      this.found(scene.id, { ...result, found, at });
    } catch (error) {
      toast.error(error);
    }
    this.keep({ busy: false });
  }

  async scrapeAll() {
    this.keep({ all: true });
    for (const scene of this.props.scenes) {
      if (this.gone || !this.state.all) break;
      await this.scrape(scene, { scene_id: scene.id });
    }
    this.keep({ all: false });
  }

  render() {
    const { sources, source, open, config, dialog } = this.state;
    return h(
      "div",
      { class: "tagger-container mx-md-auto" },
      h(
        "div",
        { class: "tagger-container-header" },
        h(
          "div",
          { class: "d-flex justify-content-between align-items-center flex-wrap" },
          h("div", { class: "w-auto" }, this.sourceSelect(sources, source)),
          h("div", { class: "d-flex" }, this.buttons(open)),
        ),
        config && h(TaggerConfig, { open, config, onChange: (next) => this.keep({ config: next }) }),
      ),
      h("div", null, config && this.shown().map((scene, index) => this.row(scene, index))),
      dialog && h(DIALOGS[dialog.kind], { ...dialog, onClose: () => this.keep({ dialog: null }) }),
    );
  }

  shown() {
    const { matched, results } = this.state;
    return this.props.scenes.filter((one) => !matched || results[one.id]?.found.length);
  }

  sourceSelect(sources, value) {
    const change = ({ target }) => this.keep({ source: target.value, results: {} });
    return h(
      "div",
      { class: "form-group" },
      h("label", { for: "scraper", class: "form-label" }, t("source")),
      h(
        "div",
        null,
        h(
          "select",
          {
            id: "scraper",
            class: "input-control form-control",
            value,
            disabled: this.state.busy || !sources.length,
            onChange: change,
          },
          sources.map((one) => h("option", { key: one.value, value: one.value }, one.name)),
        ),
      ),
    );
  }

  buttons(open) {
    const { results, matched, busy, all } = this.state;
    const primary = (text, onClick, disabled) => Button("primary", { onClick, disabled }, text);
    return [
      Object.keys(results).length > 0 &&
        primary(t(matched ? "showUnmatched" : "hideUnmatched"), () =>
          this.keep({ matched: !matched }),
        ),
      all
        ? Button(
            "danger",
            { class: "ml-1", onClick: () => this.keep({ all: false }) },
            Loading({ inline: true }),
            h("span", { class: "ml-2" }, t("stop")),
          )
        : this.source?.can.includes("FRAGMENT") &&
          h("div", { class: "ml-1" }, primary(t("scrapeAll"), () => this.scrapeAll(), busy)),
      h(
        "div",
        { class: "ml-2" },
        Button("primary", { onClick: () => this.keep({ open: !open }) }, Icon("gear", "fa-fw")),
      ),
    ];
  }

  row(scene, index) {
    const { config, busy } = this.state;
    const result = this.state.results[scene.id];
    return h(TaggerRow, {
      key: scene.id,
      scene,
      position: index,
      list: this.props.list,
      can: this.source?.can ?? [],
      busy,
      config,
      result,
      onSearch: (words) => this.scrape(scene, { query: words }),
      onFragment: () => this.scrape(scene, { scene_id: scene.id }),
      onChoose: (at) => this.choose(scene, result, at),
      onCreate: (dialog) => this.keep({ dialog }),
      onSaved: () => {
        const { [scene.id]: _saved, ...left } = this.props.memory.tagger.results;
        this.keep({ results: left });
      },
    });
  }
}
