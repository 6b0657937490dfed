"""What a server offers to tests: which source says what about which scene.

Nothing is known of the server in advance. Each fast source is asked about each scene through the
API, and its proposal judged as stashbot judges it; tests then take what they need.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import pytest

from stashbot.decide.confidence import judge
from stashbot.decide.fields import make_plan
from stashbot.decide.filenames import known_of
from stashbot.errors import ScrapeFailed
from stashbot.models import FieldName, Plan, Proposal, Scene, Source
from stashbot.settings import Settings
from stashbot.stash.client import StashClient

#: Real servers may hold thousands of scenes; so many are enough to find every kind.
MOST_SCENES = 48
SLOW_S = 1.5

Kind = Literal["trusted", "low", "nothing", "empty", "failing"]


@dataclass(frozen=True)
class Case:
    """One source's word on one scene, with the plan that follows from it."""

    scene: Scene
    source: Source
    kind: Kind
    proposal: Proposal | None = None
    plan: Plan | None = None


@dataclass
class Lab:
    """All cases of a server."""

    cases: list[Case] = field(default_factory=list)
    slow: list[Source] = field(default_factory=list)

    def all(self, kind: Kind, where: Callable[[Case], bool] = lambda _: True) -> list[Case]:
        """The cases of a kind for which ``where`` holds, best plans first."""
        found = [case for case in self.cases if case.kind == kind and where(case)]
        return sorted(found, key=lambda case: -len(case.plan.changes if case.plan else ()))

    def one(
        self, kind: Kind, where: Callable[[Case], bool] = lambda _: True, *, what: str = ""
    ) -> Case:
        """The first such case; the test is skipped where the server has none."""
        found = self.all(kind, where)
        if not found:
            pytest.skip(f"this Stash has no scene and source for: {what or kind}")
        return found[0]

    def two(self, kind: Kind, where: Callable[[Case], bool] = lambda _: True) -> tuple[Case, Case]:
        """Two such cases of the same source and of different scenes."""
        by_source: dict[str, dict[str, Case]] = {}
        for case in self.all(kind, where):
            scenes = by_source.setdefault(case.source.key, {})
            scenes.setdefault(case.scene.id, case)
            if len(scenes) == 2:
                first, second = scenes.values()
                return first, second
        pytest.skip(f"this Stash has no source with two scenes for: {kind}")

    def slow_source(self) -> Source:
        """A source that takes its time."""
        if not self.slow:
            pytest.skip(f"this Stash has no source that takes {SLOW_S} s to answer")
        return self.slow[0]

    def source_names(self, *kinds: Kind) -> list[str]:
        """Names of the fast sources that have cases of all the kinds, best ones first."""
        counts = {
            case.source.name: sum(
                one.kind == "trusted" for one in self.cases if one.source == case.source
            )
            for case in self.cases
        }
        useful = [
            name
            for name in counts
            if all(
                any(one.kind == kind and one.source.name == name for one in self.cases)
                for kind in kinds
            )
        ]
        return sorted(useful, key=lambda name: -counts[name])


async def explore(client: StashClient, settings: Settings) -> Lab:
    """Asks every fast source about the scenes that hold nothing yet."""
    lab = Lab()
    scenes = [scene async for scene in client.iter_scenes({"organized": False})][:MOST_SCENES]
    if not scenes:
        pytest.skip("this Stash has no scene that is not organized")
    for source in await client.resolve_sources():
        if await _seconds(client, source, scenes[0]) >= SLOW_S:
            lab.slow.append(source)
            continue
        for scene in scenes:
            lab.cases.append(await _ask(client, settings, source, scene))
    return lab


async def _seconds(client: StashClient, source: Source, scene: Scene) -> float:
    started = time.monotonic()
    with contextlib.suppress(ScrapeFailed):
        await client.scrape_single_scene(source, scene.id)
    return time.monotonic() - started


async def _ask(client: StashClient, settings: Settings, source: Source, scene: Scene) -> Case:
    try:
        proposals = await client.scrape_single_scene(source, scene.id)
    except ScrapeFailed:
        return Case(scene, source, "failing")
    if not proposals:
        return Case(scene, source, "nothing")
    proposal = proposals[0]
    if proposal.is_empty:
        return Case(scene, source, "empty", proposal)
    lookups: dict[tuple[FieldName, str], str] = {}
    for name, ids in _stored(proposal):
        lookups |= {
            (name, key): shown for key, shown in (await client.entity_names(name, ids)).items()
        }
    plan = make_plan(scene, proposal, settings.fields, organize=True, lookups=lookups)
    accepted = judge(proposal, known_of(scene, settings.filenames), settings.weights).accepted
    return Case(scene, source, "trusted" if accepted else "low", proposal, plan)


def _stored(proposal: Proposal) -> Iterator[tuple[FieldName, list[str]]]:
    studio = (proposal.studio,) if proposal.studio else ()
    for name, entities in (
        (FieldName.STUDIO, studio),
        (FieldName.PERFORMERS, proposal.performers),
        (FieldName.TAGS, proposal.tags),
        (FieldName.GROUPS, proposal.groups),
    ):
        yield name, [one.stored_id for one in entities if one.stored_id]
