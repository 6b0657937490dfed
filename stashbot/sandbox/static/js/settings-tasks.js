// The tasks: each starts at once, or asks first where Stash asks.

import { t } from "./i18n.js";
import { Modal } from "./modal.js";
import { IdentifyDialog } from "./identify-dialog.js";
import { Group, helped, section, setting, toggle } from "./settings-parts.js";
import { mutate } from "./store.js";
import { toast } from "./toasts.js";
import { Component, h } from "./vdom.js";

// The switches of a task: the id in the page and the name in the request.
const SCAN = {
  "scan-generate-covers": "scanGenerateCovers",
  "scan-generate-previews": "scanGeneratePreviews",
  "scan-generate-image-previews": "scanGenerateImagePreviews",
  "scan-generate-sprites": "scanGenerateSprites",
  "scan-generate-phashes": "scanGeneratePhashes",
  "scan-generate-thumbnails": "scanGenerateThumbnails",
  "scan-generate-clip-previews": "scanGenerateClipPreviews",
  "force-rescan": "rescan",
};
const GENERATE = {
  "covers-task": "covers",
  "preview-task": "previews",
  "image-preview-task": "imagePreviews",
  "sprite-task": "sprites",
  "marker-task": "markers",
  "marker-image-preview-task": "markerImagePreviews",
  "marker-screenshot-task": "markerScreenshots",
  "transcode-task": "transcodes",
  "phash-task": "phashes",
  "interactive-heatmap-speed-task": "interactiveHeatmapsSpeeds",
  "clip-previews": "clipPreviews",
  "image-thumbnails": "imageThumbnails",
  overwrite: "overwrite",
};
const AUTO_TAG = {
  "autotag-performers": "performers",
  "autotag-studios": "studios",
  "autotag-tags": "tags",
};
const ON = {
  scan: { scanGenerateCovers: true },
  generate: { covers: true, previews: true, sprites: true, markers: true, phashes: true },
  autoTag: { performers: true, studios: true, tags: true },
};

export class TasksPanel extends Component {
  constructor(props) {
    super(props);
    const kept = props.configuration.ui?.taskDefaults ?? {};
    this.state = { ...ON, ...kept, dryRun: false, asked: null };
  }

  async set(task, change) {
    const options = { ...this.state[task], ...change };
    this.setState({ [task]: options });
    const { scan, generate, autoTag } = { ...this.state, [task]: options };
    try {
      await mutate("ConfigureUI", { partial: { taskDefaults: { scan, generate, autoTag } } });
    } catch (error) {
      toast.error(error);
    }
  }

  async start(operation, input, name) {
    try {
      await mutate(operation, { input });
      toast.success(t("queued").replace("{}", name));
    } catch (error) {
      toast.error(error);
    }
  }

  autoTag() {
    const all = (name) => (this.state.autoTag[name] ? ["*"] : []);
    return { performers: all("performers"), studios: all("studios"), tags: all("tags") };
  }

  button(text, onClick, variant = "secondary", extra = "mr-2 ") {
    return h("button", { type: "submit", class: `${extra}btn btn-${variant}`, onClick }, text);
  }

  plain(id, text, onClick, variant, type = "submit") {
    return h("button", { id, type, class: `btn btn-${variant}`, onClick }, text);
  }

  switches(task, names) {
    return Object.entries(names).map(([id, name]) =>
      setting(
        { heading: t(id), class: /image-preview/.test(id) ? " sub-setting" : "" },
        toggle(id, this.state[task][name], (on) => this.set(task, { [name]: on })),
      ),
    );
  }

  render() {
    return h("div", this.props.pane, this.panel());
  }

  panel() {
    return h(
      "div",
      { id: "tasks-panel" },
      h(
        "div",
        { class: "tasks-panel-queue" },
        h("h1", null, t("taskQueue")),
        h(
          "div",
          { class: "job-table card" },
          h("ul", null, h("span", { class: "empty-queue-message" }, t("noTasks"))),
        ),
      ),
      h(
        "div",
        { class: "tasks-panel-tasks" },
        h("div", { class: "form-group" }, ...this.library(this.props.advanced)),
        h("hr"),
        h("div", { class: "form-group" }, this.maintenance(), this.metadata(), this.backup()),
      ),
      this.dialog(),
    );
  }

  library(advanced) {
    const { scan, generate } = this.state;
    const scanning = [
      this.button(t("scan"), () => this.start("MetadataScan", scan, t("scan"))),
      this.button(t("selectiveScan"), () => this.ask("folders")),
    ];
    const tagging = [
      this.button(t("autoTag"), () => this.start("MetadataAutoTag", this.autoTag(), t("autoTag"))),
      this.button(t("selectiveAutoTag"), () => this.ask("folders"), "secondary", ""),
    ];
    const generating = this.button(
      t("generate"),
      () => this.start("MetadataGenerate", generate, t("generate")),
      "secondary",
      "",
    );
    const head = (name, page) => helped(t(name), page);
    const group = (name, page, buttons, switches) =>
      h(Group, { heading: head(name, page), buttons }, ...switches);
    return [
      section(t("library"), group("scan", "Tasks", scanning, this.switches("scan", SCAN))),
      advanced &&
        section(
          "",
          setting(
            { heading: head("identify", "Identify") },
            this.button(t("identifyAsk"), () => this.ask("identify"), "secondary", ""),
          ),
        ),
      advanced &&
        section("", group("autoTag", "AutoTagging", tagging, this.switches("autoTag", AUTO_TAG))),
      section(
        t("generated"),
        group("generate", "Tasks", [generating], this.switches("generate", GENERATE)),
      ),
    ];
  }

  maintenance() {
    const { dryRun } = this.state;
    const asks = (name, question) => this.button(t(name), () => this.ask(question), "danger", "");
    const group = (...content) => h("div", { class: "setting-group" }, ...content);
    return section(
      t("maintenance"),
      group(
        setting(
          { heading: helped(t("clean"), "Tasks") },
          asks("cleanAsk", "clean"),
          asks("selectiveClean", "folders"),
        ),
        setting(
          { heading: t("dryRun") },
          toggle("clean-dryrun", dryRun, (on) => this.setState({ dryRun: on })),
        ),
      ),
      group(setting({ heading: t("cleanGenerated") }, asks("cleanGeneratedAsk", "generated"))),
      setting(
        { heading: t("optimise") },
        this.plain(
          "optimiseDatabase",
          t("optimise"),
          () => this.start("OptimiseDatabase", undefined, t("optimise")),
          "danger",
          "button",
        ),
      ),
    );
  }

  metadata() {
    const run = () => this.start("MetadataExport", undefined, t("export"));
    return section(t("metadata"), setting({ heading: t("export") }, this.plain("export", t("export"), run, "secondary")));
  }

  backup() {
    const run = () => this.start("BackupDatabase", {}, t("backup"));
    return section(t("backup"), setting({ heading: t("backup") }, this.plain("backup", t("backup"), run, "secondary")));
  }

  ask(question) {
    this.setState({ asked: question });
  }

  dialog() {
    const { asked, dryRun } = this.state;
    const close = () => this.ask(null);
    if (!asked) return null;
    if (asked === "identify") return h(IdentifyDialog, { scenes: [], onClose: close });
    const cleaning = asked === "clean";
    const accept = () => {
      close();
      if (cleaning) this.start("MetadataClean", { paths: [], dryRun }, t("clean"));
    };
    return h(
      Modal,
      {
        icon: cleaning ? "trash-can" : "pencil",
        cancel: { text: t("cancel"), variant: cleaning ? "primary" : "secondary", onClick: close },
        accept: {
          text: t(cleaning ? "clean" : "confirm"),
          variant: cleaning ? "danger" : "primary",
          onClick: accept,
        },
      },
      h(
        "div",
        { class: "dialog-container" },
        h("div", { class: "mb-3" }),
        cleaning && h("p", null, t(dryRun ? "cleanDry" : "cleanSure")),
      ),
    );
  }
}
