"""Compare a triage entry's proposal with its scene, as it was judged and as it is now."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from stashbot.flows.triage.entry_changes import changed_fields, is_changed, proposed_value, proposes
from stashbot.models import FieldName, Model, Scene
from stashbot.settings import Settings
from stashbot.stash.client import open_stash
from stashbot.store import Store, TriageEntry, TriageStatus
from stashbot.store.triage import scene_values


class FieldComparison(Model):
    """A field of the scene ``then`` and ``now``, and its proposed value."""

    field: FieldName
    then: JsonValue = None
    now: JsonValue = None
    proposal: JsonValue = None
    changed: bool = False


class TriageComparison(Model):
    """An entry's proposal compared with its scene.

    ``looked`` says that the scene was read from Stash; ``gone`` that Stash no longer has it.
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
    fields: tuple[FieldComparison, ...] = ()


class TriageDetail(Model):
    """An entry in full, with the rejected entries of the same scene."""

    entry: TriageEntry
    beside: TriageComparison
    rejected: tuple[TriageEntry, ...] = ()


def compare_entry(
    entry: TriageEntry, scene: Scene | None = None, *, looked: bool = True
) -> TriageComparison:
    """Compare an entry with its scene; ``looked`` is off where the scene was not read."""
    now = {} if scene is None else scene_values(scene)
    changed = () if scene is None else changed_fields(entry, scene)
    then = entry.scene_values or {}
    sides = (
        FieldComparison(
            field=name,
            then=then.get(name.value),
            now=now.get(name.value),
            proposal=proposed_value(entry.proposal, name),
            changed=name in changed,
        )
        for name in FieldName
        if name is not FieldName.COVER
    )
    return TriageComparison(
        entry=entry.id,
        scene=entry.scene,
        source=entry.source,
        name="" if scene is None else scene.display_name,
        looked=looked,
        gone=looked and scene is None,
        known_then=entry.scene_values is not None,
        changed=scene is not None and is_changed(entry, scene),
        fields=tuple(side for side in sides if side.then or side.now or side.proposal),
    )


async def triage_detail(settings: Settings, number: int, *, now: bool) -> TriageDetail:
    """Return an entry in full, and with ``now`` compared with its scene in Stash.

    Raises:
        UnknownEntry: there is no entry of that id.
        StateError: there is no state, or it is of another Stash.
        UnreachableError: the scene is to be read, and Stash is not there.
    """
    server = settings.stash.url if now else None
    async with Store(settings.state.database_url, server=server, create=False) as store:
        entry = await store.triage.get(number)
        rejected = await store.triage.entries(status=TriageStatus.SKIPPED, scene=entry.scene)
    if not now:
        seen = compare_entry(entry, looked=False)
    else:
        async with open_stash(settings.stash) as client:
            seen = compare_entry(entry, await client.find_scene(entry.scene))
    others = tuple(other for other in rejected if other.id != entry.id)
    return TriageDetail(entry=entry, beside=seen, rejected=others)


async def open_entries(
    settings: Settings, *, min_score: float, only: Sequence[FieldName] = ()
) -> tuple[int, ...]:
    """Return the open entries of at least this score that propose the fields of ``only``.

    Raises:
        StateError: there is no state, or it is of another Stash.
    """
    async with Store(settings.state.database_url, server=settings.stash.url, create=False) as store:
        found = await store.triage.entries()
    return tuple(
        item.id
        for item in found
        if item.score >= min_score and all(proposes(item.proposal, name) for name in only)
    )


async def compare_entries(
    settings: Settings, numbers: Sequence[int]
) -> tuple[TriageComparison, ...]:
    """Compare entries with their scenes in Stash.

    Raises:
        UnknownEntry: there is no entry of that id.
        StateError: there is no state, or it is of another Stash.
        UnreachableError: Stash is not there.
    """
    async with Store(settings.state.database_url, server=settings.stash.url, create=False) as store:
        entries = [await store.triage.get(number) for number in numbers]
    async with open_stash(settings.stash) as client:
        scenes = await client.find_scenes(tuple(dict.fromkeys(entry.scene for entry in entries)))
    by_id = {scene.id: scene for scene in scenes}
    return tuple(compare_entry(entry, by_id.get(entry.scene)) for entry in entries)
