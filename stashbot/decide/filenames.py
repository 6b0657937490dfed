"""What a file name says about a scene.

A freshly scanned scene has neither title nor date: what is known of it comes from its metadata,
else from its file name. Patterns are tried in order, the user's own before the built-in ones; the
first that fits the whole name and yields something wins. A date that does not exist is no date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from stashbot.errors import ConfigError
from stashbot.models import Known, Model, Scene
from stashbot.settings import FilenamePattern, FilenameSettings

_DATE = r"(?P<year>\d{4})[-._](?P<month>\d{2})[-._](?P<day>\d{2})"
_SHORT_DATE = r"(?P<year>\d{2})[._](?P<month>\d{2})[._](?P<day>\d{2})"
#: Tried top to bottom; names of the groups as in ``FilenamePattern``.
BUILTIN = (
    # Northlight - 2024-01-13 - Clip 12
    ("studio - date - title", rf"(?P<studio>.+?) - {_DATE} - (?P<title>.+)"),
    # [Meadow] Ada Sample - Evening Light (2022.11.30)
    (
        "[studio] performers - title (date)",
        rf"\[(?P<studio>[^\]]+)\] ?(?P<performers>.+?) - (?P<title>.+?) ?[\[(]{_DATE}[\])]",
    ),
    ("[studio] title (date)", rf"\[(?P<studio>[^\]]+)\] ?(?P<title>.+?) ?[\[(]{_DATE}[\])]"),
    # Northlight.2024-01-13.Clip.12
    ("studio.date.title", rf"(?P<studio>[^.\s][^\s]*?)[._]{_DATE}[._](?P<title>\S+)"),
    # Stonebridge.22.07.19.Old.Mill
    ("studio.yy.mm.dd.title", rf"(?P<studio>[A-Za-z][^.\s]*)\.{_SHORT_DATE}\.(?P<title>\S+)"),
    # 2024-01-13 - Clip 12
    ("date - title", rf"{_DATE}(?: - |[._ ])(?P<title>.+)"),
    # harbor-films_2023-09-21_tidal-clock
    ("studio_date_title", rf"(?P<studio>[^_\s]+)_{_DATE}_(?P<title>\S+)"),
    # Clip 12 (2024-01-13)
    ("title (date)", rf"(?P<title>.+?) ?[\[(]{_DATE}[\])]"),
    # Blue Kite - Red String
    ("studio - title", r"(?P<studio>[^-\[\]]+?) - (?P<title>[^-].*)"),
)

#: Words about the file, not the scene. They end a name that is written with dots.
_QUALITY = re.compile(
    r"""[\s._\-\[\(]+(?:
        \d{3,4}[pi] | [248]k | uhd | fhd | hd | sd | hdr(?:10)? | xxx
        | [xh][. ]?26[45] | hevc | avc | xvid | divx | av1 | vp9
        | web(?:[-. ]?(?:dl|rip))? | bluray | bdrip | dvdrip | hdtv
        | aac(?:\d[. ]\d)? | ac3 | mp3 | mp4 | 10bit | \d{2}fps | vr | 180x180 | repack | rarbg
    )(?=$|[\s._\-\]\)]).*$""",
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
_CENTURY = 2000


class FileNameReading(Model):
    """What one pattern read from a file name; empty when none fitted."""

    pattern: str | None = None
    studio: str | None = None
    title: str | None = None
    date: str | None = None
    performers: tuple[str, ...] = ()


@dataclass(frozen=True)
class CompiledPattern:
    """A pattern ready for use."""

    name: str
    regex: re.Pattern[str]


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
        except re.error as error:
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
        compiled.append(CompiledPattern(pattern.name, regex))
    if builtin:
        compiled += [CompiledPattern(name, re.compile(regex)) for name, regex in BUILTIN]
    return tuple(compiled)


def read_file_name(basename: str, patterns: Sequence[CompiledPattern]) -> FileNameReading:
    """What the name says, by the first pattern that fits it.

    The extension and words about quality are cut off; dots and underscores stand for spaces in
    names that have no spaces.
    """
    stem = basename.rsplit(".", 1)[0] if "." in basename[1:] else basename
    if _UNINFORMATIVE.fullmatch(stem):
        return FileNameReading()
    plain = _QUALITY.sub("", stem)
    for pattern in patterns:
        for text in dict.fromkeys((stem, plain)):
            if match := pattern.regex.fullmatch(text):
                reading = _reading(pattern.name, match.groupdict())
                if reading is not None:
                    return reading
    return FileNameReading()


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
    by_name = "file name" in origin.values()
    return Known.model_validate(
        {**values, "origin": origin, "pattern": reading.pattern if by_name else None}
    )


def _reading(name: str, groups: dict[str, str | None]) -> FileNameReading | None:
    """The groups cleaned; ``None`` when the pattern fitted by an impossible date only."""
    has_date = any(groups.get(part) for part in ("date", "year", "month", "day"))
    day = _date(groups)
    if has_date and day is None:
        return None
    title = _words(_QUALITY.sub("", groups.get("title") or ""))
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
        re.split(r"[-._ /]", text)
        if text
        else (groups.get("year"), groups.get("month"), groups.get("day"))
    )
    try:
        year, month, day = (int(part or "") for part in parts)
        return date(year + _CENTURY if year < 100 else year, month, day).isoformat()  # noqa: PLR2004
    except ValueError:
        return None


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(_words(one) for one in _SEPARATORS.split(text or "") if _words(one))


def _words(text: str) -> str:
    """Spaces for dots and underscores where there are no spaces, and no separators around."""
    if " " not in text.strip():
        text = re.sub(r"[._]+", " ", text)
    return text.strip(" ._-")
