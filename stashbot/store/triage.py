"""The triage queue: one open entry a scene and source, and a memory for what was turned down."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import sqlalchemy as sa
from pydantic import JsonValue

from stashbot.decide.matching.proposal_identity import gist
from stashbot.errors import EntryClosed, UnknownEntry, UsageError
from stashbot.models import FieldName, Judgement, Proposal, Scene
from stashbot.store.base import StoreBase, encode, matching
from stashbot.store.records import TriageEntry, TriageStatus
from stashbot.store.tables import TRIAGE


def fingerprint(scene: Scene) -> str:
    """A hash of every field of the scene that stashbot may change: equal only if none changed."""
    return hashlib.sha256(encode(seen_values(scene)).encode()).hexdigest()


def seen_values(scene: Scene) -> dict[str, JsonValue]:
    """Every field of the scene that stashbot may change, to be compared later."""
    return {field.value: scene.value(field) for field in FieldName}


def proposal_hash(proposal: Proposal) -> str:
    """A hash by which the same proposal of the same source is known again."""
    return hashlib.sha256(encode(proposal).encode()).hexdigest()


class Triage(StoreBase):
    """The part of the store that waits for a person."""

    async def add_triage(
        self,
        run_id: str,
        scene_id: str,
        *,
        proposal: Proposal,
        judgement: Judgement,
        fingerprint: str,
        seen: dict[str, JsonValue] | None = None,
    ) -> TriageEntry | None:
        """Open an entry, or bring the open one of that scene and source up to date.

        ``seen`` are the scene's values: see ``seen_values``. ``None`` when a person has skipped a
        proposal that says the same for this scene before: it is not asked again, and a still open
        entry stays as it is.
        """
        now = self.clock()
        digest = proposal_hash(proposal)
        content = {
            "run": run_id,
            "score": judgement.score,
            "proposal": encode(proposal),
            "proposal_hash": digest,
            "judgement": encode(judgement),
            "fingerprint": fingerprint,
            "seen": None if seen is None else encode(seen),
            "updated": now,
        }
        write = (
            self._insert(TRIAGE)
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

        def work(connection: sa.Connection) -> sa.RowMapping | None:
            if self._turned_down(connection, scene_id, proposal):
                return None
            return connection.execute(write).mappings().one()

        row = await self._write(work)
        return None if row is None else self._to_triage(row)

    async def turned_down(self, scene_id: str, proposal: Proposal) -> bool:
        """Whether a person has skipped a proposal that says the same for this scene before."""
        return await self._read(lambda c: self._turned_down(c, scene_id, proposal))

    def _turned_down(self, connection: sa.Connection, scene_id: str, proposal: Proposal) -> bool:
        skipped = sa.select(TRIAGE.c.id, TRIAGE.c.proposal).where(
            TRIAGE.c.scene == scene_id,
            TRIAGE.c.source == proposal.source,
            TRIAGE.c.status == TriageStatus.SKIPPED.value,
        )
        told = gist(proposal)
        return any(
            gist(self._model(Proposal, one["proposal"], table=TRIAGE, row=str(one["id"]))) == told
            for one in connection.execute(skipped).mappings()
        )

    async def triage(
        self,
        *,
        status: TriageStatus | None = TriageStatus.OPEN,
        scene: str | None = None,
        source: str | None = None,
        last: int | None = None,
    ) -> tuple[TriageEntry, ...]:
        """The entries, best score first; ``status=None`` for all."""
        wanted = matching(TRIAGE, status=status and status.value, scene=scene, source=source)
        order = (TRIAGE.c.score.desc(), TRIAGE.c.id)
        query = TRIAGE.select().where(*wanted).order_by(*order).limit(last)
        rows = await self._read(lambda c: c.execute(query).mappings().all())
        return tuple(self._to_triage(row) for row in rows)

    async def triage_entry(self, entry_id: int) -> TriageEntry:
        """One entry, open or closed.

        Raises:
            UnknownEntry: there is none of that id.
        """
        query = TRIAGE.select().where(TRIAGE.c.id == entry_id)
        row = await self._read(lambda c: c.execute(query).mappings().first())
        if row is None:
            raise UnknownEntry(
                f"There is no triage entry {entry_id}.",
                hint="See them with `stashbot triage list`.",
                entry=entry_id,
            )
        return self._to_triage(row)

    async def close_triage(
        self,
        entry_id: int,
        status: TriageStatus,
        *,
        taken: Iterable[FieldName] = (),
        run_id: str | None = None,
    ) -> TriageEntry:
        """Accept or skip an entry; doing the same again changes nothing.

        ``taken`` are the fields that were accepted, where it was not the whole proposal; ``run_id``
        is the run that applied them.

        Raises:
            UnknownEntry: there is none of that id.
            UsageError: it was closed the other way before, or ``status`` is open.
        """
        if status is TriageStatus.OPEN:
            raise UsageError("An entry is closed as accepted or skipped.", entry=entry_id)
        statement = (
            TRIAGE.update()
            .where(TRIAGE.c.id == entry_id, TRIAGE.c.status == TriageStatus.OPEN.value)
            .values(
                status=status.value,
                closed=self.clock(),
                updated=self.clock(),
                taken=encode({"run": run_id, "fields": [name.value for name in taken]}),
            )
        )
        await self._write(lambda c: c.execute(statement))
        entry = await self.triage_entry(entry_id)
        if entry.status is not status:
            raise EntryClosed(
                f"Triage entry {entry_id} is {entry.status.value} already.",
                hint="See it with `stashbot triage show`.",
                entry=entry_id,
            )
        return entry

    def _to_triage(self, row: sa.RowMapping) -> TriageEntry:
        name = str(row["id"])
        values = {key: row[key] for key in TriageEntry.model_fields if key in row}
        values["proposal"] = self._model(Proposal, row["proposal"], table=TRIAGE, row=name)
        seen, taken = (
            self._decode(row[key] or "null", table=TRIAGE, row=name) for key in ("seen", "taken")
        )
        values["seen"] = seen
        values["taken"], values["closed_by"] = _closing(taken)
        values["judgement"] = self._model(Judgement, row["judgement"], table=TRIAGE, row=name)
        return self._model(TriageEntry, values, table=TRIAGE, row=name)


def _closing(taken: JsonValue) -> tuple[JsonValue, JsonValue]:
    """The fields that were accepted, and the run that applied them; before it was kept, a list."""
    if isinstance(taken, dict):
        return taken.get("fields"), taken.get("run")
    return taken or [], None
