// The dialog with all criteria. The yes-or-no ones and the texts can be set here, the others only opened.

import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { asJson } from "./list-url.js";
import { Modal } from "./modal.js";
import { mutate } from "./store.js";
import { toast } from "./toasts.js";
import { Button } from "./ui.js";
import { h } from "./vdom.js";

const TYPES = (
  "audio_codec bitrate captions checksum created_at date details director duplicated duration " +
  "file_count framerate galleries groups oshash interactive interactive_speed is_missing " +
  "last_played_at has_markers o_counter organized orientation path performer_age performer_count " +
  "performer_favorite performer_tags performers phash_distance play_count play_duration rating100 " +
  "resolution resume_time stash_id_endpoint code studios tag_count tags title updated_at url " +
  "video_codec"
).split(" ");
const EITHER = ["duplicated", "has_markers", "interactive", "organized", "performer_favorite"];
const TEXTS = ["title", "code", "details", "director", "path", "url"];

const encoded = (type, value, modifier) =>
  `("type":"${type}","value":${JSON.stringify(value)},"modifier":"${modifier}")`;

export class FilterDialog extends Modal {
  constructor(props) {
    super(props);
    const criteria = new Map(props.list.criteria.map((one) => [JSON.parse(asJson(one)).type, one]));
    Object.assign(this.state, { criteria, open: null, search: "", q: props.list.q });
  }

  put(type, criterion) {
    const criteria = new Map(this.state.criteria);
    if (criterion === null) criteria.delete(type);
    else criteria.set(type, criterion);
    this.setState({ criteria });
  }

  value(type) {
    const text = this.state.criteria.get(type);
    return text ? JSON.parse(asJson(text)).value : undefined;
  }

  async pin(event, type) {
    event.stopPropagation();
    try {
      await mutate("ConfigureUISetting", { key: "pinnedFilters", value: { scenes: [type] } });
    } catch (error) {
      toast.error(error);
    }
  }

  apply() {
    const { criteria, q } = this.state;
    this.props.onApply({ criteria: [...criteria.values()], q });
  }

  dialogNode(shown) {
    const { search } = this.state;
    return h(
      "div",
      {
        role: "dialog",
        "aria-modal": "true",
        class: `fade edit-filter-dialog modal ${shown ? "show" : ""}`,
        tabindex: "-1",
        style: "display: block;",
        ref: (dom) => dom && (this.dialog = dom),
        onClick: (event) => event.target === this.dialog && this.props.onHide(),
      },
      h(
        "div",
        { class: "modal-dialog" },
        h(
          "div",
          { class: "modal-content" },
          h(
            "div",
            { class: "modal-header" },
            h("div", null, t("editFilter")),
            h("input", {
              class: "btn-secondary search-input form-control",
              placeholder: `${t("search")}…`,
              value: search,
              onInput: (event) => this.setState({ search: event.target.value }),
            }),
          ),
          h("div", { class: "modal-body" }, h("div", { class: "dialog-content" }, this.content())),
          this.footer(),
        ),
      ),
    );
  }

  content() {
    const { search, q, criteria } = this.state;
    const wanted = TYPES.filter((type) => t(type).includes(search));
    return [
      h(
        "div",
        { key: "term", class: "search-term-row" },
        h("span", null, t("searchTerm")),
        h(
          "div",
          { class: "clearable-input-group search-term-input" },
          h("input", {
            class: "clearable-text-field form-control",
            placeholder: `${t("search")}…`,
            value: q,
            onInput: (event) => this.setState({ q: event.target.value }),
          }),
        ),
      ),
      h(
        "div",
        { key: "list", class: "criterion-list accordion" },
        wanted.map((type) => this.card(type, criteria.has(type))),
      ),
    ];
  }

  card(type, set) {
    const open = this.state.open === type;
    return h(
      "div",
      { key: type, class: "card", "data-type": type },
      h(
        "button",
        {
          class: "filter-item-header",
          type: "button",
          onClick: () => this.setState({ open: open ? null : type }),
        },
        h("span", { class: "mr-auto" }, Icon(open ? "chevron-down" : "chevron-right"), t(type)),
        set &&
          Button(
            "minimal",
            {
              class: "remove-criterion-button",
              onClick: (event) => {
                event.stopPropagation();
                this.put(type, null);
              },
            },
            Icon("xmark"),
          ),
        Button(
          "minimal",
          { class: "pin-criterion-button", onClick: (event) => this.pin(event, type) },
          Icon("thumbtack"),
        ),
      ),
      h(
        "div",
        { class: `collapse${open ? " show" : ""}` },
        h("div", { class: "card-body" }, open && h("div", { class: "criterion-editor" }, this.editor(type))),
      ),
    );
  }

  editor(type) {
    if (EITHER.includes(type)) {
      return h("div", { class: "boolean-filter" }, ["true", "false"].map((one) => this.radio(type, one)));
    }
    if (!TEXTS.includes(type)) return null;
    return h("input", {
      class: "btn-secondary form-control",
      value: this.value(type) ?? "",
      onInput: ({ target }) =>
        this.put(type, target.value ? encoded(type, target.value, "INCLUDES") : null),
    });
  }

  radio(type, value) {
    const id = `${type}-${value}`;
    return h(
      "div",
      { key: value, class: "form-check" },
      h("input", {
        type: "radio",
        id,
        class: "form-check-input",
        checked: this.value(type) === value,
        onChange: () => this.put(type, encoded(type, value, "EQUALS")),
      }),
      h("label", { title: "", for: id, class: "form-check-label" }, t(value)),
    );
  }

  footer() {
    return h(
      "div",
      { class: "modal-footer" },
      h(
        "div",
        null,
        Button("secondary", { title: t("loadFilter") }, t("load")),
        Button("secondary", { title: t("saveFilter") }, t("saveAs")),
      ),
      h(
        "div",
        null,
        Button("secondary", { onClick: () => this.props.onHide() }, t("cancel")),
        Button("primary", { onClick: () => this.apply() }, t("apply")),
      ),
    );
  }
}
