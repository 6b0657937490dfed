"""Snapshots of a server, to compare before and after: nothing may have been changed in between.

``summarize_server`` reads counts, last changes by kind and the settings of the UI in a single
query; ``take_scene_snapshot`` reads every field of every scene.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from stashbot.models import EntityKind, Model
from stashbot.stash import documents
from stashbot.stash.client import StashClient

#: Scenes in a page of the snapshot.
PAGE = 200
#: The release that added ``play_history`` and ``o_history``.
HISTORY_SINCE = (0, 26)
#: Bytes in the digest of a value: enough that no two values of a library collide.
_DIGEST_SIZE = 10

_SNAPSHOT = """
query SceneSnapshot($filter: FindFilterType, $scene_filter: SceneFilterType) {
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
_HISTORY = "play_history o_history"
#: Stash returns these lists in no particular order.
_UNORDERED = frozenset({"performers", "tags", "groups", "galleries", "stash_ids", "scene_markers"})

_INTERFACE_FIELDS = "language cssEnabled css javascriptEnabled autostartVideo"


class KindSummary(Model):
    """How many objects of a kind a server has; ``latest`` is the id of the last object changed."""

    count: int
    latest: str | None = None
    changed_at: str | None = None


class ServerSummary(Model):
    """Counts and last changes by kind, and the settings of the UI.

    Two equal summaries mean that nothing was changed in between: any edit moves the last change of
    its kind, and creating or deleting an object moves a count.
    """

    kinds: dict[str, KindSummary]
    settings: dict[str, Any] = Field(repr=False)

    def changes(self, other: ServerSummary) -> tuple[str, ...]:
        """Return a description of each difference between this summary and a later summary."""
        differences = [
            f"{kind}s: {before.count} before, {after.count} after, last change at "
            f"{before.changed_at} and at {after.changed_at}"
            for kind, before in self.kinds.items()
            if (after := other.kinds[kind]) != before
        ]
        keys = sorted({*self.settings, *other.settings})
        differences += [
            f"setting {key}" for key in keys if self.settings.get(key) != other.settings.get(key)
        ]
        return tuple(differences)


class SceneSnapshot(Model):
    """Digests of all fields of all scenes, by scene id, in the order of ``fields``."""

    fields: tuple[str, ...]
    scenes: dict[str, bytes]

    def changes(self, other: SceneSnapshot) -> tuple[str, ...]:
        """Return a description of each scene that differs in a later snapshot."""
        differences = []
        for scene_id in sorted({*self.scenes, *other.scenes}, key=int):
            before, after = self.scenes.get(scene_id), other.scenes.get(scene_id)
            if before is None or after is None:
                differences.append(f"scene {scene_id} {'is new' if before is None else 'is gone'}")
            elif before != after:
                offsets = range(0, len(before), _DIGEST_SIZE)
                names = [
                    name
                    for name, start in zip(self.fields, offsets, strict=True)
                    if before[start : start + _DIGEST_SIZE] != after[start : start + _DIGEST_SIZE]
                ]
                differences.append(f"scene {scene_id}: {', '.join(names)}")
        return tuple(differences)


async def summarize_server(client: StashClient) -> ServerSummary:
    """Read the summary of the server in a single query.

    Raises:
        GraphQLError: Stash refuses the query.
        StashUnreachable: Stash does not answer.
    """
    data = await client.transport.execute(_summary_document(client.server.release))
    configuration = data["configuration"]
    settings = {f"ui.{key}": value for key, value in (configuration.get("ui") or {}).items()}
    settings |= {f"interface.{key}": value for key, value in configuration["interface"].items()}
    kinds = {kind: _kind_from(data[kind]) for kind in _list_queries(client.server.release)}
    return ServerSummary(kinds=kinds, settings=settings)


async def take_scene_snapshot(client: StashClient) -> SceneSnapshot:
    """Read all scenes, page by page.

    Raises:
        GraphQLError: Stash refuses the query.
        StashUnreachable: Stash does not answer.
    """
    release = client.server.release
    history = _HISTORY if release >= HISTORY_SINCE or release == (0, 0) else ""
    document = _SNAPSHOT % (documents.scene_groups(release), history)
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
            return SceneSnapshot(fields=fields, scenes=scenes)
        last = page[-1]["id"]


def _summary_document(release: documents.Release) -> str:
    latest = '(filter: {per_page: 1, sort: "updated_at", direction: DESC})'
    parts = [
        f"{kind}: {query}{latest} {{ count items: {items} {{ id updated_at }} }}"
        for kind, (query, items) in _list_queries(release).items()
    ]
    return "query ServerSummary { %s configuration { ui interface { %s } } }" % (  # noqa: UP031
        " ".join(parts),
        _INTERFACE_FIELDS,
    )


def _list_queries(release: documents.Release) -> dict[str, tuple[str, str]]:
    """Return the query and its list for the scenes and each kind of entity."""
    kinds = {kind.value: documents.list_query(kind, release) for kind in EntityKind}
    return {"scene": ("findScenes", "scenes"), **kinds}


def _kind_from(found: Mapping[str, Any]) -> KindSummary:
    latest = next(iter(found["items"]), None)
    return KindSummary(
        count=found["count"],
        latest=latest and latest["id"],
        changed_at=latest and latest["updated_at"],
    )


def _digest(name: str, scene: Mapping[str, Any]) -> bytes:
    value = scene[name]
    if name in _UNORDERED:
        value = sorted(json.dumps(item, sort_keys=True) for item in value or ())
    text = json.dumps(value, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST_SIZE).digest()
