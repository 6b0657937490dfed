"""What a source said, read from the answer that reached the page.

A scraper's output passes Stash almost untouched: nulls, empty strings, names of blanks, the same
performer twice. A proposal holds what remains when the empty and the repeated is gone. Texts keep
their characters, except white space around them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
import statistics
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from stashbot.errors import ScrapeFailed
from stashbot.models import FilePrint, Proposal, ScrapedEntity, Source, SourceKind, StashId
from stashbot.stash.responses import joined_messages

#: A scene that many people have has some hundred fingerprints.
MOST_PRINTS = 1000
#: The operations whose answers hold proposals: a list, or one object or null.
SCRAPE_OPERATIONS = ("scrapeSingleScene", "scrapeSceneURL")


def parse_scrape_answer(source: Source, payload: Any) -> tuple[Proposal, ...]:
    """The proposals of a whole GraphQL answer (``data`` and ``errors``), in the source's order.

    No proposals: the source does not know the scene. An object of nulls is an empty proposal.

    Raises:
        ScrapeFailed: the answer holds errors, with Stash's message, or no result at all.
    """
    if isinstance(payload, Mapping) and payload.get("errors"):
        detail = "; ".join(joined_messages(payload["errors"]))
        raise ScrapeFailed(f"{source.name} failed: {detail}", source=source.name, detail=detail)
    data = payload.get("data") if isinstance(payload, Mapping) else None
    held = [name for name in SCRAPE_OPERATIONS if isinstance(data, Mapping) and name in data]
    if not held or not isinstance(data, Mapping):
        raise ScrapeFailed(
            f"Stash's answer for {source.name} holds no scrape result.",
            source=source.name,
            detail="no result in the answer",
        )
    result = data[held[0]]
    items = result if isinstance(result, list) else [result]
    return tuple(proposal_from_answer(source, item) for item in items if isinstance(item, Mapping))


def proposal_from_answer(source: Source, item: Mapping[str, Any]) -> Proposal:
    """One element of the answer. Groups are read from ``groups``, else from ``movies``."""
    return Proposal(
        source=source.name,
        title=_text(item.get("title")),
        code=_text(item.get("code")),
        details=_text(item.get("details")),
        director=_text(item.get("director")),
        date=_text(item.get("date")),
        urls=_urls(item),
        studio=next(iter(_entities([item.get("studio")])), None),
        performers=_entities(item.get("performers")),
        tags=_entities(item.get("tags")),
        groups=_entities(item.get("groups") or item.get("movies")),
        stash_id=_stash_id(source, item.get("remote_site_id")),
        duration=_duration(item),
        prints=_prints(item),
        cover=image_sha256(item.get("image")),
    )


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _urls(item: Mapping[str, Any]) -> tuple[str, ...]:
    """``urls``, or the old single ``url`` where there are none; each once."""
    listed = item.get("urls")
    given = [_text(one) for one in listed] if isinstance(listed, list) else []
    urls = dict.fromkeys(url for url in given if url)
    if not urls and (single := _text(item.get("url"))):
        urls[single] = None
    return tuple(urls)


def _entities(items: Any) -> tuple[ScrapedEntity, ...]:
    """The named ones, each once.

    The same entity is meant by the same id, and by the same name (whatever the case) unless both
    are matched to different ids. Of two, the matched one stays, at the place of the first.
    """
    kept: list[ScrapedEntity] = []
    by_id: dict[str, int] = {}
    by_name: dict[str, int] = {}
    for item in items if isinstance(items, list) else ():
        if not isinstance(item, Mapping) or not (name := _text(item.get("name"))):
            continue
        entity = _entity(name, item)
        stored = entity.stored_id
        if stored is not None and stored in by_id:
            continue
        place = by_name.get(name.casefold())
        if place is None or (stored is not None and kept[place].stored_id is not None):
            place = len(kept)
            kept.append(entity)
            by_name.setdefault(name.casefold(), place)
        elif stored is not None:
            kept[place] = entity
        if stored is not None:
            by_id[stored] = place
    return tuple(kept)


def _entity(name: str, item: Mapping[str, Any]) -> ScrapedEntity:
    """Scrapers write aliases as one text with commas, stash-boxes too; studios as a list."""
    aliases = item.get("alias_list") or item.get("aliases") or ()
    listed = aliases.split(",") if isinstance(aliases, str) else aliases
    above = item.get("parent") or item.get("studio")
    told = [_text(one) for one in listed] if isinstance(listed, list | tuple) else []
    return ScrapedEntity(
        name=name,
        stored_id=_id(item.get("stored_id")),
        aliases=tuple(dict.fromkeys(one for one in told if one)),
        urls=_urls(item),
        birthdate=_text(item.get("birthdate")),
        parent=_text(above.get("name")) if isinstance(above, Mapping) else None,
    )


def _id(value: Any) -> str | None:
    return str(value) if value not in (None, "") else None


def _stash_id(source: Source, remote: Any) -> StashId | None:
    """Only a stash-box's id means anything: what scrapers call so belongs to no endpoint."""
    remote_id = _text(remote)
    if source.kind is not SourceKind.STASH_BOX or remote_id is None:
        return None
    return StashId(endpoint=source.key, stash_id=remote_id)


def _duration(item: Mapping[str, Any]) -> float | None:
    """Seconds: of the file, else of the scene, else the median over the fingerprints."""
    file = item.get("file")
    for value in (
        file.get("duration") if isinstance(file, Mapping) else None,
        item.get("duration"),
    ):
        if (seconds := _seconds(value)) is not None:
            return seconds
    found = [
        seconds
        for one in _fingerprints(item)
        if (seconds := _seconds(one.get("duration"))) is not None
    ]
    return statistics.median(found) if found else None


def _prints(item: Mapping[str, Any]) -> tuple[FilePrint, ...]:
    """Each once, in lower case as a file's own are; the first so many."""
    found: dict[FilePrint, None] = {}
    for one in _fingerprints(item)[:MOST_PRINTS]:
        kind, value = _text(one.get("algorithm")), _text(one.get("hash"))
        if kind and value:
            found[FilePrint(kind=kind.lower(), value=value.lower())] = None
    return tuple(found)


def _fingerprints(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = item.get("fingerprints")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    seconds = float(value)
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def image_sha256(image: Any) -> str | None:
    """The hash of a data URI's bytes; an address of an image says nothing about its bytes."""
    if not isinstance(image, str) or not image.startswith("data:"):
        return None
    head, comma, body = image.partition(",")
    if not comma:
        return None
    try:
        content = _decoded(body) if head.endswith(";base64") else unquote_to_bytes(body)
    except (binascii.Error, ValueError):
        return None
    return hashlib.sha256(content).hexdigest() if content else None


def _decoded(body: str) -> bytes:
    return base64.b64decode("".join(_without_space(body)), validate=True)


def _without_space(body: str) -> Iterable[str]:
    return body.split()
