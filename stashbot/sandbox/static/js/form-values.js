// The values of the edit form: what they start from, what is wrong with them, what is sent.

export const emptyForm = () => ({
  title: "", code: "", urls: [], date: "", director: "", details: "",
  galleries: [], studio: null, performers: [], groups: [], tags: [], stash_ids: [], cover: undefined,
});

export function formOf(scene) {
  return {
    title: scene.title ?? "",
    code: scene.code ?? "",
    urls: [...scene.urls],
    date: scene.date ?? "",
    director: scene.director ?? "",
    details: scene.details ?? "",
    galleries: [...scene.galleries],
    studio: scene.studio ?? null,
    performers: [...scene.performers],
    groups: scene.groups.map(({ group, scene_index }) => ({ group, scene_index })),
    tags: [...scene.tags],
    stash_ids: scene.stash_ids.map(({ endpoint, stash_id, updated_at }) => ({
      endpoint, stash_id, updated_at,
    })),
    cover: undefined,
  };
}

const ids = (list) => list.map((one) => one.id);

// What a save sends: always the whole form, the cover only if it was changed.
export function inputOf(form) {
  const input = {
    title: form.title,
    code: form.code,
    urls: form.urls,
    date: form.date,
    director: form.director,
    gallery_ids: ids(form.galleries),
    studio_id: form.studio?.id ?? null,
    performer_ids: ids(form.performers),
    groups: form.groups.map(({ group, scene_index }) => ({ group_id: group.id, scene_index })),
    tag_ids: ids(form.tags),
    stash_ids: form.stash_ids,
    details: form.details,
  };
  if (form.cover !== undefined) input.cover_image = form.cover;
  return input;
}

export function changedFields(initial, form) {
  const before = inputOf(initial);
  const now = inputOf(form);
  return Object.keys(now).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(now[key]));
}

const DATE = /^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/;

export function problemsOf(form) {
  const problems = {};
  if (form.date && !DATE.test(form.date)) {
    problems.date = "date must be in YYYY, YYYY-MM, or YYYY-MM-DD form";
  }
  if (form.urls.some((url) => !url.trim())) problems.urls = "urls must not be blank";
  else if (new Set(form.urls).size !== form.urls.length) problems.urls = "urls must be unique";
  return problems;
}
