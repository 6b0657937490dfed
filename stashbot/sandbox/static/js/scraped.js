// What a scraped scene would change: the rows of the dialog.


// One row a difference. `value` is the scraped side, `fresh` the objects that do not exist yet,
// `chosen` whether the scraped side is taken.
export function scrapedDifferences(form, scraped) {
  const rows = [
    textRow("title", form.title, scraped.title),
    textRow("code", form.code, scraped.code),
    urlsRow(form.urls, scraped.urls),
    textRow("date", form.date, scraped.date),
    textRow("director", form.director, scraped.director),
    studioRow(form.studio, scraped.studio),
    listRow("performers", form.performers, scraped.performers),
    listRow("groups", form.groups.map((entry) => entry.group), scraped.groups),
    listRow("tags", form.tags, scraped.tags),
    textRow("details", form.details, scraped.details),
    stashIdRow(form, scraped.remote_site_id),
    coverRow(form, scraped.image),
  ];
  return rows.filter(Boolean);
}

function textRow(field, existing, value) {
  if (!value || value === existing) return null;
  return { field, kind: "text", existing, value, chosen: true };
}

function urlsRow(existing, scraped) {
  const value = [...new Set([...existing, ...(scraped ?? [])])];
  if (value.length === existing.length) return null;
  return { field: "urls", kind: "urls", existing, value, chosen: true };
}

function studioRow(existing, studio) {
  if (!studio) return null;
  const stored = studio.stored_id ? { ...studio, id: studio.stored_id } : null;
  if (stored && stored.id === existing?.id) return null;
  const fresh = stored ? [] : [studio];
  return { field: "studio", kind: "studio", existing, value: stored, fresh, chosen: Boolean(stored) };
}

function listRow(field, existing, scraped) {
  const all = scraped ?? [];
  const known = new Map();
  for (const one of all) if (one.stored_id) known.set(one.stored_id, { ...one, id: one.stored_id });
  const value = [...known.values()];
  const fresh = all.filter((one) => !one.stored_id);
  const before = existing.map((one) => one.id).sort().join();
  const after = [...known.keys()].sort().join();
  const differs = value.length > 0 && before !== after;
  if (!differs && !fresh.length) return null;
  return { field, kind: "list", existing, value, fresh, chosen: differs };
}

function stashIdRow(form, remoteId) {
  if (!remoteId || form.stash_ids.some((one) => one.stash_id === remoteId)) return null;
  return { field: "stash_ids", kind: "text", existing: "", value: remoteId, chosen: true };
}

function coverRow(form, image) {
  if (!image) return null;
  return { field: "cover_image", kind: "cover", existing: form.cover, value: image, chosen: true };
}

// What the form takes over from the rows: chosen and not empty. Objects that were not created are
// left behind without a word; the id of a plain scraper goes nowhere.
export function acceptedFields(rows, form) {
  const fields = {};
  for (const row of rows) {
    if (!row.chosen || isEmpty(row.value) || row.field === "stash_ids") continue;
    if (row.field === "groups") fields.groups = numbered(row.value, form);
    else if (row.field === "cover_image") fields.cover = row.value;
    else fields[row.field] = row.value;
  }
  return fields;
}

const isEmpty = (value) => !value || (Array.isArray(value) && !value.filter(Boolean).length);

function numbered(groups, form) {
  return groups.map((group) => {
    const known = form?.groups.find((entry) => entry.group.id === group.id);
    return { group, scene_index: known?.scene_index ?? null };
  });
}


// What is sent to create a scraped object.
export function creationInput(kind, one) {
  const split = (text) => (text ? text.split(",").map((part) => part.trim()).filter(Boolean) : []);
  if (kind === "tag") return { name: one.name };
  if (kind === "studio") {
    return {
      name: one.name,
      urls: one.urls,
      aliases: split(one.aliases),
      details: one.details,
      image: one.image,
      tag_ids: stored(one.tags),
    };
  }
  if (kind === "group") {
    return {
      name: one.name,
      aliases: one.aliases,
      date: one.date,
      director: one.director,
      synopsis: one.synopsis,
      urls: one.urls,
      studio_id: one.studio?.stored_id ?? undefined,
      tag_ids: stored(one.tags),
    };
  }
  return performerInput(one, split);
}

function performerInput(one, split) {
  const gender = one.gender?.toUpperCase().replace(/[- ]/g, "_");
  return {
    name: one.name,
    gender: gender || undefined,
    birthdate: one.birthdate,
    disambiguation: one.disambiguation,
    ethnicity: one.ethnicity,
    country: one.country,
    eye_color: one.eye_color,
    measurements: one.measurements,
    fake_tits: one.fake_tits,
    career_length: one.career_length,
    tattoos: one.tattoos,
    piercings: one.piercings,
    alias_list: split(one.aliases),
    urls: one.urls,
    tag_ids: stored(one.tags),
    details: one.details,
    death_date: one.death_date,
    hair_color: one.hair_color,
  };
}

const stored = (tags) => (tags ?? []).map((tag) => tag.stored_id).filter(Boolean);
