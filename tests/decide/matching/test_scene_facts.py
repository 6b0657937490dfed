"""The facts of a scene: from its metadata, else from its file name."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.decide.matching.filename_parser import FileNameReading
from stashbot.decide.matching.scene_facts import SceneFacts, read_scene_facts
from stashbot.errors import ConfigError
from stashbot.models import Entity, KnownFacts, Scene, VideoFile
from stashbot.settings import FilenamePattern, FilenameSettings, RoutingSettings


def scene(basename: str | None, *, duration: float = 612.5, **fields: Any) -> Scene:
    file = VideoFile(
        id="1", path=f"/v/{basename}", basename=basename or "", duration=duration,
        fingerprints={"oshash": "ab"},
    )  # fmt: skip
    return Scene.model_validate({"id": "7", "files": (file,) if basename else (), **fields})


def read(basename: str | None, **fields: Any) -> SceneFacts:
    return read_scene_facts(scene(basename, **fields), FilenameSettings())


def test_facts_are_read_from_metadata_then_from_the_file_name() -> None:
    """Each fact has its origin, and the reading of the file name is kept as a whole."""
    facts = read(
        "[Meadow] Ada Sample - Old Mill (2022.11.30).mp4", title="Title", date="2023-01-01"
    )
    pattern = "[studio] performers - title (date)"
    assert facts.known == KnownFacts(
        title="Title",
        date="2023-01-01",
        studio="Meadow",
        performers=("Ada Sample",),
        duration=612.5,
        fingerprints={"oshash": "ab"},
        origin={
            "title": "metadata",
            "date": "metadata",
            "studio": "file name",
            "performers": "file name",
            "duration": "file",
        },
        pattern=pattern,
    )
    assert facts.file_name == FileNameReading(
        pattern=pattern,
        studio="Meadow",
        title="Old Mill",
        date="2022-11-30",
        performers=("Ada Sample",),
    )
    assert facts.basename == "[Meadow] Ada Sample - Old Mill (2022.11.30).mp4"
    assert facts.stem == "[Meadow] Ada Sample - Old Mill (2022.11.30)"


@pytest.mark.parametrize("basename", [None, "IMG_0042.mp4"])
def test_scene_without_data_has_no_facts(basename: str | None) -> None:
    """Without metadata and without a telling name only the duration of a file is known."""
    facts = read(basename)
    known = facts.known
    assert (known.title, known.date, known.studio, known.performers) == (None, None, None, ())
    assert (known.pattern, facts.series) == (None, None)
    assert known.origin == ({"duration": "file"} if basename else {})
    assert facts.basename == (basename or "")


def test_pattern_is_named_only_if_a_fact_was_read_by_it() -> None:
    """If all facts are from the metadata, there is no pattern in them."""
    facts = read(
        "Studio - 2024-01-13 - Title.mp4",
        title="T",
        date="2024-01-13",
        studio=Entity(id="1", name="S"),
        performers=(Entity(id="1", name="P"),),
    )
    assert facts.known.pattern is None
    assert facts.file_name.pattern == "studio - date - title"


def test_duration_of_0_is_unknown() -> None:
    """Stash has a duration of 0 for files that it could not measure."""
    known = read("a.mp4", duration=0.0).known
    assert known.duration is None
    assert "duration" not in known.origin


def test_patterns_of_the_settings_are_used() -> None:
    """A file-name pattern and a series pattern of the user come before the built-in ones."""
    filenames = FilenameSettings(patterns=(FilenamePattern(name="mine", regex="(?P<title>.+)"),))
    routing = RoutingSettings(series=(r"(?P<series>\w+)-\d+",))
    facts = read_scene_facts(scene("NL-12.mp4"), filenames, routing)
    assert (facts.known.title, facts.known.pattern, facts.series) == ("NL-12", "mine", "NL")


def test_wrong_pattern_is_refused() -> None:
    """The error names its key."""
    with pytest.raises(ConfigError) as caught:
        read_scene_facts(scene("a.mp4"), FilenameSettings(), RoutingSettings(series=("(",)))
    assert caught.value.key == "routing.series"
