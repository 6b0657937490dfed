// Rating, counters, the organized button and the menu of operations.

import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { bindKeys } from "./hotkeys.js";
import { cached, forget, known, mutate } from "./store.js";
import { toast } from "./toasts.js";
import { Dropdown, MenuItem } from "./ui.js";
import { Component, h } from "./vdom.js";

export class Toolbar extends Component {
  didMount() {
    this.unbind = bindKeys({ o: () => this.count("SceneAddO") });
  }

  willUnmount() {
    this.unbind();
  }

  async update(fields) {
    try {
      await mutate("SceneUpdate", { input: { id: this.props.scene.id, ...fields } });
    } catch (error) {
      toast.error(error);
    }
  }

  async organize() {
    this.setState({ busy: true });
    await this.update({ organized: !this.props.scene.organized });
    this.setState({ busy: false });
  }

  async count(operation) {
    const { id } = this.props.scene;
    try {
      const data = await mutate(operation, { id });
      const { count, history } = Object.values(data)[0];
      const scene = known("Scene", id);
      if (operation === "SceneAddO") Object.assign(scene, { o_counter: count, o_history: history });
      else Object.assign(scene, { play_count: count, play_history: history });
      forget("FindScenes");
      this.refresh();
    } catch (error) {
      toast.error(error);
    }
  }

  async rescan() {
    const { scene } = this.props;
    try {
      const paths = scene.files.map((file) => file.path);
      await mutate("MetadataScan", { input: { paths, rescan: true } });
      toast.success(t("rescanning"));
    } catch (error) {
      toast.error(error);
    }
  }

  async thumbnail(at) {
    const { id } = this.props.scene;
    try {
      await mutate("SceneGenerateScreenshot", at === undefined ? { id } : { id, at });
    } catch (error) {
      toast.error(error);
    }
  }

  render() {
    const { scene } = this.props;
    return h(
      "div",
      { class: "scene-toolbar" },
      h("span", { class: "scene-toolbar-group" }, this.stars(scene)),
      h(
        "span",
        { class: "scene-toolbar-group" },
        h("span", null, h("span")),
        h("span", null, this.counter("playCount", "eye", scene.play_count, "SceneAddPlay")),
        h("span", null, this.counter(...oCounter(), scene.o_counter, "SceneAddO")),
        h("span", null, this.organizedButton(scene)),
        h("span", null, this.menu(scene)),
      ),
    );
  }

  stars(scene) {
    const rating = Math.round((scene.rating100 ?? 0) / 20);
    const press = (number) =>
      this.update({ rating100: rating === number ? null : number * 20 });
    return h(
      "div",
      { class: "rating-stars rating-stars-precision-full" },
      [1, 2, 3, 4, 5].map((number) =>
        h(
          "button",
          {
            key: number,
            title: String(rating),
            type: "button",
            class: `minimal star-fill-${number <= rating ? 100 : 0} btn btn-secondary`,
            onClick: () => press(number),
          },
          h("div", { class: "filled-star" }, Icon("star", "set")),
          h("div", { class: "unfilled-star" }, Icon("star", "unset", "far")),
        ),
      ),
      h("span", { class: "star-rating-number" }),
    );
  }

  counter(title, icon, value, operation) {
    return h(
      "div",
      { role: "group", class: "count-button increment-only btn-group" },
      h(
        "button",
        {
          title: t(title),
          type: "button",
          class: "minimal count-icon btn btn-secondary",
          onClick: () => this.count(operation),
        },
        icon ? Icon(icon) : h("span", null, drops()),
      ),
      h(
        "button",
        { type: "button", class: "minimal count-value btn btn-secondary" },
        h("span", null, value ?? 0),
      ),
    );
  }

  organizedButton(scene) {
    if (this.state.busy) {
      return h(
        "div",
        { role: "status", class: "spinner-border spinner-border-sm" },
        h("span", { class: "sr-only" }, t("loading")),
      );
    }
    return h(
      "button",
      {
        title: t("organized"),
        type: "button",
        class:
          "minimal organized-button " +
          `${scene.organized ? "organized" : "not-organized"} btn btn-secondary`,
        onClick: () => this.organize(),
      },
      Icon("box"),
    );
  }

  menu(scene) {
    const white = "bg-secondary text-white";
    return h(Dropdown, {
      id: "operation-menu",
      title: t("operations"),
      toggleClass: "minimal dropdown-toggle btn btn-secondary",
      toggle: Icon("ellipsis-vertical"),
      menuClass: white,
      menu: (close) => {
        const item = (key, action) =>
          MenuItem(t(key), () => {
            close();
            action?.();
          }, white, key);
        return [
          scene.files.length ? item("rescan", () => this.rescan()) : null,
          item("generate"),
          item("thumbCurrent", () => this.thumbnail(0)),
          item("thumbDefault", () => this.thumbnail()),
          MenuItem(`${t("merge")}...`, close, white, "merge"),
          item("delete", this.props.onDelete),
        ];
      },
    });
  }
}

// SFW content mode gives the counter another picture and name.
const oCounter = () =>
  cached("Configuration")?.configuration.interface.sfwContentMode
    ? ["likeCount", "thumbs-up"]
    : ["oCount", null];

const drops = () =>
  h(
    "svg",
    { "aria-hidden": "true", focusable: "false", width: "1em", height: "1em", viewBox: "0 0 16 16" },
    h("path", {
      fill: "currentColor",
      d: "M5 2s3.500 4 3.500 6.500a3.500 3.500 0 0 1-7 0C1.500 6 5 2 5 2zM12 7s2.500 3 2.500 4.800a2.500 2.500 0 0 1-5 0C9.500 10 12 7 12 7z",
    }),
  );
