"""Files renamed by template: the plan, each move of it as a durable step, and all of it taken back.

Stash's web UI has no button that moves files, so Stash's own ``moveFiles`` is asked for each move.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import PurePath, PurePosixPath, PureWindowsPath

from pydantic import JsonValue

from stashbot.decide.renaming.rename_plan import Move, NotRenamed, RenamePlan, plan_renames
from stashbot.decide.renaming.template import compile_template
from stashbot.engine import changing_step, flow, step
from stashbot.errors import UnknownPlan, UnknownRun, UsageError
from stashbot.flows.rename.move_file import Moved, Moving, Planned, mark_of, step_of
from stashbot.flows.runs.api_context import Context, in_a_run
from stashbot.flows.runs.selection import Request, select
from stashbot.models import Model
from stashbot.settings import Settings
from stashbot.stash.client import StashClient, open_stash
from stashbot.stash.file_moves import with_company
from stashbot.store import Store
from stashbot.store.base import encode

SPACE = "rename"
PLANS = "rename-plan"
PLAN_KEPT_S = 30 * 24 * 3600.0


class Renamed(Model):
    """A plan under the id by which it is kept, and what became of it if it was carried out as
    ``run``.
    """

    plan: str | None = None
    run: str | None = None
    moves: tuple[Move, ...] = ()
    refused: tuple[NotRenamed, ...] = ()
    kept: int = 0
    results: tuple[Moved, ...] = ()

    @property
    def fell_short(self) -> bool:
        """Whether a move was not made."""
        return any(not one.done for one in self.results)


async def rename(
    settings: Settings,
    request: Request,
    *,
    template: str | None = None,
    root: str | None = None,
    apply: bool = False,
) -> Renamed:
    """The plan for the scenes, which is kept; ``apply`` carries it out as a run of its own.

    Raises:
        ConfigError: the template cannot be used.
        UsageError: ``root`` is in none of Stash's library folders, or no such scenes.
        UnreachableError: Stash is not there.
    """
    compiled = compile_template(template or settings.naming.template)
    async with open_stash(settings.stash) as client:
        libraries = (await client.configuration()).library_paths
        if root is not None:
            libraries = (_checked_root(root, libraries),)
        named = request.ids or request.where is not None or request.filter is not None
        chosen = set(await (select(client, request) if named else client.scene_ids()))
        every = [scene async for scene in client.iter_scenes()]
        company = await with_company(client, chosen)
        scenes = [one for one in every if one.id in chosen and one.id not in company]
        left = [one for one in every if one.id not in chosen or one.id in company]
        plan = plan_renames(
            scenes,
            compiled,
            libraries=libraries,
            others=[file.path for scene in left for file in scene.files],
            most_bytes=settings.naming.most_bytes,
            same_name=settings.naming.same_name,
        )
        beside = tuple(
            NotRenamed(
                scene_id=scene.id,
                file_id=file.id,
                path=file.path,
                reason=_stays_behind(company[scene.id]),
            )
            for scene in left
            if scene.id in company and scene.id in chosen
            for file in scene.files
        )
        plan = plan.model_copy(update={"refused": (*plan.refused, *beside)})
        if not plan.moves:
            return _told(plan)
        marks = {file.id: mark_of(file) for scene in scenes for file in scene.files}
        planned = tuple(Planned(move=one, mark=marks[one.file_id]) for one in plan.moves)
        async with Store(settings.state.database_url, server=settings.stash.url) as store:
            if not apply:
                return _told(plan).model_copy(update={"plan": await _kept(store, planned)})
            run_id = store.new_run_id()
            results = await _carry_out(settings, client, store, run_id, planned)
    return _told(plan).model_copy(update={"run": run_id, "results": results})


async def apply_plan(settings: Settings, plan_id: str) -> Renamed:
    """Carries out a plan that was shown before, as it was shown, as a run of its own.

    Files that were moved or changed since stay where they are, as do those of scenes that have
    got captions or a funscript since.

    Raises:
        UnknownPlan: no such plan is kept for this Stash.
        UnreachableError: Stash is not there.
    """
    async with (
        open_stash(settings.stash) as client,
        Store(settings.state.database_url, server=settings.stash.url) as store,
    ):
        found = await store.kv_get(PLANS, plan_id)
        if not isinstance(found, list):
            raise UnknownPlan(
                f"There is no plan {plan_id}.",
                hint="`stashbot rename` makes one and says its id; it is kept for 30 days.",
                plan=plan_id,
            )
        planned = tuple(Planned.model_validate(one) for one in found)
        company = await with_company(client, {one.move.scene_id for one in planned})
        refused = {
            one.move.file_id: NotRenamed(
                scene_id=one.move.scene_id,
                file_id=one.move.file_id,
                path=one.move.source,
                reason=_stays_behind(company[one.move.scene_id]),
            )
            for one in reversed(planned)
            if one.move.scene_id in company
        }
        planned = tuple(one for one in planned if one.move.file_id not in refused)
        told = Renamed(
            plan=plan_id,
            moves=tuple(one.move for one in planned),
            refused=tuple(refused.values()),
        )
        if not planned:
            return told
        run_id = store.new_run_id()
        results = await _carry_out(settings, client, store, run_id, planned)
    return told.model_copy(update={"run": run_id, "results": results})


async def undo_rename(settings: Settings, run_id: str) -> Renamed:
    """Takes the files of a run back, the last one first, as a run of its own.

    Raises:
        UnknownRun: no files were renamed in that run.
        UsageError: all of it was taken back already.
    """
    async with (
        open_stash(settings.stash) as client,
        Store(settings.state.database_url, server=settings.stash.url) as store,
    ):
        before = await _stored(store, run_id)
        by_step = {step_of(index): one for index, one in enumerate(before)}
        undone = await store.undone()
        entries = await store.audit(run=run_id, kind="move")
        planned = tuple(
            Planned(move=_back(by_step[one.step].move), mark=by_step[one.step].mark, undoes=one.id)
            for one in entries
            if one.id not in undone
        )
        if not planned:
            raise UsageError(f"Nothing of run {run_id} is left to be taken back.", run=run_id)
        new = store.new_run_id()
        results = await _carry_out(settings, client, store, new, planned)
        return Renamed(run=new, moves=tuple(one.move for one in planned), results=results)


async def resume_rename(settings: Settings, run_id: str) -> Renamed:
    """Goes on with a run that was killed; moves that were made are not made again.

    Raises:
        UnknownRun: no files were renamed in that run.
    """
    async with (
        open_stash(settings.stash) as client,
        Store(settings.state.database_url, server=settings.stash.url) as store,
    ):
        planned = await _stored(store, run_id)
        results = await _carry_out(settings, client, store, run_id, planned)
        return Renamed(run=run_id, moves=tuple(one.move for one in planned), results=results)


@flow("rename")
async def rename_files(run_id: str, planned: tuple[Planned, ...]) -> tuple[Moved, ...]:
    """Makes the moves in their order; one that cannot be made stops no other.

    A file that got no further than to the name by whose way it went is put back. What an undo could
    not take back stays where it is, for another undo to go on with.
    """
    results = []
    for index, one in enumerate(planned):
        moving = Moving(Context.current, run_id, step_of(index), one)
        results.append(await changing_step(moving.step, find=moving.find, act=moving.act))
    for index, one in enumerate(planned):
        ended = [at for at, other in enumerate(planned) if other.move.file_id == one.move.file_id]
        on_its_way = index != ended[-1] and not results[ended[-1]].done
        if on_its_way and results[index].done and one.undoes is None:
            results[index] = await _put_back(run_id, index, one, results[index])
    return tuple(results)


async def _put_back(run_id: str, index: int, planned: Planned, made: Moved) -> Moved:
    """The result of a move after it was taken back; ``made`` if that is not possible."""
    store, name = Context.current.store, step_of(index)

    async def entry() -> int:
        entries = await store.audit(run=run_id, scene=planned.move.scene_id, kind="move")
        return next(one.id for one in entries if one.step == name)

    undoes = await step(f"entry of {name}", entry)
    back = planned.model_copy(update={"move": _back(planned.move), "undoes": undoes})
    moving = Moving(Context.current, run_id, f"{name} back", back)
    taken = await changing_step(moving.step, find=moving.find, act=moving.act)
    if not taken.done:
        return made.model_copy(update={"reason": f"it could not be put back: {taken.reason}"})
    return made.model_copy(
        update={"done": False, "reason": "it was put back, for its own name was not free"}
    )


async def _carry_out(
    settings: Settings,
    client: StashClient,
    store: Store,
    run_id: str,
    planned: tuple[Planned, ...],
) -> tuple[Moved, ...]:
    known = await store.kv_get(SPACE, run_id) is not None
    context = Context(client, store, settings)
    scenes = dict.fromkeys(one.move.scene_id for one in planned)
    async with in_a_run(context, run_id, kind="rename", scenes=scenes, resumed=known) as engine:
        if not known:
            await store.kv_set(SPACE, run_id, _as_stored(planned))
        return await engine.run(rename_files, flow_id=f"{run_id}:rename", args=(run_id, planned))


async def _stored(store: Store, run_id: str) -> tuple[Planned, ...]:
    found = await store.kv_get(SPACE, run_id)
    if not isinstance(found, list):
        raise UnknownRun(
            f"No files were renamed in a run {run_id}.",
            hint="See the moves with `stashbot audit --kind move`.",
            run=run_id,
        )
    return tuple(Planned.model_validate(one) for one in found)


async def _kept(store: Store, planned: tuple[Planned, ...]) -> str:
    """The id of the plan, by which it can be carried out later; a plan has one id."""
    stored = _as_stored(planned)
    plan_id = hashlib.sha256(encode(stored).encode()).hexdigest()[:12]
    await store.kv_set(PLANS, plan_id, stored, ttl_s=PLAN_KEPT_S)
    return plan_id


def _as_stored(planned: tuple[Planned, ...]) -> list[JsonValue]:
    return [one.model_dump(mode="json") for one in planned]


def _stays_behind(names: Sequence[str]) -> str:
    return (
        f"{' and '.join(names)} beside it would stay behind, for Stash moves videos only: "
        "rename them all by hand and let Stash scan, which knows the video again by its hash"
    )


def _told(plan: RenamePlan) -> Renamed:
    return Renamed(moves=plan.moves, refused=plan.refused, kept=plan.kept)


def _back(move: Move) -> Move:
    return move.model_copy(update={"source": move.target, "target": move.source})


def _checked_root(root: str, libraries: Sequence[str]) -> str:
    windows = "\\" in root and not root.startswith("/")
    kind: type[PurePath] = PureWindowsPath if windows else PurePosixPath
    path = kind(root)
    if ".." not in path.parts and any(path.is_relative_to(kind(one)) for one in libraries):
        return str(path)
    raise UsageError(
        f"--root {root} is in none of Stash's library folders.",
        hint=f"They are: {', '.join(libraries) or 'none'}.",
        root=root,
    )
