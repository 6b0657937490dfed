"""Name files by a template such as ``{studio} - {date} - {title}.{ext}``.

``{field}`` is a field of the scene. A part in ``[...]`` is left out if any of its fields is empty:
``[{studio} - ]{title}.{ext}``. An empty field outside of brackets refuses the name. A list may be
limited: ``{performers:3}``. A ``/`` separates folders: ``{studio}/{title}.{ext}`` is relative to
the library folder that holds the file; without a ``/`` the file stays in its folder. Every template
ends with ``.{ext}``, the file's own extension. ``{{``, ``}}``, ``[[`` and ``]]`` stand for the
brackets themselves.

A name that is too long loses the last members of its lists and the ends of its longest texts;
dates, numbers and the extension stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from stashbot.decide.renaming.safe_names import byte_size, clean_name, name_problem, truncate_bytes
from stashbot.errors import ConfigError, NameRefused
from stashbot.models import Model, Scene, VideoFile

LIST_FIELDS = ("performers", "tags", "groups")
#: Fields whose value may be shortened in a name that is too long.
SHORTENED_FIELDS = ("title", "studio", "director", "stem", *LIST_FIELDS)
FIELDS = (
    *("id", "title", "code", "date", "year", "month", "day", "director", "studio", *LIST_FIELDS),
    *("rating", "width", "height", "resolution", "stem", "ext"),
)
_END = ".{ext}"
_TOKEN = re.compile(r"\{\{|\}\}|\[\[|\]\]|\{([^{}\[\]]*)\}|[{}\[\]]|[^{}\[\]]+")
_FIELD = re.compile(r"([a-z]+)(?::([1-9]\d{0,3}))?")
_EXTENSION = re.compile(r"[A-Za-z0-9_]{1,16}")
_DOUBLED = {"{{": "{", "}}": "}", "[[": "[", "]]": "]"}


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class _Group:
    parts: tuple[_Part, ...]


_Part = str | _Field | _Group


@dataclass(slots=True)
class _Text:
    """A piece of a name: a literal, or the values of a ``field``."""

    values: list[str]
    field: str = ""

    def __str__(self) -> str:
        return ", ".join(self.values)


class FileName(Model):
    """The folders and the name that a template gives a file.

    ``folders`` are below the library folder; with ``None`` the file stays in its own folder.
    """

    folders: tuple[str, ...] | None
    stem: str
    ext: str

    @property
    def basename(self) -> str:
        """The name with its extension."""
        return f"{self.stem}.{self.ext}"

    def numbered(self, number: int, max_bytes: int) -> str:
        """Return the name of the ``number``-th file of this name: the second is ``... (2).mp4``."""
        if number == 1:
            return self.basename
        end = f" ({number}).{self.ext}"
        return f"{truncate_bytes(self.stem, max_bytes - byte_size(end))}{end}"


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was checked."""

    text: str
    _parts: tuple[_Part, ...] = field(repr=False)

    @property
    def moves(self) -> bool:
        """Whether the template has folders."""
        return "/" in self.text

    def name(self, scene: Scene, file: VideoFile, max_bytes: int) -> FileName:
        """Return the name that the template gives a file of a scene.

        Raises:
            NameRefused: A field is empty, or the result is not a name that all systems take.
        """
        values = values_of(scene, file)
        if not values["ext"]:
            raise NameRefused(f"{file.basename!r} has no extension that could be kept")
        ext = values["ext"][0]
        components = _split_folders(_fill(self._parts, values))
        names = [_fit(component, max_bytes) for component in components[:-1]]
        stem = _fit(components[-1], max_bytes - byte_size(f".{ext}"))
        for name in (*names, f"{stem}.{ext}" if stem else ""):
            if problem := name_problem(name, max_bytes):
                raise NameRefused(f"the name would be {name!r}: {problem}")
        return FileName(folders=tuple(names) if self.moves else None, stem=stem, ext=ext)


@lru_cache(maxsize=32)
def compile_template(text: str) -> Template:
    """Return the template after checking it.

    Raises:
        ConfigError: The template names an unknown field, does not close a bracket, does not end
            with ``.{ext}``, would leave the library folder, or has characters that not all systems
            take in names. The message has the column.
    """
    if not text.endswith(_END):
        raise _bad_template(text, len(text), f"it must end with {_END}, so that files keep theirs")
    parts = _parse(text, text.removesuffix(_END))
    if not any(isinstance(part, _Field | _Group) for part in parts):
        raise _bad_template(text, 0, "without a field all files would have the same name")
    return Template(text, parts)


def values_of(scene: Scene, file: VideoFile) -> dict[str, tuple[str, ...]]:
    """Return the values of every field, safe for names; an empty field has no values."""
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
        "performers": (performer.name for performer in scene.performers),
        "tags": (tag.name for tag in scene.tags),
        "groups": (group.name for group in scene.groups),
        "rating": (scene.rating100,),
        "width": (file.width or None,),
        "height": (file.height or None,),
        "resolution": (f"{min(file.width, file.height)}p" if file.width and file.height else None,),
        "stem": (stem,),
        "ext": (ext if stem and _EXTENSION.fullmatch(ext) else None,),
    }
    cleaned = {
        name: (clean_name("" if value is None else str(value)) for value in values)
        for name, values in raw.items()
    }
    return {name: tuple(dict.fromkeys(filter(None, values))) for name, values in cleaned.items()}


def _parse(text: str, body: str) -> tuple[_Part, ...]:
    stack: list[tuple[int, list[_Part]]] = [(0, [])]
    for match in _TOKEN.finditer(body):
        piece, position = match[0], match.start()
        if match[1] is not None:
            stack[-1][1].append(_parse_field(text, match[1], position))
        elif piece == "[":
            stack.append((position, []))
        elif piece == "]" and len(stack) > 1:
            opened, parts = stack.pop()
            if not any(isinstance(part, _Field) for part in parts):
                raise _bad_template(text, opened, "brackets without a field are never left out")
            stack[-1][1].append(_Group(tuple(parts)))
        elif piece in "{}[]":
            message = f"{piece} has no partner; write {piece * 2} for the bracket itself"
            raise _bad_template(text, position, message)
        else:
            stack[-1][1].append(_check_literal(text, _DOUBLED.get(piece, piece), position))
    if len(stack) > 1:
        raise _bad_template(text, stack[-1][0], "[ has no partner; write [[ for the bracket itself")
    if body.startswith("/"):
        raise _bad_template(text, 0, "a template is relative to the library folder")
    return tuple(stack[0][1])


def _parse_field(text: str, inner: str, position: int) -> _Field:
    match = _FIELD.fullmatch(inner)
    if not match or match[1] not in FIELDS or match[1] == "ext":
        fields = ", ".join(FIELDS[:-1])
        raise _bad_template(text, position, f"there is no field {inner!r}; fields: {fields}")
    if match[2] and match[1] not in LIST_FIELDS:
        raise _bad_template(text, position, f"only lists can be limited: {', '.join(LIST_FIELDS)}")
    return _Field(match[1], int(match[2]) if match[2] else None)


def _check_literal(text: str, literal: str, position: int) -> str:
    for offset, char in enumerate(literal):
        if char != "/" and clean_name(f"a{char}b") != f"a{char}b":
            raise _bad_template(text, position + offset, f"not all systems take {char!r} in names")
    steps = [step.strip() for step in literal.split("/")]
    if any(step in {".", ".."} for step in steps[1:-1]) or steps[0] in {".", ".."}:
        raise _bad_template(text, position, "it would leave the library folder")
    return literal


def _fill(parts: Sequence[_Part], values: dict[str, tuple[str, ...]]) -> list[_Text]:
    texts: list[_Text] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(_Text([part]))
        elif isinstance(part, _Group):
            fields = [inner for inner in part.parts if isinstance(inner, _Field)]
            if all(values[field.name] for field in fields):
                texts += _fill(part.parts, values)
        elif not values[part.name]:
            raise NameRefused(
                f"the scene has no {part.name}; write [{{{part.name}}}] to leave it out then"
            )
        else:
            texts.append(_Text(list(values[part.name][: part.limit]), part.name))
    return texts


def _split_folders(texts: Sequence[_Text]) -> list[list[_Text]]:
    """Split the pieces at the slashes of literals; a slash in a value separates nothing."""
    components: list[list[_Text]] = [[]]
    for text in texts:
        if text.field:
            components[-1].append(text)
            continue
        first, *rest = str(text).split("/")
        components[-1].append(_Text([first]))
        components += [[_Text([name])] for name in rest]
    return components


def _fit(texts: Sequence[_Text], max_bytes: int) -> str:
    """Join the pieces to a name of at most ``max_bytes``, shortening the longest ones.

    Raises:
        NameRefused: Nothing is left that may be shortened.
    """
    while True:
        name = " ".join("".join(map(str, texts)).split()).strip(" .")
        over = byte_size(name) - max_bytes
        if over <= 0:
            return name
        longest = max(
            (text for text in texts if text.field in SHORTENED_FIELDS and str(text)),
            key=lambda text: byte_size(str(text)),
            default=None,
        )
        if longest is None:
            raise NameRefused(f"the name {name!r} is too long, and nothing in it may be shortened")
        if len(longest.values) > 1:
            longest.values.pop()
            continue
        shorter = truncate_bytes(longest.values[0], byte_size(longest.values[0]) - over)
        if not shorter:
            raise NameRefused(f"the name {name!r} is too long by {over} bytes")
        longest.values = [shorter]


def _bad_template(text: str, position: int, problem: str) -> ConfigError:
    return ConfigError(
        f"The template {text!r} cannot be used, column {position + 1}: {problem}.",
        hint="Write it like [{studio} - ]{title}.{ext} in the settings.",
        key="naming.template",
    )
