"""Find the series of a scene: ``Clip 12: Frozen Pier`` is of the series ``Clip``."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from stashbot.errors import ConfigError
from stashbot.settings import RoutingSettings

#: Characters of a title that patterns are tried on, so that no pattern takes long.
_MAX_LENGTH = 200
#: "Paper Lantern - s02e05 - Night Market"
_EPISODES = r"(?P<series>.*?[^\W\d_].*?)[\s._,-]*\bs\d{1,2}[\s._]?e\d{1,3}(?!\d).*"
#: "Windows, Part 1"
_PARTS = (
    r"(?P<series>.*?[^\W\d_].*?)[\s._,:-]+(?:part|pt|vol|volume|episode|ep|chapter)\b[\s._#]*"
    r"(?:\d{1,4}|[ivx]{1,6})\b.*"
)
#: "Clip 12: Frozen Pier"
_NUMBERED = r"(?P<series>.*?[^\W\d_][^:]*?)[\s._]+#?\d{1,4}(?:\s*[:\u2013\u2014-]\s.*|:.*)?"
#: A file name may end with a number for other reasons; only an episode in it tells a series.
_TITLE_PATTERNS = (_EPISODES, _PARTS, _NUMBERED)
_FILE_NAME_PATTERNS = (_EPISODES,)
_EDGES = " ._-,:#\u2013\u2014"


def find_series(title: str, stem: str, settings: RoutingSettings) -> str | None:
    """Return the series that the title names, else the file name; ``None`` if neither does.

    ``stem`` is the file name without its extension. The user's own patterns are tried on both
    before the built-in ones.

    Raises:
        ConfigError: A series pattern in the settings is wrong.
    """
    attempts = (
        (title, settings.series),
        (stem, settings.series),
        (title, _TITLE_PATTERNS),
        (stem, _FILE_NAME_PATTERNS),
    )
    for text, patterns in attempts:
        start = unicodedata.normalize("NFC", text[:_MAX_LENGTH])
        for pattern in _compile(patterns):
            match = pattern.fullmatch(start)
            if match and (series := (match["series"] or "").strip(_EDGES)):
                return series
    return None


@lru_cache(maxsize=32)
def _compile(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    compiled = []
    for pattern in patterns:
        try:
            regex = re.compile(pattern, re.IGNORECASE)
        except (re.error, OverflowError, RecursionError) as error:
            raise _pattern_error(pattern, f"is not a regular expression: {error}") from error
        if "series" not in regex.groupindex:
            raise _pattern_error(pattern, "has no group named series")
        compiled.append(regex)
    return tuple(compiled)


def _pattern_error(pattern: str, reason: str) -> ConfigError:
    return ConfigError(
        f"The series pattern {pattern!r} {reason}.",
        hint=r"Write it like (?P<series>.+) \d+ in the settings.",
        key="routing.series",
    )
