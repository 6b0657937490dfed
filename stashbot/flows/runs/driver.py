"""A run: which scenes, with what, in which order; started, resumed, reported."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from loguru import logger

from stashbot.browser.failure_artifacts import Evidence
from stashbot.decide.rules.expressions import compile_where
from stashbot.decide.sources.ranking import Experience
from stashbot.engine import Engine, Flow, run_scenes
from stashbot.errors import Interrupted, OverBudget, StashbotError, UsageError
from stashbot.flows.checks.heal import mending
from stashbot.flows.cleanup.cleanup import clean_scene
from stashbot.flows.collections.sync import collect_scene
from stashbot.flows.enrich.workflow import enrich_scene
from stashbot.flows.runs.context import Doing, Runtime, open_pages, secret_cookies
from stashbot.flows.runs.options import RunKind, RunOptions
from stashbot.flows.runs.selection import Request, Task, enriching, select
from stashbot.flows.triage.accept import accept_scene
from stashbot.models import Outcome, RunReport, SceneResult
from stashbot.redaction import Scrubber
from stashbot.selectors import Registry
from stashbot.settings import Settings
from stashbot.stash.client import StashClient, open_stash
from stashbot.store import Store
from stashbot.store.records import Run, RunStatus

Prepare = Callable[[StashClient, Store], Awaitable[Task]]
#: What is done with each scene of a run, by the run's kind.
FLOWS: Mapping[RunKind, Flow[[str, str], SceneResult]] = {
    "enrich": enrich_scene,
    "accept": accept_scene,
    "cleanup": clean_scene,
    "collect": collect_scene,
}
OnResult = Callable[[SceneResult], Awaitable[None]]


@dataclass
class Progress:
    """What a caller wants to hear of while a run goes on.

    ``on_start`` is called with the run and how many scenes are left, if any are; ``on_result`` for
    each of those; ``on_stop`` when the run was asked to stop and steps in progress have to end.
    """

    on_start: Callable[[Run, int], None] = lambda _run, _left: None
    on_phase: Callable[[Doing], None] = lambda _doing: None
    on_result: Callable[[SceneResult], None] = lambda _result: None
    on_stop: Callable[[], None] = lambda: None


@dataclass
class Finished:
    """A run's report, and why it stopped early if it did."""

    report: RunReport
    stopped_by: StashbotError | None = None
    left: int = 0


async def carry_out(
    settings: Settings,
    request: Request,
    progress: Progress | None = None,
    *,
    prepare: Prepare | None = None,
    scrubber: Scrubber | None = None,
) -> Finished:
    """Starts or resumes a run and carries its scenes through.

    ``prepare`` gives the task of a new run in place of the request, such as to accept proposals.
    ``scrubber`` is the one that the log uses, so that it learns the session's secrets too.

    Raises:
        UsageError: the request or the settings cannot be carried out as they are.
        UnreachableError: Stash or the browser is not there; no scene was begun.
    """
    progress = progress or Progress()
    compile_where(request.where) if request.where else None
    async with (
        open_stash(settings.stash) as client,
        Store(settings.state.database_url, server=settings.stash.url) as store,
    ):
        selectors = Registry.load(settings.selectors.folder).for_release(client.server.release)
        if not selectors.exact:
            logger.warning(
                "Stash {} is newer than the selectors; the newest set is used",
                client.server.version,
            )
        prepared = await _prepare(settings, request, client, store, prepare)
        scrubber = scrubber or Scrubber()
        scrubber.add(*settings.stash.secrets, *secret_cookies(client))
        evidence = Evidence(settings.state.dir, settings.evidence, scrubber)
        await evidence.prune()
        async with _running(settings, prepared.id) as engine:
            run = await _begin(request, store, prepared)
            options = RunOptions.model_validate(run.options)
            done = {result.id for result in await store.results(run.id)}
            if len(done) == len(run.scenes):
                await store.finish_run(run.id)
                return Finished(report=await report_of(store, run, settings))
            async with (
                _interrupted_on_error(store, run),
                open_pages(
                    settings,
                    client,
                    selectors,
                    read_only=options.dry_run,
                    mender=mending(settings, store),
                ) as pool,
                _telling(engine, progress.on_stop),
            ):
                over: list[OverBudget] = []

                def on_over(error: OverBudget) -> None:
                    over.append(error)
                    engine.stop()

                Runtime(
                    settings=settings,
                    client=client,
                    store=store,
                    selectors=selectors,
                    pool=pool,
                    evidence=evidence,
                    scrubber=scrubber,
                    options=options,
                    began=run.started,
                    experience=Experience(one.tally for one in await store.source_stats()),
                    proposed_tags=await store.lacking_tags(),
                    on_phase=progress.on_phase,
                    on_over=on_over,
                ).make_current()
                progress.on_start(run, len(run.scenes) - len(done))

                async def on_result(result: SceneResult) -> None:
                    if result.id not in done:
                        await store.save_result(run.id, result)
                        progress.on_result(result)

                outcome = await run_scenes(
                    engine,
                    FLOWS[options.kind],
                    run_id=run.id,
                    scene_ids=run.scenes,
                    workers=settings.run.workers,
                    on_result=on_result,
                )
        ended = RunStatus.INTERRUPTED if outcome.left else RunStatus.DONE
        await store.finish_run(run.id, ended)
        report = await report_of(store, run, settings)
        stopped_by = over[0] if over and outcome.left else outcome.stopped_by
        return Finished(report=report, stopped_by=stopped_by, left=len(outcome.left))


async def report_of(store: Store, run: Run, settings: Settings) -> RunReport:
    """The report of a run as far as it got: scenes in the run's order, totals, budgets."""
    by_id = {result.id: result for result in await store.results(run.id)}
    scenes = tuple(by_id[scene_id] for scene_id in run.scenes if scene_id in by_id)
    counted = Counter(result.outcome for result in scenes)
    return RunReport(
        run=run.id,
        dry_run=run.dry_run,
        scenes=scenes,
        totals={
            "scenes": len(run.scenes),
            **{outcome.value: counted[outcome] for outcome in Outcome},
        },
        budgets=await store.budget_report(run.id, settings.budgets.by_phase),
    )


@dataclass
class _Prepared:
    """A run about to begin: its id, and what it needs if it is a new one."""

    id: str
    scenes: tuple[str, ...] = ()
    options: RunOptions | None = None


async def _prepare(
    settings: Settings,
    request: Request,
    client: StashClient,
    store: Store,
    prepare: Prepare | None,
) -> _Prepared:
    if request.resume is not None:
        resumed = await _resumed(store, request.resume)
        _refuse_without_pages(resumed)
        return _Prepared(id=resumed.id)
    task = await (
        prepare(client, store) if prepare else enriching(settings, request, client, store)
    )
    return _Prepared(id=store.new_run_id(), scenes=task.scenes, options=task.options)


def _refuse_without_pages(run: Run) -> None:
    told = {
        "rename": ("renames files", f"Go on with it: stashbot rename resume {run.id}."),
        "undo": ("takes changes back", "Ask for that undo again; it goes on with what is left."),
    }
    if (kind := str(run.options.get("kind"))) in told:
        does, hint = told[kind]
        raise UsageError(f"Run {run.id} {does}.", hint=hint, run=run.id)


async def _resumed(store: Store, which: str) -> Run:
    return await (store.latest_run() if which == "last" else store.run(which))


async def _begin(request: Request, store: Store, prepared: _Prepared) -> Run:
    if prepared.options is None:
        return await store.reopen_run(prepared.id)
    return await store.start_run(
        prepared.scenes,
        options=prepared.options.model_dump(mode="json"),
        dry_run=request.dry_run,
        run_id=prepared.id,
    )


@asynccontextmanager
async def _running(settings: Settings, run_id: str) -> AsyncIterator[Engine]:
    """The engine, and within it nobody else's run; a stop by signal leaves the run resumable."""
    async with Engine(
        database_url=settings.state.database_url,
        executor_id=run_id,
        state_dir=settings.state.dir,
    ) as engine:
        yield engine


@asynccontextmanager
async def _interrupted_on_error(store: Store, run: Run) -> AsyncIterator[None]:
    """What ends the block by an error, such as a browser that does not start, leaves the run
    interrupted: it can be resumed.
    """
    try:
        yield
    except BaseException:
        await store.finish_run(run.id, RunStatus.INTERRUPTED)
        raise


@asynccontextmanager
async def _telling(engine: Engine, on_stop: Callable[[], None]) -> AsyncIterator[None]:
    """Calls ``on_stop`` when a stop is asked for within the block."""

    async def tell() -> None:
        await engine.wait_for_stop()
        on_stop()

    watcher = asyncio.create_task(tell())
    try:
        yield
    finally:
        watcher.cancel()


__all__ = [
    "Finished",
    "Interrupted",
    "Progress",
    "Request",
    "carry_out",
    "report_of",
    "select",
]
