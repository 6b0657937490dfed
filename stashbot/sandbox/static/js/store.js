// The page's cache, with the habits of Stash's: objects are known by type and id, whatever is known
// is never asked for again, and only a finished scan anywhere makes the page forget.

import { resetGeneration, send } from "./api.js";
import { OPERATIONS } from "./operations.js";

const objects = new Map();
const answers = new Map();
const listeners = new Set();
let epoch = 0;

export function onStore(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function announce(event) {
  for (const listener of [...listeners]) listener(event);
}

// Merge an answer into the known objects; the same object is the same reference everywhere.
function remember(value) {
  if (Array.isArray(value)) return value.map(remember);
  if (value === null || typeof value !== "object") return value;
  const fields = {};
  for (const [name, one] of Object.entries(value)) fields[name] = remember(one);
  if (!fields.__typename || fields.id === undefined) return fields;
  const key = `${fields.__typename}:${fields.id}`;
  const known = objects.get(key) || {};
  objects.set(key, Object.assign(known, fields));
  return known;
}

export function known(type, id) {
  return objects.get(`${type}:${id}`);
}

// The answer to a query: from the cache when it is there, unless `fresh`.
export async function query(name, variables = {}, { fresh = false } = {}) {
  const key = name + JSON.stringify(variables);
  if (!fresh && answers.has(key)) return answers.get(key);
  const data = remember(await send(name, OPERATIONS[name], variables));
  answers.set(key, data);
  announce({ type: "data" });
  return data;
}

export function cached(name, variables = {}) {
  return answers.get(name + JSON.stringify(variables));
}

// A scrape is never cached, and its answer is no object of the library.
export function ask(name, variables) {
  return send(name, OPERATIONS[name], variables);
}

const FORGOTTEN = {
  SceneUpdate: ["FindScenes"],
  ScenesDestroy: ["FindScenes", "FindScene"],
  SceneMerge: ["FindScenes", "FindScene"],
  StudioCreate: ["FindStudiosForSelect"],
  PerformerCreate: ["FindPerformersForSelect"],
  TagCreate: ["FindTagsForSelect"],
  GroupCreate: ["FindGroupsForSelect"],
};

export async function mutate(name, variables) {
  const data = remember(await send(name, OPERATIONS[name], variables));
  for (const prefix of FORGOTTEN[name] || []) forget(prefix);
  announce({ type: "data" });
  return data;
}

export function forget(prefix) {
  for (const key of [...answers.keys()]) if (key.startsWith(`${prefix}{`)) answers.delete(key);
}

export const storeEpoch = () => epoch;

// Forget everything, reject the queries under way, and have what is on screen ask again.
export function resetStore() {
  epoch += 1;
  resetGeneration();
  objects.clear();
  answers.clear();
  announce({ type: "reset" });
}
