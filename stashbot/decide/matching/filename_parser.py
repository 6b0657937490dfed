"""What a file name says about a scene.

A freshly scanned scene has neither title nor date: what is known of it comes from its metadata,
else from its file name. Patterns are tried in order, the user's own before the built-in ones; the
first that fits the whole name and yields something wins. A date that does not exist is no date.
Where a name can be read in two ways, only what both ways agree on is read: a piece that is missing
earns nothing, a wrong one may earn trust.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from stashbot.decide.matching.dates import read_date
from stashbot.errors import ConfigError
from stashbot.models import Known, Model, Scene
from stashbot.settings import FilenamePattern, FilenameSettings

_DATE = r"(?P<year>\d{4})[-._](?P<month>\d{2})[-._](?P<day>\d{2})"
_SHORT_DATE = r"(?P<year>\d{2})[._](?P<month>\d{2})[._](?P<day>\d{2})"
_IN_BRACKETS = rf"[\[(]{_DATE}[\])]"
#: Hyphen, en dash or em dash between spaces; a part between two of them that holds none.
_SEP = r" [-\u2013\u2014] "
_PART = rf"(?:(?!{_SEP})[^\[\]()])+"
#: Names of two to four words: where a part may be a title as well, one word names nobody.
_WORD = r"(?!and )[^\W\d_](?:[^\W\d_]|['\u2019.-])*"
_NAME = rf"{_WORD}(?: {_WORD}){{1,3}}"
_NAMES = rf"{_NAME}(?:(?:, ?| & | and ){_NAME})*"
#: "Part 2" after a separator belongs to the title before it.
_NO_NUMBER = r"(?!(?i:part|pt|vol|volume|episode|ep|scene|chapter|disc|cd)\b[ .]*(?:\d|[ivx]+\b))"
_EPISODE = rf"(?:(?i:s\d{{1,2}} ?e\d{{1,3}}|(?:episode|ep)\.? ?\d+){_SEP})?"
#: Tried top to bottom; names of the groups as in ``FilenamePattern``.
BUILTIN = (
    # Northlight - 2024-01-13 - Clip 12; of several parts before the date none is surely the studio
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
    # Stonebridge.22.07.19.Old.Mill; v1.22.07.19 is a version
    (
        "studio.yy.mm.dd.title",
        rf"(?![vV]\d)(?P<studio>[^\W\d_][^.\s]*)\.{_SHORT_DATE}\.(?P<title>\S+)",
    ),
    # 2024-01-13 - Clip 12, [2024-01-13] Clip 12
    ("date - title", rf"[\[(]?{_DATE}[\])]?(?:{_SEP}|[ ._])(?P<title>.+)"),
    # Clip 12 (2024-01-13)
    ("title (date)", rf"(?P<title>.+?) ?{_IN_BRACKETS}"),
    # Clip 12 - Northlight - 2024-01-13, or the other way round: the date is sure
    ("... - date", rf".+{_SEP}{_DATE}"),
    # Blue Kite - Red String, Paper Lantern - s02e05 - Night Market
    (
        "studio - title",
        r"(?!.*\d{2}[-._]\d{2}[-._]\d{2})"
        rf"(?P<studio>{_PART}){_SEP}{_EPISODE}{_NO_NUMBER}(?P<title>[^-].*)",
    ),
    # northlight_clip_22_2024_05_25: what stands before the date may be more than the title
    ("words date", rf"(?P<title>[^\W_]+(?:[ ._][^\W_]+)+?)[ ._]{_DATE}"),
)

#: Words about the file, not the scene; no title has them.
_TECHNICAL = r"""(?: \d{3,4}[pi] | \d{3,4}x\d{3,4} | uhd | fhd | hdr10 | \d{2,3}fps | 10bit
    | [xh][. ]?26[45] | hevc | xvid | divx | av1 | vp9 | aac(?:\d[. ]\d)? | ac3 | mp4-\w+
    | web[-. ]?(?:dl|rip) | blu-?ray | bdrip | dvdrip | hdtv | repack | rarbg )"""
#: Words that a title may have: they count in brackets, before a technical one and at the end.
_MAYBE = r"(?: [248]k | hd | sd | hdr | avc | xxx | web | mp[34] | vr )"
_EDGE = r"[\s._\-\[(]+"
#: From the first of them on: a name goes on with more of the kind. "The Web" is a fine title.
_QUALITY = re.compile(
    rf"(?:{_EDGE}{_MAYBE}[\])]*)*{_EDGE}{_TECHNICAL}(?=$|[\s._\-\[\]()]).*$"
    rf"| (?:{_EDGE}{_MAYBE})+(?<!web)(?<!vr)[\])]*$",
    re.IGNORECASE | re.VERBOSE,
)
_QUALITY_TAG = re.compile(
    rf"\ ?[\[(]\s*(?:{_TECHNICAL}|{_MAYBE})(?:[\s._,-]+(?:{_TECHNICAL}|{_MAYBE}))*\s*[\])]",
    re.IGNORECASE | re.VERBOSE,
)
#: Names that a camera, a download or a hurry gave.
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
#: Two digits from here on are a year of the last century, as in ``strptime``.
_LAST_CENTURY = 69


class FileNameReading(Model):
    """What one pattern read from a file name; empty when none fitted."""

    pattern: str | None = None
    studio: str | None = None
    title: str | None = None
    date: str | None = None
    performers: tuple[str, ...] = ()


@dataclass(frozen=True)
class CompiledPattern:
    """A pattern ready for use; the user's ``own`` is tried on the untouched name first."""

    name: str
    regex: re.Pattern[str]
    own: bool = False


@lru_cache(maxsize=32)
def compile_patterns(
    patterns: tuple[FilenamePattern, ...], *, builtin: bool = True
) -> tuple[CompiledPattern, ...]:
    """The user's patterns and then, with ``builtin``, stashbot's own.

    Raises:
        ConfigError: a pattern is no regular expression, or has none of the known groups.
    """
    known = {"studio", "title", "date", "year", "month", "day", "performers"}
    compiled: list[CompiledPattern] = []
    for pattern in patterns:
        key = f"filenames.patterns.{pattern.name}"
        try:
            regex = re.compile(pattern.regex)
        except (re.error, OverflowError, RecursionError) as error:
            raise ConfigError(
                f"The file-name pattern {pattern.name!r} is no regular expression: {error}.",
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
    """What the name says, by the first pattern that fits it.

    The extension and words about quality are cut off; dots and underscores stand for spaces in
    names that have no spaces. The user's own patterns see underscores as they are.
    """
    stem = _stem(basename)
    if says_nothing(basename):
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


def says_nothing(basename: str) -> bool:
    """Whether a camera, a download or a hurry gave the name; no pattern is tried on such a one."""
    return _UNINFORMATIVE.fullmatch(_stem(basename)) is not None


def without_quality(name: str) -> str:
    """A name without the words that are about its file: resolution, codec, release."""
    return _QUALITY.sub("", _QUALITY_TAG.sub("", name)).strip()


def _stem(basename: str) -> str:
    name = unicodedata.normalize("NFC", basename)
    return name.rsplit(".", 1)[0] if "." in name[1:] else name


def known_of(scene: Scene, settings: FilenameSettings) -> Known:
    """What is known of a scene, piece by piece: from its metadata, else from its file name.

    Raises:
        ConfigError: a pattern in the settings is wrong.
    """
    patterns = compile_patterns(settings.patterns, builtin=settings.builtin)
    reading = read_file_name(scene.file.basename, patterns) if scene.file else FileNameReading()
    held = {
        "title": scene.title,
        "date": scene.date,
        "studio": scene.studio.name if scene.studio else None,
        "performers": tuple(one.name for one in scene.performers),
    }
    values: dict[str, object] = {}
    origin: dict[str, Literal["metadata", "file name", "file"]] = {}
    for piece, value in held.items():
        read = getattr(reading, piece)
        if value:
            values[piece], origin[piece] = value, "metadata"
        elif read:
            values[piece], origin[piece] = read, "file name"
    if scene.file and scene.file.duration:
        values["duration"], origin["duration"] = scene.file.duration, "file"
    prints = scene.file.fingerprints if scene.file else {}
    by_name = "file name" in origin.values()
    pattern = reading.pattern if by_name else None
    return Known.model_validate(
        {**values, "urls": scene.urls, "prints": prints, "origin": origin, "pattern": pattern}
    )


def _reading(name: str, groups: dict[str, str | None]) -> FileNameReading | None:
    """The groups cleaned; ``None`` when the pattern fitted by an impossible date only.

    A year alone, or with a month, is no day that could be compared: the rest is read without it.
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
    """A day that only a user's own pattern finds: ``13.01.2024``, ``13 January 2024``."""
    try:
        return date.fromisoformat(read_date((text or "").replace("_", " "))).isoformat()
    except ValueError:
        return None


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(_words(one) for one in _SEPARATORS.split(text or "") if _words(one))


def _spaced(name: str) -> str:
    """Spaces for underscores in a name without spaces, but for those within a date."""
    return name if " " in name else re.sub(r"(\d\d_\d\d_\d\d)|_", lambda m: m[1] or " ", name)


def _words(text: str) -> str:
    """Spaces for dots and underscores where there are no spaces, and no separators around."""
    if " " not in text.strip():
        text = re.sub(r"[._]+", " ", text)
    return text.strip(" ._-\u2013\u2014")
