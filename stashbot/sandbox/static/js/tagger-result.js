// A result in the tagger: fields to take or to leave, people and tags to match, and its save.

import { createEntity } from "./entities.js";
import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { LinkTagDialog } from "./link-tag-dialog.js";
import { mutate } from "./store.js";
import { entityRow, tagsRow } from "./tagger-entities.js";
import { toast } from "./toasts.js";
import { Button, Truncated } from "./ui.js";
import { Component, h } from "./vdom.js";

const matched = (one) => (one?.stored_id ? { id: one.stored_id, name: one.name } : null);
const ids = (list) => list.map((one) => one.id);
const united = (...lists) => [...new Set(lists.flat())];

// props: scene, config, scraped, chosen, onChoose, onCreate(dialog), onSaved
export class TaggerResult extends Component {
  constructor(props) {
    super(props);
    const { performers, studio, tags } = props.scraped;
    const own = props.config.tagOperation === "merge" ? props.scene.tags : [];
    const known = (tags ?? []).map(matched).filter(Boolean);
    this.state = {
      excluded: {},
      studio: matched(studio),
      performers: (performers ?? []).map(matched),
      tags: [...new Map([...own, ...known].map((one) => [one.id, one])).values()],
      fresh: (tags ?? []).filter((one) => !one.stored_id),
      linking: null,
      busy: false,
    };
  }

  render() {
    const { chosen, onChoose } = this.props;
    const { linking } = this.state;
    return h(
      "li",
      {
        class: `row mx-0 mt-2 search-result${chosen ? " selected-result active" : ""}`,
        onClick: onChoose,
      },
      h("div", { class: "col-lg-6" }, ...this.fields()),
      chosen && h("div", { class: "col-lg-6" }, ...this.matches()),
      linking &&
        h(LinkTagDialog, {
          name: linking.name,
          onSave: (choice) => this.link(choice),
          onCancel: () => this.setState({ linking: null }),
        }),
    );
  }

  field(name, content) {
    const left = this.state.excluded[name];
    const turn = () => this.setState({ excluded: { ...this.state.excluded, [name]: !left } });
    const look = left ? "text-muted" : "text-success";
    return h(
      "div",
      { class: `optional-field ${left ? "excluded" : "included"}` },
      Button(
        "minimal",
        { class: `${look} include-exclude-button`, onClick: turn },
        Icon(left ? "xmark" : "check", "fa-fw"),
      ),
      h("div", { class: "optional-field-content" }, content),
    );
  }

  fields() {
    const { title, code, date, director, details, urls, image } = this.props.scraped;
    const url = urls?.[0];
    const outside = (text) => ({ class: text, target: "_blank", rel: "noopener noreferrer" });
    const name = url ? h("a", { ...outside("scene-link"), href: url }, Truncated(title)) : Truncated(title);
    const shown = image && h("img", { src: image, alt: "", class: "align-self-center scene-image" });
    return [
      h(
        "div",
        { class: "row mx-0" },
        image && h("div", { class: "scene-image-container" }, this.field("cover_image", shown)),
        h(
          "div",
          { class: "d-flex flex-column justify-content-center scene-metadata" },
          title
            ? h("h4", null, this.field("title", name))
            : h("h4", { class: "text-muted" }, t("unnamed")),
          code && h("h5", null, this.field("code", code)),
          date && h("h5", null, this.field("date", date)),
        ),
      ),
      h(
        "div",
        { class: "d-flex flex-column" },
        director && h("h5", null, this.field("director", `${t("director")} : ${director}`)),
        url &&
          h(
            "div",
            { class: "scene-details" },
            this.field(
              "url",
              h("div", null, urls.map((one) => h("a", { ...outside(""), key: one, href: one }, one))),
            ),
          ),
        details && h("div", { class: "scene-details" }, this.field("details", Truncated(details))),
      ),
    ];
  }

  matches() {
    const { scraped, onCreate } = this.props;
    const { studio, performers, tags, fresh, busy } = this.state;
    const create = (kind, one, take) => () => onCreate({ kind, scraped: one, onCreated: take });
    const chooseStudio = (chosen) => this.setState({ studio: chosen });
    const choose = (index) => (chosen) =>
      this.setState({ performers: this.state.performers.map((one, at) => (at === index ? chosen : one)) });
    const people = scraped.performers ?? [];
    return [
      h(
        "div",
        { class: "mt-2" },
        scraped.studio &&
          entityRow("studio", scraped.studio, studio, chooseStudio, create("studio", scraped.studio, chooseStudio)),
      ),
      h(
        "div",
        { class: "mt-2" },
        h(
          "div",
          null,
          h(
            "div",
            { class: "form-group" },
            people.map((one, index) =>
              entityRow("performer", one, performers[index], choose(index), create("performer", one, choose(index))),
            ),
          ),
        ),
      ),
      h(
        "div",
        { class: "mt-2" },
        tagsRow(tags, fresh, {
          onChange: (list) => this.setState({ tags: list }),
          onCreate: (one) => this.createTag(one),
          onLink: (one) => this.setState({ linking: one }),
        }),
      ),
      h(
        "div",
        { class: "row no-gutters mt-2 align-items-center justify-content-end" },
        Button("primary", { disabled: busy, onClick: () => this.save() }, t("save")),
      ),
    ];
  }

  takeTag(fresh, tag) {
    const tags = [...this.state.tags.filter((one) => one.id !== tag.id), tag];
    this.setState({ tags, fresh: this.state.fresh.filter((one) => one !== fresh), linking: null });
  }

  async createTag(fresh) {
    try {
      this.takeTag(fresh, await createEntity("tag", { name: fresh.name }));
      toast.success(`${t("created")} ${t("tag")}: ${fresh.name}`);
    } catch (error) {
      toast.error(error);
    }
  }

  async link({ create, tag, asAlias }) {
    const { linking } = this.state;
    if (create) return this.createTag(linking);
    try {
      const aliases = united(tag.aliases ?? [], [linking.name]);
      if (asAlias) await mutate("TagUpdate", { input: { id: tag.id, aliases } });
      this.takeTag(linking, tag);
    } catch (error) {
      toast.error(error);
    }
    return undefined;
  }

  async save() {
    const { scene, config, onSaved } = this.props;
    this.setState({ busy: true });
    try {
      await mutate("SceneUpdate", { input: { id: scene.id, ...this.input(scene, config) } });
      onSaved();
    } catch (error) {
      toast.error(error);
      this.setState({ busy: false });
    }
  }

  // What is excluded, empty or switched off in the configuration is not sent.
  input(scene, config) {
    const { scraped } = this.props;
    const { excluded, studio, performers, tags } = this.state;
    const input = {};
    for (const name of ["title", "code", "date", "director", "details"]) {
      if (scraped[name] && !excluded[name]) input[name] = scraped[name];
    }
    if (scraped.urls?.length && !excluded.url) input.urls = united(scene.urls, scraped.urls);
    if (studio) input.studio_id = studio.id;
    input.performer_ids = united(ids(scene.performers), ids(performers.filter(Boolean)));
    if (config.setTags) input.tag_ids = ids(tags);
    if (config.markSceneAsOrganizedOnSave) input.organized = true;
    return input;
  }
}
