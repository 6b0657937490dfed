"""Intents: no change is sent without a row that says so."""

from __future__ import annotations

import pytest

from stashbot.errors import UnreadableState
from stashbot.store import Intent, IntentOutcome, Store
from tests.store.conftest import START, Clock, Use, spoil


def test_an_intent_is_open_until_it_is_settled(use: Use, clock: Clock) -> None:
    """Once: settled again it stays as it was."""

    async def work(store: Store) -> None:
        assert await store.intents.find("r", "1", "save") is None
        assert not await store.intents.settle("r", "1", "save", IntentOutcome.APPLIED)
        await store.intents.begin("r", "1", "save", kind="update", plan={"title": "A"})
        clock.go_on(seconds=1)
        await store.intents.begin("s", "2", "organize", kind="organize")
        first, second = await store.intents.open()
        assert first == Intent(
            run="r", scene="1", step="save", kind="update", plan={"title": "A"}, began=START
        )
        assert await store.intents.open(run="s") == (second,)
        clock.go_on(seconds=1)
        assert await store.intents.settle("r", "1", "save", IntentOutcome.NOT_APPLIED)
        assert not await store.intents.settle("r", "1", "save", IntentOutcome.APPLIED)
        settled = await store.intents.find("r", "1", "save")
        assert settled is not None
        assert (settled.settled, settled.outcome) == (clock.now, IntentOutcome.NOT_APPLIED)
        assert await store.intents.open() == (second,)

    use(work)


def test_a_step_that_begins_again_has_one_open_intent(use: Use, clock: Clock) -> None:
    """With its newest plan, and the time at which that began."""

    async def work(store: Store) -> None:
        await store.intents.begin("r", "1", "save", kind="update", plan={"title": "A"})
        await store.intents.settle("r", "1", "save", IntentOutcome.NOT_APPLIED)
        clock.go_on(seconds=1)
        await store.intents.begin("r", "1", "save", kind="update", plan={"title": "B"})
        (intent,) = await store.intents.open()
        assert (intent.plan, intent.began, intent.outcome) == ({"title": "B"}, clock.now, None)

    use(work)


def test_settled_intents_are_deleted_after_a_month(use: Use, clock: Clock) -> None:
    """When a writer opens the state, and not a moment before; open ones stay."""

    async def fill(store: Store) -> None:
        await store.intents.begin("r", "1", "save", kind="update")
        await store.intents.settle("r", "1", "save", IntentOutcome.APPLIED)
        await store.intents.begin("r", "2", "save", kind="update")

    async def found(store: Store) -> list[bool]:
        return [await store.intents.find("r", scene, "save") is not None for scene in "12"]

    use(fill)
    clock.go_on(days=30)
    assert use(found) == [True, True]
    clock.go_on(seconds=1)
    assert use(found) == [False, True]


def test_a_damaged_plan_is_named(use: Use, url: str) -> None:
    """A row that was damaged is an UnreadableState that names it."""
    use(lambda store: store.intents.begin("r", "1", "save", kind="update"))
    spoil(url, "UPDATE stashbot_intents SET plan = '{'")
    with pytest.raises(UnreadableState, match="Row r/1/save of stashbot_intents"):
        use(lambda store: store.intents.open())
