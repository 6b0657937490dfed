"""Names that Stash did not match: linked to what is meant, or created where there is evidence."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from stashbot.flows.enrich.steps.create_entity import CreateEntity
from stashbot.models import EntityKind, FieldName, Outcome
from stashbot.sandbox import Sandbox
from stashbot.sandbox.records import TagRecord
from tests.e2e.support.outcomes import names_of
from tests.e2e.support.runs import SceneRuns, request_for
from tests.e2e.support.source_cases import Case, SourceCases

#: Creates whatever has any evidence at all.
EAGER = {kind: {"threshold": 0.01} for kind in ("performer", "studio", "tag", "group")}


def lacks_a_tag(case: Case) -> bool:
    """Return whether the case would bring tags, and the source names a tag that Stash lacks."""
    return case.has(FieldName.TAGS) and case.omits(FieldName.TAGS)


def missing(case: Case, kind: FieldName = FieldName.TAGS) -> list[str]:
    """Return the names of a kind that Stash lacks."""
    return [omission.name for omission in case.omitted if omission.field is kind]


def one_that_lacks_a_tag(source_cases: SourceCases) -> Case:
    return source_cases.first(
        "trusted", lacks_a_tag, what="a trusted proposal with a tag that Stash lacks"
    )


def test_listed_tags_are_created_once(
    source_cases: SourceCases, run_scenes: SceneRuns, sandbox: Sandbox
) -> None:
    """A tag that Stash lacks is created by the dialog's button, linked and audited.

    The dry run names it and creates nothing; a second scene that names it gets the same tag.
    """
    cases = source_cases.all("trusted", lacks_a_tag)
    pairs = (pair for pair in combinations(cases, 2) if pair[0].source == pair[1].source)
    first, second = next(pair for pair in pairs if set(missing(pair[0])) & set(missing(pair[1])))
    wanted = [*dict.fromkeys((*missing(first), *missing(second)))]
    settings: dict[str, Any] = {"creation": {"tags": tuple(wanted)}, "run": {"workers": 1}}
    before = {tag.name for tag in sandbox.library.tags.values()}
    planned = run_scenes(request_for(first, second, dry_run=True), **settings).report.scenes
    # Either scene may come first: the other one links to what it creates.
    assert {name for result in planned for name in result.created} == {f"tag {n}" for n in wanted}
    assert {tag.name for tag in sandbox.library.tags.values()} == before

    done = run_scenes(request_for(first, second), **settings).report.scenes
    assert [result.outcome for result in done] == [Outcome.APPLIED] * 2
    assert sorted(name for result in done for name in result.created) == sorted(
        f"tag {name}" for name in wanted
    )
    assert [names_of(result) for result in done] == [names_of(result) for result in planned]
    names = [tag.name for tag in sandbox.library.tags.values()]
    assert sorted(names) == sorted({*before, *wanted})
    rows = run_scenes.query_store(lambda store: store.audit.entries(kind="create"))
    created: list[Any] = [row.after for row in rows]
    assert sorted(entity["name"] for entity in created) == sorted(wanted)


def test_a_name_of_other_spelling_is_linked(
    source_cases: SourceCases, run_scenes: SceneRuns, sandbox: Sandbox
) -> None:
    """A performer whom the library has with other punctuation is linked, no twin is created."""
    case = source_cases.first(
        "trusted",
        lambda case: any(
            " " in each["name"] for each in case.changes.get(FieldName.PERFORMERS, ())
        ),
        what="a trusted proposal with a performer",
    )
    known = next(each for each in case.changes[FieldName.PERFORMERS] if " " in each["name"])
    performer = sandbox.library.performers[known["id"]]
    performer.name = known["name"].replace(" ", "-")
    performer.alias_list = []
    count = len(sandbox.library.performers)
    (result,) = run_scenes(request_for(case)).report.scenes
    assert result.outcome is Outcome.APPLIED
    assert performer.name in names_of(result, "performers")
    assert len(sandbox.library.performers) == count


def test_what_has_evidence_is_created(
    source_cases: SourceCases, run_scenes: SceneRuns, sandbox: Sandbox
) -> None:
    """A studio and a performer that the file name bears out are created, each once and by its own
    button in the dialog, and linked to the scene; the audit says so.
    """
    kinds = (FieldName.STUDIO, FieldName.PERFORMERS)

    def in_the_file_name(case: Case) -> bool:
        file = case.scene.file
        assert file is not None
        names = [missing(case, kind) for kind in kinds]
        return all(names) and all(name in file.basename for found in names for name in found)

    case = source_cases.first(
        "trusted", in_the_file_name, what="new names that stand in file names"
    )
    (result,) = run_scenes(request_for(case), creation=EAGER).report.scenes
    assert result.outcome is Outcome.APPLIED, result.reason
    library = sandbox.library
    (studio,), performers = (missing(case, kind) for kind in kinds)
    studio_after: Any = result.changes["studio"][1]
    assert studio_after["name"] == studio
    assert [each.name for each in library.studios.values()].count(studio) == 1
    assert set(names_of(result, "performers")) >= set(performers)
    for name in performers:
        assert [each.name for each in library.performers.values()].count(name) == 1
    wanted = {f"studio {studio}", *(f"performer {name}" for name in performers)}
    assert set(result.created) >= wanted
    rows = run_scenes.query_store(lambda store: store.audit.entries(kind="create"))
    created: list[Any] = [(EntityKind.of_field(FieldName(row.field)), row.after) for row in rows]
    assert {f"{kind} {entity['name']}" for kind, entity in created} == set(result.created)


@pytest.mark.slow
def test_merged_proposals_are_linked_too(
    source_cases: SourceCases, run_scenes: SceneRuns, sandbox: Sandbox
) -> None:
    """Entities that several sources name together are linked, or created as they are listed."""
    rich, poor = source_cases.agreed(
        lambda case: case.has(FieldName.PERFORMERS) and lacks_a_tag(case)
    )
    known = rich.changes[FieldName.PERFORMERS][0]
    performer = sandbox.library.performers[known["id"]]
    performer.name = known["name"].upper().replace(" ", "-")
    performer.alias_list = []
    (result,) = run_scenes(
        request_for(rich, sources=(rich.source.name, poor.source.name)),
        consensus={"sources_wanted": 2},
        creation={"tags": tuple(missing(rich))},
    ).report.scenes
    assert result.outcome is Outcome.APPLIED
    assert [attempt.result for attempt in result.attempts] == ["accepted", "accepted"]
    assert performer.name in names_of(result, "performers")
    assert set(missing(rich)) <= set(names_of(result))
    assert set(result.created) >= {f"tag {name}" for name in missing(rich)}


@pytest.mark.slow
def test_a_created_tag_is_found_by_the_run_that_goes_on(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lost between the creation and the note of it, the tag is found and not created again."""
    case = one_that_lacks_a_tag(source_cases)
    apply = CreateEntity.apply
    lost: list[str] = []

    async def loses_its_answer(self: CreateEntity) -> Any:
        created = await apply(self)
        if not lost:
            lost.append(created.id)
            raise ConnectionResetError
        return created

    monkeypatch.setattr(CreateEntity, "apply", loses_its_answer)
    settings: dict[str, Any] = {"creation": {"tags": tuple(missing(case))}}
    run_scenes(request_for(case), **settings)
    monkeypatch.setattr(CreateEntity, "apply", apply)
    (result,) = run_scenes(request_for(case), **settings).report.scenes
    assert lost
    assert set(missing(case)) <= set(names_of(result))
    names = [tag.name for tag in sandbox.library.tags.values()]
    assert len(names) == len(set(names))


@pytest.mark.slow
def test_a_name_that_somebody_else_creates_first_is_linked(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Stash refuses the second; the run looks again, links what is there, and goes on.

    It is not audited as the run's own, so that undo leaves it.
    """
    case = one_that_lacks_a_tag(source_cases)
    record = CreateEntity._record_intent

    async def is_slower(self: CreateEntity) -> None:
        await record(self)
        if not any(tag.name == self.entity.name for tag in sandbox.library.tags.values()):
            sandbox.library.create(sandbox.library.tags, TagRecord, name=self.entity.name)

    monkeypatch.setattr(CreateEntity, "_record_intent", is_slower)
    (result,) = run_scenes(request_for(case), creation={"tags": tuple(missing(case))}).report.scenes
    assert result.outcome is Outcome.APPLIED, result.reason
    assert set(missing(case)) <= set(names_of(result))
    assert result.created == ()
    assert run_scenes.query_store(lambda store: store.audit.entries(kind="create")) == ()


@pytest.mark.slow
def test_a_tag_of_many_scenes_is_created(
    source_cases: SourceCases, run_scenes: SceneRuns, sandbox: Sandbox
) -> None:
    """A tag that Stash lacked for as many scenes as the settings name counts as frequent from the
    next run on; within a run nothing changes.
    """
    case = one_that_lacks_a_tag(source_cases)
    settings: dict[str, Any] = {"creation": {"tag": {"threshold": 0.2}, "frequent": 1}}
    (first,) = run_scenes(request_for(case), **settings).report.scenes
    assert first.created == ()
    sandbox.library.update_scene(case.scene.id, {"tag_ids": [], "organized": False})
    (second,) = run_scenes(request_for(case), **settings).report.scenes
    assert set(second.created) == {f"tag {name}" for name in missing(case)}


def test_a_creation_completes_the_scenes_before_it(
    source_cases: SourceCases, run_scenes: SceneRuns, sandbox: Sandbox
) -> None:
    """A scene that was denied a performer gets it when a later scene creates it, whatever the
    order; and is marked as organized only then.
    """

    def performers(case: Case) -> set[str]:
        return set(missing(case, FieldName.PERFORMERS))

    def bears_out(case: Case, name: str) -> bool:
        return case.scene.file is not None and name in case.scene.file.basename

    cases = source_cases.all("trusted", lambda case: len(performers(case)) == 1)
    denied, creating, name = next(
        (first, second, name)
        for first in cases
        for second in cases
        for name in performers(first) & performers(second)
        if first.source == second.source
        and not bears_out(first, name)
        and bears_out(second, name)
        and not missing(first, FieldName.STUDIO)
    )
    # A worker begins with a scene more than it has pages: others keep the two apart.
    between = [case for case in source_cases.of(denied.source) if case.kind != "trusted"][:3]
    outcome = run_scenes(
        request_for(denied, *between, creating),
        run={"workers": 1, "organize": "complete"},
        creation={"performer": {}},
    )
    first, *_, second = outcome.report.scenes
    assert second.created == (f"performer {name}",)
    assert name in names_of(first, "performers")
    assert "organized" in first.changes
    scene = sandbox.library.scenes[denied.scene.id]
    assert scene.organized
    (created,) = [key for key, each in sandbox.library.performers.items() if each.name == name]
    assert created in scene.performer_ids
    rows = run_scenes.query_store(lambda store: store.audit.entries(scene=denied.scene.id))
    assert f"link:{denied.scene.id}:performer:{name}" in {row.step for row in rows}
    left = run_scenes.query_store(lambda store: store.left_out.list(scene=denied.scene.id))
    assert name not in {each.name for each in left}
