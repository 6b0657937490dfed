// The scenes of a performer, studio, tag or group.

import { parseList } from "./list-url.js";
import { SceneGrid } from "./scene-cards.js";
import { cached, onStore, query } from "./store.js";
import { toast } from "./toasts.js";
import { Loading } from "./ui.js";
import { Component, h } from "./vdom.js";

// props: kind, id
export class EntityScenes extends Component {
  didMount() {
    this.load();
    this.stop = onStore((event) => (event.type === "reset" ? this.load() : this.refresh()));
  }

  willUnmount() {
    this.stop();
  }

  get variables() {
    const { kind, id } = this.props;
    const filter = { q: "", page: 1, per_page: 40, sort: "date", direction: "DESC" };
    return { filter, scene_filter: { [kind.plural]: { value: [id], modifier: "INCLUDES" } } };
  }

  async load() {
    try {
      await query("FindScenes", this.variables);
    } catch (error) {
      toast.error(error);
    }
    if (!this.gone) this.refresh();
  }

  render() {
    const answer = cached("FindScenes", this.variables)?.findScenes;
    return h(
      "div",
      { class: "item-list-container scene-list hide-sidebar" },
      answer
        ? SceneGrid({ list: parseList("?sortby=date"), scenes: answer.scenes, selected: new Set(), onToggle: () => {} })
        : Loading(),
    );
  }
}
