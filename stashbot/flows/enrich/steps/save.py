"""The two changes that enriching makes to a scene: saving a plan, and marking it as organized.

Both go through the page. ``find`` looks whether the change already took effect, after a crash or an
answer that got lost; ``apply`` makes it. Audit rows are written in the same step as the change that
they describe. What ``find`` finds is stashbot's own doing only if an intent was recorded before
the first click: what somebody else did meanwhile is not audited as ours.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Any

from stashbot.browser import actions
from stashbot.browser.graphql_answer import GraphQLAnswer
from stashbot.decide.planning.change_plan import unsaved_fields
from stashbot.decide.planning.dialog_plan import choose_rows, needs_dialog
from stashbot.engine import Execution
from stashbot.errors import (
    DirtyPage,
    SaveButtonDisabled,
    SaveMismatch,
    SaveRefused,
    StaleForm,
)
from stashbot.flows.enrich.scene_editor import SceneEditor
from stashbot.flows.enrich.steps.ask_source import reopen_dialog
from stashbot.flows.enrich.write_permits import OrganizePermit, SavePermit
from stashbot.flows.runs.context import RunContext
from stashbot.models import Change, FieldName, Model, Plan, Proposal, Scene
from stashbot.pages.answers import document_of
from stashbot.pages.edit_form import EditForm
from stashbot.pages.scene_page import ScenePage
from stashbot.pages.scrape_dialog import ScrapeDialog
from stashbot.store import COVERS, IntentOutcome


class SaveResult(Model):
    """That Stash holds the change; ``found`` when it did before this execution made it."""

    elapsed_ms: int = 0
    found: bool = False


@dataclass
class SavePlan:
    """Saves a plan for its scene.

    ``proposal`` is a proposal whose results dialog may help. ``turn`` counts the plans of an
    execution: each new plan is a step of its own. ``step`` is another name for a save that the
    scene gets besides that of its own turn.
    """

    execution: Execution
    context: RunContext
    editor: SceneEditor
    plan: Plan
    proposal: Proposal | None = None
    turn: int = 0
    step: str = "save"

    @property
    def name(self) -> str:
        """Return the name of the change's step."""
        return f"{self.step}:{self.turn}" if self.turn else self.step

    async def find(self) -> SaveResult | None:
        """Return the result if Stash already holds every planned value."""
        fresh = await self._read_scene()
        if await self._unmet_fields(fresh):
            return None
        if await has_intent(self.context, fresh.id, self.step):
            await self._audit()
        return SaveResult(found=True)

    async def apply(self) -> SaveResult:
        """Bring the form to the plan, save it, and check that Stash holds it.

        Raises:
            StaleForm: somebody else changed a planned field meanwhile; nothing was written.
            UnplannedWrite: the page tried to write something else; nothing was written.
            SaveRefused: Stash refused a value.
            SaveMismatch: Stash answered the save and does not hold the planned values.
        """
        started = time.monotonic()
        answer = await self._save()
        answered = _answered_scene(answer, self.plan.scene_id)
        fresh = await self._read_scene()
        unmet = await self._unmet_fields(fresh)
        if unmet or answered.get("id") != self.plan.scene_id:
            fields = ", ".join(name.value for name in unmet) or "the scene"
            raise SaveMismatch(
                f"Stash answered the save of scene {fresh.id}, but does not hold {fields} as "
                "planned.",
                hint="Look at the scene in Stash; a plugin may have changed it.",
                scene_id=fresh.id,
                differences=tuple(name.value for name in unmet),
            )
        await self._audit()
        elapsed_ms = round((time.monotonic() - started) * 1000)
        await self.context.record_timing(self.plan.scene_id, "apply", elapsed_ms)
        return SaveResult(elapsed_ms=elapsed_ms)

    async def _save(self) -> GraphQLAnswer:
        """Save in a single round trip, from the open dialog to the saved form."""
        session = await self.editor.session()
        operations = await self._form_operations()
        await self._back_up_cover()
        await record_intent(self.context, self.plan.scene_id, self.step, self.plan)
        permit = SavePermit(
            self.context.stash, self.plan, check_ownership=self.execution.check_ownership
        )
        timeout = self.context.settings.browser.save_ms
        form = EditForm(session)
        try:
            with session.guard.allow(permit):
                return await form.save(self.plan.scene_id, *operations, timeout=timeout)
        except SaveButtonDisabled as error:
            await self._raise_if_invalid(form, error)
            raise
        finally:
            self.editor.dialog_closed()

    async def _back_up_cover(self) -> None:
        """Keep the picture that a planned cover replaces, so that undo can put it back."""
        change = self.plan.change(FieldName.COVER)
        if change is None:
            return
        old = await self.context.stash.cover(await self._read_scene())
        if old:
            await self.context.services.store.blobs.put(COVERS, old)
        if (hashlib.sha256(old).hexdigest() if old else "") != (change.before or ""):
            raise StaleForm(
                f"The cover of scene {self.plan.scene_id} was changed by someone else.",
                hint="Nothing was written; the scene is read and judged anew.",
                scene_id=self.plan.scene_id,
                changed=(FieldName.COVER.value,),
            )

    async def _raise_if_invalid(self, form: EditForm, error: SaveButtonDisabled) -> None:
        """Raise ``SaveRefused`` if the form refuses a value: its save button stays disabled."""
        if refused := await form.invalid():
            raise SaveRefused(
                f"The form refuses {', '.join(map(repr, refused))}.",
                scene_id=self.plan.scene_id,
                detail="the form marks them as invalid",
            ) from error

    async def _form_operations(self) -> tuple[actions.Op, ...]:
        """Return what brings the form to the plan, by the open dialog or by hand."""
        session = await self.editor.session()
        form = EditForm(session)
        proposal = self.proposal
        if proposal is None or self.editor.dialog != proposal.source:
            scene = await self._read_scene()
            await self.editor.open(scene)
            if proposal is None or not needs_dialog(self.plan):
                return form.fill_ops(self.plan)
            await reopen_dialog(self.context, self.editor, scene, proposal)
        dialog = ScrapeDialog(session)
        opened = dialog.wait_or_error_op()
        if not dialog.has_named_rows:
            return (opened, *dialog.cancel_ops(), *form.fill_ops(self.plan))
        choice = choose_rows(self.plan, proposal)
        rest = self.plan.model_copy(update={"changes": choice.fill})
        return (opened, *dialog.apply_ops(choice.use), *form.fill_ops(rest))

    async def _unmet_fields(self, fresh: Scene) -> tuple[FieldName, ...]:
        """Return the planned fields, cover included, that Stash does not hold as planned."""
        unmet = unsaved_fields(self.plan, fresh)
        cover = self.plan.change(FieldName.COVER)
        if cover is None or await self.context.stash.cover_sha256(fresh) == cover.after:
            return unmet
        return (*unmet, FieldName.COVER)

    async def _read_scene(self) -> Scene:
        return await self.context.stash.get_scene(self.plan.scene_id)

    async def _audit(self) -> None:
        by_source: dict[str, list[Change]] = {}
        for change in self.plan.changes:
            by_source.setdefault(change.source or self.plan.source, []).append(change)
        for source, changes in by_source.items():
            await self.context.store.audit.add(
                self.context.run_id,
                self.plan.scene_id,
                step=self.step,
                kind="update",
                source=source,
                changes=[(change.field.value, change.before, change.after) for change in changes],
            )
        await settle_intent(self.context, self.plan.scene_id, self.step)


@dataclass
class MarkOrganized:
    """Marks the plan's scene as organized; ``step`` is as in ``SavePlan``."""

    execution: Execution
    context: RunContext
    editor: SceneEditor
    plan: Plan
    turn: int = 0
    step: str = "organize"

    @property
    def name(self) -> str:
        """Return the name of the change's step."""
        return f"{self.step}:{self.turn}" if self.turn else self.step

    async def find(self) -> SaveResult | None:
        """Return the result if the scene is organized already."""
        fresh = await self.context.stash.get_scene(self.plan.scene_id)
        if not fresh.organized:
            return None
        if await has_intent(self.context, fresh.id, "organize"):
            await self._audit()
        return SaveResult(found=True)

    async def apply(self) -> SaveResult:
        """Click the organized button, and check that Stash holds it.

        Raises:
            SaveMismatch: the button says organized and Stash does not.
        """
        started = time.monotonic()
        scene_id = self.plan.scene_id
        if not self.editor.shows(scene_id):
            await self.editor.open(await self.context.stash.get_scene(scene_id))
        session = await self.editor.session()
        await record_intent(self.context, scene_id, "organize", self.plan)
        permit = OrganizePermit(scene_id, check_ownership=self.execution.check_ownership)
        with session.guard.allow(permit):
            await ScenePage(session).organize(scene_id, self.context.settings.browser.save_ms)
        if not (await self.context.stash.get_scene(scene_id)).organized:
            raise SaveMismatch(
                f"Stash does not hold scene {scene_id} as organized.",
                hint="Look at the scene in Stash; a plugin may have changed it.",
                scene_id=scene_id,
                differences=(FieldName.ORGANIZED.value,),
            )
        await self._audit()
        return SaveResult(elapsed_ms=round((time.monotonic() - started) * 1000))

    async def _audit(self) -> None:
        await self.context.store.audit.add(
            self.context.run_id,
            self.plan.scene_id,
            step="organize",
            kind="organize",
            source=self.plan.source,
            changes=[(FieldName.ORGANIZED.value, False, True)],
        )
        await settle_intent(self.context, self.plan.scene_id, "organize")


async def record_intent(context: RunContext, scene_id: str, step: str, plan: Model) -> None:
    """Record that a change is about to be made: what is found afterwards is stashbot's doing."""
    await context.store.intents.begin(
        context.run_id,
        scene_id,
        step,
        kind=step.split(":", maxsplit=1)[0],
        plan=plan.model_dump(mode="json"),
    )


async def has_intent(context: RunContext, scene_id: str, step: str) -> bool:
    """Return whether this run recorded the intent to make the change."""
    return await context.store.intents.find(context.run_id, scene_id, step) is not None


async def settle_intent(context: RunContext, scene_id: str, step: str) -> None:
    """Record that the change took effect and stands in the audit."""
    await context.store.intents.settle(context.run_id, scene_id, step, IntentOutcome.APPLIED)


def _answered_scene(answer: GraphQLAnswer, scene_id: str) -> dict[str, Any]:
    """Return the scene in the answer to the save."""
    document = document_of(answer)
    if document.get("errors"):
        raise SaveRefused(
            f"Stash refused the save of scene {scene_id}: {answer.error_message}.",
            hint="Correct or leave out that value (see the field policies).",
            scene_id=scene_id,
            detail=answer.error_message,
        )
    answered = (document.get("data") or {}).get("sceneUpdate")
    if not isinstance(answered, dict):
        raise DirtyPage(
            f"Stash answered the save of scene {scene_id} with {answer.status} and no scene.",
            found=answer.detail,
        )
    return answered
