"""The facts of a scene that decisions rest on, read once for each scene."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import Field

from stashbot.decide.matching.filename_parser import (
    FileNameReading,
    compile_patterns,
    is_uninformative,
    read_file_name,
    stem_of,
)
from stashbot.decide.matching.folding import same_folded, word_set
from stashbot.decide.matching.name_text import read_name
from stashbot.decide.matching.series import find_series
from stashbot.models import KnownFacts, Model, Scene
from stashbot.settings import FilenameSettings, RoutingSettings

#: A name that may be a code, and is nothing else.
_ONE_NUMBER = re.compile(r"\d{5,7}")
#: Names that say no more than that the file is a video.
_GENERIC_NAMES = word_set("video full movie film scene clip new sample file final")


class SceneFacts(Model):
    """A scene, what its metadata and its file name say about it, and its series.

    ``known`` has each fact from the metadata, else from the file name, and says which. ``certain``
    lacks what only the built-in patterns read: ``name`` is compared with each proposal in their
    place. ``name`` is the name of the file or, where it says nothing, of the folder; it is empty if
    neither is to be read. ``series`` is ``None`` if neither names a series.
    """

    scene: Scene
    known: KnownFacts = KnownFacts()
    certain: KnownFacts | None = None
    file_name: FileNameReading = FileNameReading()
    series: str | None = None
    name: str = ""
    name_origin: Literal["file name", "folder"] = "file name"
    date_order: Literal["any", "ymd", "dmy", "mdy"] = "any"
    abbreviations: dict[str, str] = Field(default_factory=dict)

    @property
    def stated(self) -> KnownFacts:
        """What the metadata, the file and the user's own patterns say."""
        return self.certain or self.known

    @property
    def possible_days(self) -> tuple[str, ...]:
        """The date that is known, else every day that the name may mean."""
        if self.stated.date:
            return (self.stated.date,)
        pieces = read_name(self.name, self.date_order).dates if self.name else ()
        readings = [day for piece in pieces if piece.is_day for day in piece.readings]
        return tuple(dict.fromkeys(readings))

    @property
    def basename(self) -> str:
        """The name of the scene's file; empty if it has none."""
        return self.scene.file.basename if self.scene.file else ""

    @property
    def stem(self) -> str:
        """The name of the scene's file without its extension; empty if it has none."""
        return stem_of(self.basename)


def read_scene_facts(
    scene: Scene,
    filenames: FilenameSettings,
    routing: RoutingSettings | None = None,
    *,
    folder: str = "",
) -> SceneFacts:
    """Return the facts of a scene; ``routing`` has the user's own patterns for series.

    ``folder`` is the name of a folder that holds this video alone: it is read where the name of the
    file says nothing.

    Raises:
        ConfigError: A file-name or series pattern in the settings is wrong.
    """
    own = compile_patterns(filenames.patterns, builtin=False)
    basename = scene.file.basename if scene.file else ""
    stem = stem_of(basename)
    by_own = read_file_name(basename, own)
    reading = by_own
    if by_own.pattern is None and filenames.builtin:
        reading = read_file_name(basename, compile_patterns((), builtin=True))
    if filenames.builtin and scene.title and stem and same_folded(scene.title, stem):
        titled = scene.model_copy(update={"title": None})  # the title is only the file's name
    else:
        titled = scene
    known = _known_facts(titled, reading)
    name, origin = "", "file name"
    if filenames.builtin and by_own.pattern is None:
        name = "" if is_uninformative(basename) or _says_nothing(stem) else stem
        name = stem if _ONE_NUMBER.fullmatch(stem) else name
        if not name and folder and not is_uninformative(folder):
            name, origin = folder, "folder"
    series = find_series(known.title or "", stem, routing or RoutingSettings())
    return SceneFacts.model_validate(
        {
            "scene": scene,
            "known": known,
            "certain": _known_facts(titled, by_own),
            "file_name": reading,
            "series": series,
            "name": name,
            "name_origin": origin,
            "date_order": filenames.date_order,
            "abbreviations": filenames.studios,
        }
    )


def _says_nothing(stem: str) -> bool:
    """Return whether a file name holds nothing but tags and words for videos."""
    return all(
        (piece.is_tag or piece.raw in _GENERIC_NAMES or piece.text.isdigit())
        and not _ONE_NUMBER.fullmatch(piece.text)
        for piece in read_name(stem).pieces
    )


def _known_facts(scene: Scene, reading: FileNameReading) -> KnownFacts:
    """Take each fact from the metadata, else from the file name."""
    metadata: dict[str, Any] = {
        "title": scene.title,
        "date": scene.date,
        "studio": scene.studio.name if scene.studio else None,
        "performers": tuple(performer.name for performer in scene.performers),
    }
    values: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for name, value in metadata.items():
        if value:
            values[name], origin[name] = value, "metadata"
        elif from_name := getattr(reading, name):
            values[name], origin[name] = from_name, "file name"
    if scene.file and scene.file.duration:
        values["duration"], origin["duration"] = scene.file.duration, "file"
    return KnownFacts.model_validate(
        {
            **values,
            "urls": scene.urls,
            "fingerprints": scene.file.fingerprints if scene.file else {},
            "origin": origin,
            "pattern": reading.pattern if "file name" in origin.values() else None,
        }
    )
