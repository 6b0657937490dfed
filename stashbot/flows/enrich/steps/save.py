"""The two changes that enriching makes to a scene: saving a plan, and marking it as organized.

Both go through the page. ``find`` looks whether the change already took effect, after a crash or an
answer that got lost; ``apply`` makes it. An intent is recorded right before the door sends a
write, and its audit row right after Stash's answer. What ``find`` finds is stashbot's own doing
only if there is an intent: what somebody else did meanwhile is not audited as ours.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

from stashbot.browser import actions
from stashbot.browser.graphql_answer import GraphQLAnswer
from stashbot.decide.planning.change_plan import unsaved_fields
from stashbot.decide.planning.dialog_plan import choose_rows, needs_dialog
from stashbot.engine import Execution
from stashbot.errors import (
    SaveButtonDisabled,
    SaveMismatch,
    SaveRefused,
    StaleForm,
    StashBusy,
)
from stashbot.flows.enrich.permitted_write import write_through_page, written_object
from stashbot.flows.enrich.scene_editor import SceneEditor
from stashbot.flows.enrich.steps.ask_source import reopen_dialog
from stashbot.flows.enrich.write_permits import OrganizePermit, SavePermit
from stashbot.flows.runs.context import RunContext
from stashbot.flows.runs.write_records import ORGANIZE, SAVE, WriteRecords, took_effect
from stashbot.models import FieldName, Model, Plan, Proposal, Scene
from stashbot.pages.edit_form import EditForm
from stashbot.pages.scene_page import ScenePage
from stashbot.pages.scrape_dialog import ScrapeDialog
from stashbot.store import COVERS


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
        """Return the result if Stash already holds every planned value.

        Raises:
            SaveMismatch: an earlier try took effect, and somebody changed the scene since.
        """
        fresh = await self._read_scene()
        unmet = await self._unmet_fields(fresh)
        ours = await self._records.may_be_ours(fresh.id, self.step)
        if not unmet:
            if ours:
                await self._records.saved(self.plan, self.step)
            return SaveResult(found=True)
        if ours and took_effect(self.plan, fresh):
            await self._records.saved(self.plan, self.step)
            raise self._mismatch(unmet)
        return None

    async def apply(self) -> SaveResult:
        """Bring the form to the plan, save it, and check that Stash holds it.

        The audit is written from what Stash answered to, before the check.

        Raises:
            StaleForm: somebody else changed a planned field meanwhile; nothing was written.
            UnplannedWrite: the page tried to write something else; nothing was written.
            SaveRefused: Stash refused a value.
            SaveMismatch: Stash took the save, and does not hold the planned values.
        """
        started = time.monotonic()
        scene_id = self.plan.scene_id
        answer = await self._save()
        try:
            written_object(answer, f"the save of scene {scene_id}", scene_id)
        except (SaveRefused, StashBusy):
            await self._records.not_sent(scene_id, self.step)
            raise
        await self._records.saved(self.plan, self.step)
        if unmet := await self._unmet_fields(await self._read_scene()):
            raise self._mismatch(unmet)
        elapsed_ms = round((time.monotonic() - started) * 1000)
        await self.context.record_timing(scene_id, "apply", elapsed_ms)
        return SaveResult(elapsed_ms=elapsed_ms)

    @property
    def _records(self) -> WriteRecords:
        return WriteRecords(self.context.store, self.context.run_id)

    async def _save(self) -> GraphQLAnswer:
        """Save in a single round trip, from the open dialog to the saved form."""
        session = await self.editor.session()
        operations = await self._form_operations()
        await self._back_up_cover()
        permit = SavePermit(
            self.context.stash,
            self.plan,
            check_ownership=self.execution.check_ownership,
            record=self._record_intent,
        )
        timeout = self.context.settings.browser.save_ms
        form = EditForm(session)
        try:
            return await write_through_page(
                session,
                permit,
                lambda: form.save(self.plan.scene_id, *operations, timeout=timeout),
            )
        except SaveButtonDisabled as error:
            await self._raise_if_invalid(form, error)
            raise
        except StaleForm:
            await self._records.not_sent(self.plan.scene_id, self.step)
            raise
        finally:
            self.editor.dialog_closed()

    async def _record_intent(self) -> None:
        await self._records.intend(self.plan.scene_id, self.step, SAVE, self.plan)

    def _mismatch(self, unmet: tuple[FieldName, ...]) -> SaveMismatch:
        fields = ", ".join(name.value for name in unmet)
        return SaveMismatch(
            f"Scene {self.plan.scene_id} was saved, not verified: read again, {fields} was not as "
            "planned.",
            hint="Somebody or a plugin changed it right after the save, which is in the audit. "
            "Compare the scene in Stash.",
            scene_id=self.plan.scene_id,
            differences=tuple(name.value for name in unmet),
        )

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
        if await self._records.may_be_ours(fresh.id, self.step):
            await self._records.organized(self.plan, self.step)
        return SaveResult(found=True)

    async def apply(self) -> SaveResult:
        """Click the organized button, and check that Stash holds it.

        Raises:
            SaveMismatch: Stash took it, and does not hold it.
        """
        started = time.monotonic()
        scene_id = self.plan.scene_id
        if not self.editor.shows(scene_id):
            await self.editor.open(await self.context.stash.get_scene(scene_id))
        session = await self.editor.session()
        permit = OrganizePermit(
            scene_id, check_ownership=self.execution.check_ownership, record=self._record_intent
        )
        timeout = self.context.settings.browser.save_ms
        page = ScenePage(session)
        answer = await write_through_page(session, permit, lambda: page.organize(scene_id, timeout))
        try:
            written_object(answer, f"organizing scene {scene_id}", scene_id)
        except (SaveRefused, StashBusy):
            await self._records.not_sent(scene_id, self.step)
            raise
        await self._records.organized(self.plan, self.step)
        if not (await self.context.stash.get_scene(scene_id)).organized:
            raise SaveMismatch(
                f"Scene {scene_id} was marked as organized, and was not when it was read again.",
                hint="Somebody or a plugin changed it right after; look at the scene in Stash.",
                scene_id=scene_id,
                differences=(FieldName.ORGANIZED.value,),
            )
        return SaveResult(elapsed_ms=round((time.monotonic() - started) * 1000))

    @property
    def _records(self) -> WriteRecords:
        return WriteRecords(self.context.store, self.context.run_id)

    async def _record_intent(self) -> None:
        await self._records.intend(self.plan.scene_id, self.step, ORGANIZE, self.plan)
