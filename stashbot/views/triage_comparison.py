"""A proposal of triage beside its scene: as the scene was when it was judged, and as it is now."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from stashbot.flows.triage.entry_changes import changed_fields, is_changed, proposed_value, says
from stashbot.models import FieldName, Model, Scene
from stashbot.settings import Settings
from stashbot.stash.client import open_stash
from stashbot.store import Store, TriageEntry, TriageStatus
from stashbot.store.triage import seen_values


class FieldSides(Model):
    """A field of the scene ``then`` and ``now``, and what is proposed for it."""

    field: FieldName
    then: JsonValue = None
    now: JsonValue = None
    proposal: JsonValue = None
    changed: bool = False


class Beside(Model):
    """An entry's proposal beside its scene.

    ``looked`` says that Stash was asked how the scene is now; ``gone`` that it has it no longer.
    ``known_then`` is off for entries of a stashbot that did not keep the scene's values.
    """

    entry: int
    scene: str
    source: str
    name: str = ""
    looked: bool = False
    gone: bool = False
    known_then: bool = True
    changed: bool = False
    fields: tuple[FieldSides, ...] = ()


class Shown(Model):
    """All that is known of an entry, with what was turned down of the same scene before."""

    entry: TriageEntry
    beside: Beside
    rejected: tuple[TriageEntry, ...] = ()


def beside(entry: TriageEntry, scene: Scene | None = None, *, looked: bool = True) -> Beside:
    """The entry beside its scene; ``looked`` off where Stash was not asked."""
    now = {} if scene is None else seen_values(scene)
    changed = () if scene is None else changed_fields(entry, scene)
    then = entry.seen or {}
    sides = (
        FieldSides(
            field=name,
            then=then.get(name.value),
            now=now.get(name.value),
            proposal=proposed_value(entry.proposal, name),
            changed=name in changed,
        )
        for name in FieldName
        if name is not FieldName.COVER
    )
    return Beside(
        entry=entry.id,
        scene=entry.scene,
        source=entry.source,
        name="" if scene is None else scene.display_name,
        looked=looked,
        gone=looked and scene is None,
        known_then=entry.seen is not None,
        changed=scene is not None and is_changed(entry, scene),
        fields=tuple(one for one in sides if one.then or one.now or one.proposal),
    )


async def shown_entry(settings: Settings, number: int, *, now: bool) -> Shown:
    """An entry, and with ``now`` its scene as Stash holds it.

    Raises:
        UnknownEntry: there is none of that id.
        StateError: there is no state, or it is of another Stash.
        UnreachableError: Stash is asked and not there.
    """
    server = settings.stash.url if now else None
    async with Store(settings.state.database_url, server=server, create=False) as store:
        entry = await store.triage_entry(number)
        rejected = await store.triage(status=TriageStatus.SKIPPED, scene=entry.scene)
    if not now:
        seen = beside(entry, looked=False)
    else:
        async with open_stash(settings.stash) as client:
            seen = beside(entry, await client.find_scene(entry.scene))
    others = tuple(one for one in rejected if one.id != entry.id)
    return Shown(entry=entry, beside=seen, rejected=others)


async def open_entries(
    settings: Settings, *, min_score: float, only: Sequence[FieldName] = ()
) -> tuple[int, ...]:
    """The open entries of that score or a better one, that say something of a field of ``only``.

    Raises:
        StateError: there is no state, or it is of another Stash.
    """
    async with Store(settings.state.database_url, server=settings.stash.url, create=False) as store:
        found = await store.triage()
    return tuple(
        one.id
        for one in found
        if one.score >= min_score and all(says(one.proposal, name) for name in only)
    )


async def entries_now(settings: Settings, numbers: Sequence[int]) -> tuple[Beside, ...]:
    """Entries beside their scenes as Stash holds them.

    Raises:
        UnknownEntry: there is none of that id.
        StateError: there is no state, or it is of another Stash.
        UnreachableError: Stash is not there.
    """
    async with Store(settings.state.database_url, server=settings.stash.url, create=False) as store:
        entries = [await store.triage_entry(one) for one in numbers]
    async with open_stash(settings.stash) as client:
        scenes = await client.find_scenes(tuple(dict.fromkeys(one.scene for one in entries)))
    held = {scene.id: scene for scene in scenes}
    return tuple(beside(one, held.get(one.scene)) for one in entries)
