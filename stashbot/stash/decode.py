"""Models from GraphQL's JSON: empty texts become ``None``, lists that are null become empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from stashbot.errors import UnreadableScene
from stashbot.models import (
    Entity,
    GroupEntry,
    Scene,
    ServerInfo,
    Source,
    SourceKind,
    StashId,
    VideoFile,
)

AUTO_TAG = "builtin_autotag"


def server_info_from(data: Mapping[str, Any]) -> ServerInfo:
    """Return the server's version, state and whether it has a login, from ``SERVER_INFO``."""
    version = data.get("version") or {}
    status = data.get("systemStatus") or {}
    general = (data.get("configuration") or {}).get("general") or {}
    return ServerInfo(
        version=version.get("version") or "",
        hash=version.get("hash") or "",
        build_time=version.get("build_time") or "",
        status=status.get("status") or "OK",
        has_login=bool(general.get("username")),
    )


def scene_from(item: Mapping[str, Any]) -> Scene:
    """Return a scene from the fields of ``documents.scene_fragment``.

    Raises:
        UnreadableScene: a field that every scene has is missing.
    """
    try:
        return Scene(
            id=item["id"],
            title=item.get("title") or None,
            code=item.get("code") or None,
            details=item.get("details") or None,
            director=item.get("director") or None,
            date=item.get("date") or None,
            urls=tuple(item.get("urls") or ()),
            studio=_entity(item["studio"]) if item.get("studio") else None,
            performers=tuple(_entity(performer) for performer in item.get("performers") or ()),
            tags=tuple(_entity(tag) for tag in item.get("tags") or ()),
            groups=tuple(_group(entry) for entry in item.get("groups") or ()),
            stash_ids=tuple(
                StashId(endpoint=box["endpoint"], stash_id=box["stash_id"])
                for box in item.get("stash_ids") or ()
            ),
            organized=bool(item.get("organized")),
            rating100=item.get("rating100"),
            files=tuple(_file(file) for file in item.get("files") or ()),
            cover_url=(item.get("paths") or {}).get("screenshot") or None,
            created_at=item.get("created_at"),
            updated_at=item.get("updated_at"),
        )
    except (KeyError, TypeError, ValidationError) as error:
        raise UnreadableScene(
            f"Stash's description of scene {item.get('id', '?')} cannot be read.",
            operation="Scene",
            status=200,
        ) from error


def sources_from(data: Mapping[str, Any]) -> tuple[Source, ...]:
    """Return all sources in the order of the scrape menu: stash-boxes as configured, then scrapers.

    The menu shows scrapers in the order in which the server lists them, by name in any case. It
    shows a stash-box without a name by its number.
    """
    general = (data.get("configuration") or {}).get("general") or {}
    sources = [
        Source(
            kind=SourceKind.STASH_BOX,
            key=box["endpoint"],
            name=box.get("name") or f"Stash-Box #{number}",
            fragment=True,
            query=True,
        )
        for number, box in enumerate(general.get("stashBoxes") or (), start=1)
    ]
    for scraper in data.get("listScrapers") or ():
        spec = scraper.get("scene") or {}
        supported = spec.get("supported_scrapes") or ()
        sources.append(
            Source(
                kind=SourceKind.SCRAPER,
                key=scraper["id"],
                name=scraper["name"],
                fragment="FRAGMENT" in supported,
                query="NAME" in supported,
                urls=tuple(spec.get("urls") or ()),
            )
        )
    return _with_positions(sources)


def _with_positions(sources: Iterable[Source]) -> tuple[Source, ...]:
    """Return the sources with their positions among the menu's entries of the same name."""
    entries: Counter[tuple[str, str]] = Counter()
    found = []
    for source in sources:
        positions = {
            "position": entries["fragment", source.name],
            "query_position": entries["query", source.name],
        }
        found.append(source.model_copy(update=positions))
        entries["fragment", source.name] += source.fragment
        entries["query", source.name] += source.query
    return tuple(found)


def _entity(item: Mapping[str, Any]) -> Entity:
    return Entity(id=item["id"], name=item["name"])


def _group(item: Mapping[str, Any]) -> GroupEntry:
    group = item["group"]
    return GroupEntry(id=group["id"], name=group["name"], scene_index=item.get("scene_index"))


def _file(item: Mapping[str, Any]) -> VideoFile:
    return VideoFile(
        id=item["id"],
        path=item["path"],
        basename=item["basename"],
        duration=item.get("duration") or 0.0,
        width=item.get("width") or 0,
        height=item.get("height") or 0,
        size=item.get("size") or 0,
        fingerprints={
            fingerprint["type"]: fingerprint["value"]
            for fingerprint in item.get("fingerprints") or ()
        },
    )
