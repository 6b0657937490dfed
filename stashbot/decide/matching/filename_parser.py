"""Read studio, date, performers and title from a file name.

Patterns are tried in order, the user's own before the built-in ones. The first that fits the whole
name and reads something wins. A date that does not exist is not a date. Where a name can be read in
two ways, only what both have in common is read: a missing piece earns no points, a wrong piece may
earn trust.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from stashbot.decide.matching.dates import read_date
from stashbot.errors import ConfigError
from stashbot.models import Model
from stashbot.settings import FilenamePattern

_DATE = r"(?P<year>\d{4})[-._](?P<month>\d{2})[-._](?P<day>\d{2})"
_SHORT_DATE = r"(?P<year>\d{2})[._](?P<month>\d{2})[._](?P<day>\d{2})"
_IN_BRACKETS = rf"[\[(]{_DATE}[\])]"
#: A hyphen, en dash or em dash between spaces, and a part between two of them.
_SEP = r" [-\u2013\u2014] "
_PART = rf"(?:(?!{_SEP})[^\[\]()])+"
#: Names of two to four words. Where a part may also be a title, a single word is no name.
_WORD = r"(?!and )[^\W\d_](?:[^\W\d_]|['\u2019.-])*"
_NAME = rf"{_WORD}(?: {_WORD}){{1,3}}"
_NAMES = rf"{_NAME}(?:(?:, ?| & | and ){_NAME})*"
#: "Part 2" after a separator belongs to the title before it.
_NO_NUMBER = r"(?!(?i:part|pt|vol|volume|episode|ep|scene|chapter|disc|cd)\b[ .]*(?:\d|[ivx]+\b))"
_EPISODE = rf"(?:(?i:s\d{{1,2}} ?e\d{{1,3}}|(?:episode|ep)\.? ?\d+){_SEP})?"
#: Tried from top to bottom; the groups have the names of ``FilenamePattern``.
BUILTIN = (
    # Northlight - 2024-01-13 - Clip 12; of several parts before the date, any may be the studio
    (
        "studio - date - title",
        rf"(?:(?P<studio>(?:(?!{_SEP}).)+)|.+?){_SEP}{_DATE}{_SEP}(?P<title>.+)",
    ),
    # [Meadow] Ada Sample - Evening Light (2022.11.30)
    (
        "[studio] performers - title (date)",
        rf"\[(?P<studio>[^\]]+)\] ?(?P<performers>[^\d\[\]()]+?){_SEP}"
        rf"(?P<title>.+?) ?{_IN_BRACKETS}",
    ),
    ("[studio] title (date)", rf"\[(?P<studio>[^\]]+)\] ?(?P<title>.+?) ?{_IN_BRACKETS}"),
    # [Meadow] 2022-11-30 - Evening Light, [Meadow] (2022-11-30) Evening Light
    (
        "[studio] date title",
        rf"\[(?P<studio>[^\]]+)\] ?[\[(]?{_DATE}[\])]?(?:{_SEP}|[ ._])(?P<title>.+)",
    ),
    # Meadow - Ada Sample - Evening Light (2022-11-30)
    (
        "studio - performers - title (date)",
        rf"(?P<studio>{_PART}){_SEP}(?P<performers>{_NAMES}){_SEP}{_NO_NUMBER}"
        rf"(?P<title>.+?) ?{_IN_BRACKETS}",
    ),
    # Meadow - Evening Light (2022-11-30)
    (
        "studio - title (date)",
        rf"(?P<studio>{_PART}){_SEP}{_EPISODE}{_NO_NUMBER}(?P<title>.+?) ?{_IN_BRACKETS}",
    ),
    # Northlight.2024-01-13.Clip.12, harbor-films_2023-09-21_tidal-clock
    ("studio.date.title", rf"(?P<studio>[^.\s][^\s]*?)[._]{_DATE}[._](?P<title>\S+)"),
    # Stonebridge.22.07.19.Old.Mill; but v1.22.07.19 is a version
    (
        "studio.yy.mm.dd.title",
        rf"(?![vV]\d)(?P<studio>[^\W\d_][^.\s]*)\.{_SHORT_DATE}\.(?P<title>\S+)",
    ),
    # 2024-01-13 - Clip 12, [2024-01-13] Clip 12
    ("date - title", rf"[\[(]?{_DATE}[\])]?(?:{_SEP}|[ ._])(?P<title>.+)"),
    # Clip 12 (2024-01-13)
    ("title (date)", rf"(?P<title>.+?) ?{_IN_BRACKETS}"),
    # Clip 12 - Northlight - 2024-01-13, or studio and title swapped: only the date is certain
    ("... - date", rf".+{_SEP}{_DATE}"),
    # Blue Kite - Red String, Paper Lantern - s02e05 - Night Market
    (
        "studio - title",
        r"(?!.*\d{2}[-._]\d{2}[-._]\d{2})"
        rf"(?P<studio>{_PART}){_SEP}{_EPISODE}{_NO_NUMBER}(?P<title>[^-].*)",
    ),
    # northlight_clip_22_2024_05_25: the words before the date may be more than the title
    ("words date", rf"(?P<title>[^\W_]+(?:[ ._][^\W_]+)+?)[ ._]{_DATE}"),
)

#: Words about the file, not the scene; they are in no title.
_TECHNICAL = r"""(?: \d{3,4}[pi] | \d{3,4}x\d{3,4} | uhd | fhd | hdr10 | \d{2,3}fps | 10bit
    | [xh][. ]?26[45] | hevc | xvid | divx | av1 | vp9 | aac(?:\d[. ]\d)? | ac3 | mp4-\w+
    | web[-. ]?(?:dl|rip) | blu-?ray | bdrip | dvdrip | hdtv | repack | rarbg )"""
#: Words that may be in a title. They are about the file in brackets, before a technical word and
#: at the end.
_MAYBE = r"(?: [248]k | hd | sd | hdr | avc | xxx | web | mp[34] | vr )"
_EDGE = r"[\s._\-\[(]+"
#: From the first technical word to the end, since only more of the kind follow. "The Web" stays.
_QUALITY = re.compile(
    rf"(?:{_EDGE}{_MAYBE}[\])]*)*{_EDGE}{_TECHNICAL}(?=$|[\s._\-\[\]()]).*$"
    rf"| (?:{_EDGE}{_MAYBE})+(?<!web)(?<!vr)[\])]*$",
    re.IGNORECASE | re.VERBOSE,
)
_QUALITY_TAG = re.compile(
    rf"\ ?[\[(]\s*(?:{_TECHNICAL}|{_MAYBE})(?:[\s._,-]+(?:{_TECHNICAL}|{_MAYBE}))*\s*[\])]",
    re.IGNORECASE | re.VERBOSE,
)
#: Names that a camera or a download gave.
_UNINFORMATIVE = re.compile(
    r"""(?: (?:img|vid|mov|dsc|dscn|dji|gopr|gh|mvi|pxl|video|clip|movie|untitled|file|output)
            [\s._-]*\(?[\d\s._-]*\)?
        | (?:screen[\s._-]?)?recording .*
        | [0-9a-f]{12,} | [\d\s._()-]+
        | [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12} )""",
    re.IGNORECASE | re.VERBOSE,
)
_SEPARATORS = re.compile(r"\s*,\s*|\s+&\s+|\s+and\s+")
_DAY = ("year", "month", "day")
#: Two-digit years from here on are of the last century, as in ``strptime``.
_LAST_CENTURY = 69


class FileNameReading(Model):
    """The pieces that a pattern read from a file name; all are empty if no pattern fits."""

    pattern: str | None = None
    studio: str | None = None
    title: str | None = None
    date: str | None = None
    performers: tuple[str, ...] = ()


@dataclass(frozen=True)
class CompiledPattern:
    """A pattern ready for use; the user's ``own`` patterns see the unchanged name first."""

    name: str
    regex: re.Pattern[str]
    own: bool = False


@lru_cache(maxsize=32)
def compile_patterns(
    patterns: tuple[FilenamePattern, ...], *, builtin: bool = True
) -> tuple[CompiledPattern, ...]:
    """Return the user's patterns and then, with ``builtin``, the built-in ones.

    Raises:
        ConfigError: A pattern is not a regular expression, or has other groups than the known ones.
    """
    known = {"studio", "title", "date", "year", "month", "day", "performers"}
    compiled: list[CompiledPattern] = []
    for pattern in patterns:
        key = f"filenames.patterns.{pattern.name}"
        try:
            regex = re.compile(pattern.regex)
        except (re.error, OverflowError, RecursionError) as error:
            raise ConfigError(
                f"The file-name pattern {pattern.name!r} is not a regular expression: {error}.",
                hint="Correct its regex in the settings.",
                key=key,
            ) from error
        unknown = set(regex.groupindex) - known
        if unknown or not regex.groupindex:
            raise ConfigError(
                f"The file-name pattern {pattern.name!r} has "
                f"{'unknown groups ' + ', '.join(sorted(unknown)) if unknown else 'no groups'}.",
                hint=f"Name groups like (?P<title>...): {', '.join(sorted(known))}.",
                key=key,
            )
        compiled.append(CompiledPattern(pattern.name, regex, own=True))
    if builtin:
        compiled += [CompiledPattern(name, re.compile(regex)) for name, regex in BUILTIN]
    return tuple(compiled)


def read_file_name(basename: str, patterns: Sequence[CompiledPattern]) -> FileNameReading:
    """Return what the first fitting pattern reads from a file name.

    The extension and the words about quality are removed first, and in a name without spaces dots
    and underscores count as spaces. The user's own patterns see underscores unchanged.
    """
    stem = stem_of(basename)
    if is_uninformative(basename):
        return FileNameReading()
    tagless = _QUALITY_TAG.sub("", stem).strip()
    plain = _QUALITY.sub("", tagless)
    given, builtin = (stem, tagless, plain), (*map(_spaced, (tagless, plain)), tagless, plain)
    for pattern in patterns:
        for text in dict.fromkeys(given if pattern.own else builtin):
            if match := pattern.regex.fullmatch(text):
                reading = _reading(pattern.name, match.groupdict())
                if reading is not None:
                    return reading
    return FileNameReading()


def is_uninformative(basename: str) -> bool:
    """Return whether a camera or a download gave the name; no pattern is tried on such a name."""
    return _UNINFORMATIVE.fullmatch(stem_of(basename)) is not None


def strip_quality(name: str) -> str:
    """Return the name without the words about its file: resolution, codec, release."""
    return _QUALITY.sub("", _QUALITY_TAG.sub("", name)).strip()


def stem_of(basename: str) -> str:
    """Return the file name without its extension."""
    name = unicodedata.normalize("NFC", basename)
    return name.rsplit(".", 1)[0] if "." in name[1:] else name


def _reading(name: str, groups: dict[str, str | None]) -> FileNameReading | None:
    """Return the cleaned groups of a match, or ``None`` if its date is impossible or all is empty.

    A year alone, or with a month, is not a day that could be compared; the rest is read without it.
    """
    day = _date(groups)
    if day is None and (groups.get("date") or all(groups.get(part) for part in _DAY)):
        return None
    title = _words(_QUALITY.sub("", f" {groups.get('title') or ''}"))
    if title and _UNINFORMATIVE.fullmatch(title) and not day:
        title = ""
    performers = _names(groups.get("performers"))
    studio = _words(groups.get("studio") or "")
    if not (title or day or performers):
        return None
    return FileNameReading(
        pattern=name, studio=studio or None, title=title or None, date=day, performers=performers
    )


def _date(groups: dict[str, str | None]) -> str | None:
    text = groups.get("date")
    parts: Iterable[str | None] = (
        re.split(r"[-._ /]", text) if text else (groups.get(part) for part in _DAY)
    )
    try:
        year, month, day = (part or "" for part in parts)
        if len(year) == len("yy"):
            year = f"{19 if int(year) >= _LAST_CENTURY else 20}{year}"
        return date(int(year), int(month), int(day)).isoformat()
    except (ValueError, OverflowError):
        return _written_out(text)


def _written_out(text: str | None) -> str | None:
    """Read a day that only the user's own patterns match: ``13.01.2024``, ``13 January 2024``."""
    try:
        return date.fromisoformat(read_date((text or "").replace("_", " "))).isoformat()
    except ValueError:
        return None


def _names(text: str | None) -> tuple[str, ...]:
    names = (_words(name) for name in _SEPARATORS.split(text or ""))
    return tuple(name for name in names if name)


def _spaced(name: str) -> str:
    """Replace underscores by spaces in a name without spaces, except those within a date."""
    return name if " " in name else re.sub(r"(\d\d_\d\d_\d\d)|_", lambda m: m[1] or " ", name)


def _words(text: str) -> str:
    """Replace dots and underscores by spaces if there are none; strip separators at both ends."""
    if " " not in text.strip():
        text = re.sub(r"[._]+", " ", text)
    return text.strip(" ._-\u2013\u2014")
