"""What to ask sources that do not know a scene by its file: its title, and its own addresses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from stashbot.decide.filenames import known_of, says_nothing, without_quality
from stashbot.models import Model, Scene, Source
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


class UrlQuery(Model):
    """An address of the scene that a source scrapes; ``index`` is its row in the edit form."""

    source: str
    index: int
    url: str


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


def url_queries(scene: Scene, sources: Sequence[Source]) -> tuple[UrlQuery, ...]:
    """The scene's addresses that one of the sources scrapes, in the order of the form.

    As in Stash, a source scrapes an address that contains one of its patterns. Of several sources
    the first is named, though Stash itself picks which of them it asks.
    """
    found: list[UrlQuery] = []
    for index, url in enumerate(scene.urls):
        source = next((one for one in sources if _scrapes(one, url)), None)
        if source is not None:
            found.append(UrlQuery(source=source.name, index=index, url=url))
    return tuple(found)


def _scrapes(source: Source, url: str) -> bool:
    return any(pattern and pattern in url for pattern in source.urls)


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
