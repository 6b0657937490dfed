"""Triage keeps the scene as it was judged, the run that applied an entry, and what was skipped."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import JsonValue

from stashbot.errors import UnreadableState
from stashbot.models import (
    Change,
    FieldName,
    Judgement,
    Outcome,
    Plan,
    Proposal,
    Scene,
    ScrapedEntity,
)
from stashbot.store import Store, TriageEntry, TriageStatus, scene_digest
from stashbot.store.triage import scene_values
from tests.store.conftest import Use, spoil

SCENE = Scene(id="1", title="As it was", urls=("https://a.example.test/1",))
PROPOSAL = Proposal(
    source="Alpha",
    title="A Day, Out",
    date="2024-05-04",
    performers=(ScrapedEntity(name="Ada Sample"), ScrapedEntity(name="Ben Placeholder")),
    duration=61.2,
)


async def propose(store: Store, **change: Any) -> TriageEntry | None:
    """Put the proposal up for judgement."""
    return await store.triage.open(
        "r",
        SCENE.id,
        proposal=PROPOSAL.model_copy(update=change),
        judgement=Judgement(score=0.5),
        scene_digest=scene_digest(SCENE),
        scene_values=scene_values(SCENE),
    )


def test_an_entry_keeps_the_scene_and_who_applied_which_fields(use: Use) -> None:
    """The scene's values come back as they were; fields and run only where they were given."""

    async def work(store: Store) -> None:
        entry = await propose(store)
        assert entry is not None
        assert entry.scene_values == scene_values(SCENE)
        closed = await store.triage.close(
            entry.id, TriageStatus.ACCEPTED, accepted_fields=(FieldName.TITLE,), run_id="a"
        )
        assert (closed.accepted_fields, closed.closed_by) == ((FieldName.TITLE,), "a")
        assert closed == await store.triage.get(entry.id)
        other = await propose(store, source="Beta")
        assert other is not None
        skipped = await store.triage.close(other.id, TriageStatus.SKIPPED)
        assert (skipped.accepted_fields, skipped.closed_by) == ((), None)

    use(work)


@pytest.mark.parametrize(
    ("change", "known"),
    [
        ({"title": "a day out!"}, True),
        ({"performers": PROPOSAL.performers[::-1]}, True),
        ({"performers": (*PROPOSAL.performers[:1], ScrapedEntity(name="BEN PLACEHOLDER"))}, True),
        ({"duration": 61.4, "cover": "0" * 64}, True),
        ({"title": "A Day In"}, False),
        ({"date": "2024-05-05"}, False),
        ({"performers": PROPOSAL.performers[:1]}, False),
        ({"source": "Beta"}, False),
    ],
)
def test_a_skipped_proposal_is_known_however_it_is_written(
    change: dict[str, Any], known: bool, use: Use
) -> None:
    """Case, punctuation, order and pictures do not count; other facts and other sources do."""

    async def work(store: Store) -> None:
        entry = await propose(store)
        assert entry is not None
        again = PROPOSAL.model_copy(update=change)
        assert not await store.triage.was_rejected(SCENE.id, again)
        await store.triage.close(entry.id, TriageStatus.SKIPPED)
        assert await store.triage.was_rejected(SCENE.id, again) is known
        assert not await store.triage.was_rejected("2", again)
        assert (await propose(store, **change) is None) is known

    use(work)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE stashbot_triage SET scene_values = '{'", "UPDATE stashbot_triage SET accepted = '{'"],
)
def test_a_damaged_memory_is_named(statement: str, use: Use, url: str) -> None:
    """A row that was damaged is an UnreadableState that names it."""

    async def look(store: Store) -> TriageEntry:
        return await store.triage.get(1)

    use(propose)
    spoil(url, statement)
    with pytest.raises(UnreadableState, match="Row 1 of stashbot_triage"):
        use(look)


def test_a_rejection_makes_the_scene_due_again(use: Use) -> None:
    """The next run asks for the source's next candidate; an acceptance changes nothing."""

    async def work(store: Store) -> None:
        await store.scenes.update("1", last_outcome=Outcome.TRIAGED, asked_with="digest")
        for source, status, asked_with in (
            ("Alpha", TriageStatus.ACCEPTED, "digest"),
            ("Beta", TriageStatus.SKIPPED, None),
        ):
            entry = await propose(store, source=source)
            assert entry is not None
            await store.triage.close(entry.id, status)
            assert (await store.scenes.get("1")).asked_with == asked_with
        rejected = await store.triage.rejections("1", "Beta")
        assert [proposal.title for proposal in rejected] == ["A Day, Out"]
        assert await store.triage.rejections("1", "Alpha") == ()

    use(work)


@pytest.mark.parametrize("edited", [False, True])
def test_an_entry_follows_the_tag_that_marks_its_scene(use: Use, edited: bool) -> None:
    """The tag is no edit of somebody else's; what was edited before is still seen."""
    tag: JsonValue = {"id": "2", "name": "Waiting"}
    before = SCENE.model_copy(update={"title": "Edited"}) if edited else SCENE
    fresh = Scene.model_validate({**before.model_dump(mode="json"), "tags": [tag]})
    change = Change(field=FieldName.TAGS, before=[], after=[tag])
    plan = Plan(scene_id=SCENE.id, source="triage", changes=(change,))

    async def work(store: Store) -> None:
        entry = await propose(store)
        assert entry is not None
        await store.triage.follow_tag(plan, fresh)
        digest = (await store.triage.get(entry.id)).scene_digest
        assert (digest == scene_digest(fresh)) is not edited

    use(work)
