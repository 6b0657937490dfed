"""What a scene came to in earlier runs, and whether there is a state to read at all."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from stashbot.errors import UnreadableState
from stashbot.models import Outcome, SceneResult
from stashbot.store import Store
from tests.store.conftest import Clock, Use


def test_results_of_a_scene_are_newest_first(use: Use, clock: Clock) -> None:
    """Only that scene's, the newest ones where there are more than asked for, dry ones as such."""

    async def work(store: Store) -> None:
        for run, outcome, dry in (
            ("first", Outcome.TRIAGED, False),
            ("dry", Outcome.PLANNED, True),
            ("last", Outcome.APPLIED, False),
        ):
            await store.start_run(["7", "8"], run_id=run, dry_run=dry)
            clock.go_on(hours=1)
            await store.save_result(run, SceneResult(id="7", outcome=outcome))
        clock.go_on(hours=1)
        await store.save_result("first", SceneResult(id="8", outcome=Outcome.SKIPPED))
        found = await store.results_of("7")
        assert [(one.run, one.dry_run, one.result.outcome) for one in found] == [
            ("last", False, Outcome.APPLIED),
            ("dry", True, Outcome.PLANNED),
            ("first", False, Outcome.TRIAGED),
        ]
        assert found[0].at > found[1].at > found[2].at
        assert [one.run for one in await store.results_of("7", last=1)] == ["last"]
        assert await store.results_of("9") == ()

    use(work)


def test_whether_there_is_a_state(tmp_path: Path) -> None:
    """Asking makes none; once opened there is one; a file that is no database is an error."""
    file = tmp_path / "folder" / "state.sqlite"

    async def work() -> None:
        store = Store(f"sqlite:///{file}", create=False)
        assert not store.is_there
        assert not file.parent.exists()
        async with Store(f"sqlite:///{file}"):
            assert store.is_there

    asyncio.run(work())
    wrong = tmp_path / "wrong.sqlite"
    wrong.write_text("no database " * 100)
    with pytest.raises(UnreadableState):
        _ = Store(f"sqlite:///{wrong}").is_there
