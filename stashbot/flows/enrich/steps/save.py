"""The two acts of the enrich flow that change Stash: saving a plan, and organizing.

Each has a ``find`` that looks whether the act already took effect (after a crash, or after an
answer that got lost) and an ``act`` that does it through the page. Audit rows are written in the
same step as the act that they describe. What ``find`` finds is stashbot's own doing only if the
act had begun, which is noted before its first click: what somebody else did meanwhile is not
audited as ours.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Any

from stashbot.browser import actions
from stashbot.decide.planning.change_plan import unmet_fields
from stashbot.decide.planning.dialog_plan import choose, needs_dialog
from stashbot.errors import (
    AnswerTimeout,
    DirtyPage,
    ElementNotReady,
    SaveMismatch,
    SaveRefused,
    StaleForm,
    StashBusy,
    UnknownScene,
)
from stashbot.flows.enrich.steps.ask_source import ask_again
from stashbot.flows.enrich.write_permits import OrganizePermit, SavePermit
from stashbot.flows.runs.context import Lease, Runtime
from stashbot.flows.undo.cover_backup import keep_cover
from stashbot.models import Change, FieldName, Model, Plan, Proposal, Scene
from stashbot.pages.edit_form import EditForm
from stashbot.pages.scene_page import ScenePage
from stashbot.pages.scrape_dialog import OPEN_MS, ScrapeDialog
from stashbot.pages.scrape_menu import Exchange
from stashbot.stash.retry import is_busy


class Saved(Model):
    """That the plan is in Stash; ``found`` when it was there already."""

    elapsed_ms: int = 0
    found: bool = False


@dataclass
class Saving:
    """Saves one plan for one scene; ``proposal`` is one whose results dialog may help."""

    runtime: Runtime
    lease: Lease
    run_id: str
    plan: Plan
    proposal: Proposal | None = None

    async def find(self) -> Saved | None:
        """Whether Stash already holds every planned value."""
        fresh = await self._fresh()
        if await self._unmet(fresh):
            return None
        if await has_begun(self.runtime, self.run_id, fresh.id, "save"):
            await self._audit()
        return Saved(found=True)

    async def act(self) -> Saved:
        """Applies, saves and verifies through the page.

        Raises:
            StaleForm: somebody else changed a planned field meanwhile; nothing was written.
            UnplannedWrite: the page tried to write something else; nothing was written.
            SaveRefused: Stash refused a value.
            SaveMismatch: Stash answered one thing and holds another.
        """
        started = time.monotonic()
        exchange = await self._save()
        answered = _answered_scene(exchange, self.plan.scene_id)
        fresh = await self._fresh()
        unmet = await self._unmet(fresh)
        if unmet or answered.get("id") != self.plan.scene_id:
            raise SaveMismatch(
                f"Stash answered the save of scene {fresh.id} but does not hold "
                f"{', '.join(name.value for name in unmet) or 'it'} as planned.",
                hint="The scene is in triage with a trace.",
                scene_id=fresh.id,
                differences=[name.value for name in unmet],
            )
        await self._audit()
        elapsed_ms = round((time.monotonic() - started) * 1000)
        await self.runtime.timed(self.run_id, self.plan.scene_id, "apply", elapsed_ms)
        return Saved(elapsed_ms=elapsed_ms)

    async def _save(self) -> Exchange:
        """One round trip from the open dialog to the saved form."""
        session = await self.lease.page()
        before = await self._prepare()
        await self._keep_cover()
        await begin(self.runtime, self.run_id, self.plan.scene_id, "save")
        permit = SavePermit(self.runtime.client, self.plan)
        timeout = self.runtime.settings.browser.save_ms
        try:
            with session.guard.permitting(permit):
                return await EditForm(session).save(self.plan.scene_id, *before, timeout=timeout)
        except ElementNotReady as error:
            if error.fields.get("key") == "edit_form.save":
                await self._explain(EditForm(session), error)
            raise
        finally:
            self.lease.dialog = None

    async def _keep_cover(self) -> None:
        """Keeps the picture that a planned cover replaces, so that it can be put back."""
        change = self.plan.change(FieldName.COVER)
        if change is None:
            return
        old = await self.runtime.client.cover(await self._fresh())
        if old:
            keep_cover(self.runtime.settings.state.dir, old)
        if (hashlib.sha256(old).hexdigest() if old else "") != (change.before or ""):
            raise StaleForm(
                f"The cover of scene {self.plan.scene_id} was changed by someone else.",
                hint="Nothing was written; the scene is read and judged anew.",
                scene_id=self.plan.scene_id,
                fields=[FieldName.COVER.value],
            )

    async def _explain(self, form: EditForm, error: ElementNotReady) -> None:
        """Save stays disabled while the form refuses one of its values."""
        if refused := await form.invalid():
            raise SaveRefused(
                f"The form refuses {', '.join(map(repr, refused))}.",
                scene_id=self.plan.scene_id,
                detail="the form marks them as invalid",
            ) from error

    async def _prepare(self) -> tuple[actions.Op, ...]:
        """What brings the form to the plan: by the open dialog, or by hand on a fresh page."""
        session = await self.lease.page()
        form = EditForm(session)
        proposal = self.proposal
        if proposal is None or self.lease.dialog != proposal.source:
            scene = await self._fresh()
            await self.lease.show(scene)
            if proposal is None or not needs_dialog(self.plan):
                return form.fill_ops(self.plan)
            await ask_again(self.runtime, self.lease, scene, proposal)
        dialog = ScrapeDialog(session)
        opened = actions.race(
            actions.present(session.target("scrape_dialog.dialog"), "viewport"),
            actions.present(session.target("shell.toast_error")),
            timeout=OPEN_MS,
        )
        if not dialog.tells_rows:
            return (opened, *dialog.cancel_ops(), *form.fill_ops(self.plan))
        choice = choose(self.plan, proposal)
        rest = self.plan.model_copy(update={"changes": choice.fill})
        return (opened, *dialog.apply_ops(choice.use), *form.fill_ops(rest))

    async def _unmet(self, fresh: Scene) -> tuple[FieldName, ...]:
        """The planned fields, cover included, that Stash does not hold as planned."""
        unmet = unmet_fields(self.plan, fresh)
        cover = self.plan.change(FieldName.COVER)
        if cover is None or await self.runtime.client.cover_sha256(fresh) == cover.after:
            return unmet
        return (*unmet, FieldName.COVER)

    async def _fresh(self) -> Scene:
        return await fresh_scene(self.runtime, self.plan.scene_id)

    async def _audit(self) -> None:
        by_source: dict[str, list[Change]] = {}
        for change in self.plan.changes:
            by_source.setdefault(change.source or self.plan.source, []).append(change)
        for source, changes in by_source.items():
            await self.runtime.store.add_audit(
                self.run_id,
                self.plan.scene_id,
                step="save",
                kind="update",
                source=source,
                changes=[(one.field.value, one.before, one.after) for one in changes],
            )


@dataclass
class Organizing:
    """Switches organized on for one scene."""

    runtime: Runtime
    lease: Lease
    run_id: str
    plan: Plan

    async def find(self) -> Saved | None:
        """Whether the scene is organized already."""
        fresh = await fresh_scene(self.runtime, self.plan.scene_id)
        if not fresh.organized:
            return None
        if await has_begun(self.runtime, self.run_id, fresh.id, "organize"):
            await self._audit()
        return Saved(found=True)

    async def act(self) -> Saved:
        """Clicks the organized button and verifies.

        Raises:
            SaveMismatch: the button says organized and Stash does not.
        """
        started = time.monotonic()
        scene_id = self.plan.scene_id
        if self.lease.shown != scene_id:
            await self.lease.show(await fresh_scene(self.runtime, scene_id))
        session = await self.lease.page()
        await begin(self.runtime, self.run_id, scene_id, "organize")
        with session.guard.permitting(OrganizePermit(scene_id)):
            await ScenePage(session).organize(scene_id, self.runtime.settings.browser.save_ms)
        if not (await fresh_scene(self.runtime, scene_id)).organized:
            raise SaveMismatch(
                f"Stash does not hold scene {scene_id} as organized.",
                scene_id=scene_id,
                differences=[FieldName.ORGANIZED.value],
            )
        await self._audit()
        return Saved(elapsed_ms=round((time.monotonic() - started) * 1000))

    async def _audit(self) -> None:
        await self.runtime.store.add_audit(
            self.run_id,
            self.plan.scene_id,
            step="organize",
            kind="organize",
            source=self.plan.source,
            changes=[(FieldName.ORGANIZED.value, False, True)],
        )


async def begin(runtime: Runtime, run_id: str, scene_id: str, act: str) -> None:
    """Notes that an act is about to begin, before its first click."""
    await runtime.store.kv_set("begun", f"{run_id}:{scene_id}:{act}", value=True)


async def has_begun(runtime: Runtime, run_id: str, scene_id: str, act: str) -> bool:
    """Whether the act had begun: what is found then is stashbot's own doing."""
    return bool(await runtime.store.kv_get("begun", f"{run_id}:{scene_id}:{act}", default=False))


async def fresh_scene(runtime: Runtime, scene_id: str) -> Scene:
    """The scene as Stash has it now.

    Raises:
        UnknownScene: it is gone.
    """
    fresh = await runtime.client.find_scene(scene_id)
    if fresh is None:
        raise UnknownScene(f"Scene {scene_id} is gone.", scene_id=scene_id)
    return fresh


def _answered_scene(exchange: Exchange, scene_id: str) -> dict[str, Any]:
    """The scene in the answer of the mutation: the first witness."""
    if exchange.state == "failed":
        raise AnswerTimeout(
            f"The answer to the save of scene {scene_id} was lost: {exchange.detail}.",
            operation=exchange.operation,
            waited_ms=exchange.elapsed_ms,
        )
    payload = exchange.payload or {}
    if errors := payload.get("errors"):
        told = "; ".join(str(one.get("message")) for one in errors)
        if is_busy(told):
            raise StashBusy(
                f"Stash's database was busy at the save of scene {scene_id}.", scene_id=scene_id
            )
        raise SaveRefused(
            f"Stash refused the save of scene {scene_id}: {told}.",
            hint="Correct or leave out that value (see the field policies).",
            scene_id=scene_id,
            detail=told,
        )
    answered = (payload.get("data") or {}).get("sceneUpdate")
    if not isinstance(answered, dict):
        raise DirtyPage(
            f"Stash answered the save of scene {scene_id} with {exchange.status} and no scene.",
            found=exchange.detail,
        )
    return answered
