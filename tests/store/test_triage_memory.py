"""What triage remembers: the scene as it was seen, who applied an entry, what was turned down."""

from __future__ import annotations

from typing import Any

import pytest

from stashbot.errors import UnreadableState
from stashbot.models import FieldName, Judgement, Proposal, Scene, ScrapedEntity
from stashbot.store import Store, TriageEntry, TriageStatus, fingerprint
from stashbot.store.triage import seen_values
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
    return await store.add_triage(
        "r",
        SCENE.id,
        proposal=PROPOSAL.model_copy(update=change),
        judgement=Judgement(score=0.5),
        fingerprint=fingerprint(SCENE),
        seen=seen_values(SCENE),
    )


def test_an_entry_keeps_the_scene_and_who_applied_which_fields(use: Use) -> None:
    """The scene's values come back as they were; fields and run only where they were given."""

    async def work(store: Store) -> None:
        entry = await propose(store)
        assert entry is not None
        assert entry.seen == seen_values(SCENE)
        closed = await store.close_triage(
            entry.id, TriageStatus.ACCEPTED, taken=(FieldName.TITLE,), run_id="a"
        )
        assert (closed.taken, closed.closed_by) == ((FieldName.TITLE,), "a")
        assert closed == await store.triage_entry(entry.id)
        other = await propose(store, source="Beta")
        assert other is not None
        skipped = await store.close_triage(other.id, TriageStatus.SKIPPED)
        assert (skipped.taken, skipped.closed_by) == ((), None)

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
def test_what_was_turned_down_is_known_however_it_is_written(
    change: dict[str, Any], known: bool, use: Use
) -> None:
    """Case, punctuation, order and pictures do not count; other facts and other sources do."""

    async def work(store: Store) -> None:
        entry = await propose(store)
        assert entry is not None
        again = PROPOSAL.model_copy(update=change)
        assert not await store.turned_down(SCENE.id, again)
        await store.close_triage(entry.id, TriageStatus.SKIPPED)
        assert await store.turned_down(SCENE.id, again) is known
        assert not await store.turned_down("2", again)
        assert (await propose(store, **change) is None) is known

    use(work)


def test_what_an_older_stashbot_kept_is_read(use: Use, url: str) -> None:
    """Without the scene's values, and with the fields as a bare list."""

    async def fill(store: Store) -> None:
        entry = await propose(store)
        assert entry is not None
        await store.close_triage(entry.id, TriageStatus.ACCEPTED, run_id="a")

    async def look(store: Store) -> TriageEntry:
        return await store.triage_entry(1)

    use(fill)
    spoil(url, "UPDATE stashbot_triage SET seen = NULL, taken = '[\"title\"]'")
    entry: TriageEntry = use(look)
    assert (entry.seen, entry.taken, entry.closed_by) == (None, (FieldName.TITLE,), None)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE stashbot_triage SET seen = '{'", "UPDATE stashbot_triage SET taken = '{'"],
)
def test_a_damaged_memory_is_named(statement: str, use: Use, url: str) -> None:
    """A row that was damaged is an UnreadableState that names it."""

    async def look(store: Store) -> TriageEntry:
        return await store.triage_entry(1)

    use(propose)
    spoil(url, statement)
    with pytest.raises(UnreadableState, match="Row 1 of stashbot_triage"):
        use(look)
