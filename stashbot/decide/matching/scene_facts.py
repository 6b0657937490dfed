"""The facts of a scene that decisions rest on, read once for each scene."""

from __future__ import annotations

from typing import Any

from stashbot.decide.matching.filename_parser import (
    FileNameReading,
    compile_patterns,
    read_file_name,
    stem_of,
)
from stashbot.decide.matching.series import find_series
from stashbot.models import KnownFacts, Model, Scene
from stashbot.settings import FilenameSettings, RoutingSettings


class SceneFacts(Model):
    """A scene, what its metadata and its file name say about it, and its series.

    ``known`` has each fact from the metadata, else from the file name, and says which. ``series``
    is ``None`` if neither names a series.
    """

    scene: Scene
    known: KnownFacts = KnownFacts()
    file_name: FileNameReading = FileNameReading()
    series: str | None = None

    @property
    def basename(self) -> str:
        """The name of the scene's file; empty if it has none."""
        return self.scene.file.basename if self.scene.file else ""

    @property
    def stem(self) -> str:
        """The name of the scene's file without its extension; empty if it has none."""
        return stem_of(self.basename)


def read_scene_facts(
    scene: Scene, filenames: FilenameSettings, routing: RoutingSettings | None = None
) -> SceneFacts:
    """Return the facts of a scene; ``routing`` has the user's own patterns for series.

    Raises:
        ConfigError: A file-name or series pattern in the settings is wrong.
    """
    patterns = compile_patterns(filenames.patterns, builtin=filenames.builtin)
    reading = read_file_name(scene.file.basename, patterns) if scene.file else FileNameReading()
    known = _known_facts(scene, reading)
    stem = stem_of(scene.file.basename) if scene.file else ""
    series = find_series(known.title or "", stem, routing or RoutingSettings())
    return SceneFacts(scene=scene, known=known, file_name=reading, series=series)


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
