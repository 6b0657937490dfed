// The tab of the scenes beside the one that is shown: those of the list or the choice it was opened from.

import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { go, rewrite } from "./router.js";
import { cached, query } from "./store.js";
import { toast } from "./toasts.js";
import { Button } from "./ui.js";
import { Component, h } from "./vdom.js";

const PER_PAGE = 40;

export const hasQueue = (search) => {
  const names = new URLSearchParams(search);
  return names.has("qsort") || names.has("qs");
};

function variablesOf(search) {
  const params = new URLSearchParams(search);
  if (params.has("qs")) return { scene_ids: params.getAll("qs").map(Number) };
  const filter = {
    q: params.get("qfq") ?? "",
    page: Number(params.get("qfp") ?? 1),
    per_page: PER_PAGE,
    sort: params.get("qsort"),
    direction: (params.get("qsortd") ?? (params.get("qsort") === "date" ? "desc" : "asc")).toUpperCase(),
  };
  return { filter, scene_filter: {} };
}

const titleOf = (scene) => scene.title || (scene.files[0]?.path.split("/").pop() ?? "");

// props: id (of the scene shown), search
export class QueuePanel extends Component {
  didMount() {
    this.load();
  }

  didUpdate(previous) {
    if (previous.search !== this.props.search) this.load();
  }

  async load() {
    const { search } = this.props;
    if (!hasQueue(search)) return;
    try {
      await query("FindScenes", variablesOf(search));
    } catch (error) {
      toast.error(error);
    }
    if (!this.gone) this.refresh();
  }

  get scenes() {
    const { search } = this.props;
    return (hasQueue(search) && cached("FindScenes", variablesOf(search))?.findScenes.scenes) || [];
  }

  open(scene) {
    go(`/scenes/${scene.id}${this.props.search}`);
  }

  goOn(event) {
    const params = new URLSearchParams(this.props.search);
    params.set("continue", String(event.target.checked));
    rewrite(`/scenes/${this.props.id}?${params}`);
  }

  render() {
    const { scenes } = this;
    return h(
      "div",
      { id: "queue-viewer" },
      h("div", { class: "queue-controls" }, this.goingOn(), this.steps(scenes)),
      h(
        "div",
        { id: "queue-content" },
        h("ol", { start: "1" }, scenes.map((scene) => this.entry(scene))),
      ),
    );
  }

  goingOn() {
    const checked = new URLSearchParams(this.props.search).get("continue") === "true";
    const id = "continue-checkbox";
    return h(
      "div",
      null,
      h(
        "div",
        { class: "form-check" },
        h("input", {
          type: "checkbox",
          id,
          class: "form-check-input",
          checked,
          onChange: (event) => this.goOn(event),
        }),
        h("label", { title: "", for: id, class: "form-check-label" }, t("continue")),
      ),
    );
  }

  steps(scenes) {
    const at = scenes.findIndex((scene) => scene.id === this.props.id);
    const step = (icon, scene) =>
      scene &&
      Button("secondary", { key: icon, class: "minimal", onClick: () => this.open(scene) }, Icon(icon));
    const any = scenes[Math.floor(Math.random() * scenes.length)];
    return h(
      "div",
      null,
      step("backward-step", scenes[at - 1]),
      step("forward-step", scenes[at + 1]),
      scenes.length > 1 && step("shuffle", any),
    );
  }

  entry(scene) {
    const current = scene.id === this.props.id ? " current" : "";
    const follow = (event) => {
      event.preventDefault();
      this.open(scene);
    };
    const span = (name, content) => h("span", { class: `queue-scene-${name}` }, content);
    return h(
      "li",
      { key: scene.id, class: `my-2${current}` },
      h(
        "a",
        { href: `/scenes/${scene.id}`, onClick: follow },
        h(
          "div",
          { class: "ml-1 d-flex align-items-center" },
          h(
            "div",
            { class: "thumbnail-container" },
            h("img", { loading: "lazy", alt: titleOf(scene), src: scene.paths.screenshot }),
          ),
          h(
            "div",
            { class: "queue-scene-details" },
            span("title", titleOf(scene)),
            span("studio", scene.studio?.name),
            span("performers", scene.performers.map((one) => one.name).join(", ")),
            span("date", scene.date),
          ),
        ),
      ),
    );
  }
}
