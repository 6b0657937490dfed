// The selects of studios, performers, tags, groups and galleries, and the making of new ones.

import { t } from "./i18n.js";
import { Select } from "./select.js";
import { mutate, query } from "./store.js";
import { toast } from "./toasts.js";
import { h } from "./vdom.js";

const KINDS = {
  studio: { plural: "studios", find: "FindStudiosForSelect", create: "StudioCreate" },
  performer: { plural: "performers", find: "FindPerformersForSelect", create: "PerformerCreate" },
  tag: { plural: "tags", find: "FindTagsForSelect", create: "TagCreate" },
  group: { plural: "groups", find: "FindGroupsForSelect", create: "GroupCreate" },
  gallery: { plural: "galleries", find: "FindGalleriesForSelect" },
};

let mayCreate = () => true;

// `allowed(kind)` says whether the selects offer to create objects of that kind.
export function restrictCreation(allowed) {
  mayCreate = allowed;
}

async function findEntities(kind, input) {
  const { find, plural } = KINDS[kind];
  const sort = kind === "gallery" ? "title" : "name";
  const filter = { q: input, page: 1, per_page: 200, sort, direction: "ASC" };
  const data = await query(find, { filter, [`${kind}_filter`]: {} });
  const answer = Object.values(data)[0];
  return ranked(answer[plural], input);
}

// Names that equal the text come first, then those that start with it, then the rest.
function ranked(found, input) {
  const text = input.trim().toLowerCase();
  if (!text) return found;
  const rank = (one) => {
    const name = (one.name ?? one.title ?? "").toLowerCase();
    if (name === text) return 0;
    if (name.startsWith(text)) return 1;
    return name.includes(text) ? 2 : 3;
  };
  return [...found].sort((a, b) => rank(a) - rank(b));
}

export async function createEntity(kind, input) {
  const data = await mutate(KINDS[kind].create, { input });
  return Object.values(data)[0];
}

async function createNamed(kind, name) {
  try {
    const made = await createEntity(kind, { name });
    toast.success(`${t("created")} ${kind}: ${name}`);
    return made;
  } catch (error) {
    toast.error(error);
    return null;
  }
}

// What a select shows of a chosen object: its name, and what tells it from its namesakes.
function labelOf(one) {
  const name = one.name ?? one.title;
  if (!one.disambiguation) return name;
  const more = h("span", { class: "performer-disambiguation" }, ` (${one.disambiguation})`);
  return h("span", { class: "performer-select-value" }, h("span", null, name), more);
}

function performerOption(one) {
  const beside = ["disambiguation", "birthdate"]
    .filter((name) => one[name])
    .map((name) => h("span", { class: `performer-select-${name}` }, one[name]));
  const link = { class: "performer-select-image-link", href: `/performers/${one.id}`, target: "_blank" };
  const details = h("span", { class: "performer-select-details" },
    h("div", { class: "TruncatedText performer-select-name" }, h("span", null, one.name)), ...beside);
  const row = h("span", { class: "performer-select-row" }, h("a", link), details);
  return h("span", { class: "performer-select-option" }, row);
}

// `words` stand for an object that is yet to be made.
function optionOf(kind, one, words) {
  if (kind === "performer" && !words) return performerOption(one);
  const label = h("span", null, words || labelOf(one));
  const option = h("span", { class: "react-select-image-option" }, label);
  return kind === "tag" ? h("div", null, option) : option;
}

// props: kind, multi, value, onChange, placeholder, disabled, portal, class, creatable
export function EntitySelect(props) {
  const { kind, creatable = true, class: extra = "" } = props;
  const creates = creatable && KINDS[kind].create && mayCreate(kind);
  return h(Select, {
    ...props,
    class: `${kind}-select ${extra}`.trim(),
    load: (input) => findEntities(kind, input),
    create: creates ? (name) => createNamed(kind, name) : null,
    label: labelOf,
    option: (one, words) => optionOf(kind, one, words),
  });
}
