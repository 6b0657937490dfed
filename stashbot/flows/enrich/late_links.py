"""Give scenes of a run what they were denied before another scene of it created it.

Two scenes may be under way at once: the scene that is denied a name writes that down and then looks
for creations of the run, the scene that creates an entity writes that down and then looks for
denied scenes. Whoever comes second finds the other; if both do, the second link has nothing to do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from loguru import logger

from stashbot.decide.planning.late_links import late_link
from stashbot.decide.planning.scene_plan import is_complete
from stashbot.errors import BadAnswer, GraphQLError, PageError, StaleForm
from stashbot.flows.enrich.results import changes_of
from stashbot.flows.enrich.steps.save import MarkOrganized, SavePlan
from stashbot.models import (
    Entity,
    EntityKind,
    FieldName,
    Model,
    Omission,
    OmissionKind,
    Plan,
    SceneResult,
)
from stashbot.store.left_out import folded_name

if TYPE_CHECKING:
    from stashbot.flows.enrich.scene_workflow import SceneWorkflow

#: How often a scene is planned anew because somebody else changed it meanwhile.
_MAX_TURNS = 3


class LateLink(Model):
    """An entity that the run created, and a scene that was denied its name before."""

    scene: str
    kind: EntityKind
    id: str
    name: str

    @property
    def step(self) -> str:
        """The name of the link's step, intent and audit rows."""
        return f"link:{self.scene}:{self.kind.value}:{self.name}"


class LateLinkTasks(Model):
    """The links that a scene makes after its own turn, its own first."""

    links: tuple[LateLink, ...] = ()


class LateLinks:
    """The links after a scene's own turn: its own, and those of scenes before it."""

    def __init__(self, workflow: SceneWorkflow, settled: Plan) -> None:
        self._workflow = workflow
        self._context = workflow.context
        self._store = workflow.context.store
        self._settled = settled

    async def carry_out(self, result: SceneResult) -> SceneResult:
        """Write down what was left out, make the links, and return the scene's result with its own.

        A link that cannot be made is left to ``run --incomplete``; it does not fail the scene.
        """
        workflow = self._workflow
        tasks = await workflow.execution.step("left_out", self._tasks)
        for link in tasks.links:
            try:
                linked = await self._link(link, result)
            except (PageError, GraphQLError, BadAnswer) as error:
                logger.info("scene {} did not get {}: {}", link.scene, link.name, error.message)
                await workflow.editor.discard()
                continue
            if linked is not None and link.scene == workflow.scene_id:
                result = linked
        return result

    async def _tasks(self) -> LateLinkTasks:
        workflow, run_id = self._workflow, self._workflow.run_id
        await self._store.left_out.replace(run_id, workflow.scene_id, self._settled.omitted)
        links = [link async for link in self._own_links()]
        for new in workflow.new_entities:
            denied = await self._store.left_out.denied(run_id, new.kind.field, new.name)
            links += [new.model_copy(update={"scene": scene}) for scene in denied]
        return LateLinkTasks(links=tuple(dict.fromkeys(links)))

    async def _own_links(self) -> AsyncIterator[LateLink]:
        """Yield the links to what the run created since this scene was planned."""
        missing = {
            (omission.field, folded_name(omission.name))
            for omission in self._settled.omitted
            if omission.kind is OmissionKind.NOT_IN_STASH
        }
        if not missing:
            return
        for entry in await self._store.audit.entries(run=self._workflow.run_id, kind="create"):
            created: Any = entry.after
            field = FieldName(entry.field)
            if (field, folded_name(created["name"])) in missing:
                yield LateLink(
                    scene=self._workflow.scene_id,
                    kind=EntityKind.of_field(field),
                    id=created["id"],
                    name=created["name"],
                )

    async def _link(self, link: LateLink, own: SceneResult) -> SceneResult | None:
        """Link a scene, and return its result with the link; ``None`` if nothing was to be done."""
        execution = self._workflow.execution
        for turn in range(_MAX_TURNS):
            plan = await execution.step(f"plan:{link.step}:{turn}", lambda: self._plan(link, own))
            if not plan.changes:
                return None
            try:
                await self._save(plan, link, turn)
            except StaleForm:
                await self._workflow.editor.discard()
            else:
                write_down = partial(self._write_down, link, plan, own)
                return await execution.step(f"linked:{link.step}", write_down)
        return None

    async def _save(self, plan: Plan, link: LateLink, turn: int) -> None:
        workflow, context = self._workflow, self._context
        execution, editor, tries = workflow.execution, workflow.editor, workflow.max_attempts
        save = SavePlan(execution, context, editor, plan, turn=turn, step=link.step)
        await execution.change(save, attempts=tries, on_retry=editor.recover)
        if plan.organize:
            step = f"organize:{link.step}"
            organize = MarkOrganized(execution, context, editor, plan, turn=turn, step=step)
            await execution.change(organize, attempts=tries, on_retry=editor.recover)

    async def _plan(self, link: LateLink, own: SceneResult) -> Plan:
        scene = await self._context.stash.find_scene(link.scene)
        result = await self._result(link, own)
        if scene is None or result is None:
            return Plan(scene_id=link.scene, source="")
        plan = late_link(
            scene,
            link.kind,
            Entity(id=link.id, name=link.name),
            self._context.options.fields,
            source=result.source or "",
            changed=frozenset(FieldName(name) for name in result.changes),
        )
        # Only now it may be complete; what else decides on organizing is as it was.
        plan = plan.model_copy(update={"omitted": tuple(_without(result, link))})
        completes = self._context.options.organize == "complete" and is_complete(plan)
        return plan.model_copy(update={"organize": completes and not scene.organized})

    async def _write_down(self, link: LateLink, plan: Plan, own: SceneResult) -> SceneResult | None:
        await self._store.left_out.remove(link.scene, link.kind.field, link.name)
        result = await self._result(link, own)
        if result is None:
            return None
        linked = with_late_link(result, plan)
        if link.scene != self._workflow.scene_id:
            await self._store.results.amend(self._workflow.run_id, linked)
        return linked

    async def _result(self, link: LateLink, own: SceneResult) -> SceneResult | None:
        if link.scene == self._workflow.scene_id:
            return own
        return await self._store.results.get(self._workflow.run_id, link.scene)


def with_late_link(result: SceneResult, plan: Plan) -> SceneResult:
    """Return the result of a scene that got an entity by the plan after its turn."""
    changes = dict(result.changes)
    for field, (before, after) in changes_of(plan).items():
        changes[field] = (changes[field][0] if field in changes else before, after)
    return result.model_copy(update={"changes": changes, "omitted": plan.omitted})


def _without(result: SceneResult, link: LateLink) -> Iterator[Omission]:
    for omission in result.omitted:
        is_same = folded_name(omission.name) == folded_name(link.name)
        if omission.field is not link.kind.field or not is_same:
            yield omission
