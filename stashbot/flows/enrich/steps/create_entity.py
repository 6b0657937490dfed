"""Create what a proposal names and the library lacks, by the buttons of Stash's own pages."""

from __future__ import annotations

from dataclasses import dataclass

from stashbot.browser.graphql_answer import GraphQLAnswer
from stashbot.decide.planning.entity_linking import dialog_name
from stashbot.decide.planning.plan_edits import RULES
from stashbot.engine import Execution, Lease
from stashbot.errors import SaveRefused, StashBusy
from stashbot.flows.enrich.permitted_write import write_through_page, written_object
from stashbot.flows.enrich.scene_editor import SceneEditor
from stashbot.flows.enrich.steps.ask_source import reopen_dialog
from stashbot.flows.enrich.write_permits import CreatePermit
from stashbot.flows.runs.context import RunContext
from stashbot.flows.runs.write_records import CREATE, NewEntityRecord, WriteRecords
from stashbot.models import Model, NewEntity, Proposal
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
        own = await self._records.may_be_ours(self.scene_id, self.name)
        if own:
            await self._records.created(self.scene_id, self.name, self._new_entity, entity_id)
        return CreatedEntity(id=entity_id, found=not own)

    async def apply(self) -> CreatedEntity:
        """Create the entity through the page.

        Raises:
            UnplannedWrite: the page tried to create something else; nothing was written.
            SaveRefused: Stash refused it, as where the library has that name by now.
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
            what = f"the creation of {self.entity.label}"
            try:
                created = written_object(answer, what, self.scene_id)
            except (SaveRefused, StashBusy):
                await self._records.not_sent(self.scene_id, self.name)
                raise
            entity_id = str(created["id"])
            self.context.entities.invalidate(self.entity.kind)
            await self._records.created(self.scene_id, self.name, self._new_entity, entity_id)
            return CreatedEntity(id=entity_id)

    async def _by_dialog(self, lease: Lease) -> GraphQLAnswer:
        """Create it with the button beside its name in the results dialog."""
        assert self.proposal is not None  # noqa: S101 # an entity without one goes by the form
        session = await self.editor.session()
        if self.editor.dialog != self.proposal.source:
            scene = await self.context.stash.get_scene(self.scene_id)
            await self.editor.open(scene)
            await reopen_dialog(self.context, self.editor, scene, self.proposal)
        timeout = self.context.settings.browser.save_ms
        dialog = ScrapeDialog(session)
        shown = dialog_name(self.entity, self.proposal) or self.entity.name
        return await write_through_page(
            session,
            self._permit(lease, shown_as=shown),
            lambda: dialog.create(self.entity.kind, shown, timeout),
        )

    async def _by_form(self, lease: Lease) -> GraphQLAnswer:
        """Create it on the page for a new one; the scene is opened again afterwards."""
        session = await self.editor.session()
        self.editor.left_page()
        timeout = self.context.settings.browser.save_ms
        form = EntityForm(session)
        return await write_through_page(
            session,
            self._permit(lease),
            lambda: form.create(self.entity.kind, self.entity.name, timeout),
        )

    def _permit(self, lease: Lease, *, shown_as: str | None = None) -> CreatePermit:
        return CreatePermit(
            self.entity.kind,
            self.entity.name,
            shown_as,
            check_ownership=self.execution.check_ownership,
            holds_lease=lease.is_held,
            record=self._record_intent,
        )

    @property
    def _new_entity(self) -> NewEntityRecord:
        source = self.proposal.source if self.proposal else RULES
        return NewEntityRecord(entity=self.entity, source=source)

    @property
    def _records(self) -> WriteRecords:
        return WriteRecords(self.context.store, self.context.run_id)

    async def _record_intent(self) -> None:
        await self._records.intend(self.scene_id, self.name, CREATE, self._new_entity)

    async def _existing_id(self) -> str | None:
        """Return the id of the library's entity of that name, if it certainly has one."""
        self.context.entities.invalidate(self.entity.kind)
        index = await self.context.entities.of(self.entity.kind)
        alike = index.look_alikes(self.entity.name)
        return next((entity.id for entity in alike if entity.is_certain), None)
