"""The GraphQL documents for a release of Stash.

Checked against the schemas of 0.25.1 to 0.30.1. The only difference: before 0.27 the groups of
a scene, and of a scraper's answer, are called movies. The documents return them as ``groups``.
"""

from __future__ import annotations

from collections.abc import Sequence

from stashbot.models import EntityKind

GROUPS_SINCE = (0, 27)
Release = tuple[int, int]

SERVER_INFO = """
query ServerInfo {
  version { version hash build_time }
  systemStatus { status }
  configuration { general { username } }
}
"""

CONFIGURATION = """
query Configuration {
  configuration {
    general { username stashes { path } stashBoxes { name endpoint } }
    interface { language }
  }
}
"""

SOURCES = """
query ListSceneScrapers {
  configuration { general { stashBoxes { name endpoint } } }
  listScrapers(types: [SCENE]) { id name scene { urls supported_scrapes } }
}
"""

SCENE_IDS = """
query FindSceneIds($filter: FindFilterType, $scene_filter: SceneFilterType) {
  findScenes(filter: $filter, scene_filter: $scene_filter) { scenes { id } }
}
"""

SCENE_COUNT = """
query CountScenes($filter: FindFilterType, $scene_filter: SceneFilterType) {
  findScenes(filter: $filter, scene_filter: $scene_filter) { count }
}
"""

SAVED_FILTERS = """
query FindSavedFilters {
  findSavedFilters(mode: SCENES) { name find_filter { q } object_filter }
}
"""

DUPLICATES = """
query Duplicates { findDuplicateScenes(distance: 0, duration_diff: 1) { id } }
"""

_SCENE_FRAGMENT = """
fragment SceneFields on Scene {
  id title code details director date urls organized rating100 created_at updated_at
  studio { id name }
  performers { id name }
  tags { id name }
  %(groups)s
  stash_ids { endpoint stash_id }
  files { id path basename duration width height size fingerprints { type value } }
  paths { screenshot }
}
"""

_SCRAPE = """
query ScrapeSingleScene($source: ScraperSourceInput!, $input: ScrapeSingleSceneInput!) {
  scrapeSingleScene(source: $source, input: $input) {
    title code details director date urls image remote_site_id duration
    file { duration }
    fingerprints { algorithm hash duration }
    studio { stored_id name }
    performers { stored_id name }
    tags { stored_id name }
    %(groups)s { stored_id name }
  }
}
"""


def has_groups(release: Release) -> bool:
    """Return whether the release has groups; an unreadable version counts as new."""
    return release >= GROUPS_SINCE or release == (0, 0)


def find_query(kind: EntityKind, release: Release) -> str:
    """Return the query that finds an entity by its id."""
    is_movie = kind is EntityKind.GROUP and not has_groups(release)
    return "findMovie" if is_movie else kind.find_query


def list_query(kind: EntityKind, release: Release) -> tuple[str, str]:
    """Return the query that lists entities of a kind, and the list's name in its result."""
    is_movie = kind is EntityKind.GROUP and not has_groups(release)
    return ("findMovies", "movies") if is_movie else (kind.list_query, kind.plural)


def scene_groups(release: Release) -> str:
    """Return the selection of a scene's groups, under the names of 0.27 and later."""
    if has_groups(release):
        return "groups { group { id name } scene_index }"
    return "groups: movies { group: movie { id name } scene_index }"


def scene_fragment(release: Release) -> str:
    """Return the fragment with the fields of a ``Scene``."""
    return _SCENE_FRAGMENT % {"groups": scene_groups(release)}


def find_scene(release: Release) -> str:
    """Return the document that finds a scene by its id; the result is null if there is none."""
    head = "query FindScene($id: ID!) { findScene(id: $id) { ...SceneFields } }"
    return head + scene_fragment(release)


def find_scenes(release: Release, count: int) -> str:
    """Return the document that finds ``count`` scenes by their ids.

    The scenes have the aliases ``s0``, ``s1``, ... and the variables ``$i0``, ``$i1``, ...;
    ``findScenes(ids:)`` would fail as a whole for a single id that Stash no longer has.
    """
    return _aliased("FindScenes", "findScene", "...SceneFields", count) + scene_fragment(release)


def entity_names(query: str, count: int) -> str:
    """Return the document for the names of ``count`` entities, with aliases as in ``find_scenes``.

    ``query`` is that of their kind, such as ``findTag``.
    """
    return _aliased("EntityNames", query, "id name", count)


def scrape_single_scene(release: Release) -> str:
    """Return the document that scrapes a scene with a source."""
    return _SCRAPE % {"groups": "groups" if has_groups(release) else "groups: movies"}


def update_scene(release: Release) -> str:
    """Return the document that changes the given fields of a scene and no others."""
    head = (
        "mutation SceneUpdate($input: SceneUpdateInput!) "
        "{ sceneUpdate(input: $input) { ...SceneFields } }"
    )
    return head + scene_fragment(release)


def alias_variables(ids: Sequence[str]) -> dict[str, str]:
    """Return the variables of an aliased document."""
    return {f"i{index}": entity_id for index, entity_id in enumerate(ids)}


def _aliased(name: str, root: str, fields: str, count: int) -> str:
    variables = ", ".join(f"$i{index}: ID!" for index in range(count))
    lines = "\n".join(f"  s{index}: {root}(id: $i{index}) {{ {fields} }}" for index in range(count))
    return f"query {name}({variables}) {{\n{lines}\n}}\n"
