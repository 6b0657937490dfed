"""Triage and failures: a single open entry, skips remembered, each failure counted once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from stashbot.errors import UnknownEntry, UnreadableState, UsageError
from stashbot.models import (
    Entity,
    Evidence,
    Judgement,
    Outcome,
    Proposal,
    Scene,
    SceneResult,
    ScrapedEntity,
)
from stashbot.store import Store, TriageEntry, TriageStatus, scene_digest
from tests.store.conftest import START, Clock, Use, spoil

PROPOSAL = Proposal(
    source="AlphaSource", title="A title", performers=(ScrapedEntity(name="Jane", stored_id="4"),)
)
JUDGEMENT = Judgement(score=0.5, evidence=(Evidence(signal="title", points=0.4, weight=0.4),))


def result(scene: str, outcome: Outcome = Outcome.APPLIED, **more: Any) -> SceneResult:
    """Return a result with something in every kind of field."""
    return SceneResult(id=scene, outcome=outcome, changes={"title": (None, "A ✓ title")}, **more)


async def propose(
    store: Store, scene: str = "1", score: float = 0.5, **change: Any
) -> TriageEntry | None:
    """Put a proposal up for judgement."""
    return await store.triage.open(
        "r",
        scene,
        proposal=PROPOSAL.model_copy(update=change),
        judgement=JUDGEMENT.model_copy(update={"score": score}),
        scene_digest="f" * 64,
    )


def test_a_scene_and_source_have_one_open_entry(use: Use, clock: Clock) -> None:
    """Proposed again, the open entry is brought up to date; another source has its own."""

    async def work(store: Store) -> None:
        first = await propose(store)
        assert first is not None
        assert (first.proposal, first.judgement) == (PROPOSAL, JUDGEMENT)
        clock.go_on(minutes=5)
        second = await propose(store, title="Better", score=0.55)
        other = await propose(store, source="BetaSource", score=0.9)
        assert second is not None
        assert other is not None
        assert (second.id, second.created, second.updated) == (first.id, START, clock.now)
        assert (second.proposal.title, second.score) == ("Better", 0.55)
        assert [entry.id for entry in await store.triage.entries()] == [other.id, second.id]
        assert await store.triage.entries(scene="1", source="BetaSource") == (other,)

    use(work)


def test_a_skipped_proposal_is_not_opened_again(use: Use) -> None:
    """The identical proposal stays closed; another content or another scene opens an entry."""

    async def work(store: Store) -> None:
        first = await propose(store)
        assert first is not None
        closed = await store.triage.close(first.id, TriageStatus.SKIPPED)
        assert (closed.status, closed.closed) == (TriageStatus.SKIPPED, START)
        assert await propose(store) is None
        assert await propose(store, score=0.59) is None
        assert await store.triage.entries() == ()
        assert await propose(store, scene="2") is not None
        assert await propose(store, title="Another") is not None
        assert await propose(store) is None
        assert len(await store.triage.entries()) == 2
        assert len(await store.triage.entries(status=None)) == 3

    use(work)


def test_an_accepted_proposal_may_come_again(use: Use) -> None:
    """Accepting says nothing against it: after an undo it can be proposed once more."""

    async def work(store: Store) -> None:
        first = await propose(store)
        assert first is not None
        await store.triage.close(first.id, TriageStatus.ACCEPTED)
        assert await propose(store) is not None

    use(work)


def test_an_entry_is_closed_one_way(use: Use, clock: Clock) -> None:
    """Closing it so again changes nothing; the other way, or opening, is refused."""

    async def work(store: Store) -> None:
        first = await propose(store)
        assert first is not None
        closed = await store.triage.close(first.id, TriageStatus.ACCEPTED)
        clock.go_on(hours=1)
        assert await store.triage.close(first.id, TriageStatus.ACCEPTED) == closed
        with pytest.raises(UsageError, match="is accepted already"):
            await store.triage.close(first.id, TriageStatus.SKIPPED)
        with pytest.raises(UsageError, match="cannot be closed as open"):
            await store.triage.close(first.id, TriageStatus.OPEN)
        with pytest.raises(UnknownEntry, match="no triage entry 999"):
            await store.triage.close(999, TriageStatus.SKIPPED)

    use(work)


def test_the_fingerprint_changes_with_every_field_that_could_be_lost() -> None:
    """Equal scenes have equal fingerprints; rating and play time do not count."""
    scene = Scene(id="1", title="A", tags=(Entity(id="1", name="x"),))
    same = scene.model_copy(update={"rating100": 80, "updated_at": "2024"})
    assert scene_digest(scene) == scene_digest(same)
    for change in ({"title": "B"}, {"organized": True}, {"tags": ()}, {"details": "d"}):
        assert scene_digest(scene) != scene_digest(scene.model_copy(update=change))


def test_failures_count_once_a_run_and_reason(use: Use, clock: Clock) -> None:
    """A repeated step overwrites its failure; counts are by phase and reason."""

    async def work(store: Store) -> None:
        for scene in ("1", "2", "2"):
            await store.failures.add(
                "r", scene, phase="scrape", reason="AnswerTimeout", detail=f"of {scene}"
            )
        clock.go_on(minutes=1)
        await store.failures.add(
            "r", "2", phase="scrape", reason="AnswerTimeout", detail="again", artifacts_dir="e/2"
        )
        await store.failures.add("s", "1", phase="save", reason="SaveMismatch")
        counts = [(c.phase, c.reason, c.count) for c in await store.failures.counts()]
        assert counts == [("scrape", "AnswerTimeout", 2), ("save", "SaveMismatch", 1)]
        assert [c.count for c in await store.failures.counts(run="s")] == [1]
        (failure,) = await store.failures.list(run="r", scene="2")
        assert (failure.detail, failure.artifacts_dir, failure.at) == ("again", "e/2", clock.now)
        assert [f.run for f in await store.failures.list(last=1)] == ["s"]
        assert [f.scene for f in await store.failures.list(phase="scrape")] == ["2", "1"]

    use(work)


def test_a_failure_may_say_anything(use: Use) -> None:
    """NUL bytes and broken Unicode, as pages and sites produce them, do not lose the failure."""

    async def work(store: Store) -> str:
        await store.failures.add("r", "1", phase="p", reason="a\x00b", detail="\ud800 \x00 ✓")
        return (await store.failures.list())[0].detail

    assert use(work) == "?  ✓"


@pytest.mark.parametrize(
    ("statement", "row", "read"),
    [
        ("UPDATE stashbot_runs SET options = '{'", "Row r of stashbot_runs", "runs"),
        ("UPDATE stashbot_results SET result = '{}'", "Row r/1 of stashbot_results", "results"),
        ("UPDATE stashbot_audit SET after = 'x'", "Row 1 of stashbot_audit", "audit"),
        ("UPDATE stashbot_triage SET proposal = '[]'", "Row 1 of stashbot_triage", "triage"),
    ],
)
def test_an_unreadable_row_is_named(
    statement: str, row: str, read: str, use: Use, url: str
) -> None:
    """A row that was damaged is an UnreadableState that names it, and stays as it is."""

    async def fill(store: Store) -> None:
        await store.runs.add(["1"], kind="enrich", run_id="r")
        await store.results.save("r", result("1"))
        await store.audit.add("r", "1", step="s", kind="update", changes=[("title", 1, 2)])
        await propose(store)

    async def look(store: Store) -> None:
        reads: dict[str, Callable[[], Awaitable[object]]] = {
            "runs": store.runs.list,
            "results": lambda: store.results.in_order("r"),
            "audit": store.audit.entries,
            "triage": store.triage.entries,
        }
        await reads[read]()

    use(fill)
    spoil(url, statement)
    with pytest.raises(UnreadableState, match=row):
        use(look)
