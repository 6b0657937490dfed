"""Proposals from the answer to a scrape, as it reached the page.

Stash passes on the output of a scraper almost as it is: with nulls, empty strings, blank names and
repeated performers. A proposal leaves out what is empty or repeated. Texts keep their characters,
except white space around them and lone surrogates; ``decide.intake`` cleans them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from stashbot.decide.intake.entities import distinct_entities
from stashbot.decide.intake.texts import encodable
from stashbot.errors import ScrapeFailed
from stashbot.models import FileFingerprint, Proposal, ScrapedEntity, Source, SourceKind, StashId
from stashbot.stash.responses import joined_messages

#: Fingerprints that a proposal keeps; a popular scene has some hundred.
MAX_FINGERPRINTS = 1000
#: The operations whose answers hold proposals: a list, or an object or null.
SCRAPE_OPERATIONS = ("scrapeSingleScene", "scrapeSceneURL")


def parse_scrape_answer(source: Source, payload: Any) -> tuple[Proposal, ...]:
    """Return the proposals of a GraphQL answer (``data`` and ``errors``), in the source's order.

    There are none if the source does not know the scene; an object of nulls is an empty proposal.

    Raises:
        ScrapeFailed: the answer holds errors, or no result of a scrape.
    """
    if isinstance(payload, Mapping) and payload.get("errors"):
        detail = "; ".join(joined_messages(payload["errors"]))
        raise ScrapeFailed(f"{source.name} failed: {detail}", source=source.name, detail=detail)
    data = payload.get("data") if isinstance(payload, Mapping) else None
    operation = next((name for name in SCRAPE_OPERATIONS if name in (data or ())), None)
    if operation is None or not isinstance(data, Mapping):
        raise ScrapeFailed(
            f"Stash's answer for {source.name} holds no scrape result.",
            source=source.name,
            detail="no result in the answer",
        )
    result = data[operation]
    items = result if isinstance(result, list) else [result]
    return tuple(proposal_from_answer(source, item) for item in items if isinstance(item, Mapping))


def proposal_from_answer(source: Source, item: Mapping[str, Any]) -> Proposal:
    """Return the proposal of a scraped scene; groups may be called ``movies``, as before 0.27."""
    return Proposal(
        source=source.name,
        title=_text(item.get("title")),
        code=_text(item.get("code")),
        details=_text(item.get("details")),
        director=_text(item.get("director")),
        date=_text(item.get("date")),
        urls=_urls(item),
        studio=next(iter(_entities(source, [item.get("studio")])), None),
        performers=_entities(source, item.get("performers")),
        tags=_entities(source, item.get("tags")),
        groups=_entities(source, item.get("groups") or item.get("movies")),
        stash_id=_stash_id(source, item.get("remote_site_id")),
        duration=_duration(item),
        fingerprints=_file_fingerprints(item),
        cover=_cover(item.get("image")),
    )


def _text(value: Any) -> str | None:
    return encodable(value).strip() or None if isinstance(value, str) else None


def _urls(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Return ``urls``, or else the single ``url`` of old scrapers; each once."""
    listed = item.get("urls")
    given = [_text(url) for url in listed] if isinstance(listed, list) else []
    urls = dict.fromkeys(url for url in given if url)
    if not urls and (single := _text(item.get("url"))):
        urls[single] = None
    return tuple(urls)


def _entities(source: Source, items: Any) -> tuple[ScrapedEntity, ...]:
    """Return the entities that have a name, each once."""
    given = [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []
    named = ((_text(item.get("name")), item) for item in given)
    return distinct_entities(_entity(source, name, item) for name, item in named if name)


def _entity(source: Source, name: str, item: Mapping[str, Any]) -> ScrapedEntity:
    """Return an entity; aliases come as a text with commas, or as a list for studios."""
    aliases = item.get("alias_list") or item.get("aliases") or ()
    listed = aliases.split(",") if isinstance(aliases, str) else aliases
    above = item.get("parent") or item.get("studio")
    names = [_text(alias) for alias in listed] if isinstance(listed, list | tuple) else []
    gender = _text(item.get("gender"))
    return ScrapedEntity(
        name=name,
        stored_id=_id(item.get("stored_id")),
        stash_id=_stash_id(source, item.get("remote_site_id")),
        disambiguation=_text(item.get("disambiguation")) or "",
        aliases=tuple(dict.fromkeys(alias for alias in names if alias)),
        urls=_urls(item),
        birthdate=_text(item.get("birthdate")),
        gender="_".join(gender.upper().replace("-", " ").split()) if gender else None,
        parent=_text(above.get("name")) if isinstance(above, Mapping) else None,
        remote_id=_text(item.get("remote_site_id")),
    )


def _id(value: Any) -> str | None:
    return str(value) if value not in (None, "") else None


def _stash_id(source: Source, remote: Any) -> StashId | None:
    """Return the id in a stash-box; what a scraper calls an id belongs to no endpoint."""
    remote_id = _text(remote)
    if source.kind is not SourceKind.STASH_BOX or remote_id is None:
        return None
    return StashId(endpoint=source.key, stash_id=remote_id)


def _duration(item: Mapping[str, Any]) -> float | None:
    """Return the seconds of the file, else of the scene."""
    file = item.get("file")
    of_file = file.get("duration") if isinstance(file, Mapping) else None
    return next(filter(None, map(_seconds, (of_file, item.get("duration")))), None)


def _file_fingerprints(item: Mapping[str, Any]) -> tuple[FileFingerprint, ...]:
    """Return up to ``MAX_FINGERPRINTS`` fingerprints, each once and in lower case like a file's."""
    found: dict[tuple[str, str], FileFingerprint] = {}
    for fingerprint in _fingerprints(item)[:MAX_FINGERPRINTS]:
        kind, value = _text(fingerprint.get("algorithm")), _text(fingerprint.get("hash"))
        if kind and value:
            key = (kind.lower(), value.lower())
            length = _seconds(fingerprint.get("duration"))
            found.setdefault(key, FileFingerprint(kind=key[0], value=key[1], duration=length))
    return tuple(found.values())


def _fingerprints(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = item.get("fingerprints")
    items = listed if isinstance(listed, list) else []
    return [fingerprint for fingerprint in items if isinstance(fingerprint, Mapping)]


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    seconds = float(value)
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def _cover(image: Any) -> str | None:
    """Return the hash of a proposed image; a page in its place, as of an error, is no cover."""
    head = image[:64].lower() if isinstance(image, str) else ""
    is_image = head.startswith(("data:image/", "data:;", "data:,"))
    return image_sha256(image) if is_image else None


def image_sha256(image: Any) -> str | None:
    """Return the SHA-256 of a data URI's bytes in hex; ``None`` for the address of an image."""
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
    return base64.b64decode("".join(body.split()), validate=True)
