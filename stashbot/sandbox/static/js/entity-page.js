// The page for a new tag or group.

import { EntityForm } from "./entity-form.js";
import { ENTITY_KINDS } from "./entity-kinds.js";
import { t } from "./i18n.js";
import { go } from "./router.js";
import { Component, h } from "./vdom.js";

// props: kind, search
export class EntityNew extends Component {
  render() {
    const kind = ENTITY_KINDS[this.props.kind];
    document.title = `${t(kind.plural)} | Stash`;
    return h(EntityForm, {
      kind,
      name: new URLSearchParams(this.props.search).get("q") ?? "",
      wrap: (form, buttons) => newPage(kind.kind, form, buttons),
      onSaved: ({ id }) => go(`/${kind.plural}/${id}/scenes?sortby=date`),
    });
  }
}

function newPage(kind, form, buttons) {
  const title = h("h2", null, t(`add_${kind}`));
  const width = kind === "group" ? "mb-3 col" : "col-md-8";
  const details = h("div", { class: `${kind}-details ${width}` }, h("div", null, title, form), buttons);
  return h("div", { class: "row" }, details);
}
