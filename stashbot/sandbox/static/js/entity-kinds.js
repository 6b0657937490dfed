// Performers, studios, tags and groups: what their pages show, ask for and send.

import { OPERATIONS } from "./operations.js";
import { release } from "./skin.js";

const COMMON = `id name urls details ignore_auto_tag favorite rating100 image_path scene_count
  tags { id name __typename } stash_ids { endpoint stash_id updated_at __typename } __typename`;
const FRAGMENTS = {
  performer: `${COMMON} disambiguation alias_list gender birthdate death_date ethnicity country
    hair_color eye_color height_cm weight penis_length circumcised measurements fake_tits tattoos
    piercings career_length custom_fields`,
  studio: `${COMMON} url aliases parent_studio { id name __typename } child_studios { id name __typename }`,
  tag: `id name sort_name description aliases ignore_auto_tag favorite image_path scene_count
    stash_ids { endpoint stash_id updated_at __typename } parents { id name __typename }
    children { id name __typename } __typename`,
  group: `id name aliases duration date rating100 director synopsis urls front_image_path
    back_image_path scene_count studio { id name __typename } tags { id name __typename } __typename`,
};

const text = (name, more) => ({ name, widget: "text", ...more });
const area = (name) => ({ name, widget: "area" });
const list = (name, more) => ({ name, widget: "list", ...more });
const one = (name, kind, from) => ({ name, widget: "select", kind, from, multi: false });
const many = (name, kind, from) => ({ name, widget: "select", kind, from, multi: true });
const LAST = [{ widget: "stashIds", name: "stash_ids" }, { widget: "rule" }, { widget: "check", name: "ignore_auto_tag" }];
const NUMBER = { type: "number" };

// Top to bottom. `shown` alone is shown and not sent; `from` is the field of the answer.
const FIELDS = {
  performer: [
    text("name"), text("disambiguation"), list("alias_list"),
    {
      name: "gender", widget: "choice",
      options: ["MALE", "FEMALE", "TRANSGENDER_MALE", "TRANSGENDER_FEMALE", "INTERSEX", "NON_BINARY"],
    },
    { name: "birthdate", widget: "date" }, { name: "death_date", widget: "date" },
    { name: "country", widget: "country" }, text("ethnicity"), text("hair_color"),
    text("eye_color"), text("height_cm", NUMBER), text("weight", NUMBER),
    text("penis_length", NUMBER), { name: "circumcised", widget: "choice", options: ["UNCUT", "CUT"] },
    text("measurements"), text("fake_tits"), area("tattoos"), area("piercings"),
    text("career_length"), list("urls", { scrapes: true }), area("details"),
    many("tag_ids", "tag", "tags"), ...LAST, { widget: "rule", name: "second" }, { widget: "custom" },
  ],
  studio: [
    text("name"), list("aliases"), release < "0.30" ? text("url") : list("urls"), area("details"),
    one("parent_id", "studio", "parent_studio"), many("tag_ids", "tag", "tags"), ...LAST,
  ],
  tag: [
    text("name"), text("sort_name"), list("aliases"), area("description"),
    many("parent_ids", "tag", "parents"), many("child_ids", "tag", "children"), ...LAST,
  ],
  group: [
    text("name"), text("aliases"), { name: "duration", widget: "duration" },
    { name: "date", widget: "date" }, { name: "containing_groups", widget: "groups" },
    one("studio_id", "studio", "studio"), text("director"), list("urls", { scrapes: true }),
    area("synopsis"), many("tag_ids", "tag", "tags"),
  ],
};

const TABS = {
  performer: ["scenes", "galleries", "images", "groups", "appearswith"],
  studio: ["scenes", "galleries", "images", "performers", "groups", "childstudios"],
  tag: ["scenes", "images", "galleries", "groups", "markers", "performers", "studios"],
  group: ["scenes", "performers", "subgroups"],
};

const upper = (word) => word[0].toUpperCase() + word.slice(1);

function kindOf(kind) {
  const plural = `${kind}s`;
  const [Kind, Plural] = [upper(kind), upper(plural)];
  const listed = kind === "tag" ? "FindTagsForList" : `Find${Plural}`;
  const fields = `{ ${FRAGMENTS[kind]} }`;
  const change = (act) =>
    `mutation ${Kind}${act}($input: ${Kind}${act}Input!) { ${kind}${act}(input: $input) ${fields} }`;
  Object.assign(OPERATIONS, {
    [listed]: `query ${listed}($filter: FindFilterType, $${kind}_filter: ${Kind}FilterType) {
      find${Plural}(filter: $filter, ${kind}_filter: $${kind}_filter) {
        count ${plural} ${fields} __typename } }`,
    [`Find${Kind}`]: `query Find${Kind}($id: ID!) { find${Kind}(id: $id) ${fields} }`,
    [`${Kind}Create`]: change("Create"),
    [`${Kind}Update`]: change("Update"),
    [`${Kind}Destroy`]: `mutation ${Kind}Destroy($id: ID!) { ${kind}Destroy(input: {id: $id}) }`,
  });
  return {
    kind, plural, listed, fields: FIELDS[kind], tabs: TABS[kind],
    find: `Find${Kind}`, create: `${Kind}Create`, update: `${Kind}Update`, destroy: `${Kind}Destroy`,
    rated: kind === "performer" || kind === "studio" || kind === "group",
    favorable: kind !== "group",
  };
}

export const ENTITY_KINDS = Object.fromEntries(["performer", "studio", "tag", "group"].map((one) => [one, kindOf(one)]));

export const aliasesOf = (entity) => {
  const aliases = entity.alias_list ?? entity.aliases;
  return Array.isArray(aliases) ? aliases.join(", ") : aliases;
};

export const imageOf = (entity) => entity.image_path ?? entity.front_image_path;
