"""From GraphQL's JSON to models. Empty texts become ``None``, null lists empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from stashbot.errors import BadAnswer
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
    """The server's introduction. ``has_login``: it has a user name."""
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
    """A scene from the fields of ``queries.scene_fragment``.

    Raises:
        BadAnswer: something that a scene cannot do without is missing.
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
            performers=tuple(_entity(one) for one in item.get("performers") or ()),
            tags=tuple(_entity(one) for one in item.get("tags") or ()),
            groups=tuple(_group(one) for one in item.get("groups") or ()),
            stash_ids=tuple(
                StashId(endpoint=one["endpoint"], stash_id=one["stash_id"])
                for one in item.get("stash_ids") or ()
            ),
            organized=bool(item.get("organized")),
            rating100=item.get("rating100"),
            files=tuple(_file(one) for one in item.get("files") or ()),
            cover_url=(item.get("paths") or {}).get("screenshot") or None,
            created_at=item.get("created_at"),
            updated_at=item.get("updated_at"),
        )
    except (KeyError, TypeError, ValidationError) as error:
        raise BadAnswer(
            f"Stash described scene {item.get('id', '?')} in a way that cannot be read.",
            hint="Is this version of Stash newer than this version of stashbot?",
            operation="Scene",
            status=200,
        ) from error


def sources_from(data: Mapping[str, Any]) -> tuple[Source, ...]:
    """All sources in the order of the scrape menu: stash-boxes as configured, then scrapers.

    The menu shows scrapers in the order in which the server lists them (by name, whatever the
    case). A stash-box without a name is shown by its number.
    """
    general = (data.get("configuration") or {}).get("general") or {}
    found = [
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
        can = spec.get("supported_scrapes") or ()
        found.append(
            Source(
                kind=SourceKind.SCRAPER,
                key=scraper["id"],
                name=scraper["name"],
                fragment="FRAGMENT" in can,
                query="NAME" in can,
                urls=tuple(spec.get("urls") or ()),
            )
        )
    shown: Counter[tuple[str, str]] = Counter()
    placed = []
    for source in found:
        places = {
            "position": shown["fragment", source.name],
            "query_position": shown["query", source.name],
        }
        placed.append(source.model_copy(update=places))
        shown["fragment", source.name] += source.fragment
        shown["query", source.name] += source.query
    return tuple(placed)


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
        fingerprints={one["type"]: one["value"] for one in item.get("fingerprints") or ()},
    )
