"""The event loop drives pages: the store leaves it alone."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from stashbot.models import Judgement, Outcome, Proposal, SceneResult
from stashbot.store import EventKind, NewEvent, Store, TriageEntry
from stashbot.store.connection import Database
from tests.store.conftest import START, Use


def test_rows_are_decoded_in_the_stores_threads(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every JSON text and every model of a row, of every part of the store."""
    threads: list[str] = []

    def watch(name: str) -> None:
        decode = getattr(Database, name)

        def watched(*args: Any, **kwargs: Any) -> Any:
            threads.append(threading.current_thread().name)
            return decode(*args, **kwargs)

        monkeypatch.setattr(Database, name, watched)

    async def work(store: Store) -> None:
        await store.runs.add(["1"], kind="enrich", run_id="r", snapshot={"a": 1})
        await store.results.save("r", SceneResult(id="1", outcome=Outcome.APPLIED))
        await store.audit.add("r", "1", step="save", kind="update", changes=[("title", 1, 2)])
        await store.failures.add("r", "1", phase="save", reason="X")
        await store.intents.begin("r", "1", "save", kind="update")
        await store.events.add([NewEvent(run="r", kind=EventKind.RUN, at=START)])
        await store.scenes.update("1", scraped_at=START)
        worker = await store.workers.register("a")
        await store.leases.acquire("k", worker.id, "t")
        await store.kv.set("n", "k", 1)
        entry = await store.triage.open(
            "r",
            "1",
            proposal=Proposal(source="Alpha"),
            judgement=Judgement(score=0.5),
            scene_digest="d",
        )
        assert isinstance(entry, TriageEntry)
        reads = (
            store.runs.get("r"),
            store.runs.snapshot("r"),
            store.results.of_run("r"),
            store.results.in_order("r"),
            store.results.of_scene("1"),
            store.audit.entries(),
            store.failures.list(),
            store.intents.find("r", "1", "save"),
            store.intents.open(),
            store.events.after(0),
            store.scenes.get("1"),
            store.workers.list(),
            store.leases.list(),
            store.kv.get("n", "k"),
            store.kv.items("n"),
            store.triage.entries(),
            store.triage.get(entry.id),
        )
        for read in reads:
            before = len(threads)
            await read
            assert len(threads) > before

    watch("decode_json")
    watch("decode_model")
    use(work)
    assert all(name.startswith("stashbot-store") for name in threads)


def test_names_from_outside_are_cleaned(use: Use) -> None:
    """NUL bytes and broken Unicode, which databases refuse, do not lose a row."""

    async def work(store: Store) -> None:
        step = "create:tags:a\x00\ud800b"
        await store.intents.begin("r", "1", step, kind="create")
        await store.audit.add("r", "1", step=step, kind="create", changes=[("tags", None, "b")])
        await store.timings.add("r", "1", "scrape", 5, label=step)
        await store.sources.count("r", "1", "X\x00", keys=["studio\ud800"], ok=True)
        found = await store.intents.find("r", "1", step)
        assert found is not None
        assert found.step == "create:tags:a?b"
        assert (await store.audit.entries())[0].step == "create:tags:a?b"
        assert [stat.source for stat in await store.sources.stats(["studio\ud800"])] == ["X"]

    use(work)
