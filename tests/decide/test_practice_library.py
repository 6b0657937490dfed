"""Decisions about the sandbox's whole library, against what was written down of it.

No browser and no server: answers are taken from the sandbox's sources directly.
"""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.decide.matching.library_names import LibraryNames
from stashbot.decide.matching.scene_facts import read_scene_facts
from stashbot.decide.matching.scoring import score_proposal
from stashbot.decide.planning.entity_index import EntityIndex, LibraryEntity
from stashbot.decide.planning.entity_linking import link_entities
from stashbot.decide.planning.proposal_merge import merge_proposals
from stashbot.decide.planning.scene_plan import plan_scene
from stashbot.models import (
    Entity,
    EntityKind,
    FieldName,
    GroupEntry,
    Plan,
    Proposal,
    Scene,
    Source,
    SourceKind,
    VideoFile,
)
from stashbot.sandbox.library import PracticeLibrary
from stashbot.sandbox.options import SandboxOptions
from stashbot.sandbox.scraping import scrape_scene, source_with
from stashbot.settings import Settings
from stashbot.stash.scraped_scene import proposal_from_answer
from tests.practice_library import Expectation, Kind, expectations

LIBRARY = PracticeLibrary(SandboxOptions())
EXPECTED = expectations(LIBRARY.truth)
ANSWERED = [row for row in EXPECTED if row.kind in {"trusted", "low"}]
SETTINGS = Settings()
#: The kinds that a source's answer can have, by what the sandbox says that the source does.
KINDS: dict[str, set[Kind]] = {
    "right": {"trusted", "low"},
    "hostile": {"trusted", "low"},
    "lie": {"low"},
    "none": {"nothing"},
    "null": {"empty"},
    "error": {"failing"},
}
RECORDS: dict[FieldName, Any] = {
    FieldName.STUDIO: LIBRARY.studios,
    FieldName.PERFORMERS: LIBRARY.performers,
    FieldName.TAGS: LIBRARY.tags,
    FieldName.GROUPS: LIBRARY.groups,
}
INDEXES = {
    EntityKind.of_field(kind): EntityIndex(
        LibraryEntity(
            id=record.id,
            name=record.name,
            aliases=tuple(getattr(record, "alias_list", None) or ()),
            disambiguation=getattr(record, "disambiguation", None) or "",
        )
        for record in records.values()
    )
    for kind, records in RECORDS.items()
}
NAMES = LibraryNames.of(INDEXES[EntityKind.PERFORMER].entities, INDEXES[EntityKind.STUDIO].entities)
#: The share of the scenes that can be known by their file names and that some source knows.
RECALL = 0.9


def name_of(row: Expectation) -> str:
    return f"{row.source}-{row.scene}"


def scene_of(row: Expectation) -> Scene:
    """Return the scene as the sandbox holds it at the start."""
    record = LIBRARY.scenes[row.scene]
    files = (
        VideoFile(
            id=file.id,
            path=file.path,
            basename=file.path.rpartition("/")[2],
            duration=file.duration,
            width=file.width,
            height=file.height,
        )
        for file in record.files
    )
    return Scene(
        id=record.id,
        title=record.title or None,
        code=record.code or None,
        details=record.details or None,
        director=record.director or None,
        date=record.date or None,
        urls=tuple(record.urls),
        studio=stored(FieldName.STUDIO, record.studio_id) if record.studio_id else None,
        performers=tuple(stored(FieldName.PERFORMERS, key) for key in record.performer_ids),
        tags=tuple(stored(FieldName.TAGS, key) for key in record.tag_ids),
        groups=tuple(
            GroupEntry(
                **stored(FieldName.GROUPS, entry.group_id).model_dump(),
                scene_index=entry.scene_index,
            )
            for entry in record.groups
        ),
        files=tuple(files),
    )


def stored(kind: FieldName, entity_id: str) -> Entity:
    return Entity(id=entity_id, name=RECORDS[kind][entity_id].name)


def proposal_of(row: Expectation) -> Proposal:
    """Return what the source answers about the scene."""
    source = source_with(row.source)
    (answer,) = scrape_scene(LIBRARY, source, row.scene)
    asked = Source(name=source.name, kind=SourceKind.SCRAPER, key=source.id, fragment=True)
    return proposal_from_answer(asked, answer)


def plan_of(row: Expectation) -> Plan:
    """Return the plan of the source's answer alone, at the defaults, with nothing created."""
    scene, proposal = scene_of(row), proposal_of(row)
    merged = merge_proposals(scene, [proposal], SETTINGS.fields, SETTINGS.consensus)
    facts = read_scene_facts(scene, SETTINGS.filenames)
    linked = link_entities(merged.proposal, facts, INDEXES, SETTINGS.creation.without_creation)
    names = {(kind, key): record.name for kind in RECORDS for key, record in RECORDS[kind].items()}
    return plan_scene(scene, merged, linked, organize="always", names=names)


def by_name(value: Any) -> Any:
    """Return a planned value with entities by their names, in no order."""
    if isinstance(value, dict):
        return value["name"]
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return sorted(map(by_name, value))
    return sorted(value) if isinstance(value, list) else value


@pytest.mark.parametrize("row", ANSWERED, ids=name_of)
def test_a_proposal_is_trusted_or_not(row: Expectation) -> None:
    """At the default weights a proposal is accepted where the file name bears it out, and no
    source that describes another scene is believed.
    """
    facts = read_scene_facts(scene_of(row), SETTINGS.filenames)
    judgement = score_proposal(proposal_of(row), facts, SETTINGS.weights, library=NAMES)
    assert judgement.accepted is (row.kind == "trusted"), judgement


@pytest.mark.parametrize("row", ANSWERED, ids=name_of)
def test_a_plan_takes_what_stash_lacks_and_has_entities_for(row: Expectation) -> None:
    """At the default policies: every value and every omission is as written down.

    New entities have tests of their own; here nothing is created.
    """
    plan = plan_of(row)
    assert {change.field.value: by_name(change.after) for change in plan.changes} == {
        name: sorted(value) if isinstance(value, list) else value
        for name, value in row.changes.items()
    }
    assert {(each.field.value, each.name) for each in plan.omitted} == set(row.omitted)


def test_what_is_written_down_agrees_with_the_truth() -> None:
    """Each kind fits what the source does; only answers about the very scene are trusted; and no
    expected value or entity comes from anywhere but the answer and the scene itself.
    """
    for row in EXPECTED:
        view = LIBRARY.truth[row.scene].sources[row.source]
        assert row.kind in KINDS[view.kind], name_of(row)
        assert row.kind != "trusted" or view.about == row.scene, name_of(row)
        if view.answer is None:
            assert not row.changes
            continue
        scene = scene_of(row)
        for kind, records in RECORDS.items():
            names = {record.name for record in records.values()}
            held = by_name([*_entities(scene, kind)]) or []
            value = row.changes.get(kind.value, held)
            planned = {value} if isinstance(value, str) else set(value)
            omitted = {name for field, name in row.omitted if field == kind.value}
            assert planned <= names, name_of(row)
            assert not omitted & names, name_of(row)
            assert set(held) <= planned or kind is FieldName.STUDIO, name_of(row)
        assert {*row.changes.get("urls", ())} <= {*view.answer["urls"], *scene.urls}, name_of(row)


def test_most_scenes_that_can_be_known_are_applied() -> None:
    """Of the scenes whose file name holds the title, and that a source describes rightly, at least
    nine in ten have a source that is trusted.
    """
    titles = {key: truth.facts.title.rpartition(": ")[2] for key, truth in LIBRARY.truth.items()}
    knowable = {
        row.scene
        for row in ANSWERED
        if LIBRARY.truth[row.scene].sources[row.source].kind == "right"
        and titles[row.scene] in LIBRARY.truth[row.scene].facts.basename
    }
    trusted = {row.scene for row in ANSWERED if row.kind == "trusted"}
    assert knowable
    assert len(knowable & trusted) >= RECALL * len(knowable), knowable - trusted


def _entities(scene: Scene, kind: FieldName) -> list[dict[str, Any]]:
    value: Any = scene.value(kind)
    return value if isinstance(value, list) else [value] if value else []
