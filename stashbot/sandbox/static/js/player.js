// The video's place: a poster and the film's first picture; nothing is fetched before play.

import { Icon } from "./icons.js";
import { duration } from "./ui.js";
import { Component, h } from "./vdom.js";

export class Player extends Component {
  didMount() {
    this.wire();
  }

  didUpdate() {
    this.wire();
  }

  // Sources are set once a scene, so that redraws do not start the film again.
  wire() {
    const { scene } = this.props;
    if (this.shown === scene.id || !this.video) return;
    this.shown = scene.id;
    this.video.src = scene.paths.stream;
  }

  render() {
    const { scene } = this.props;
    const length = scene.files[0]?.duration ?? 0;
    const arrow = (id, icon) =>
      h("button", { type: "button", id, class: "scrubber-button btn btn-primary" }, Icon(icon));
    return h(
      "div",
      { class: "VideoPlayer" },
      h(
        "div",
        { class: "video-wrapper" },
        h(
          "div",
          {
            id: "VideoJsPlayer",
            class: "vjs-big-play-centered video-js vjs-paused",
            role: "region",
            "aria-label": "Video Player",
          },
          h("video", {
            id: "VideoJsPlayer_html5_api",
            class: "vjs-tech",
            "data-vjs-player": "true",
            preload: "none",
            playsinline: true,
            poster: scene.paths.screenshot,
            ref: (dom) => (this.video = dom ?? this.video),
          }),
          h(
            "button",
            {
              type: "button",
              class: "vjs-big-play-button",
              title: "Play Video",
              onClick: () => this.video?.play().catch(() => {}),
            },
            Icon("play"),
          ),
          h("div", { class: "vjs-control-bar" }, h("span", null, `0:00 / ${duration(length)}`)),
        ),
      ),
      h(
        "div",
        { class: "scrubber-wrapper" },
        arrow("scrubber-back", "chevron-left"),
        h("div", { class: "scrubber-content" }, h("div", { class: "scrubber-heatmap" })),
        arrow("scrubber-forward", "chevron-right"),
      ),
    );
  }
}
