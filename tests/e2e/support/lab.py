"""What a server offers to tests: which source says what about which scene.

Nothing is known of the server in advance. Sources are asked about scenes through the API, one
source at a time and only when a test needs more; each proposal is judged as stashbot judges it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pytest

from stashbot.decide.matching.filename_parser import known_of
from stashbot.decide.matching.scoring import judge
from stashbot.decide.planning.change_plan import make_plan
from stashbot.errors import ScrapeFailed
from stashbot.models import FieldName, Outcome, Plan, Proposal, Scene, Source
from stashbot.settings import Settings
from stashbot.stash.client import StashClient

#: Real servers may hold thousands of scenes; so many are enough to find every kind.
MOST_SCENES = 48
SLOW_S = 1.5
LONG_TEXT = 1000
#: The last of the Latin letters, with all their accents.
LATIN = 0x24F
_AT_ONCE = 3

Kind = Literal["trusted", "low", "nothing", "empty", "failing"]
Where = Callable[["Case"], bool]


@dataclass(frozen=True)
class Case:
    """One source's word on one scene, with the plan that follows from it."""

    scene: Scene
    source: Source
    kind: Kind
    proposal: Proposal | None = None
    plan: Plan | None = None
    score: float = 0.0

    @property
    def changes(self) -> dict[FieldName, Any]:
        """The planned values by field."""
        return {one.field: one.after for one in self.plan.changes} if self.plan else {}

    def has(self, *names: FieldName) -> bool:
        """Whether the plan changes all these fields."""
        return all(name in self.changes for name in names)

    def leaves_out(self, name: FieldName, reason: str | None = None) -> bool:
        """Whether the plan leaves something of that field out."""
        left = self.plan.left_out if self.plan else ()
        return any(one.field is name and reason in {None, one.reason} for one in left)


def is_odd(case: Case) -> bool:
    """Whether the title is long, or has signs beyond the common ones."""
    title = (case.proposal and case.proposal.title) or ""
    return len(title) > LONG_TEXT or any(ord(sign) > LATIN or sign in '"<>{' for sign in title)


def has_odd_date(case: Case) -> bool:
    """Whether the source names a date that is none, or is written otherwise than Stash's."""
    proposed = case.proposal.date if case.proposal else None
    try:
        date.fromisoformat(proposed or "2020-01-01")
    except ValueError:
        return True
    return False


def outcome_of(cases: Sequence[Case]) -> Outcome:
    """The outcome that follows from what the sources say, in their order."""
    kinds = [case.kind for case in cases]
    if "trusted" in kinds:
        return Outcome.APPLIED
    if "low" in kinds:
        return Outcome.TRIAGED
    return Outcome.FAILED if "failing" in kinds else Outcome.SKIPPED


class Lab:
    """The cases of a server, found out as they are needed. ``run`` carries out coroutines."""

    def __init__(self, client: StashClient, settings: Settings, run: Callable[..., Any]) -> None:
        self._client = client
        self._settings = settings
        self._run = run
        self._scenes: tuple[Scene, ...] | None = None
        self._sources: tuple[Source, ...] | None = None
        self._slow: dict[str, bool] = {}
        self._cases: dict[tuple[str, str], Case] = {}

    @property
    def scenes(self) -> tuple[Scene, ...]:
        """The scenes that are not organized, as they were when the session began."""
        if self._scenes is None:
            self._scenes = tuple(self._run(self._unorganized()))[:MOST_SCENES]
        if not self._scenes:
            pytest.skip("this Stash has no scene that is not organized")
        return self._scenes

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources that scrape by fragment, in the menu's order."""
        if self._sources is None:
            self._sources = self._run(self._client.resolve_sources())
        if not self._sources:
            pytest.skip("this Stash has no source that scrapes a scene by itself")
        return self._sources

    def is_slow(self, source: Source) -> bool:
        """Whether the source takes its time, and took it twice: a busy machine is slow for once."""
        if source.key not in self._slow:
            self._slow[source.key] = all(self._takes_time(source) for _ in range(2))
        return self._slow[source.key]

    def _takes_time(self, source: Source) -> bool:
        started = time.monotonic()
        self._cases[source.key, self.scenes[0].id] = self._run(self._ask(source, self.scenes[0]))
        return time.monotonic() - started >= SLOW_S

    @property
    def fast(self) -> Iterator[Source]:
        """The sources that do not take their time."""
        return (source for source in self.sources if not self.is_slow(source))

    def case(self, source: Source, scene: Scene) -> Case:
        """What the source says about the scene."""
        if (source.key, scene.id) not in self._cases:
            self._cases[source.key, scene.id] = self._run(self._ask(source, scene))
        return self._cases[source.key, scene.id]

    def of(self, source: Source) -> list[Case]:
        """What the source says about each scene."""
        missing = [one for one in self.scenes if (source.key, one.id) not in self._cases]
        if missing:
            for case in self._run(self._ask_all(source, missing)):
                self._cases[source.key, case.scene.id] = case
        return [self._cases[source.key, scene.id] for scene in self.scenes]

    def one(self, kind: Kind, where: Where = lambda _: True, *, what: str = "") -> Case:
        """The case with the richest plan of the first source that has any such.

        The test is skipped where the server has none; ``what`` says what was looked for.
        """
        return self.some(kind, 1, where, what=what)[0]

    def some(
        self, kind: Kind, count: int, where: Where = lambda _: True, *, what: str = ""
    ) -> list[Case]:
        """``count`` such cases of the same source and of different scenes, richest plans first."""
        for source in self.fast:
            found = [case for case in self.of(source) if case.kind == kind and where(case)]
            if len(found) >= count:
                return sorted(found, key=lambda case: -len(case.changes))[:count]
        pytest.skip(f"this Stash has no source with {count} scene(s) for: {what or kind}")

    def all(self, kind: Kind, where: Where = lambda _: True) -> list[Case]:
        """The cases of all fast sources for which ``where`` holds, richest plans first."""
        found = [case for case in self.cases if case.kind == kind and where(case)]
        return sorted(found, key=lambda case: -len(case.changes))

    def two(self, kind: Kind, where: Where = lambda _: True) -> tuple[Case, Case]:
        """Two such cases of the same source and of different scenes."""
        first, second = self.some(kind, 2, where)
        return first, second

    @property
    def cases(self) -> list[Case]:
        """What all fast sources say about all scenes."""
        return [case for source in self.fast for case in self.of(source)]

    def slow_source(self) -> Source:
        """A source that takes its time."""
        for source in self.sources:
            if self.is_slow(source):
                return source
        pytest.skip(f"this Stash has no source that takes {SLOW_S} s to answer")

    def source_names(self, *kinds: Kind) -> list[str]:
        """Names of the fast sources that have cases of all the kinds, best ones first."""
        return [
            source.name
            for source in self.most_trusted()
            if set(kinds) <= {case.kind for case in self.of(source)}
        ]

    def most_trusted(self) -> list[Source]:
        """The fast sources that have trusted proposals, those with most of them first."""
        counts = {
            source.key: [case.kind for case in self.of(source)].count("trusted")
            for source in self.fast
        }
        known = {one.key: one for one in self.sources}
        best = sorted((key for key in counts if counts[key]), key=lambda key: -counts[key])
        if not best:
            pytest.skip("this Stash has no source with a trusted proposal")
        return [known[key] for key in best]

    async def _unorganized(self) -> list[Scene]:
        return [scene async for scene in self._client.iter_scenes({"organized": False})]

    async def _ask_all(self, source: Source, scenes: Sequence[Scene]) -> list[Case]:
        limit = asyncio.Semaphore(_AT_ONCE)

        async def ask(scene: Scene) -> Case:
            async with limit:
                return await self._ask(source, scene)

        return list(await asyncio.gather(*map(ask, scenes)))

    async def _ask(self, source: Source, scene: Scene) -> Case:
        try:
            proposals = await self._client.scrape_single_scene(source, scene.id)
        except ScrapeFailed:
            return Case(scene, source, "failing")
        if not proposals:
            return Case(scene, source, "nothing")
        proposal, settings = proposals[0], self._settings
        if proposal.is_empty:
            return Case(scene, source, "empty", proposal)
        lookups: dict[tuple[FieldName, str], str] = {}
        for name, ids in _stored(proposal):
            names = await self._client.entity_names(name, ids)
            lookups |= {(name, key): shown for key, shown in names.items()}
        plan = make_plan(scene, proposal, settings.fields, organize=True, lookups=lookups)
        judged = judge(proposal, known_of(scene, settings.filenames), settings.weights)
        kind: Kind = "trusted" if judged.accepted else "low"
        return Case(scene, source, kind, proposal, plan, judged.score)


def _stored(proposal: Proposal) -> Iterator[tuple[FieldName, list[str]]]:
    studio = (proposal.studio,) if proposal.studio else ()
    for name, entities in (
        (FieldName.STUDIO, studio),
        (FieldName.PERFORMERS, proposal.performers),
        (FieldName.TAGS, proposal.tags),
        (FieldName.GROUPS, proposal.groups),
    ):
        yield name, [one.stored_id for one in entities if one.stored_id]
