"""The GraphQL documents, written for the release that answers.

Checked against the schemas of v0.25.1 to 0.30.1. What differs: a scene's groups are its
``movies`` before 0.27 (in a scene and in a scraper's answer alike).
"""

from __future__ import annotations

from collections.abc import Sequence

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
    """Whether the release says ``groups``; an unreadable version counts as a new one."""
    return release >= GROUPS_SINCE or release == (0, 0)


def scene_fragment(release: Release) -> str:
    """The fields that make a ``Scene``. Before 0.27 ``movies`` come under the name ``groups``."""
    if has_groups(release):
        return _SCENE_FRAGMENT % {"groups": "groups { group { id name } scene_index }"}
    return _SCENE_FRAGMENT % {"groups": "groups: movies { group: movie { id name } scene_index }"}


def find_scene(release: Release) -> str:
    """One scene by id; null if there is none."""
    head = "query FindScene($id: ID!) { findScene(id: $id) { ...SceneFields } }"
    return head + scene_fragment(release)


def find_scenes(release: Release, count: int) -> str:
    """``count`` scenes, each under its own alias ``s0``, ``s1``, ... with variable ``$i0``, ...

    ``findScenes(ids:)`` would fail as a whole for one id that Stash no longer has.
    """
    return _aliased("FindScenes", "findScene", "...SceneFields", count) + scene_fragment(release)


def entity_names(root: str, count: int) -> str:
    """Names of ``count`` entities of one kind, aliased as in ``find_scenes``."""
    return _aliased("EntityNames", root, "id name", count)


def scrape_single_scene(release: Release) -> str:
    """Asks one source about one scene."""
    return _SCRAPE % {"groups": "groups" if has_groups(release) else "groups: movies"}


def update_scene(release: Release) -> str:
    """Changes the given fields of a scene and leaves the omitted ones alone."""
    head = (
        "mutation SceneUpdate($input: SceneUpdateInput!) "
        "{ sceneUpdate(input: $input) { ...SceneFields } }"
    )
    return head + scene_fragment(release)


def alias_variables(ids: Sequence[str]) -> dict[str, str]:
    """The variables of an aliased document."""
    return {f"i{index}": entity_id for index, entity_id in enumerate(ids)}


def _aliased(name: str, root: str, fields: str, count: int) -> str:
    variables = ", ".join(f"$i{index}: ID!" for index in range(count))
    lines = "\n".join(f"  s{index}: {root}(id: $i{index}) {{ {fields} }}" for index in range(count))
    return f"query {name}({variables}) {{\n{lines}\n}}\n"
