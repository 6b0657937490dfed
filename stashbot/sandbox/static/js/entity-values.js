// The values of the forms of tags and groups.

const EMPTY = { list: [], check: false, groups: [], stashIds: [] };
const kept = ({ widget }) => widget !== "rule";

const emptyValue = ({ widget, multi }) => (widget === "select" ? (multi ? [] : null) : EMPTY[widget] ?? "");

export const emptyForm = (kind) =>
  Object.fromEntries(kind.fields.filter(kept).map((field) => [field.name, emptyValue(field)]));

function sent({ widget, multi }, value) {
  if (widget === "select") return multi ? value.map(({ id }) => id) : value?.id ?? null;
  if (widget === "duration") return value === "" ? null : Number(value);
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
