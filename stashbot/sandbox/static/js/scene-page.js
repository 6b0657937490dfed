// The page of one scene. The address changes before the data: until the next scene has arrived the
// former one stays on screen, and its panels survive the change.

import { DeleteDialog } from "./delete-dialog.js";
import { EditPanel } from "./edit-panel.js";
import { Icon } from "./icons.js";
import { longDate, t } from "./i18n.js";
import { Player } from "./player.js";
import { back, rewrite } from "./router.js";
import { bindKeys } from "./hotkeys.js";
import { QueuePanel, hasQueue } from "./queue-panel.js";
import { PANELS } from "./scene-panels.js";
import { Toolbar } from "./scene-toolbar.js";
import { cached, onStore, query } from "./store.js";
import { toast } from "./toasts.js";
import { ErrorMessage, Link, Loading, Truncated, resolution } from "./ui.js";
import { Component, h } from "./vdom.js";

export const nameOf = (scene) =>
  scene.title || (scene.files[0]?.path.split("/").pop() ?? "");

export class ScenePage extends Component {
  constructor(props) {
    super(props);
    const known = cached("FindScene", { id: props.id })?.findScene;
    this.state = { scene: known ?? null, error: null, tab: "scene-details-panel", editing: false };
  }

  didMount() {
    this.load();
    this.stop = onStore((event) => {
      if (event.type === "reset") this.load();
      else this.refresh();
    });
    this.unbind = bindKeys({
      a: () => this.open("scene-details-panel"),
      e: () => this.open("scene-edit-panel"),
      k: () => this.open("scene-markers-panel"),
      i: () => this.open("scene-file-info-panel"),
      h: () => this.open("scene-history-panel"),
    });
  }

  willUnmount() {
    this.stop();
    this.unbind();
  }

  didUpdate(previous) {
    if (previous.id !== this.props.id) this.load();
  }

  async load() {
    const { id } = this.props;
    const known = cached("FindScene", { id })?.findScene;
    if (known) return this.arrived(id, known);
    try {
      const [{ findScene }] = await Promise.all([
        query("FindScene", { id }),
        query("FindSceneMarkerTags", { id }).catch(() => {}),
      ]);
      this.arrived(id, findScene);
    } catch (error) {
      if (id === this.props.id) this.setState({ error: error.message });
    }
  }

  arrived(id, scene) {
    if (id !== this.props.id || this.gone) return;
    if (!scene) this.setState({ error: `No scene found with id ${id}.` });
    else this.setState({ scene, error: null });
  }

  open(tab) {
    this.setState({ tab, editing: this.state.editing || tab === "scene-edit-panel" });
  }

  deleted() {
    toast.success(t("deleted"));
    const next = this.queue().next;
    if (next && this.props.search.includes("continue=true")) rewrite(next);
    else back();
  }

  queue() {
    return { present: hasQueue(this.props.search), next: null };
  }

  render() {
    const { scene, error } = this.state;
    if (error) return ErrorMessage({ text: error });
    if (!scene) return Loading();
    document.title = `${nameOf(scene)} | ${t("scenes")} | Stash`;
    return h(
      "div",
      { class: "row" },
      h(
        "div",
        { class: "scene-tabs order-xl-first order-last " },
        h("div", null, ...SceneHeader(scene), h(Toolbar, { scene, onDelete: () => this.askDelete() })),
        ...this.tabs(scene),
      ),
      h(
        "div",
        { class: "scene-divider d-none d-xl-block" },
        h("button", { type: "button", class: "btn btn-primary" }, Icon("chevron-left")),
      ),
      h("div", { class: "scene-player-container " }, h(Player, { scene })),
      this.state.deleting &&
        h(DeleteDialog, {
          scenes: [scene],
          onClose: (done) => {
            this.setState({ deleting: false });
            if (done) this.deleted();
          },
        }),
    );
  }

  askDelete() {
    this.setState({ deleting: true });
  }

  tabs(scene) {
    const { tab, editing } = this.state;
    const shown = PANELS.filter(({ when }) => !when || when(scene, this.queue()));
    return [
      h(
        "div",
        null,
        h(
          "div",
          { class: "mr-auto nav nav-tabs", role: "tablist" },
          shown.map(({ key, label }) => this.tabLink(key, t(label))),
          this.tabLink("scene-edit-panel", t("edit")),
        ),
      ),
      h(
        "div",
        { class: "tab-content" },
        PANELS.map(({ key, view, class: extra }) =>
          pane(key, tab === key, extra, view ? view(scene) : this.queuePanel()),
        ),
        pane(
          "scene-edit-panel",
          tab === "scene-edit-panel",
          "",
          editing &&
            h(EditPanel, {
              scene,
              visible: tab === "scene-edit-panel",
              onDelete: () => this.askDelete(),
            }),
        ),
      ),
    ];
  }

  queuePanel() {
    return h(QueuePanel, { id: this.props.id, search: this.props.search });
  }

  tabLink(key, label) {
    const active = this.state.tab === key;
    return h(
      "div",
      { key, class: "nav-item" },
      h(
        "a",
        {
          href: "#",
          role: "tab",
          "data-rb-event-key": key,
          "aria-selected": String(active),
          class: `nav-link${active ? " active" : ""}`,
          onClick: (event) => {
            event.preventDefault();
            this.open(key);
          },
        },
        label,
      ),
    );
  }
}

function pane(key, active, extra, content) {
  const classes = ["fade", extra, "tab-pane", active ? "active show" : ""].filter(Boolean);
  return h(
    "div",
    { key, role: "tabpanel", "aria-hidden": String(!active), class: classes.join(" ") },
    content || null,
  );
}

function SceneHeader(scene) {
  const file = scene.files[0];
  const { studio } = scene;
  return [
    h(
      "div",
      { class: "scene-header-container" },
      studio &&
        h(
          "h1",
          { class: "text-center scene-studio-image" },
          h(
            Link,
            { href: `/studios/${studio.id}` },
            h("img", { src: studio.image_path, alt: `${studio.name} logo`, class: "studio-logo" }),
          ),
        ),
      h(
        "h3",
        { class: `scene-header ${studio ? "" : "no-studio"}` },
        Truncated(nameOf(scene), 2),
      ),
    ),
    h(
      "div",
      { class: "scene-subheader" },
      h(
        "span",
        { class: "date", "data-value": scene.date },
        scene.date && (scene.date.length === 10 ? longDate(scene.date) : scene.date),
      ),
      file &&
        h(
          "span",
          null,
          h(
            "span",
            { class: "frame-rate", "data-value": file.frame_rate },
            `${file.frame_rate} fps`,
          ),
          h("span", { class: "divider" }, " | "),
          h("span", { class: "resolution", "data-value": resolution(file) }, resolution(file)),
        ),
    ),
  ];
}
