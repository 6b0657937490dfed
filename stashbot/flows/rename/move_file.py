"""One move of a file as a durable step: made if the file is as it was planned, else refused."""

from __future__ import annotations

from dataclasses import dataclass

from stashbot.decide.renaming.rename_plan import Move
from stashbot.errors import BadAnswer, GraphQLError
from stashbot.flows.runs.api_context import Context
from stashbot.models import Model, VideoFile
from stashbot.stash.file_moves import move_file


class Planned(Model):
    """A move and what tells the file from another: ``mark`` is its hash, else its size.

    ``undoes`` is the audit entry that the move takes back.
    """

    move: Move
    mark: str
    undoes: int | None = None


class Moved(Model):
    """What became of a move; ``reason`` says why it was not made."""

    scene_id: str
    file_id: str
    source: str
    target: str
    done: bool
    reason: str = ""


def step_of(index: int) -> str:
    """The name of the step that makes a run's move."""
    return f"move {index + 1}"


@dataclass
class Moving:
    """A planned move, in its step of a run."""

    context: Context
    run_id: str
    step: str
    planned: Planned

    async def find(self) -> Moved | None:
        """That the file is at its target, by this very step."""
        begun = await self.context.store.kv_get("begun", self._key, default=False)
        file = await self._file() if begun else None
        if file is None or file.path != self.planned.move.target:
            return None
        return await self._made()

    async def act(self) -> Moved:
        """Moves the file, if it is the one of the plan and still where it was."""
        move = self.planned.move
        file = await self._file()
        if file is None:
            return self._not("it is no longer a file of that scene")
        if file.path != move.source:
            return self._not(f"it was moved meanwhile, to {file.path}")
        if mark_of(file) != self.planned.mark:
            return self._not("it was changed meanwhile")
        await self.context.store.kv_set("begun", self._key, value=True)
        try:
            await move_file(
                self.context.client, move.file_id, folder=move.folder, basename=move.basename
            )
        except (GraphQLError, BadAnswer) as error:
            refused = "; ".join(error.fields.get("messages", ())) or error.message
        else:
            refused = ""
        file = await self._file()
        if file is not None and file.path == move.target:
            return await self._made()
        return self._not(
            refused or f"Stash says that it moved it, and has it at {file and file.path}"
        )

    async def _file(self) -> VideoFile | None:
        scene = await self.context.client.find_scene(self.planned.move.scene_id)
        files = scene.files if scene else ()
        return next((one for one in files if one.id == self.planned.move.file_id), None)

    async def _made(self) -> Moved:
        move = self.planned.move
        await self.context.store.add_audit(
            self.run_id,
            move.scene_id,
            step=self.step,
            kind="move" if self.planned.undoes is None else "undo",
            changes=[("path", move.source, move.target)],
            undoes=self.planned.undoes,
        )
        return self._result(done=True)

    def _not(self, reason: str) -> Moved:
        return self._result(done=False, reason=reason)

    def _result(self, *, done: bool, reason: str = "") -> Moved:
        told = self.planned.move.model_dump(include={"scene_id", "file_id", "source", "target"})
        return Moved(**told, done=done, reason=reason)

    @property
    def _key(self) -> str:
        return f"{self.run_id}:{self.step}"


def mark_of(file: VideoFile) -> str:
    """What tells a file from another: its hash, else its size."""
    return file.fingerprints.get("oshash") or str(file.size)
