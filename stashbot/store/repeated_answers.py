"""Answers that a source gave for several scenes of a run, shared by all workers of the run."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from stashbot.decide.matching.proposal_identity import normalized_content
from stashbot.models import Proposal
from stashbot.store.connection import Part, encode, equals_filters
from stashbot.store.tables import REPEATED_ANSWERS


class RepeatedAnswers(Part):
    """The scenes for which each source gave each answer, by run."""

    async def add(self, run_id: str, scene_id: str, proposal: Proposal) -> tuple[str, ...]:
        """Write an answer down; return the other scenes of the run that got the same.

        The same scene again changes nothing.
        """
        content = encode(normalized_content(proposal))
        row = {
            "run": run_id,
            "source": proposal.source,
            "digest": hashlib.sha256(content.encode()).hexdigest(),
            "scene": scene_id,
        }
        same = equals_filters(REPEATED_ANSWERS, **{key: row[key] for key in row if key != "scene"})
        query = sa.select(REPEATED_ANSWERS.c.scene).where(*same).order_by(REPEATED_ANSWERS.c.scene)

        def work(connection: sa.Connection) -> tuple[str, ...]:
            insert = self._db.insert(REPEATED_ANSWERS).values(**row)
            connection.execute(insert.on_conflict_do_nothing())
            scenes = connection.execute(query).scalars().all()
            return tuple(scene for scene in scenes if scene != scene_id)

        return await self._db.write(work)
