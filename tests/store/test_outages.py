"""The failures of sources in a run, as all its workers see them."""

from __future__ import annotations

from stashbot.settings import SourceSettings
from stashbot.store import Store
from tests.store.conftest import Clock, Use

LIMITS = SourceSettings(stop_after=2)


def test_failures_of_all_workers_count_together_and_the_stop_is_said_once(use: Use) -> None:
    """A repeated step counts once; other runs and other sources go on."""

    async def work(store: Store) -> None:
        async def fail(scene: str, run: str = "R1") -> tuple[bool, bool]:
            outage, begins = await store.outages.add_failure(
                run, "Alpha", scene, detail="403", settings=LIMITS
            )
            return outage is not None, begins

        assert await fail("1") == (False, False)
        assert await fail("1") == (False, False)
        assert await fail("1", run="R2") == (False, False)
        assert await fail("2") == (True, True)
        assert await fail("2") == (True, False)
        assert await fail("3") == (True, False)
        assert [(o.source, o.scenes) for o in await store.outages.of_run("R1")] == [("Alpha", 3)]
        assert await store.outages.of_run("R2") == ()

    use(work)


def test_an_answer_ends_a_streak_but_not_a_stop(use: Use) -> None:
    """An answer that was under way when the source was stopped does not start it again."""

    async def work(store: Store) -> None:
        async def fail(scene: str) -> None:
            await store.outages.add_failure("R", "Alpha", scene, detail="403", settings=LIMITS)

        await fail("1")
        await store.outages.add_answer("R", "Alpha")
        await fail("2")
        assert await store.outages.of_run("R") == ()
        await fail("3")
        await store.outages.add_answer("R", "Alpha")
        assert [o.source for o in await store.outages.of_run("R")] == ["Alpha"]

    use(work)


def test_a_pause_ends_by_itself(use: Use, clock: Clock) -> None:
    """The source is asked again from the time on that it named."""

    async def work(store: Store) -> None:
        await store.outages.add_failure(
            "R", "Alpha", "1", detail="Retry-After: 60", settings=LIMITS
        )
        assert len(await store.outages.of_run("R")) == 1
        clock.go_on(seconds=60)
        assert await store.outages.of_run("R") == ()

    use(work)
