// The values of the forms of performers, studios, tags and groups.

const EMPTY = { list: [], check: false, groups: [], stashIds: [] };
const kept = ({ name, widget }) => Boolean(name) && widget !== "rule";

function valueOf(field, entity) {
  if (field.widget === "select") {
    const held = entity?.[field.from];
    return field.multi ? [...(held ?? [])] : held ?? null;
  }
  if (field.widget === "stashIds") {
    return (entity?.stash_ids ?? []).map(({ endpoint, stash_id, updated_at }) => ({ endpoint, stash_id, updated_at }));
  }
  const value = entity?.[field.name] ?? EMPTY[field.widget] ?? "";
  return Array.isArray(value) ? [...value] : value;
}

export function formOf(kind, entity, given = {}) {
  const form = {};
  for (const field of kind.fields.filter(kept)) form[field.name] = valueOf(field, entity);
  return { ...form, ...given };
}

function sent(field, value) {
  if (field.widget === "select") return field.multi ? value.map(({ id }) => id) : value?.id ?? null;
  if (field.type === "number" || field.widget === "duration") return value === "" ? null : Number(value);
  if (field.widget === "choice") return value || null;
  return value;
}

// What a save sends: the whole form. Groups that hold a group are not kept here.
export function inputOf(kind, form) {
  const input = {};
  for (const field of kind.fields.filter(kept)) {
    if (field.widget !== "groups") input[field.name] = sent(field, form[field.name]);
  }
  return input;
}

export const isChanged = (kind, before, now) =>
  JSON.stringify(inputOf(kind, before)) !== JSON.stringify(inputOf(kind, now));

const DATE = /^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/;

export function problemsOf(kind, form) {
  const problems = {};
  if (!form.name.trim()) problems.name = "name is a required field";
  for (const { name, widget } of kind.fields) {
    const value = form[name];
    if (widget === "date" && value && !DATE.test(value)) {
      problems[name] = `${name} must be in YYYY, YYYY-MM, or YYYY-MM-DD form`;
    }
    if (widget === "list" && value.some((line) => !line.trim())) problems[name] = `${name} must not be blank`;
  }
  return problems;
}
