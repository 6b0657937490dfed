"""The triage queue: open entries, at most one a scene and source, and what was skipped."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import sqlalchemy as sa
from pydantic import JsonValue

from stashbot.decide.matching.proposal_identity import normalized_content
from stashbot.errors import EntryClosed, UnknownEntry, UsageError
from stashbot.models import FieldName, Judgement, Plan, Proposal, Scene
from stashbot.store.connection import Part, encode, equals_filters
from stashbot.store.records import TriageEntry, TriageStatus
from stashbot.store.tables import SCENE_STATE, TRIAGE


def scene_digest(scene: Scene) -> str:
    """Return a hash of every field that stashbot may change: equal only if none changed."""
    return hashlib.sha256(encode(scene_values(scene)).encode()).hexdigest()


def scene_values(scene: Scene) -> dict[str, JsonValue]:
    """Return every field of the scene that stashbot may change, to be compared later."""
    return {field.value: scene.value(field) for field in FieldName}


def planned_before(plan: Plan, fresh: Scene) -> Scene:
    """Return the scene as it was before the changes of a plan."""
    values = fresh.model_dump(mode="json")
    values |= {change.field.value: change.before for change in plan.changes}
    return Scene.model_validate(values)


class Triage(Part):
    """The proposals that a person has to judge."""

    async def open(
        self,
        run_id: str,
        scene_id: str,
        *,
        proposal: Proposal,
        judgement: Judgement,
        scene_digest: str,
        scene_values: dict[str, JsonValue] | None = None,
    ) -> TriageEntry | None:
        """Open an entry, or bring the open entry of that scene and source up to date.

        ``scene_digest`` and ``scene_values`` are of the scene that the proposal was judged against.
        Returns ``None`` when a person has skipped a proposal with the same content for this scene
        before: no entry is opened, and an open entry stays as it is.
        """
        now = self._db.clock()
        content = {
            "run": run_id,
            "score": judgement.score,
            "proposal": encode(proposal),
            "judgement": encode(judgement),
            "scene_digest": scene_digest,
            "scene_values": None if scene_values is None else encode(scene_values),
            "updated": now,
        }
        write = (
            self._db.insert(TRIAGE)
            .values(
                scene=scene_id,
                source=proposal.source,
                status=TriageStatus.OPEN.value,
                created=now,
                **content,
            )
            .on_conflict_do_update(
                index_elements=["scene", "source"],
                index_where=sa.text("status = 'open'"),
                set_=content,
            )
            .returning(*TRIAGE.c)
        )

        def work(connection: sa.Connection) -> TriageEntry | None:
            if self._was_rejected(connection, scene_id, proposal):
                return None
            return self._decode(connection.execute(write).mappings().one())

        return await self._db.write(work)

    async def rejections(self, scene_id: str, source: str) -> tuple[Proposal, ...]:
        """Return the proposals of a source that a person has skipped for this scene."""
        return await self._db.read(lambda c: tuple(self._rejections(c, scene_id, source)))

    async def was_rejected(self, scene_id: str, proposal: Proposal) -> bool:
        """Return whether a person has skipped a proposal with the same content for this scene."""
        return await self._db.read(lambda c: self._was_rejected(c, scene_id, proposal))

    def _was_rejected(self, connection: sa.Connection, scene_id: str, proposal: Proposal) -> bool:
        content = normalized_content(proposal)
        rejections = self._rejections(connection, scene_id, proposal.source)
        return any(normalized_content(rejected) == content for rejected in rejections)

    def _rejections(
        self, connection: sa.Connection, scene_id: str, source: str
    ) -> Iterator[Proposal]:
        skipped = sa.select(TRIAGE.c.id, TRIAGE.c.proposal).where(
            TRIAGE.c.scene == scene_id,
            TRIAGE.c.source == source,
            TRIAGE.c.status == TriageStatus.SKIPPED.value,
        )
        for row in connection.execute(skipped).mappings():
            name = str(row["id"])
            yield self._db.decode_model(Proposal, row["proposal"], table=TRIAGE, row=name)

    async def entries(
        self,
        *,
        status: TriageStatus | None = TriageStatus.OPEN,
        scene: str | None = None,
        source: str | None = None,
        last: int | None = None,
    ) -> tuple[TriageEntry, ...]:
        """Return the entries that match every given filter, best score first; at most ``last``.

        Without ``status`` the open ones; with ``status=None`` all.
        """
        filters = equals_filters(TRIAGE, status=status and status.value, scene=scene, source=source)
        order = (TRIAGE.c.score.desc(), TRIAGE.c.id)
        query = TRIAGE.select().where(*filters).order_by(*order).limit(last)
        return await self._db.fetch(query, self._decode)

    async def get(self, entry_id: int) -> TriageEntry:
        """Return an entry, open or closed.

        Raises:
            UnknownEntry: there is none of that id.
        """
        query = TRIAGE.select().where(TRIAGE.c.id == entry_id)
        found = await self._db.fetch(query, self._decode)
        if not found:
            raise UnknownEntry(
                f"There is no triage entry {entry_id}.",
                hint="See them with `stashbot triage list`.",
                entry=entry_id,
            )
        return found[0]

    async def close(
        self,
        entry_id: int,
        status: TriageStatus,
        *,
        accepted_fields: Iterable[FieldName] = (),
        run_id: str | None = None,
    ) -> TriageEntry:
        """Accept or skip an entry; doing the same again changes nothing.

        ``accepted_fields`` are the accepted fields, unless it was the whole proposal; ``run_id`` is
        the run that applied them.

        Raises:
            UnknownEntry: there is none of that id.
            UsageError: it was closed the other way before, or ``status`` is open.
        """
        if status is TriageStatus.OPEN:
            raise UsageError(
                f"Triage entry {entry_id} cannot be closed as open.",
                hint="Close it as accepted or skipped.",
            )
        statement = (
            TRIAGE.update()
            .where(TRIAGE.c.id == entry_id, TRIAGE.c.status == TriageStatus.OPEN.value)
            .values(
                status=status.value,
                closed=self._db.clock(),
                updated=self._db.clock(),
                accepted=encode(
                    {"run": run_id, "fields": [field.value for field in accepted_fields]}
                ),
            )
        )
        closes = sa.select(TRIAGE.c.scene).where(TRIAGE.c.id == entry_id).scalar_subquery()
        # The next run asks for the source's next candidate.
        due = SCENE_STATE.update().where(SCENE_STATE.c.scene == closes).values(asked_with=None)

        def work(connection: sa.Connection) -> None:
            if connection.execute(statement).rowcount and status is TriageStatus.SKIPPED:
                connection.execute(due)

        await self._db.write(work)
        entry = await self.get(entry_id)
        if entry.status is not status:
            raise EntryClosed(
                f"Triage entry {entry_id} is {entry.status.value} already.",
                hint="See it with `stashbot triage show`.",
                entry=entry_id,
            )
        return entry

    async def follow_tag(self, plan: Plan, fresh: Scene) -> None:
        """Let open entries expect the scene with the tag that ``plan`` gave it or took off.

        An entry whose scene somebody else changed before is left as it is.
        """
        before = planned_before(plan, fresh)
        values = {
            "scene_digest": scene_digest(fresh),
            "scene_values": encode(scene_values(fresh)),
        }
        await self._db.execute(
            TRIAGE.update()
            .where(
                TRIAGE.c.scene == fresh.id,
                TRIAGE.c.status == TriageStatus.OPEN.value,
                TRIAGE.c.scene_digest == scene_digest(before),
            )
            .values(values)
        )

    def _decode(self, row: sa.RowMapping) -> TriageEntry:
        name = str(row["id"])
        values = {key: row[key] for key in TriageEntry.model_fields if key in row}
        for key, kind in (("proposal", Proposal), ("judgement", Judgement)):
            values[key] = self._db.decode_model(kind, row[key], table=TRIAGE, row=name)
        scene, accepted = (
            self._db.decode_json(row[key] or "null", table=TRIAGE, row=name)
            for key in ("scene_values", "accepted")
        )
        values["scene_values"] = scene
        if isinstance(accepted, dict):
            values["accepted_fields"], values["closed_by"] = accepted["fields"], accepted["run"]
        return self._db.decode_model(TriageEntry, values, table=TRIAGE, row=name)
