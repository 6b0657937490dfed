// Scenes as cards.

import { t } from "./i18n.js";
import { queueSuffix } from "./list-url.js";
import { followLink } from "./router.js";
import { Truncated, bytes, duration, resolution } from "./ui.js";
import { h } from "./vdom.js";

export const nameOf = (scene) => scene.title || (scene.files[0]?.path.split("/").pop() ?? "");

export function SceneGrid(props) {
  const { list, scenes } = props;
  return h(
    "div",
    { key: "grid", class: "row justify-content-center" },
    scenes.map((scene, index) => card(props, scene, (list.page - 1) * list.perPage + index)),
  );
}

function card({ list, selected, onToggle }, scene, position) {
  const href = `/scenes/${scene.id}?${queueSuffix(list, position)}&continue=false`;
  const marking = selected.size > 0;
  const follow = (event) => {
    if (!marking) return followLink(event);
    event.preventDefault();
    onToggle(scene.id, event.shiftKey);
  };
  const file = scene.files[0];
  return h(
    "div",
    {
      key: scene.id,
      class: "scene-card zoom-1  grid-card card",
      style: "width: 302.5px;",
    },
    h(
      "div",
      { class: "card-controls" },
      h("input", {
        type: "checkbox",
        class: "card-check mousetrap form-control",
        checked: selected.has(scene.id),
        onClick: (event) => {
          event.stopPropagation();
          onToggle(scene.id, event.shiftKey);
        },
      }),
    ),
    h(
      "div",
      { class: "video-section thumbnail-section" },
      h(
        "a",
        { class: "scene-card-link", href, onClick: follow },
        h(
          "div",
          { class: "scene-card-preview" },
          h("img", {
            class: "scene-card-preview-image",
            loading: "lazy",
            src: scene.paths.screenshot,
            alt: "",
          }),
          h("video", {
            disableremoteplayback: true,
            playsinline: true,
            class: "scene-card-preview-video",
            loop: true,
            preload: "none",
            src: scene.paths.preview,
          }),
          h(
            "div",
            { class: "preview-scrubber" },
            h(
              "div",
              { class: "hover-scrubber" },
              h("div", { class: "hover-scrubber-area" }),
              h("div", { class: "hover-scrubber-indicator" }),
            ),
          ),
        ),
        scene.rating100 &&
          h(
            "div",
            { class: "rating-banner rating-100-" + scene.rating100 },
            `${t("rating")}: ${scene.rating100 / 20}`,
          ),
        file && specs(file),
        h("div", { class: "scene-interactive-speed-overlay" }),
      ),
    ),
    h(
      "div",
      { class: "card-section" },
      h(
        "a",
        { href, onClick: follow },
        h("h5", { class: "card-section-title flex-aligned" }, Truncated(nameOf(scene), 2)),
      ),
      h(
        "div",
        { class: "scene-card__details" },
        h("span", { class: "scene-card__date" }, scene.date),
        h("span", { class: "file-path extra-scene-info" }, file?.path),
      ),
    ),
    h(
      "div",
      { class: "card-popovers" },
      scene.studio && h("span", { class: "card-hint" }, scene.studio.name),
      scene.organized && h("span", { class: "card-hint organized" }, t("organized")),
    ),
  );
}

function specs(file) {
  return h(
    "div",
    { class: "scene-specs-overlay" },
    h("span", { class: "overlay-filesize extra-scene-info" }, bytes(file.size)),
    h("span", { class: "overlay-resolution" }, ` ${resolution(file)}`),
    h("span", { class: "overlay-duration" }, duration(file.duration)),
  );
}
