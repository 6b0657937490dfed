"""Everything that Stash holds of its scenes, small enough to compare before and after."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from stashbot.models import Model
from stashbot.stash.client import StashClient
from stashbot.stash.documents import has_groups

#: Scenes asked for at once.
PAGE = 200
#: What scenes know of when they were played and counted, one moment each, came with 0.26.
HISTORY_SINCE = (0, 26)
#: Bytes of a value's digest: enough that no two values of a library are taken for the same.
_DIGEST = 10

_DOCUMENT = """
query Census($filter: FindFilterType, $scene_filter: SceneFilterType) {
  findScenes(filter: $filter, scene_filter: $scene_filter) {
    scenes {
      id title code details director date urls organized rating100 o_counter interactive
      play_count play_duration resume_time last_played_at created_at updated_at
      studio { id name } performers { id name } tags { id name } %s
      galleries { id } scene_markers { id title seconds }
      stash_ids { endpoint stash_id }
      files { id path basename duration width height size fingerprints { type value } }
      %s
    }
  }
}
"""
_GROUPS = "groups { group { id name } scene_index }"
_MOVIES = "groups: movies { group: movie { id name } scene_index }"
_HISTORY = "play_history o_history"
#: Stash gives these back in an order of its own.
_UNORDERED = frozenset({"performers", "tags", "groups", "galleries", "stash_ids", "scene_markers"})


class Census(Model):
    """Digests of every field of every scene, by the scene's id. Equal ones: nothing changed."""

    fields: tuple[str, ...]
    scenes: dict[str, bytes]

    def changes(self, other: Census) -> tuple[str, ...]:
        """In words, what is another in ``other``: scene and fields."""
        told = []
        for scene_id in sorted({*self.scenes, *other.scenes}, key=int):
            before, after = self.scenes.get(scene_id), other.scenes.get(scene_id)
            if before is None or after is None:
                told.append(f"scene {scene_id} {'is new' if before is None else 'is gone'}")
            elif before != after:
                places = range(0, len(before), _DIGEST)
                names = [
                    name
                    for name, at in zip(self.fields, places, strict=True)
                    if before[at : at + _DIGEST] != after[at : at + _DIGEST]
                ]
                told.append(f"scene {scene_id}: {', '.join(names)}")
        return tuple(told)


async def census(client: StashClient) -> Census:
    """Reads all scenes, page by page.

    Raises:
        GraphQLError: Stash refuses the query.
        StashUnreachable: Stash does not answer.
    """
    release = client.server.release
    history = _HISTORY if release >= HISTORY_SINCE or release == (0, 0) else ""
    document = _DOCUMENT % (_GROUPS if has_groups(release) else _MOVIES, history)
    fields: tuple[str, ...] = ()
    scenes: dict[str, bytes] = {}
    last = "0"
    while True:
        data = await client.transport.execute(
            document,
            {
                "filter": {"per_page": PAGE, "sort": "id", "direction": "ASC"},
                "scene_filter": {"id": {"value": int(last), "modifier": "GREATER_THAN"}},
            },
        )
        page: list[dict[str, Any]] = data["findScenes"]["scenes"]
        for scene in page:
            fields = fields or tuple(sorted(scene))
            scenes[scene["id"]] = b"".join(_digest(name, scene) for name in fields)
        if len(page) < PAGE:
            return Census(fields=fields, scenes=scenes)
        last = page[-1]["id"]


def _digest(name: str, scene: Mapping[str, Any]) -> bytes:
    value = scene[name]
    if name in _UNORDERED:
        value = sorted(json.dumps(one, sort_keys=True) for one in value or ())
    text = json.dumps(value, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST).digest()
