"""The initial library: 26 or more scenes, a few of them with metadata."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence

from stashbot.sandbox.catalog import SceneFacts
from stashbot.sandbox.records import (
    FileRecord,
    GalleryRecord,
    GroupEntry,
    GroupRecord,
    PerformerRecord,
    SceneRecord,
    StudioRecord,
    TagRecord,
)

MEDIA = "/media"
FIRST_MOMENT = "2026-01-05T09:00:00Z"


def studios() -> list[StudioRecord]:
    """Return the initial studios, without Meadow and Paper Lantern."""
    return [
        StudioRecord(id="1", name="Northlight", aliases=["NL"], urls=["https://northlight.test"]),
        StudioRecord(id="2", name="Harbor Films", aliases=["Harbour Films"]),
        StudioRecord(id="3", name="Blue Kite Pictures", aliases=["Blue Kite"], parent_id="2"),
    ]


def performers() -> list[PerformerRecord]:
    """Return the initial performers."""
    return [
        PerformerRecord(id="1", name="Ada Sample", alias_list=["A. Sample"], gender="FEMALE"),
        PerformerRecord(id="2", name="Ben Placeholder", gender="MALE"),
        PerformerRecord(id="3", name="Cleo Example", alias_list=["Cleo E."]),
        PerformerRecord(id="4", name="Finn Draft"),
        PerformerRecord(id="5", name="Rene Demo", disambiguation="the other one"),
    ]


def tags() -> list[TagRecord]:
    """Return the initial tags."""
    return [
        TagRecord(id="1", name="Outdoor", aliases=["Outdoors"]),
        TagRecord(id="2", name="City", aliases=["Urban"]),
        TagRecord(id="3", name="Water"),
        TagRecord(id="4", name="Evening"),
        TagRecord(id="5", name="Walking"),
    ]


def groups() -> list[GroupRecord]:
    """Return the initial groups."""
    return [
        GroupRecord(id="1", name="Windows", studio_id="2"),
        GroupRecord(id="2", name="Clip Collection", aliases="Clips", studio_id="1"),
    ]


def galleries() -> list[GalleryRecord]:
    """Return the initial galleries."""
    return [
        GalleryRecord(id="1", name="Behind the camera"),
        GalleryRecord(id="2", name="Stills"),
    ]


def scenes(facts: Sequence[SceneFacts], seed: int) -> list[SceneRecord]:
    """Return a scene for each file. 2, 9 and 16 have metadata; 9 and 16 are organized."""
    records = [_scene(index, fact, seed) for index, fact in enumerate(facts)]
    for index in (1, 8, 15):
        if index < len(records):
            _add_data(records[index], facts[index], organized=index != 1)
    _let_two_look_alike(records)
    return records


def _scene(index: int, facts: SceneFacts, seed: int) -> SceneRecord:
    scene_id = str(index + 1)
    rng = random.Random(f"scene-{seed}-{index}")  # noqa: S311 - invented data, no secret
    digest = hashlib.sha256(f"{seed}/{facts.basename}".encode()).hexdigest()
    bit_rate = rng.randrange(300_000, 6_000_000)
    file = FileRecord(
        id=scene_id,
        path=f"{MEDIA}/{facts.basename}",
        size=int(facts.duration * bit_rate / 8),
        duration=facts.duration,
        width=facts.width,
        height=facts.height,
        frame_rate=rng.choice((24.0, 25.0, 30.0)),
        bit_rate=bit_rate,
        oshash=digest[:16],
        phash=digest[16:32],
        mod_time=FIRST_MOMENT,
        created_at=FIRST_MOMENT,
        updated_at=FIRST_MOMENT,
    )
    return SceneRecord(id=scene_id, files=[file])


def _let_two_look_alike(records: Sequence[SceneRecord]) -> None:
    """Give the first two scenes of equal length the same perceptual hash."""
    lengths: dict[float, FileRecord] = {}
    for record in records:
        file = record.files[0]
        twin = lengths.setdefault(file.duration, file)
        if twin is not file:
            file.phash = twin.phash
            return


def _add_data(scene: SceneRecord, facts: SceneFacts, *, organized: bool) -> None:
    """Give a scene data as entered by hand, with those objects that exist."""
    scene.title = facts.title
    scene.date = facts.date
    scene.urls = [facts.urls[0]]
    scene.organized = organized
    scene.rating100 = 80 if organized else None
    scene.studio_id = _id_of(facts.studio, studios())
    scene.performer_ids = _ids_of(facts.performers, performers())
    scene.tag_ids = _ids_of(facts.tags, tags())
    if scene.studio_id == "1":
        scene.groups = [GroupEntry(group_id="2", scene_index=2)]


def _id_of(name: str, records: Sequence[StudioRecord | PerformerRecord | TagRecord]) -> str | None:
    return next((record.id for record in records if record.name == name), None)


def _ids_of(
    names: Sequence[str], records: Sequence[StudioRecord | PerformerRecord | TagRecord]
) -> list[str]:
    return [found for name in names if (found := _id_of(name, records)) is not None]
