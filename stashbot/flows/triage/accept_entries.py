"""The choice of the triage entries that an accept applies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import Field

from stashbot.errors import UnknownScene
from stashbot.flows.runs.selection import RunTask
from stashbot.flows.triage.accept import prepare_accept
from stashbot.flows.triage.entry_changes import is_changed, proposes
from stashbot.models import FieldName, Model, Scene
from stashbot.services import Services
from stashbot.stash.client import StashClient
from stashbot.store import Store, TriageEntry


class AcceptRequest(Model):
    """The entries to accept: ``entries``, or with ``min_score`` all open ones of that score.

    ``only`` limits the accept to these fields; empty means all that the proposals hold.
    """

    entries: tuple[int, ...] = ()
    min_score: float | None = Field(default=None, ge=0, le=1)
    only: tuple[FieldName, ...] = ()
    even_if_changed: bool = False
    dry_run: bool = False


@dataclass(frozen=True, kw_only=True)
class CurrentEntry:
    """A triage entry and its scene as Stash holds it now; None if Stash no longer has it."""

    entry: TriageEntry
    scene: Scene | None

    @property
    def has_changed(self) -> bool:
        """Whether the scene was edited since the proposal was scored."""
        return self.scene is not None and is_changed(self.entry, self.scene)


@dataclass(frozen=True, kw_only=True)
class AcceptTask:
    """The task of an accept, and the entries that it leaves because their scene has changed."""

    task: RunTask
    changed: tuple[CurrentEntry, ...] = ()


async def accept_entries(
    services: Services,
    request: AcceptRequest,
    *,
    confirm_all: Callable[[int], None] = lambda _count: None,
    confirm_changed: Callable[[Sequence[CurrentEntry]], bool] = lambda _changed: False,
) -> AcceptTask:
    """Choose the entries of ``request`` and build the task that applies them.

    ``confirm_all`` is called with the number of entries found by score, and may raise to stop the
    accept. ``confirm_changed`` is called for entries given by number whose scenes have changed;
    true accepts them too. Changed entries found by score are never applied without
    ``even_if_changed``.

    Raises:
        UnknownEntry: there is no entry of that number.
        UnknownScene: Stash no longer has the scene of an entry given by number.
        EntryClosed: an entry was accepted or skipped before.
        UsageError: a proposal has no value for a field in ``only``.
    """
    numbers = request.entries
    if request.min_score is not None:
        numbers = await _open_entries(services.store, request.min_score, request.only)
        confirm_all(len(numbers))
    current = await _with_scenes(services.stash, services.store, numbers)
    if request.entries:
        _require_scenes(current)
    changed = tuple(item for item in current if item.has_changed)
    even_if_changed = request.even_if_changed
    if even_if_changed:
        changed = ()
    elif changed and request.entries and confirm_changed(changed):
        even_if_changed, changed = True, ()
    task = await prepare_accept(
        services,
        numbers,
        only=request.only,
        even_if_changed=even_if_changed,
        dry_run=request.dry_run,
    )
    return AcceptTask(task=task, changed=changed)


async def _open_entries(
    store: Store, min_score: float, only: Sequence[FieldName]
) -> tuple[int, ...]:
    """Return the open entries of at least that score that propose every field of ``only``."""
    return tuple(
        entry.id
        for entry in await store.triage.entries()
        if entry.score >= min_score and all(proposes(entry.proposal, name) for name in only)
    )


async def _with_scenes(
    client: StashClient, store: Store, numbers: Sequence[int]
) -> tuple[CurrentEntry, ...]:
    entries = [await store.triage.get(number) for number in numbers]
    scenes = await client.find_scenes(tuple(dict.fromkeys(entry.scene for entry in entries)))
    by_id = {scene.id: scene for scene in scenes}
    return tuple(CurrentEntry(entry=entry, scene=by_id.get(entry.scene)) for entry in entries)


def _require_scenes(current: Sequence[CurrentEntry]) -> None:
    for item in current:
        if item.scene is None:
            number, scene = item.entry.id, item.entry.scene
            raise UnknownScene(
                f"Scene {scene} of triage entry {number} is no longer in Stash.",
                hint=f"Close the entry with `stashbot triage skip {number}`.",
                scene_id=scene,
            )
