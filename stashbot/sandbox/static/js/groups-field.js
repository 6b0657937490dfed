// The groups of a scene, with the scene's number in each.

import { EntitySelect } from "./entities.js";
import { t } from "./i18n.js";
import { Component, h } from "./vdom.js";

export class GroupsField extends Component {
  set(index, entry) {
    const groups = [...this.props.groups];
    if (entry) groups[index] = entry;
    else groups.splice(index, 1);
    this.props.onChange(groups);
  }

  render() {
    const { groups } = this.props;
    return h(
      "div",
      { class: `group-table ${groups.length ? "" : "no-groups"}`.trim() },
      h(
        "div",
        { class: "group-table-header row" },
        h("div", { class: "col-9" }),
        h(
          "label",
          { for: "groups", class: "group-scene-number-header form-label col-form-label col-3" },
          t("sceneNumber"),
        ),
      ),
      groups.map((entry, index) => this.row(entry, index)),
      h(
        "div",
        { key: `add-${groups.length}`, class: "group-row row" },
        h("div", { class: "col-12" }, this.select(null, groups.length)),
      ),
    );
  }

  row(entry, index) {
    const number = entry.scene_index;
    return h(
      "div",
      { key: `row-${index}`, class: "group-row row" },
      h("div", { class: "col-9" }, this.select(entry, index)),
      h(
        "div",
        { class: "col-3" },
        h("input", {
          type: "number",
          class: "text-input form-control",
          value: number ?? "",
          onInput: (event) => {
            const value = event.target.value;
            this.set(index, { ...entry, scene_index: value === "" ? null : Number(value) });
          },
        }),
      ),
    );
  }

  select(entry, index) {
    const taken = new Set(this.props.groups.map((one) => one.group.id));
    return h(EntitySelect, {
      kind: "group",
      value: entry?.group ?? null,
      placeholder: t("selectGroup"),
      onChange: (group) => {
        if (!group) this.set(index, null);
        else if (!taken.has(group.id) || entry?.group.id === group.id) {
          this.set(index, { group, scene_index: entry?.scene_index ?? null });
        }
      },
    });
  }
}
