"""Rename files by a template: plan, apply, undo and resume.

Stash's web UI has no button that moves files, so Stash's own ``moveFiles`` makes each move.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import PurePath, PurePosixPath, PureWindowsPath

from pydantic import JsonValue

from stashbot.decide.renaming.rename_plan import Move, NotRenamed, RenamePlan, plan_renames
from stashbot.decide.renaming.template import compile_template
from stashbot.engine import Execution, run_workflow
from stashbot.errors import UnknownPlan, UnknownRun, UsageError
from stashbot.flows.rename.move_file import (
    MoveFile,
    MoveResult,
    PlannedMove,
    file_identity,
    step_name,
)
from stashbot.flows.runs.driver import resume_whole_run, start_whole_run
from stashbot.flows.runs.selection import RunRequest, select_scene_ids
from stashbot.models import Model
from stashbot.services import Services
from stashbot.stash.file_moves import sidecar_files
from stashbot.store import Store
from stashbot.store.connection import encode

PLANS = "rename-plan"
PLAN_KEPT_S = 30 * 24 * 3600.0
LEASE = "rename"


class RenameReport(Model):
    """A plan under the id by which it is kept, and what became of it if it ran as ``run``."""

    plan: str | None = None
    run: str | None = None
    moves: tuple[Move, ...] = ()
    refused: tuple[NotRenamed, ...] = ()
    kept: int = 0
    results: tuple[MoveResult, ...] = ()

    @property
    def is_incomplete(self) -> bool:
        """Return whether a move was not made."""
        return any(not result.done for result in self.results)


class _Moves(Model):
    """The planned moves of a run, as they are kept with it."""

    moves: tuple[PlannedMove, ...] = ()


class _MoveResults(Model):
    """The report of a run that renames, as it is kept with it."""

    results: tuple[MoveResult, ...] = ()


async def rename(
    services: Services,
    request: RunRequest,
    *,
    template: str | None = None,
    root: str | None = None,
    apply: bool = False,
) -> RenameReport:
    """Plan the renaming of scenes and keep the plan; ``apply`` carries it out as a run.

    Raises:
        ConfigError: the template cannot be used.
        UsageError: ``root`` is in none of Stash's library folders, or no such scenes.
        UnreachableError: Stash is not there.
    """
    plan, planned = await _plan(services, request, template=template, root=root)
    report = RenameReport(moves=plan.moves, refused=plan.refused, kept=plan.kept)
    if not planned:
        return report
    if not apply:
        return report.model_copy(update={"plan": await _keep_plan(services.store, planned)})
    run_id, results = await _apply(services, planned)
    return report.model_copy(update={"run": run_id, "results": results})


async def _plan(
    services: Services, request: RunRequest, *, template: str | None, root: str | None
) -> tuple[RenamePlan, tuple[PlannedMove, ...]]:
    settings, stash = services.settings, services.stash
    compiled = compile_template(template or settings.naming.template)
    libraries = (await stash.configuration()).library_paths
    if root is not None:
        libraries = (_checked_root(root, libraries),)
    named = request.names_scenes
    chosen = set(await (select_scene_ids(stash, request) if named else stash.scene_ids()))
    every = [scene async for scene in stash.iter_scenes()]
    sidecars = await sidecar_files(stash, chosen)
    scenes = [scene for scene in every if scene.id in chosen and scene.id not in sidecars]
    left = [scene for scene in every if scene.id not in chosen or scene.id in sidecars]
    plan = plan_renames(
        scenes,
        compiled,
        libraries=libraries,
        others=[file.path for scene in left for file in scene.files],
        max_bytes=settings.naming.max_bytes,
        same_name=settings.naming.same_name,
    )
    staying = tuple(
        NotRenamed(
            scene_id=scene.id,
            file_id=file.id,
            path=file.path,
            reason=_stays_behind(sidecars[scene.id]),
        )
        for scene in left
        if scene.id in sidecars and scene.id in chosen
        for file in scene.files
    )
    plan = plan.model_copy(update={"refused": (*plan.refused, *staying)})
    identities = {file.id: file_identity(file) for scene in scenes for file in scene.files}
    planned = tuple(
        PlannedMove(move=move, file_identity=identities[move.file_id]) for move in plan.moves
    )
    return plan, planned


async def apply_plan(services: Services, plan_id: str) -> RenameReport:
    """Carry a plan out exactly as it was shown before, as a run of its own.

    Files that were moved or changed since stay where they are, as do those of scenes that have
    got captions or a funscript since.

    Raises:
        UnknownPlan: no such plan is kept for this Stash.
        UnreachableError: Stash is not there.
    """
    found = await services.store.kv.get(PLANS, plan_id)
    if found is None:
        raise UnknownPlan(
            f"There is no plan {plan_id}.",
            hint="`stashbot rename plan` makes a plan and says its id; it is kept for 30 days.",
            plan=plan_id,
        )
    planned = _Moves.model_validate(found).moves
    sidecars = await sidecar_files(services.stash, {p.move.scene_id for p in planned})
    refused = {
        plan.move.file_id: NotRenamed(
            scene_id=plan.move.scene_id,
            file_id=plan.move.file_id,
            path=plan.move.source,
            reason=_stays_behind(sidecars[plan.move.scene_id]),
        )
        for plan in reversed(planned)
        if plan.move.scene_id in sidecars
    }
    planned = tuple(plan for plan in planned if plan.move.file_id not in refused)
    report = RenameReport(
        plan=plan_id,
        moves=tuple(plan.move for plan in planned),
        refused=tuple(refused.values()),
    )
    if not planned:
        return report
    run_id, results = await _apply(services, planned)
    return report.model_copy(update={"run": run_id, "results": results})


async def undo_rename(services: Services, run_id: str) -> RenameReport:
    """Move the files of a run back, the last file first, as a run of its own.

    Raises:
        UnknownRun: no files were renamed in that run.
        UsageError: all of it was taken back already.
    """
    store = services.store
    before = await _planned_moves(store, run_id)
    by_step = {step_name(index): planned for index, planned in enumerate(before)}
    reverted = await store.audit.reverted_ids()
    entries = await store.audit.entries(run=run_id, kind="move")
    planned = tuple(
        PlannedMove(
            move=_reversed(by_step[entry.step].move),
            file_identity=by_step[entry.step].file_identity,
            undoes=entry.id,
        )
        for entry in entries
        if entry.id not in reverted
    )
    if not planned:
        raise UsageError(
            f"Nothing of run {run_id} is left to be taken back.",
            hint="See the moves with `stashbot audit --kind move`.",
        )
    new, results = await _apply(services, planned)
    moves = tuple(plan.move for plan in planned)
    return RenameReport(run=new, moves=moves, results=results)


async def resume_rename(services: Services, run_id: str) -> RenameReport:
    """Go on with a run that was cut off; moves that were made are not made again.

    Raises:
        UnknownRun: no files were renamed in that run.
    """
    planned = await _planned_moves(services.store, run_id)
    report = await resume_whole_run(services, run_id)
    results = _MoveResults.model_validate(report).results
    return RenameReport(run=run_id, moves=tuple(p.move for p in planned), results=results)


@run_workflow("rename")
async def rename_files(execution: Execution, run_id: str) -> JsonValue:
    """Make the moves of a run in their order; a move that cannot be made stops no other.

    A file that got no further than to a temporary name is put back. What an undo could not take
    back stays where it is, for another undo to go on with.
    """
    services: Services = execution.services

    async def read_plan() -> _Moves:
        return _Moves(moves=await _planned_moves(services.store, run_id))

    planned = (await execution.step("plan", read_plan)).moves
    results = []
    async with services.leases.hold(LEASE):
        for index, plan in enumerate(planned):
            move = MoveFile(services, run_id, step_name(index), plan)
            results.append(await execution.change(move))
        for index, plan in enumerate(planned):
            last = max(i for i, p in enumerate(planned) if p.move.file_id == plan.move.file_id)
            is_temporary = index != last and not results[last].done
            if is_temporary and results[index].done and plan.undoes is None:
                results[index] = await _put_back(execution, run_id, index, plan, results[index])
    report: JsonValue = _MoveResults(results=tuple(results)).model_dump(mode="json")
    return report


async def _put_back(
    execution: Execution, run_id: str, index: int, planned: PlannedMove, made: MoveResult
) -> MoveResult:
    """Take a move back and return its new result; ``made`` if that is not possible."""
    services: Services = execution.services
    name = step_name(index)

    async def audit_entry() -> int:
        entries = await services.store.audit.entries(
            run=run_id, scene=planned.move.scene_id, kind="move"
        )
        return next(entry.id for entry in entries if entry.step == name)

    undoes = await execution.step(f"entry of {name}", audit_entry)
    back = planned.model_copy(update={"move": _reversed(planned.move), "undoes": undoes})
    result = await execution.change(MoveFile(services, run_id, f"{name} back", back))
    if not result.done:
        return made.model_copy(update={"reason": f"it could not be put back: {result.reason}"})
    return made.model_copy(
        update={"done": False, "reason": "it was put back, for its own name was not free"}
    )


async def _apply(
    services: Services, planned: tuple[PlannedMove, ...]
) -> tuple[str, tuple[MoveResult, ...]]:
    """Make the moves as a run of their own; return its id and the results."""
    scenes = dict.fromkeys(plan.move.scene_id for plan in planned)
    run_id, report = await start_whole_run(
        services,
        kind="rename",
        scenes=scenes,
        options=_Moves(moves=planned).model_dump(mode="json"),
    )
    return run_id, _MoveResults.model_validate(report).results


async def _planned_moves(store: Store, run_id: str) -> tuple[PlannedMove, ...]:
    run = await store.runs.get(run_id)
    if run.kind != "rename":
        raise UnknownRun(
            f"No files were renamed in a run {run_id}.",
            hint="See the moves with `stashbot audit --kind move`.",
            run=run_id,
        )
    return _Moves.model_validate(run.options).moves


async def _keep_plan(store: Store, planned: tuple[PlannedMove, ...]) -> str:
    """Keep a plan, and return the id by which it can be applied; equal plans share it."""
    kept: JsonValue = _Moves(moves=planned).model_dump(mode="json")
    plan_id = hashlib.sha256(encode(kept).encode()).hexdigest()[:12]
    await store.kv.set(PLANS, plan_id, kept, ttl_s=PLAN_KEPT_S)
    return plan_id


def _stays_behind(names: Sequence[str]) -> str:
    return (
        f"{' and '.join(names)} beside it would stay behind, for Stash moves videos only: "
        "rename them all by hand and let Stash scan, which knows the video again by its hash"
    )


def _reversed(move: Move) -> Move:
    return move.model_copy(update={"source": move.target, "target": move.source})


def _checked_root(root: str, libraries: Sequence[str]) -> str:
    windows = "\\" in root and not root.startswith("/")
    kind: type[PurePath] = PureWindowsPath if windows else PurePosixPath
    path = kind(root)
    if ".." not in path.parts and any(path.is_relative_to(kind(folder)) for folder in libraries):
        return str(path)
    raise UsageError(
        f"--root {root} is in none of Stash's library folders.",
        hint=f"They are: {', '.join(libraries) or 'none'}.",
    )
