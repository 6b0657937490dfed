// The query string of the scene list: what it means, and its canonical form.

export const SORTS = ["date", "title", "path", "rating", "created_at", "updated_at", "duration"];

export function parseList(search) {
  const params = new URLSearchParams(search);
  const sortby = params.get("sortby") ?? "date";
  const bare = !search || search === "?";
  const implicit = bare || (sortby === "date" && params.has("sortby")) ? "desc" : "asc";
  const fallback = sortby === "date" ? implicit : "asc";
  return {
    q: params.get("q") ?? "",
    page: Number(params.get("p") ?? 1),
    perPage: Number(params.get("perPage") ?? 40),
    sortby,
    sortdir: params.get("sortdir") ?? fallback,
    criteria: params.getAll("c"),
  };
}

export function listUrl(list) {
  const parts = [];
  if (list.q) parts.push(`q=${encodeURIComponent(list.q)}`);
  for (const one of list.criteria) parts.push(`c=${one}`);
  parts.push(`sortby=${list.sortby}`);
  const implicit = list.sortby === "date" ? "desc" : "asc";
  if (list.sortdir !== implicit) parts.push(`sortdir=${list.sortdir}`);
  if (list.perPage !== 40) parts.push(`perPage=${list.perPage}`);
  if (list.page > 1) parts.push(`p=${list.page}`);
  return `/scenes?${parts.join("&")}`;
}

// The queue that a card's link carries into the scene's page.
export function queueSuffix(list, position) {
  const parts = [`qsort=${list.sortby}`];
  if (list.sortdir !== (list.sortby === "date" ? "desc" : "asc")) parts.push(`qsortd=${list.sortdir}`);
  if (list.q) parts.push(`qfq=${encodeURIComponent(list.q)}`);
  for (const one of list.criteria) parts.push(`qfc=${one}`);
  parts.push(`qfp=${Math.floor(position / 40) + 1}`);
  return parts.join("&");
}

export function listVariables(list) {
  return {
    filter: {
      q: list.q,
      page: list.page,
      per_page: list.perPage,
      sort: list.sortby,
      direction: list.sortdir.toUpperCase(),
    },
    scene_filter: sceneFilter(list.criteria),
  };
}

// Criteria that cannot be read are left out, and the list then shows more than was asked for.
function sceneFilter(criteria) {
  const filter = {};
  for (const text of criteria) {
    try {
      const { type, modifier, value } = JSON.parse(asJson(text));
      const meaning = translated(type, modifier, value);
      if (meaning === undefined) throw new Error(type);
      filter[type] = meaning;
    } catch (error) {
      console.error("Failed to parse encoded criterion:", error);
    }
  }
  return filter;
}

// What a criterion says, for its tag; an unreadable one shows itself.
export function criterionText(text) {
  try {
    const { type, modifier, value } = JSON.parse(asJson(text));
    const shown = value?.value ?? (typeof value === "string" ? value : "");
    return [type, modifier.toLowerCase().replaceAll("_", " "), shown].join(" ").trim();
  } catch {
    return text;
  }
}

function asJson(text) {
  let inside = false;
  let before = "";
  let json = "";
  for (const sign of text) {
    if (sign === '"' && before !== "\\") inside = !inside;
    if (!inside && sign === "(") json += "{";
    else if (!inside && sign === ")") json += "}";
    else json += sign;
    before = sign;
  }
  return json;
}

const TEXTS = ["title", "code", "details", "director", "path", "url"];
const NUMBERS = ["rating100", "date", "duration", "performer_count", "tag_count", "play_count"];
const OBJECTS = ["studios", "tags", "performers", "groups", "galleries"];

function translated(type, modifier, value) {
  if (type === "organized") return value === "true";
  if (type === "is_missing") return value;
  if (TEXTS.includes(type)) return { value: value ?? "", modifier };
  if (NUMBERS.includes(type)) {
    const low = value?.value ?? (type === "date" ? "" : 0);
    return value?.value2 === undefined
      ? { value: low, modifier }
      : { value: low, value2: value.value2, modifier };
  }
  if (OBJECTS.includes(type)) {
    const ids = (value?.items ?? []).map((one) => one.id);
    const excludes = (value?.excluded ?? []).map((one) => one.id);
    const depth = value?.depth;
    return depth === undefined ? { value: ids, excludes, modifier } : { value: ids, excludes, depth, modifier };
  }
  return undefined;
}
