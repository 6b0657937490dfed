// The page's words, by language. Unknown languages speak English, as Stash's half-translated ones do.

const ENGLISH = {
  save: "Save", delete: "Delete", cancel: "Cancel", apply: "Apply", close: "Close", edit: "Edit",
  confirm: "Confirm", search: "Search", scrapeWith: "Scrape with…", scrapeQuery: "Scrape query",
  scrape: "Scrape", reloadScrapers: "Reload scrapers", setImage: "Set image…",
  fromFile: "From file…", fromUrl: "From URL…", add: "Add", addStashId: "Add Stash ID",
  title: "Title", code: "Studio Code", urls: "URLs", url: "URL", date: "Date",
  director: "Director", galleries: "Galleries", studio: "Studio", studios: "Studios",
  performers: "Performers", groups: "Groups", group: "Group", tags: "Tags", tag: "Tag",
  stashIds: "Stash IDs", stashId: "Stash ID", details: "Details", coverImage: "Cover Image",
  sceneNumber: "Scene Number", selectGalleries: "Select Galleries", selectStudio: "Select Studio",
  selectPerformers: "Select Performers", selectGroup: "Select Group",
  selectGroups: "Select Groups", selectTags: "Select Tags", selectTag: "Select Tag",
  scenes: "Scenes", scene: "Scene", images: "Images", markers: "Markers", filters: "Filters",
  fileInfo: "File Info", history: "History", queue: "Queue", organized: "Organised",
  operations: "Operations", playCount: "Play Count", oCount: "O Count", rescan: "Rescan",
  generate: "Generate", thumbCurrent: "Generate thumbnail from current",
  thumbDefault: "Generate default thumbnail", merge: "Merge", existing: "Existing",
  scraped: "Scraped", results: "Scene Scrape Results", query: "Scene Scrape Query",
  releaseNotes: "Release Notes", donate: "Donate", statistics: "Statistics",
  settings: "Settings", help: "Help", logout: "Logout", createdAt: "Created At",
  updatedAt: "Updated At", updated: "Updated scene", created: "Created", deleted: "Deleted Scene",
  rescanning: "Rescanning scene…", leave: "Unsaved changes. Are you sure you want to leave?",
  loading: "Loading...", matchTag: "Match Tag", createNew: "Create new", name: "Name",
  linkExisting: "Link to existing", asAlias: "Add scraped name as alias",
  deleteFile: "Delete file (and funscript)", deleteGenerated: "Delete generated supporting files",
  deleteSure: "Are you sure you want to delete this Scene?", deleteTitle: "Delete Scene",
  editFilter: "Edit Filter", path: "Path", rating: "Rating", duration: "Duration",
  error: "Error", copy: "Copy to clipboard", nothing: "No results",
};

const GERMAN = {
  save: "Speichern", delete: "Löschen", cancel: "Abbrechen", apply: "Anwenden",
  close: "Schließen", edit: "Bearbeiten", confirm: "Bestätigen", search: "Suche",
  scrapeWith: "Scrapen mit…", scrapeQuery: "Scrape-Anfrage", scrape: "Scrapen",
  reloadScrapers: "Scraper neu laden", setImage: "Bild festlegen…", fromFile: "Aus Datei…",
  fromUrl: "Von URL…", add: "Hinzufügen", addStashId: "Stash-ID hinzufügen", title: "Titel",
  code: "Studio-Code", date: "Datum", director: "Regie", galleries: "Galerien",
  performers: "Darsteller", groups: "Gruppen", group: "Gruppe", stashIds: "Stash-IDs",
  stashId: "Stash-ID", details: "Einzelheiten", coverImage: "Titelbild",
  sceneNumber: "Szenennummer", selectGalleries: "Wähle Galerien", selectStudio: "Wähle Studio",
  selectPerformers: "Wähle Darsteller", selectGroup: "Wähle Gruppe",
  selectGroups: "Wähle Gruppen", selectTags: "Wähle Tags", selectTag: "Wähle Tag",
  scenes: "Szenen", scene: "Szene", images: "Bilder", markers: "Markierungen", filters: "Filter",
  fileInfo: "Dateiinformationen", history: "Verlauf", queue: "Warteschlange",
  organized: "Organisiert", operations: "Vorgänge", playCount: "Anzahl Wiedergaben",
  oCount: "O-Zähler", rescan: "Neu scannen", generate: "Generieren",
  thumbCurrent: "Vorschaubild vom aktuellen Bild", thumbDefault: "Vorschaubild erzeugen",
  merge: "Zusammenführen", existing: "Bestehend", scraped: "Gescraped",
  results: "Szene Scrape-Ergebnisse", query: "Szene Scrape-Anfrage",
  releaseNotes: "Versionshinweise", donate: "Spenden", statistics: "Statistiken",
  settings: "Einstellungen", help: "Hilfe", logout: "Abmelden", createdAt: "Erstellt am",
  updatedAt: "Aktualisiert am", updated: "szene aktualisiert", created: "Erstellt:",
  deleted: "Szene gelöscht", rescanning: "Szene wird neu gescannt…",
  leave: "Ungespeicherte Änderungen. Wirklich verlassen?", loading: "Lade...",
  matchTag: "Tag zuordnen", createNew: "Neu erstellen", name: "Name",
  linkExisting: "Mit vorhandenem verknüpfen", asAlias: "Als Alias hinzufügen",
  deleteFile: "Datei löschen", deleteGenerated: "Erzeugte Hilfsdateien löschen",
  deleteSure: "Diese Szene wirklich löschen?", deleteTitle: "Szene löschen",
  editFilter: "Filter bearbeiten", path: "Pfad", rating: "Bewertung", duration: "Dauer",
  error: "Fehler", copy: "In Zwischenablage kopieren", nothing: "Keine Ergebnisse",
};

let language = "en-GB";

export function setLanguage(wanted) {
  language = wanted || "en-GB";
}

export function t(key) {
  if (language.startsWith("de")) return GERMAN[key] ?? ENGLISH[key] ?? key;
  if (key === "organized" && language === "en-US") return "Organized";
  return ENGLISH[key] ?? key;
}

export function longDate(iso) {
  const options = { year: "numeric", month: "long", day: "numeric", timeZone: "UTC" };
  return new Date(iso).toLocaleDateString(language, options);
}

export function longMoment(iso) {
  const options = { dateStyle: "long", timeStyle: "short" };
  return new Date(iso).toLocaleString(language, options);
}
