"""The performers, studios, groups and tags that scenes did not get, because Stash lacks them."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from stashbot.decide.matching.names import fold_case, fold_punctuation
from stashbot.models import FieldName, Omission, OmissionKind
from stashbot.store.connection import Part, equals_filters
from stashbot.store.records import LeftOut
from stashbot.store.tables import LEFT_OUT


class LeftOuts(Part):
    """What the newest run over each scene left out."""

    async def replace(self, run_id: str, scene_id: str, omissions: Iterable[Omission]) -> None:
        """Replace what was left out of a scene by what a run left out just now."""
        now = self._db.clock()
        rows = {
            (omission.field.value, folded_name(omission.name)): {
                "scene": scene_id,
                "field": omission.field.value,
                "folded": folded_name(omission.name),
                "name": omission.name,
                "reason": omission.reason,
                "run": run_id,
                "at": now,
            }
            for omission in omissions
            if omission.kind is OmissionKind.NOT_IN_STASH
        }

        old = sa.select(LEFT_OUT.c.scene).where(LEFT_OUT.c.scene == scene_id).limit(1)
        if not rows and await self._db.read(lambda c: c.execute(old).first()) is None:
            return

        def work(connection: sa.Connection) -> None:
            connection.execute(LEFT_OUT.delete().where(LEFT_OUT.c.scene == scene_id))
            if rows:
                connection.execute(LEFT_OUT.insert(), list(rows.values()))

        await self._db.write(work)

    async def list(
        self, *, scene: str | None = None, run: str | None = None
    ) -> tuple[LeftOut, ...]:
        """Return what was left out, by scene, field and name."""
        query = (
            LEFT_OUT.select()
            .where(*equals_filters(LEFT_OUT, scene=scene, run=run))
            .order_by(LEFT_OUT.c.scene, LEFT_OUT.c.field, LEFT_OUT.c.name)
        )
        return await self._db.fetch(query, self._decode)

    async def scenes(self) -> tuple[str, ...]:
        """Return the scenes of which something was left out."""
        query = sa.select(LEFT_OUT.c.scene).distinct().order_by(LEFT_OUT.c.scene)
        return await self._db.read(lambda c: tuple(c.scalars(query)))

    async def denied(self, run_id: str, field: FieldName, name: str) -> tuple[str, ...]:
        """Return the scenes of a run that did not get an entity of this name, however written."""
        query = (
            sa.select(LEFT_OUT.c.scene)
            .where(
                *equals_filters(LEFT_OUT, run=run_id, field=field.value, folded=folded_name(name))
            )
            .order_by(LEFT_OUT.c.at, LEFT_OUT.c.scene)
        )
        return await self._db.read(lambda c: tuple(c.scalars(query)))

    async def remove(self, scene_id: str, field: FieldName, name: str) -> None:
        """Note that the scene has the entity now."""
        filters = equals_filters(
            LEFT_OUT, scene=scene_id, field=field.value, folded=folded_name(name)
        )
        await self._db.execute(LEFT_OUT.delete().where(*filters))

    def _decode(self, row: sa.RowMapping) -> LeftOut:
        name = f"{row['scene']}/{row['field']}/{row['folded']}"
        values = {key: row[key] for key in LeftOut.model_fields}
        return self._db.decode_model(LeftOut, values, table=LEFT_OUT, row=name)


def folded_name(name: str) -> str:
    """Return the name without case, accents and punctuation, as names are compared."""
    return fold_punctuation(name) or fold_case(name)
