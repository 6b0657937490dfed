// The dialog that has previews and the like generated for the selected scenes.

import { t } from "./i18n.js";
import { Modal } from "./modal.js";
import { mutate } from "./store.js";
import { toast } from "./toasts.js";
import { Button, IconButton } from "./ui.js";
import { Component, h } from "./vdom.js";

// Id of the switch, name in the input, whether it stands below another, whether it begins switched on.
const SWITCHES = [
  ["covers-task", "covers", false, false],
  ["preview-task", "previews", false, true],
  ["image-preview-task", "imagePreviews", true, false],
  ["sprite-task", "sprites", false, true],
  ["marker-task", "markers", false, true],
  ["marker-image-preview-task", "markerImagePreviews", true, false],
  ["marker-screenshot-task", "markerScreenshots", false, false],
  ["transcode-task", "transcodes", false, false],
  ["force-transcode", "forceTranscodes", true, false],
  ["phash-task", "phashes", false, true],
  ["interactive-heatmap-speed-task", "interactiveHeatmapsSpeeds", false, false],
  ["overwrite", "overwrite", false, false],
];

export const helpButton = () =>
  IconButton("primary", "circle-question", { class: "minimal help-button", title: t("help") });

export class GenerateDialog extends Component {
  constructor(props) {
    super(props);
    this.state = Object.fromEntries(SWITCHES.map(([, name, , on]) => [name, on]));
  }

  async start() {
    const sceneIDs = this.props.scenes.map((scene) => scene.id);
    try {
      await mutate("MetadataGenerate", { input: { ...this.state, sceneIDs } });
      toast.success(t("addedJob"));
    } catch (error) {
      toast.error(error);
    }
    this.props.onClose(false);
  }

  render() {
    return h(
      Modal,
      {
        size: "lg",
        icon: "gears",
        header: t("generate"),
        leftButtons: helpButton(),
        accept: { text: t("generate"), onClick: () => this.start() },
        cancel: {
          text: t("cancel"),
          variant: "secondary",
          onClick: () => this.props.onClose(false),
        },
      },
      h(
        "form",
        { class: "", onSubmit: (event) => event.preventDefault() },
        h(
          "div",
          { id: "selected-generate-ids", class: "form-group" },
          `${t("generate")}: ${this.props.scenes.length}`,
        ),
        h(
          "div",
          { class: "setting-section" },
          h("h1"),
          h(
            "div",
            { class: "card" },
            SWITCHES.slice(0, 3).map((one) => this.line(...one)),
            previewOptions(),
            SWITCHES.slice(3).map((one) => this.line(...one)),
          ),
        ),
      ),
    );
  }

  line(id, name, below) {
    const barred = name === "forceTranscodes" && !this.state.transcodes;
    return h(
      "div",
      { key: id, class: `setting${below ? " sub-setting" : ""}${barred ? " disabled" : ""}` },
      h("div", null, h("h3", null, t(name))),
      h(
        "div",
        null,
        h(
          "div",
          { class: "custom-control custom-switch" },
          h("input", {
            type: "checkbox",
            id,
            class: "custom-control-input",
            checked: this.state[name],
            disabled: barred,
            onChange: () => this.setState({ [name]: !this.state[name] }),
          }),
          h("label", { title: "", for: id, class: "custom-control-label" }),
        ),
      ),
    );
  }
}

const previewOptions = () =>
  h(
    "div",
    { id: "video-preview-settings", class: "setting sub-setting" },
    h("div", null, h("h3", null, t("previewOptions")), h("div", { class: "value" })),
    h("div", null, Button("primary", {}, t("edit"))),
  );
