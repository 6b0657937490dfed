"""What steps and flows promise: once, recorded, suspended, looked for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from stashbot.engine import Engine, FlowStatus, changing_step, flow, step
from stashbot.errors import (
    EngineError,
    PageLost,
    ScrapeFailed,
    StashbotError,
    StashUnreachable,
    StateError,
)
from tests.engine.conftest import FLOW_ID, Recorder, in_engine

ENGINES: list[Engine] = []


def test_a_finished_flow_gives_its_recorded_result(tmp_path: Path) -> None:
    """Run twice by one id, in one process and in the next, a flow executes once."""
    record = Recorder()

    @flow("adds")
    async def adds(a: int, b: int) -> int:
        return a + b + int(await step("one", record("one", 1)))

    async def twice(engine: Engine) -> list[Any]:
        before = await engine.status(FLOW_ID)
        results = [await engine.run(adds, flow_id=FLOW_ID, args=(1, 2)) for _ in range(2)]
        return [before, *results, await engine.status(FLOW_ID)]

    assert in_engine(tmp_path, twice) == [FlowStatus.NEW, 4, 4, FlowStatus.DONE]
    assert in_engine(tmp_path, lambda e: e.run(adds, flow_id=FLOW_ID, args=(1, 2))) == 4
    assert record.calls == ["one"]


def test_two_who_ask_for_one_flow_share_it(tmp_path: Path) -> None:
    """Asked for at the same time or while it is in progress, a flow runs once for all who ask."""
    record, begun, seen = Recorder(), asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        record.calls.append("wait")
        begun.set()
        await seen.wait()

    @flow("shared")
    async def shared() -> int:
        await step("wait", wait)
        return int(await step("count", record("count", 7)))

    async def both(engine: Engine) -> list[int]:
        early = [asyncio.create_task(engine.run(shared, flow_id=FLOW_ID)) for _ in range(2)]
        await begun.wait()
        assert await engine.status(FLOW_ID) is FlowStatus.RUNNING
        late = asyncio.create_task(engine.run(shared, flow_id=FLOW_ID))
        await asyncio.sleep(0)
        seen.set()
        return await asyncio.gather(*early, late)

    assert in_engine(tmp_path, both) == [7, 7, 7]
    assert record.calls == ["wait", "count"]


def test_an_error_is_recorded_with_its_fields(tmp_path: Path) -> None:
    """A flow's error is the same error, fields and hint included, when it is read from the record;
    the step that raised it does not run again.
    """
    record = Recorder()
    error = ScrapeFailed("No answer.", hint="Look at it.", source="AlphaSource", detail="500")

    @flow("fails")
    async def fails() -> None:
        await step("scrape", record("scrape", error))

    async def caught(engine: Engine) -> StashbotError:
        with pytest.raises(ScrapeFailed) as caught:
            await engine.run(fails, flow_id=FLOW_ID)
        assert await engine.status(FLOW_ID) is FlowStatus.FAILED
        return caught.value

    for _ in range(2):
        found = in_engine(tmp_path, caught)
        assert (str(found), found.fields) == (str(error), error.fields)
    assert record.calls == ["scrape"]


class _CannotBeRead(Exception):
    """Pickles, and cannot be unpickled: its constructor asks for more than its args hold."""

    def __init__(self, text: str, *, needed: int) -> None:
        super().__init__(text)
        self.needed = needed


class _TurnsIntoText(Exception):
    """Pickles as something that cannot be raised."""

    def __reduce__(self) -> tuple[Any, ...]:
        return str, ("text",)


@pytest.mark.parametrize("error", [_CannotBeRead("odd", needed=1), _TurnsIntoText("odd")])
@pytest.mark.parametrize("where", ["step", "flow"])
def test_an_error_that_cannot_be_read_again_is_recorded_in_words(
    error: Exception, where: str, tmp_path: Path
) -> None:
    """Such an error would make its flow unreadable for ever; its name and text are kept instead."""

    async def act() -> None:
        raise error

    @flow(f"odd-{where}")
    async def odd() -> None:
        await (step("odd", act) if where == "step" else act())

    async def run(engine: Engine) -> None:
        await engine.run(odd, flow_id=FLOW_ID)

    for _ in range(2):
        with pytest.raises(StashbotError, match=f"{type(error).__name__}: odd"):
            in_engine(tmp_path, run)


@pytest.mark.parametrize("error", [StashUnreachable("gone"), StateError("full")])
@pytest.mark.parametrize("where", ["step", "flow"])
def test_what_says_nothing_about_the_scene_is_not_recorded(
    error: StashbotError, where: str, tmp_path: Path
) -> None:
    """When Stash or the state is gone, the flow is suspended: run again, it goes on from there."""
    record = Recorder()
    failing = record("second", error, "here")

    @flow(f"gone-{where}")
    async def gone() -> str:
        await step("first", record("first", 1))
        return str(await (step("second", failing) if where == "step" else failing()))

    async def run(engine: Engine) -> str:
        return await engine.run(gone, flow_id=FLOW_ID)

    with pytest.raises(type(error)):
        in_engine(tmp_path, run)
    assert in_engine(tmp_path, lambda e: e.status(FLOW_ID)) is FlowStatus.INTERRUPTED
    assert in_engine(tmp_path, run) == "here"
    assert record.calls == ["first", "second", "second"]


def test_a_flow_cannot_swallow_its_suspension(tmp_path: Path) -> None:
    """A flow that handles every Exception is suspended all the same."""

    @flow("stubborn")
    async def stubborn() -> str:
        try:
            await step("gone", Recorder()("gone", StashUnreachable("gone")))
        except Exception:  # noqa: BLE001 # what flows must not do
            return "swallowed"
        return "there"

    with pytest.raises(StashUnreachable):
        in_engine(tmp_path, lambda e: e.run(stubborn, flow_id=FLOW_ID))


def test_a_changing_step_looks_before_it_acts(tmp_path: Path) -> None:
    """``find`` runs on the first execution too, and ``act`` only if it found nothing."""
    record = Recorder()

    @flow("looks")
    async def looks() -> list[str]:
        return [
            await changing_step("a", find=record("find a", None), act=record("act a", "acted")),
            await changing_step("b", find=record("find b", "found"), act=record("act b", "acted")),
        ]

    assert in_engine(tmp_path, lambda e: e.run(looks, flow_id=FLOW_ID)) == ["acted", "found"]
    assert record.calls == ["find a", "act a", "find b"]


def test_a_transient_error_begins_the_step_again_with_find(tmp_path: Path) -> None:
    """After a lost answer ``find`` sees that the act took effect, so it is not repeated."""
    record = Recorder()
    find = record("find", None, "found")
    act = record("act", PageLost("answer lost"))

    async def on_retry(attempt: int, error: StashbotError) -> None:
        record.calls.append(f"retry {attempt} {type(error).__name__}")

    @flow("transient")
    async def transient() -> str:
        return await changing_step("save", find=find, act=act, attempts=3, on_retry=on_retry)

    assert in_engine(tmp_path, lambda e: e.run(transient, flow_id=FLOW_ID)) == "found"
    assert record.calls == ["find", "act", "retry 1 PageLost", "find"]


@pytest.mark.parametrize(
    ("error", "tries"), [(PageLost("lost"), 3), (ScrapeFailed("no"), 1), (ValueError("bug"), 1)]
)
def test_attempts_are_for_transient_errors_and_end(
    error: Exception, tries: int, tmp_path: Path
) -> None:
    """Three attempts are three, and only for errors that say they are transient."""
    record = Recorder()

    @flow("attempts")
    async def attempts() -> None:
        await step("try", record("try", error), attempts=3)

    with pytest.raises(type(error)):
        in_engine(tmp_path, lambda e: e.run(attempts, flow_id=FLOW_ID))
    assert len(record.calls) == tries


def test_steps_belong_directly_into_a_flow(tmp_path: Path) -> None:
    """Outside a flow, inside another step, or as a flow in a flow, nothing would be durable."""

    async def nothing() -> None:
        pass

    @flow("nested")
    async def nested(engine: Engine | None) -> None:
        if engine is None:
            await step("outer", lambda: step("inner", nothing))
        else:
            await engine.run(nested, flow_id="run:2", args=(None,))

    with pytest.raises(EngineError, match="outside a flow"):
        asyncio.run(step("lonely", nothing))
    with pytest.raises(EngineError, match="inside step outer"):
        in_engine(tmp_path, lambda e: e.run(nested, flow_id=FLOW_ID, args=(None,)))

    @flow("flow-in-flow")
    async def flow_in_flow() -> None:
        await ENGINES[0].run(nested, flow_id="run:2", args=(None,))

    async def run(engine: Engine) -> None:
        ENGINES[:] = [engine]
        await engine.run(flow_in_flow, flow_id="run:3")

    with pytest.raises(EngineError, match="within a flow"):
        in_engine(tmp_path, run)
