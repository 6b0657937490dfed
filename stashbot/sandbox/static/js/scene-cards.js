// Scenes as cards and as rows.

import { t } from "./i18n.js";
import { queueSuffix } from "./list-url.js";
import { followLink } from "./router.js";
import { Link, Truncated, bytes, duration, resolution } from "./ui.js";
import { h } from "./vdom.js";

const nameOf = (scene) => scene.title || (scene.files[0]?.path.split("/").pop() ?? "");

const WIDTHS = [240, 302.5, 404, 612];

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
      class: `scene-card zoom-${list.zoom}  grid-card card`,
      style: `width: ${WIDTHS[list.zoom]}px;`,
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

const COLUMNS = [
  ["cover_image", "coverImage"], ["title", "title"], ["date", "date"], ["rating", "rating"],
  ["duration", "duration"], ["studio", "studio"], ["performers", "performers"], ["tags", "tags"],
  ["groups", "groups"], ["galleries", "galleries"],
];

export function SceneTable({ list, scenes, selected, onToggle, onAll }) {
  const box = (props) => h("input", { type: "checkbox", class: "form-control", ...props });
  return h(
    "div",
    { key: "table", class: "table-list scene-table" },
    h(
      "table",
      { class: "table table-striped table-bordered" },
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          h("th", { class: "select-col" }, box({ onClick: onAll })),
          COLUMNS.map(([name, label]) => h("th", { key: name, class: `${name}-head` }, t(label))),
        ),
      ),
      h(
        "tbody",
        null,
        scenes.map((scene, index) => {
          const position = (list.page - 1) * list.perPage + index;
          const checkbox = box({
            checked: selected.has(scene.id),
            onClick: (event) => onToggle(scene.id, event.shiftKey),
          });
          return row(scene, `/scenes/${scene.id}?${queueSuffix(list, position)}`, checkbox);
        }),
      ),
    ),
  );
}

function row(scene, href, checkbox) {
  const name = nameOf(scene);
  const names = (things) =>
    h(
      "ul",
      { class: "comma-list overflowable" },
      things.map((one) => h("li", { key: one.id }, h("span", null, one.name ?? one.title))),
    );
  const cells = {
    cover_image: h(
      Link,
      { href },
      h("img", { class: "image-thumbnail", loading: "lazy", alt: name, src: scene.paths.screenshot }),
    ),
    title: h(Link, { href, title: name }, h("span", { class: "ellips-data" }, name)),
    date: scene.date,
    rating: scene.rating100 ? scene.rating100 / 20 : "",
    duration: scene.files[0] && duration(scene.files[0].duration),
    studio: scene.studio?.name,
    performers: names(scene.performers),
    tags: names(scene.tags),
    groups: names(scene.groups.map((entry) => entry.group)),
    galleries: names(scene.galleries),
  };
  return h(
    "tr",
    { key: scene.id },
    h("td", { class: "select-col" }, h("label", null, checkbox)),
    COLUMNS.map(([column]) => h("td", { key: column, class: `${column}-data` }, cells[column])),
  );
}
