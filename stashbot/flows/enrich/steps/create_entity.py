"""Create what a proposal names and the library lacks, by the buttons of Stash's own pages."""

from __future__ import annotations

from dataclasses import dataclass

from stashbot.browser.graphql_answer import GraphQLAnswer
from stashbot.decide.planning.plan_edits import RULES
from stashbot.engine import Execution, Lease
from stashbot.errors import SaveRefused
from stashbot.flows.enrich.scene_editor import SceneEditor
from stashbot.flows.enrich.steps.ask_source import reopen_dialog
from stashbot.flows.enrich.steps.save import has_intent, record_intent, settle_intent
from stashbot.flows.enrich.write_permits import CreatePermit
from stashbot.flows.runs.context import RunContext
from stashbot.models import Model, NewEntity, Proposal
from stashbot.pages.answers import document_of
from stashbot.pages.entity_form import EntityForm
from stashbot.pages.scrape_dialog import ScrapeDialog


class CreatedEntity(Model):
    """An entity that Stash has; ``found`` when this run did not create it."""

    id: str
    found: bool = False


@dataclass
class CreateEntity:
    """Creates an entity for a scene.

    ``proposal`` is the proposal whose results dialog names it; an entity that no proposal names is
    created on a page of its own. A lease lets a single worker at a time create an entity of a
    name.
    """

    execution: Execution
    context: RunContext
    editor: SceneEditor
    scene_id: str
    entity: NewEntity
    proposal: Proposal | None

    @property
    def name(self) -> str:
        """Return the name of the change's step, which is also the audit's."""
        return f"create:{self.entity.kind.value}:{self.entity.name}"

    async def find(self) -> CreatedEntity | None:
        """Return the entity if the library has it, by this run's doing or by another's."""
        entity_id = await self._existing_id()
        if entity_id is None:
            return None
        own = await has_intent(self.context, self.scene_id, self.name)
        if own:
            await self._audit(entity_id)
        return CreatedEntity(id=entity_id, found=not own)

    async def apply(self) -> CreatedEntity:
        """Create the entity through the page, and check that the library has it.

        Raises:
            UnplannedWrite: the page tried to create something else; nothing was written.
            SaveRefused: Stash refused it.
            RequestFailed: the answer got lost, or is not Stash's.
        """
        key = f"create:{self.entity.kind.value}:{self.entity.name.casefold()}"
        async with self.context.services.leases.hold(key) as lease:
            # Whoever had the lease before may have created it.
            if (entity_id := await self._existing_id()) is not None:
                return CreatedEntity(id=entity_id, found=True)
            answer = await (
                self._by_form(lease) if self.proposal is None else self._by_dialog(lease)
            )
            entity_id = await self._existing_id()
            if entity_id is None:
                document_of(answer)
                raise SaveRefused(
                    f"Stash did not create {self.entity.label}: {answer.error_message}.",
                    hint="The scene failed before anything was saved; see `stashbot failures`.",
                    scene_id=self.scene_id,
                    detail=answer.error_message,
                )
            await self._audit(entity_id)
            return CreatedEntity(id=entity_id)

    async def _by_dialog(self, lease: Lease) -> GraphQLAnswer:
        """Create it with the button beside its name in the results dialog."""
        assert self.proposal is not None  # noqa: S101 # an entity without one goes by the form
        session = await self.editor.session()
        if self.editor.dialog != self.proposal.source:
            scene = await self.context.stash.get_scene(self.scene_id)
            await self.editor.open(scene)
            await reopen_dialog(self.context, self.editor, scene, self.proposal)
        await record_intent(self.context, self.scene_id, self.name, self.entity)
        timeout = self.context.settings.browser.save_ms
        with session.guard.allow(self._permit(lease)):
            return await ScrapeDialog(session).create(self.entity.kind, self.entity.name, timeout)

    async def _by_form(self, lease: Lease) -> GraphQLAnswer:
        """Create it on the page for a new one; the scene is opened again afterwards."""
        session = await self.editor.session()
        self.editor.left_page()
        await record_intent(self.context, self.scene_id, self.name, self.entity)
        timeout = self.context.settings.browser.save_ms
        with session.guard.allow(self._permit(lease)):
            return await EntityForm(session).create(self.entity.kind, self.entity.name, timeout)

    def _permit(self, lease: Lease) -> CreatePermit:
        return CreatePermit(
            self.entity.kind,
            self.entity.name,
            check_ownership=self.execution.check_ownership,
            holds_lease=lease.is_held,
        )

    async def _existing_id(self) -> str | None:
        """Return the id of the library's entity of that name, if it certainly has one."""
        self.context.entities.invalidate(self.entity.kind)
        index = await self.context.entities.of(self.entity.kind)
        alike = index.look_alikes(self.entity.name)
        return next((entity.id for entity in alike if entity.is_certain), None)

    async def _audit(self, entity_id: str) -> None:
        await self.context.store.audit.add(
            self.context.run_id,
            self.scene_id,
            step=self.name,
            kind="create",
            source=self.proposal.source if self.proposal else RULES,
            changes=[
                (self.entity.field.value, None, {"id": entity_id, "name": self.entity.name}),
            ],
        )
        await settle_intent(self.context, self.scene_id, self.name)
