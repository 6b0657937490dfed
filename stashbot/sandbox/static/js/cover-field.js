// The cover, and the button that would replace it.

import { t } from "./i18n.js";
import { Button } from "./ui.js";
import { h } from "./vdom.js";

export function CoverField({ panel }) {
  const src = panel.state.form.cover ?? panel.props.scene.paths.screenshot;
  return h(
    "div",
    { class: "form-group" },
    h("label", { class: "form-label", for: "cover_image" }, t("coverImage")),
    h("img", { class: "scene-cover", src, alt: t("coverImage") }),
    Button("secondary", { class: "mr-2" }, t("setImage")),
  );
}
