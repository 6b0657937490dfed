// The panes beside the edit form. All of them are in the document from the start.

import { Icon } from "./icons.js";
import { longMoment, t } from "./i18n.js";
import { Button, Link, Truncated, bytes, duration } from "./ui.js";
import { h } from "./vdom.js";

function DetailsPanel(scene) {
  return [
    h(
      "div",
      { class: "row" },
      h(
        "div",
        { class: "col-12 col-12 scene-details" },
        h("h6", null, `${t("createdAt")}: ${longMoment(scene.created_at)} `),
        h("h6", null, `${t("updatedAt")}: ${longMoment(scene.updated_at)} `),
        scene.code && h("h6", null, `${t("code")}: ${scene.code} `),
        scene.director && h("h6", null, `${t("director")}: ${scene.director} `),
      ),
    ),
    h(
      "div",
      { class: "row" },
      h(
        "div",
        { class: "col-12" },
        scene.details && [
          h("h6", null, `${t("details")}: `),
          h("p", { class: "pre" }, scene.details),
        ],
        scene.tags.length > 0 && [
          h("h6", null, t("tags")),
          scene.tags.map((tag) =>
            h(
              "span",
              { key: tag.id, class: "tag-item tag-link badge badge-secondary" },
              h(Link, { href: `/tags/${tag.id}` }, tag.name),
            ),
          ),
        ],
        scene.performers.length > 0 && [
          h("h6", null, t("performers")),
          h(
            "div",
            { class: "row justify-content-center scene-performers" },
            scene.performers.map(performerCard),
          ),
        ],
      ),
    ),
  ];
}

function performerCard(performer) {
  return h(
    "div",
    { key: performer.id, class: "performer-card grid-card card" },
    h(
      Link,
      { href: `/performers/${performer.id}` },
      h("img", { class: "performer-card-image", src: performer.image_path, alt: performer.name }),
      h("h5", { class: "card-section-title" }, performer.name),
    ),
  );
}

function MarkersPanel() {
  return h(
    "div",
    { class: "scene-markers-panel" },
    Button("primary", null, "Create Marker"),
    h("div", { class: "container" }, h("div")),
    h("div", { class: "row" }, h("div", { class: "wall w-100 row justify-content-center" })),
  );
}

function GroupPanel(scene) {
  return h(
    "div",
    { class: "row justify-content-center" },
    scene.groups.map(({ group, scene_index: index }) =>
      h(
        "div",
        { key: group.id, class: "group-card grid-card card" },
        h("img", { class: "group-card-image", src: group.front_image_path, alt: group.name }),
        h("h5", { class: "card-section-title" }, group.name),
        index !== null && h("span", null, `${t("scene")} #${index}`),
      ),
    ),
  );
}

function GalleriesPanel(scene) {
  return h("div", null, scene.galleries.map((one) => h("h5", { key: one.id }, one.title)));
}

const SLIDERS = ["brightness", "contrast", "gamma", "saturation", "hue-rotate"];

function FilterPanel() {
  return h(
    "div",
    { class: "container scene-video-filter" },
    SLIDERS.map((name) =>
      h(
        "div",
        { key: name, class: "form-group row" },
        h("span", { class: "col-sm-3" }, name),
        h("input", {
          type: "range",
          min: "0",
          max: "200",
          class: `filter-slider d-inline-flex ml-sm-3 ${name}-slider form-control-range`,
          value: name === "hue-rotate" ? "0" : "100",
        }),
        h("span", { class: "col-sm-2 filter-slider-value" }, "100%"),
      ),
    ),
    h("button", { type: "button", id: "resetFilters", class: "btn btn-primary" }, "Reset Filters"),
  );
}

function FileInfoPanel(scene) {
  const file = scene.files[0];
  const stream = scene.paths.stream;
  return [
    h(
      "dl",
      { class: "container scene-file-info details-list" },
      entry("Stream", outside(stream, stream)),
      scene.urls.map((url) => entry("URL", outside(url, url))),
    ),
    file && h("div", null, h("dl", { class: "container scene-file-info details-list" }, facts(file))),
  ];
}

function facts(file) {
  const print = (type) => file.fingerprints.find((one) => one.type === type)?.value;
  const path = `file://${file.path}`;
  const filter = `("type":"phash_distance","modifier":"EQUALS","value":("value":"${print("phash")}"))`;
  const similar = `/scenes?c=${encodeURIComponent(filter)}&sortby=date`;
  return [
    entry("Hash", Truncated(print("oshash"))),
    entry("PHash", h(Link, { href: similar }, Truncated(print("phash")))),
    entry("Path", outside(path, path)),
    entry("File Size", h("span", { class: "text-truncate" }, bytes(file.size))),
    entry("File Modification Time", longMoment(file.mod_time)),
    entry("Duration", Truncated(duration(file.duration))),
    entry("Dimensions", Truncated(`${file.width} x ${file.height}`)),
    entry("Frame Rate", `${file.frame_rate} fps`),
    entry("Bit Rate", `${(file.bit_rate / 1e6).toFixed(2)} mbps`),
    entry("Video Codec", Truncated(file.video_codec)),
    entry("Audio Codec", Truncated(file.audio_codec)),
  ];
}

const entry = (name, value) => [h("dt", null, `${name}:`), h("dd", null, value)];

const outside = (href, text) =>
  h("a", { target: "_blank", rel: "noopener noreferrer", href }, Truncated(text));

function HistoryPanel(scene) {
  const section = (name, title, action, moments, empty) =>
    h(
      "div",
      { class: name },
      h(
        "div",
        { class: "history-header" },
        h("h5", null, h("span", null, title), h("span", null, historyTools(action))),
      ),
      moments.length
        ? h("ul", null, moments.map((one, index) => h("li", { key: index }, longMoment(one))))
        : h("div", null, empty),
    );
  return h(
    "div",
    null,
    section(
      "play-history", "Play History", "Add play", scene.play_history, "No Play Date Recorded",
    ),
    section("o-history", "O History", "Add O", scene.o_history, "No O Date Recorded"),
  );
}

const historyTools = (title) => [
  Button("minimal", { title, class: "add-date-button", ref: small }, Icon("plus")),
  h(
    "div",
    { class: "history-operations-dropdown dropdown" },
    Button("secondary", { title: t("operations"), class: "minimal dropdown-toggle" }, dots()),
  ),
];

const small = (dom) => dom?.classList.add("btn-sm");
const dots = () => Icon("ellipsis-vertical");

export const PANELS = [
  { key: "scene-details-panel", label: "details", view: DetailsPanel },
  { key: "scene-queue-panel", label: "queue", when: (_, queue) => queue.present },
  { key: "scene-markers-panel", label: "markers", view: MarkersPanel },
  { key: "scene-group-panel", label: "group", view: GroupPanel, when: (s) => s.groups.length > 0 },
  {
    key: "scene-galleries-panel",
    label: "galleries",
    view: GalleriesPanel,
    when: (scene) => scene.galleries.length > 0,
  },
  { key: "scene-video-filter-panel", label: "filters", view: FilterPanel },
  {
    key: "scene-file-info-panel",
    label: "fileInfo",
    view: FileInfoPanel,
    class: "file-info-panel",
  },
  { key: "scene-history-panel", label: "history", view: HistoryPanel },
];
