"""File names by template: ``{studio} - {date} - {title}.{ext}``.

``{field}`` is a field of the scene. What stands in ``[...]`` is left out when one of its fields is
empty: ``[{studio} - ]{title}.{ext}``; an empty field outside of brackets refuses the name. Lists
may be limited: ``{performers:3}``. A ``/`` begins a folder: ``{studio}/{title}.{ext}`` is relative
to the library folder that holds the file; without a ``/`` the file stays in its folder. Every
template ends with ``.{ext}``, the file's own extension. ``{{``, ``}}``, ``[[`` and ``]]`` are the
signs themselves.

A name that is too long loses the last names of its lists and the ends of its longest texts; dates,
numbers and the extension stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from stashbot.decide.renaming.safe_names import clean, cut, problem, size
from stashbot.errors import ConfigError
from stashbot.models import Model, Scene, VideoFile

LIST_FIELDS = ("performers", "tags", "groups")
#: Fields that a name which is too long may lose the end of.
CUT_FIELDS = ("title", "studio", "director", "stem", *LIST_FIELDS)
FIELDS = (
    *("id", "title", "code", "date", "year", "month", "day", "director", "studio", *LIST_FIELDS),
    *("rating", "width", "height", "resolution", "stem", "ext"),
)
_END = ".{ext}"
_TOKEN = re.compile(r"\{\{|\}\}|\[\[|\]\]|\{([^{}\[\]]*)\}|[{}\[\]]|[^{}\[\]]+")
_FIELD = re.compile(r"([a-z]+)(?::([1-9]\d{0,3}))?")
_EXTENSION = re.compile(r"[A-Za-z0-9_]{1,16}")
_DOUBLED = {"{{": "{", "}}": "}", "[[": "[", "]]": "]"}


class NameRefused(ValueError):  # named for what happened
    """A scene's values give no safe name; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    most: int | None = None


@dataclass(frozen=True, slots=True)
class _Group:
    parts: tuple[_Part, ...]


_Part = str | _Field | _Group


@dataclass(slots=True)
class _Text:
    """A piece of a name: a literal, or the values of a field."""

    values: list[str]
    name: str = ""

    def __str__(self) -> str:
        return ", ".join(self.values)


class FileName(Model):
    """Where a template puts a file: folders below the library's (``None``: its own), and name."""

    folders: tuple[str, ...] | None
    stem: str
    ext: str

    @property
    def basename(self) -> str:
        """The name with its extension."""
        return f"{self.stem}.{self.ext}"

    def numbered(self, number: int, most_bytes: int) -> str:
        """The name for the ``number``-th file of this name: the second is ``... (2).mp4``."""
        if number == 1:
            return self.basename
        end = f" ({number}).{self.ext}"
        return f"{cut(self.stem, most_bytes - size(end))}{end}"


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was checked."""

    text: str
    _parts: tuple[_Part, ...] = field(repr=False)

    @property
    def moves(self) -> bool:
        """Whether it says which folder a file is in."""
        return "/" in self.text

    def name(self, scene: Scene, file: VideoFile, most_bytes: int) -> FileName:
        """The name that the template gives a file of a scene.

        Raises:
            NameRefused: a field is empty, or the result is no name that all systems take.
        """
        values = values_of(scene, file)
        if not values["ext"]:
            raise NameRefused(f"{file.basename!r} has no extension that could be kept")
        ext = values["ext"][0]
        components = _split(_filled(self._parts, values))
        names = [_fitted(one, most_bytes) for one in components[:-1]]
        stem = _fitted(components[-1], most_bytes - size(f".{ext}"))
        for name in (*names, f"{stem}.{ext}" if stem else ""):
            if why := problem(name, most_bytes):
                raise NameRefused(f"the name would be {name!r}: {why}")
        return FileName(folders=tuple(names) if self.moves else None, stem=stem, ext=ext)


@lru_cache(maxsize=32)
def compile_template(text: str) -> Template:
    """The template, checked.

    Raises:
        ConfigError: with the column; it names an unknown field, does not close a bracket, does not
            end with ``.{ext}``, would leave the library folder, or has characters that not all
            systems take in names.
    """
    if not text.endswith(_END):
        raise _bad(text, len(text), f"a template ends with {_END}, so that files keep theirs")
    parts = _parsed(text, text.removesuffix(_END))
    if not any(isinstance(part, _Field | _Group) for part in parts):
        raise _bad(text, 0, "without a field all files would have one name")
    return Template(text, parts)


def values_of(scene: Scene, file: VideoFile) -> dict[str, tuple[str, ...]]:
    """Every field of a template with its values, safe for names; an empty field has none."""
    stem, _, ext = file.basename.rpartition(".")
    date = scene.date or ""
    year, month, day = (*date.split("-"), "", "", "")[:3]
    raw: dict[str, Iterable[str | int | None]] = {
        "id": (scene.id,),
        "title": (scene.title,),
        "code": (scene.code,),
        "date": (date,),
        "year": (year,),
        "month": (month,),
        "day": (day,),
        "director": (scene.director,),
        "studio": (scene.studio.name if scene.studio else None,),
        "performers": (one.name for one in scene.performers),
        "tags": (one.name for one in scene.tags),
        "groups": (one.name for one in scene.groups),
        "rating": (scene.rating100,),
        "width": (file.width or None,),
        "height": (file.height or None,),
        "resolution": (f"{min(file.width, file.height)}p" if file.width and file.height else None,),
        "stem": (stem,),
        "ext": (ext if stem and _EXTENSION.fullmatch(ext) else None,),
    }
    cleaned = {
        name: (clean("" if one is None else str(one)) for one in values)
        for name, values in raw.items()
    }
    return {name: tuple(dict.fromkeys(filter(None, values))) for name, values in cleaned.items()}


def _parsed(text: str, body: str) -> tuple[_Part, ...]:
    stack: list[tuple[int, list[_Part]]] = [(0, [])]
    for match in _TOKEN.finditer(body):
        piece, at = match[0], match.start()
        if match[1] is not None:
            stack[-1][1].append(_field(text, match[1], at))
        elif piece == "[":
            stack.append((at, []))
        elif piece == "]" and len(stack) > 1:
            opened, parts = stack.pop()
            if not any(isinstance(part, _Field) for part in parts):
                raise _bad(text, opened, "brackets without a field are never left out")
            stack[-1][1].append(_Group(tuple(parts)))
        elif piece in "{}[]":
            raise _bad(text, at, f"{piece} has no partner; write {piece * 2} for the sign itself")
        else:
            stack[-1][1].append(_literal(text, _DOUBLED.get(piece, piece), at))
    if len(stack) > 1:
        raise _bad(text, stack[-1][0], "[ has no partner; write [[ for the sign itself")
    if body.startswith("/"):
        raise _bad(text, 0, "a template is relative to the library folder")
    return tuple(stack[0][1])


def _field(text: str, inner: str, at: int) -> _Field:
    match = _FIELD.fullmatch(inner)
    if not match or match[1] not in FIELDS or match[1] == "ext":
        raise _bad(text, at, f"there is no field {inner!r}; fields: {', '.join(FIELDS[:-1])}")
    if match[2] and match[1] not in LIST_FIELDS:
        raise _bad(text, at, f"only lists have a number of members: {', '.join(LIST_FIELDS)}")
    return _Field(match[1], int(match[2]) if match[2] else None)


def _literal(text: str, literal: str, at: int) -> str:
    for place, char in enumerate(literal):
        if char != "/" and clean(f"a{char}b") != f"a{char}b":
            raise _bad(text, at + place, f"{char!r} is not for names on all systems")
    steps = [step.strip() for step in literal.split("/")]
    if any(step in {".", ".."} for step in steps[1:-1]) or steps[0] in {".", ".."}:
        raise _bad(text, at, "it would leave the library folder")
    return literal


def _filled(parts: Sequence[_Part], values: dict[str, tuple[str, ...]]) -> list[_Text]:
    texts: list[_Text] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(_Text([part]))
        elif isinstance(part, _Group):
            fields = [one for one in part.parts if isinstance(one, _Field)]
            if all(values[one.name] for one in fields):
                texts += _filled(part.parts, values)
        elif not values[part.name]:
            raise NameRefused(
                f"the scene has no {part.name}; a template with [{{{part.name}}}] would do without"
            )
        else:
            texts.append(_Text(list(values[part.name][: part.most]), part.name))
    return texts


def _split(texts: Sequence[_Text]) -> list[list[_Text]]:
    """The pieces by folder; only a literal's slash begins one."""
    components: list[list[_Text]] = [[]]
    for text in texts:
        if text.name:
            components[-1].append(text)
            continue
        first, *rest = str(text).split("/")
        components[-1].append(_Text([first]))
        components += [[_Text([one])] for one in rest]
    return components


def _fitted(texts: Sequence[_Text], most_bytes: int) -> str:
    """The pieces as one name within so many bytes.

    Raises:
        NameRefused: what may be cut is used up.
    """
    while True:
        name = " ".join("".join(map(str, texts)).split()).strip(" .")
        over = size(name) - most_bytes
        if over <= 0:
            return name
        longest = max(
            (one for one in texts if one.name in CUT_FIELDS and str(one)),
            key=lambda one: size(str(one)),
            default=None,
        )
        if longest is None:
            raise NameRefused(f"the name {name!r} is too long and nothing in it may be cut")
        if len(longest.values) > 1:
            longest.values.pop()
            continue
        shorter = cut(longest.values[0], size(longest.values[0]) - over)
        if not shorter:
            raise NameRefused(f"the name {name!r} is too long by {over} bytes")
        longest.values = [shorter]


def _bad(text: str, at: int, why: str) -> ConfigError:
    return ConfigError(
        f"The template {text!r} cannot be used, column {at + 1}: {why}.",
        hint="Write it like [{studio} - ]{title}.{ext} in the settings.",
        key="naming.template",
    )
