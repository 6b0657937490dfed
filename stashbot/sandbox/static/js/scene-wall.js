// Scenes as a wall of pictures.

import { queueSuffix } from "./list-url.js";
import { nameOf } from "./scene-cards.js";
import { go } from "./router.js";
import { Link } from "./ui.js";
import { h } from "./vdom.js";

const HEIGHTS = [120, 180, 260, 380];

export function SceneWall({ list, scenes }) {
  return h(
    "div",
    { key: "wall", class: "scene-wall" },
    h(
      "div",
      { class: "react-photo-gallery--gallery" },
      h("div", null, scenes.map((scene, index) => item(list, scene, index))),
    ),
  );
}

function item(list, scene, index) {
  const position = (list.page - 1) * list.perPage + index;
  const href = `/scenes/${scene.id}?${queueSuffix(list, position)}`;
  return h(
    "div",
    { key: scene.id, class: "wall-item show-title", role: "button", onClick: () => go(href) },
    h("img", {
      loading: "lazy",
      src: scene.paths.screenshot,
      alt: nameOf(scene),
      height: HEIGHTS[list.zoom],
    }),
    h(
      "div",
      { class: "lineargradient" },
      h(
        "footer",
        { class: "wall-item-footer", onClick: (event) => event.stopPropagation() },
        h(Link, { href }, h("div", { class: "TruncatedText wall-item-title" }, nameOf(scene))),
        h("div", null, scene.date ?? ""),
      ),
    ),
  );
}
