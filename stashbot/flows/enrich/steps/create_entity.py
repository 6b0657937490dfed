"""Creates what a proposal names and the library lacks, by the buttons of the scrape dialog."""

from __future__ import annotations

from dataclasses import dataclass

from stashbot.decide.planning.plan_edits import RULES
from stashbot.errors import SaveRefused
from stashbot.flows.enrich.steps.ask_source import ask_again
from stashbot.flows.enrich.steps.save import begin, fresh_scene, has_begun
from stashbot.flows.enrich.write_permits import CreatePermit
from stashbot.flows.runs.context import Lease, Runtime
from stashbot.models import Model, NewEntity, Proposal
from stashbot.pages.entity_form import EntityForm
from stashbot.pages.scrape_dialog import ScrapeDialog
from stashbot.pages.scrape_menu import Exchange


class Created(Model):
    """That the entity is in Stash; ``found`` when it was there already."""

    id: str
    found: bool = False


@dataclass
class Creating:
    """Creates one entity for one scene.

    ``proposal`` is the one whose results dialog names it; what none names has a page of its own.
    """

    runtime: Runtime
    lease: Lease
    run_id: str
    scene_id: str
    entity: NewEntity
    proposal: Proposal | None

    @property
    def step(self) -> str:
        """The name of the durable step, which is also the audit's."""
        return f"create:{self.entity.field.value}:{self.entity.name}"

    async def find(self) -> Created | None:
        """Whether the library has it by now, such as after a crash, or by another scene's flow."""
        held = await self._held()
        if held is None:
            return None
        own = await has_begun(self.runtime, self.run_id, self.scene_id, self.step)
        if own:
            await self._audit(held)
        return Created(id=held, found=not own)

    async def act(self) -> Created:
        """Creates it through the page, and checks that the library has it.

        Raises:
            UnplannedWrite: the page tried to create something else; nothing was written.
            SaveRefused: Stash refused it.
        """
        async with self.runtime.creating:
            if (held := await self._held()) is not None:
                return Created(id=held, found=True)
            answer = await (self._by_form() if self.proposal is None else self._by_dialog())
            held = await self._held()
            if held is None:
                raise SaveRefused(
                    f"Stash did not create {self.entity.told}: {answer.told}.",
                    hint="The scene failed before anything was saved; see its evidence.",
                    scene_id=self.scene_id,
                    detail=answer.told,
                )
            await self._audit(held)
            return Created(id=held)

    async def _by_dialog(self) -> Exchange:
        """By the button beside the name, for what a proposal names."""
        assert self.proposal is not None  # noqa: S101 # else by form
        session = await self.lease.page()
        if self.lease.dialog != self.proposal.source:
            scene = await fresh_scene(self.runtime, self.scene_id)
            await self.lease.show(scene)
            await ask_again(self.runtime, self.lease, scene, self.proposal)
        await begin(self.runtime, self.run_id, self.scene_id, self.step)
        timeout = self.runtime.settings.browser.save_ms
        with session.guard.permitting(CreatePermit(self.entity.field, self.entity.name)):
            return await ScrapeDialog(session).create(self.entity.field, self.entity.name, timeout)

    async def _by_form(self) -> Exchange:
        """On the page for a new one; the scene is opened again afterwards."""
        session = await self.lease.page()
        self.lease.dialog = self.lease.shown = None
        await begin(self.runtime, self.run_id, self.scene_id, self.step)
        timeout = self.runtime.settings.browser.save_ms
        with session.guard.permitting(CreatePermit(self.entity.field, self.entity.name)):
            return await EntityForm(session).create(self.entity.field, self.entity.name, timeout)

    async def _held(self) -> str | None:
        self.runtime.libraries.forget(self.entity.field)
        library = await self.runtime.libraries.of(self.entity.field)
        return next((one.id for one in library.look_alikes(self.entity.name) if one.sure), None)

    async def _audit(self, entity_id: str) -> None:
        await self.runtime.store.add_audit(
            self.run_id,
            self.scene_id,
            step=self.step,
            kind="create",
            source=self.proposal.source if self.proposal else RULES,
            changes=[
                (self.entity.field.value, None, {"id": entity_id, "name": self.entity.name}),
            ],
        )
