"""Running the scenes of a run: N workers, one scene's failure is its own."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from stashbot.engine.engine import Engine
from stashbot.engine.flows import Flow
from stashbot.errors import Interrupted, StashbotError, StateError, UnreachableError
from stashbot.models import Outcome, SceneResult

OnResult = Callable[[SceneResult], Awaitable[None]]


@dataclass(kw_only=True)
class ScenesOutcome:
    """What became of the scenes of a run.

    ``results`` in the order in which scenes ended; ``left`` are the scenes without a result, in
    the order of the run. ``stopped_by`` says why there are any: ``Interrupted`` when a stop was
    asked for, ``UnreachableError`` or ``StateError`` when Stash, browser or state were gone. The
    run can be resumed then.
    """

    results: list[SceneResult] = field(default_factory=list)
    left: tuple[str, ...] = ()
    stopped_by: StashbotError | None = None


def flow_id(run_id: str, scene_id: str) -> str:
    """The id of the flow that works on a scene in a run."""
    return f"{run_id}:{scene_id}"


async def run_scenes(
    engine: Engine,
    flow: Flow[[str, str], SceneResult],
    *,
    run_id: str,
    scene_ids: Iterable[str],
    workers: int,
    on_result: OnResult | None = None,
) -> ScenesOutcome:
    """Run ``flow(run_id, scene_id)`` for every scene, ``workers`` at a time, in order.

    A scene whose flow raises counts as failed, with the error as its reason, and stops no other.
    When Stash, browser or state are gone, or a stop is asked for, no further scene begins; those in
    progress end first. Called again for the same run, scenes that have ended give their recorded
    result and the others go on. ``on_result`` is awaited once for each result, by the worker that
    has it; what it raises ends the run.

    Raises:
        ValueError: ``workers`` is below 1.
        Exception: what ``on_result`` raised, after the scenes in progress ended.
    """
    if workers < 1:
        raise ValueError("workers must be at least 1")
    order = tuple(dict.fromkeys(scene_ids))
    waiting = deque(order)
    outcome = ScenesOutcome()

    async def work() -> None:
        while waiting and outcome.stopped_by is None:
            scene_id = waiting.popleft()
            started = time.monotonic()
            try:
                result = await engine.run(
                    flow, flow_id=flow_id(run_id, scene_id), args=(run_id, scene_id)
                )
            except (Interrupted, UnreachableError, StateError) as error:
                outcome.stopped_by = _graver(outcome.stopped_by, error)
                return
            except Exception as error:  # noqa: BLE001 # the flow runner: a scene's failure is its own
                elapsed_ms = round((time.monotonic() - started) * 1000)
                result = _failed(scene_id, error, elapsed_ms)
            outcome.results.append(result)
            if on_result is not None:
                try:
                    await on_result(result)
                except BaseException:
                    waiting.clear()
                    raise

    tasks = [asyncio.create_task(work()) for _ in range(min(workers, len(order)))]
    try:
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        for task in tasks:
            task.cancel()
    for end in ends:
        if end is not None:
            raise end
    done = {result.id for result in outcome.results}
    outcome.left = tuple(scene_id for scene_id in order if scene_id not in done)
    return outcome


def _graver(before: StashbotError | None, error: StashbotError) -> StashbotError:
    """Why the run stopped: what is gone explains more than that a stop followed."""
    if before is None or isinstance(before, Interrupted):
        return error
    return before


def _failed(scene_id: str, error: Exception, elapsed_ms: int) -> SceneResult:
    reason = str(error) if isinstance(error, StashbotError) else f"{type(error).__name__}: {error}"
    return SceneResult(id=scene_id, outcome=Outcome.FAILED, reason=reason, elapsed_ms=elapsed_ms)
