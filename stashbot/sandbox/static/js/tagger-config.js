// What the tagger takes over, and from where it takes its queries. Every change is saved at once.

import { t } from "./i18n.js";
import { Icon } from "./icons.js";
import { mutate } from "./store.js";
import { toast } from "./toasts.js";
import { Button } from "./ui.js";
import { h } from "./vdom.js";

const GENDERS = ["FEMALE", "MALE", "TRANSGENDER_FEMALE", "TRANSGENDER_MALE", "INTERSEX", "NON_BINARY"];
const MODES = ["auto", "metadata", "filename", "dir", "path"];

export const initialConfig = {
  blacklist: ["\\sXXX\\s", "1080p", "720p", "2160p"],
  performerGenders: GENDERS,
  mode: "auto",
  setCoverImage: true,
  setTags: true,
  tagOperation: "merge",
  fingerprintQueue: {},
};

// props: open, config, onChange(config)
export function TaggerConfig({ open, config, onChange }) {
  const set = async (change) => {
    const value = { ...config, ...change };
    onChange(value);
    try {
      await mutate("ConfigureUISetting", { key: "taggerConfig", value });
    } catch (error) {
      toast.error(error);
    }
  };
  return h(
    "div",
    { class: `collapse ${open ? "show " : ""}card` },
    h(
      "div",
      { class: "row" },
      h("h4", { class: "col-12" }, t("configuration")),
      h("hr", { class: "w-100" }),
      h(
        "form",
        { class: "col-md-6", onSubmit: (event) => event.preventDefault() },
        genders(config, set),
        group(check("set-cover", t("setCover"), config.setCoverImage, (on) => set({ setCoverImage: on }))),
        group(
          h(
            "div",
            { class: "d-flex align-items-center" },
            check("tag-mode", t("setTags"), config.setTags, (on) => set({ setTags: on }), "mr-4 "),
            choice("tag-operation", ["merge", "overwrite"], config.tagOperation, (tagOperation) =>
              set({ tagOperation }),
            ),
          ),
        ),
        h(
          "div",
          { class: "form-group" },
          h(
            "div",
            { class: "row no-gutters" },
            h("label", { for: "mode-select", class: "mr-4 mt-1 form-label" }, t("queryMode"), ":"),
            choice("mode-select", MODES, config.mode, (mode) => set({ mode })),
          ),
        ),
        h(
          "div",
          { class: "form-group" },
          check("toggle-organized", t("organizeOnSave"), config.markSceneAsOrganizedOnSave, (on) =>
            set({ markSceneAsOrganizedOnSave: on }),
          ),
        ),
      ),
      blacklist(config, set),
    ),
  );
}

const group = (...content) => h("div", { class: "align-items-center form-group" }, ...content);

function check(id, label, checked, change, extra = "") {
  const onChange = ({ target }) => change(target.checked);
  return h(
    "div",
    { class: `${extra}form-check` },
    h("input", { id, type: "checkbox", class: "form-check-input", checked: Boolean(checked), onChange }),
    h("label", { title: "", for: id, class: "form-check-label" }, label),
  );
}

function choice(id, values, value, change) {
  return h(
    "select",
    {
      id,
      class: "col-md-2 col-3 input-control form-control",
      value,
      onChange: ({ target }) => change(target.value),
    },
    values.map((one) => h("option", { key: one, value: one }, one)),
  );
}

function genders(config, set) {
  const chosen = config.performerGenders;
  const turn = (gender) => (on) =>
    set({ performerGenders: GENDERS.filter((one) => (one === gender ? on : chosen.includes(one))) });
  return group(
    h("label", { for: "performer-genders", class: "form-label" }, t("performerGenders")),
    GENDERS.map((one) => check(`gender-${one}`, t(one), chosen.includes(one), turn(one))),
  );
}

function blacklist(config, set) {
  const without = (one) => set({ blacklist: config.blacklist.filter((other) => other !== one) });
  return h(
    "div",
    { class: "col-md-6" },
    h(
      "div",
      null,
      h("h5", null, t("blacklist")),
      config.blacklist.map((one) =>
        h(
          "span",
          { key: one, class: "tag-item d-inline-block badge badge-secondary" },
          one,
          Button("primary", { class: "minimal ml-2", onClick: () => without(one) }, Icon("xmark")),
        ),
      ),
    ),
  );
}
