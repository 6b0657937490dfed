"""What to ask sources that do not know a scene by its file: its title, and its own addresses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date

from stashbot.decide.matching.filename_parser import known_of, says_nothing, without_quality
from stashbot.models import Model, Question, Scene, Source, SourceKind, Way
from stashbot.settings import FilenameSettings

_EXTENSION = re.compile(
    r"\.(?:mp4|m4v|mkv|avi|mov|wmv|webm|flv|mpe?g|m2ts|ts|vob|ogv|3gp|divx)$", re.IGNORECASE
)
_DAY = re.compile(
    r"[\[(]?(?<!\d)(?P<y>\d{4})(?P<sep>[-._ ])(?P<m>\d{2})(?P=sep)(?P<d>\d{2})(?!\d)[\])]?"
)
_EDGES = " ._-\u2013\u2014,"
#: Stash hands the text to scrapers within JSON and does not escape the first two there.
_UNSAFE = re.compile(r'["\\\x00-\x1f\x7f]')


class Asking(Model):
    """A question to a source."""

    source: Source
    question: Question


def rounds(
    scene: Scene,
    sources: Sequence[Source],
    ways: Sequence[Way],
    settings: FilenameSettings,
    *,
    others: Sequence[Source] = (),
) -> Iterator[tuple[Asking, ...]]:
    """What to ask in the order of the ways, a way at a time: the next is for what the last did not
    find. ``sources`` keep their order; ``others`` are not to be asked.

    Raises:
        ConfigError: a file-name pattern in the settings is wrong.
    """
    for way in ways:
        if way == "url":
            yield url_queries(scene, sources, others=others)
            continue
        text = search_text(scene, settings) if way == "query" else ""
        question = Question(by=way, text=text or "")
        asked = [one for one in sources if one.answers(way)] if text is not None else []
        yield tuple(Asking(source=one, question=question) for one in asked)


def search_text(scene: Scene, settings: FilenameSettings) -> str | None:
    """The title to search by, without studio, date, words about the file and extension.

    It comes from the metadata, else from the file name. ``None`` when nothing telling remains: a
    camera's name would find anything.

    Raises:
        ConfigError: a file-name pattern in the settings is wrong.
    """
    known = known_of(scene, settings)
    text = known.title or (scene.file.basename if scene.file else "")
    if known.title is None and says_nothing(text):
        return None
    text = _EXTENSION.sub("", unicodedata.normalize("NFC", text))
    text = _DAY.sub(_without_day, without_quality(_UNSAFE.sub(" ", text)))
    if " " not in text.strip():
        text = re.sub(r"[._]+", " ", text)
    text = _without_studio(" ".join(text.split()).strip(_EDGES), known.studio)
    return text if any(one.isalpha() for one in text) and not says_nothing(text) else None


def url_queries(
    scene: Scene, sources: Sequence[Source], *, others: Sequence[Source] = ()
) -> tuple[Asking, ...]:
    """The scene's addresses that the sources scrape, each once, in the order of the form.

    As in Stash, a source scrapes an address that contains one of its patterns. Of several Stash
    picks any and does not say which: they are named together, and where one of the ``others`` might
    be picked the address is not asked.
    """
    found: list[Asking] = []
    for url in dict.fromkeys(scene.urls):
        able = [one for one in sources if one.scrapes(url)]
        if able and not any(one.scrapes(url) for one in others):
            found.append(Asking(source=either(able), question=Question(by="url", text=url)))
    return tuple(found)


def either(sources: Sequence[Source]) -> Source:
    """The only source, or what stands for several of which Stash picks one."""
    if len(sources) == 1:
        return sources[0]
    name = " or ".join(dict.fromkeys(one.name for one in sources))
    return Source(
        kind=SourceKind.SCRAPER,
        key="",
        name=name,
        fragment=False,
        urls=tuple(pattern for one in sources for pattern in one.urls),
    )


def _without_day(match: re.Match[str]) -> str:
    """Nothing for a date that exists; other numbers may belong to the title."""
    try:
        date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        return match[0]
    return " "


def _without_studio(text: str, studio: str | None) -> str:
    """Without the studio before or after a separator, or in brackets; "Harbor Lights" stays."""
    if not studio:
        return text
    name = re.escape(studio)
    first = rf"(?:[\[(]{name}[\])]\s*[-\u2013\u2014:]?|{name}\s*(?:\s[-\u2013\u2014]|:))\s*"
    last = rf"\s*(?:[-\u2013\u2014]\s*[\[(]?{name}[\])]?|[\[(]{name}[\])])"
    shorter = re.sub(rf"^{first}|{last}$", "", text, flags=re.IGNORECASE).strip(_EDGES)
    return shorter or text
