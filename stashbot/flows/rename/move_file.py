"""Move a file through Stash, if it is the file of the plan and still where it was."""

from __future__ import annotations

from dataclasses import dataclass

from stashbot.decide.renaming.rename_plan import Move
from stashbot.errors import BadAnswer, GraphQLError
from stashbot.models import Model, VideoFile
from stashbot.services import Services
from stashbot.stash import file_moves
from stashbot.stash.retry import passes
from stashbot.store import IntentOutcome


class PlannedMove(Model):
    """A move, and what tells its file from another: the file's hash, else its size.

    ``undoes`` is the audit entry that the move takes back.
    """

    move: Move
    file_identity: str
    undoes: int | None = None


class MoveResult(Model):
    """The result of a move; ``reason`` says why it was not made."""

    scene_id: str
    file_id: str
    source: str
    target: str
    done: bool
    reason: str = ""


def step_name(index: int) -> str:
    """Return the name of the step that makes a run's move; ``index`` counts from 0."""
    return f"move {index + 1}"


@dataclass
class MoveFile:
    """A planned move in its step of a run."""

    services: Services
    run_id: str
    name: str
    planned: PlannedMove

    async def find(self) -> MoveResult | None:
        """Return the result if this very step has moved the file."""
        move = self.planned.move
        intent = await self.services.store.intents.find(self.run_id, move.scene_id, self.name)
        file = await self._file() if intent else None
        if file is None or file.path != move.target:
            return None
        return await self._done()

    async def apply(self) -> MoveResult:
        """Move the file, if it is the file of the plan and still where it was."""
        move = self.planned.move
        file = await self._file()
        if file is None:
            return self._refused("it is no longer a file of that scene")
        if file.path != move.source:
            return self._refused(f"it was moved meanwhile, to {file.path}")
        if file_identity(file) != self.planned.file_identity:
            return self._refused("it was changed meanwhile")
        await self.services.store.intents.begin(
            self.run_id, move.scene_id, self.name, kind="move", plan=move.model_dump(mode="json")
        )
        refused = ""
        try:
            await file_moves.move_file(
                self.services.stash, move.file_id, folder=move.folder, basename=move.basename
            )
        except (GraphQLError, BadAnswer) as error:
            if passes(error):
                raise
            refused = error.reason
        file = await self._file()
        if file is not None and file.path == move.target:
            return await self._done()
        return self._refused(
            refused or f"Stash says that it moved it, and has it at {file and file.path}"
        )

    async def _file(self) -> VideoFile | None:
        scene = await self.services.stash.find_scene(self.planned.move.scene_id)
        files = scene.files if scene else ()
        return next((file for file in files if file.id == self.planned.move.file_id), None)

    async def _done(self) -> MoveResult:
        move = self.planned.move
        await self.services.store.audit.add(
            self.run_id,
            move.scene_id,
            step=self.name,
            kind="move" if self.planned.undoes is None else "undo",
            changes=[("path", move.source, move.target)],
            undoes=self.planned.undoes,
        )
        await self.services.store.intents.settle(
            self.run_id, move.scene_id, self.name, IntentOutcome.APPLIED
        )
        return self._result(done=True)

    def _refused(self, reason: str) -> MoveResult:
        return self._result(done=False, reason=reason)

    def _result(self, *, done: bool, reason: str = "") -> MoveResult:
        move = self.planned.move
        return MoveResult(
            scene_id=move.scene_id,
            file_id=move.file_id,
            source=move.source,
            target=move.target,
            done=done,
            reason=reason,
        )


def file_identity(file: VideoFile) -> str:
    """Return what tells a file from another: its hash, else its size."""
    return file.fingerprints.get("oshash") or str(file.size)
