// The page's words, by language: one file a language in words/. Unknown languages speak English, and
// so does a language where it lacks a word, as Stash's half-translated ones do.

import ENTITY_WORDS from "./entity-words.js";
import GERMAN from "./words/de.js";
import ENGLISH from "./words/en.js";
import PERSIAN from "./words/fa.js";
import JAPANESE from "./words/ja.js";

const WORDS = { de: GERMAN, en: ENGLISH, fa: PERSIAN, ja: JAPANESE };

let language = "en-GB";

export function setLanguage(wanted) {
  language = wanted || "en-GB";
}

export function t(key) {
  if (key === "organized" && language === "en-US") return "Organized";
  const spoken = language.slice(0, 2);
  const own = WORDS[spoken]?.[key] ?? ENTITY_WORDS[spoken]?.[key];
  return own ?? ENGLISH[key] ?? ENTITY_WORDS.en[key] ?? key;
}

export function longDate(iso) {
  const options = { year: "numeric", month: "long", day: "numeric", timeZone: "UTC" };
  return new Date(iso).toLocaleDateString(language, options);
}

export function longMoment(iso) {
  const options = { dateStyle: "long", timeStyle: "short" };
  return new Date(iso).toLocaleString(language, options);
}
