"""The answers of the server's sources about its scenes, with the expected outcomes.

For the sandbox's standard library both are written down in ``tests/practice_library.json``. Nothing
is known in advance of a real server: its sources are asked through the API, a source at a time and
only when a test needs more, and their answers are scored and planned by stashbot itself. There the
tests show that the pages do what stashbot decided, and not that it decided well.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pytest

from stashbot.decide.matching.scene_facts import read_scene_facts
from stashbot.decide.matching.scoring import score_proposal
from stashbot.decide.planning.change_plan import make_plan
from stashbot.errors import ScrapeFailed
from stashbot.models import (
    Change,
    EntityKind,
    FieldName,
    Omission,
    OmissionKind,
    Outcome,
    Plan,
    Proposal,
    Scene,
    Source,
)
from stashbot.sandbox.library import PracticeLibrary
from stashbot.settings import Settings
from stashbot.stash.client import StashClient
from tests.practice_library import Expectation, expectations

#: Real servers may hold thousands of scenes; so many are enough to find every kind.
MAX_SCENES = 48
SLOW_S = 1.5
LONG_TEXT = 1000
#: The last of the Latin letters, with all their accents.
LAST_LATIN = 0x24F
_AT_ONCE = 3

#: How a run at the defaults takes an answer; nobody has decided about those that are ``unclear``.
Kind = Literal["trusted", "low", "nothing", "empty", "failing", "unclear"]
Where = Callable[["Case"], bool]


#: Settings under which a proposal may name another studio than the file does.
ANY_STUDIO: dict[str, Any] = {"contradictions": {"studio": False}}


@dataclass(frozen=True)
class Case:
    """A source's answer about a scene, with the plan that must follow from it."""

    scene: Scene
    source: Source
    kind: Kind
    plan: Plan | None = None
    scrape: Callable[[], Proposal | None] = lambda: None

    @property
    def proposal(self) -> Proposal:
        """The answer itself, as the API gives it."""
        proposal = self.scrape()
        assert proposal is not None
        return proposal

    @property
    def changes(self) -> dict[FieldName, Any]:
        """The planned values by field."""
        return {change.field: change.after for change in self.plan.changes} if self.plan else {}

    @property
    def omitted(self) -> tuple[Omission, ...]:
        """The names and values that the plan leaves out."""
        return self.plan.omitted if self.plan else ()

    def has(self, *names: FieldName) -> bool:
        """Return whether the plan changes all these fields."""
        return all(name in self.changes for name in names)

    def omits(self, name: FieldName) -> bool:
        """Return whether the plan leaves something of that field out."""
        return any(omission.field is name for omission in self.omitted)

    def lacks_entities(self) -> bool:
        """Return whether the source names entities that Stash does not have."""
        return any(omission.kind is OmissionKind.NOT_IN_STASH for omission in self.omitted)


def is_odd(case: Case) -> bool:
    """Return whether the proposed title is long, or has uncommon characters."""
    title = case.changes.get(FieldName.TITLE) or ""
    return len(title) > LONG_TEXT or any(ord(sign) > LAST_LATIN or sign in '"<>{' for sign in title)


def has_odd_date(case: Case) -> bool:
    """Return whether the source gives a date that does not exist, or in another form."""
    try:
        date.fromisoformat(case.proposal.date or "2020-01-01")
    except ValueError:
        return True
    return False


def outcome_of(cases: Sequence[Case]) -> Outcome:
    """Return the outcome of a scene from its sources' answers, in the order of asking."""
    kinds = [case.kind for case in cases]
    if "trusted" in kinds:
        return Outcome.APPLIED
    if "low" in kinds:
        return Outcome.TRIAGED
    return Outcome.FAILED if "failing" in kinds else Outcome.SKIPPED


class SourceCases:
    """The cases of a server; on a real server they are found out as they are needed.

    ``run`` carries out coroutines; ``library`` is that of the sandbox.
    """

    def __init__(
        self,
        client: StashClient,
        settings: Settings,
        run: Callable[..., Any],
        library: PracticeLibrary | None,
    ) -> None:
        self._client = client
        self._settings = settings
        self._run = run
        self._library = library
        self._scenes: tuple[Scene, ...] | None = None
        self._sources: tuple[Source, ...] | None = None
        self._slow: dict[str, bool] = {}
        self._cases: dict[tuple[str, str], Case] = {}

    @property
    def scenes(self) -> tuple[Scene, ...]:
        """The scenes that are not organized, as they were when the session began."""
        if self._scenes is None:
            self._scenes = tuple(self._run(self._unorganized()))[:MAX_SCENES]
            if self._library is not None:
                self._cases = dict(self._written_down(self._library))
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
        """Return whether the source takes its time.

        On a real server it must do so twice: a busy machine is slow for once.
        """
        if self._library is not None:
            return source.key == "slow"
        if source.key not in self._slow:
            self._slow[source.key] = all(self._takes_time(source) for _ in range(2))
        return self._slow[source.key]

    @property
    def fast(self) -> Iterator[Source]:
        """The sources that do not take their time."""
        return (source for source in self.sources if not self.is_slow(source))

    def case(self, source: Source, scene: Scene) -> Case:
        """Return the source's answer about the scene."""
        assert self.scenes
        key = (source.key, scene.id)
        if key not in self._cases:
            self._cases[key] = (
                self._run(self._ask(source, scene))
                if self._library is None
                else Case(scene, source, "unclear")
            )
        return self._cases[key]

    def of(self, source: Source) -> list[Case]:
        """Return the source's answers about all scenes."""
        missing = [scene for scene in self.scenes if (source.key, scene.id) not in self._cases]
        if missing and self._library is None:
            for case in self._run(self._ask_all(source, missing)):
                self._cases[source.key, case.scene.id] = case
        return [self.case(source, scene) for scene in self.scenes]

    def first(self, kind: Kind, where: Where = lambda _: True, *, what: str = "") -> Case:
        """Return the case with the richest plan of the first source that has any such.

        The test is skipped where the server has none; ``what`` says what was looked for.
        """
        return self.some(kind, 1, where, what=what)[0]

    def pair(self, kind: Kind, where: Where = lambda _: True) -> tuple[Case, Case]:
        """Return two such cases of the same source and of different scenes."""
        first, second = self.some(kind, 2, where)
        return first, second

    def some(
        self, kind: Kind, count: int, where: Where = lambda _: True, *, what: str = ""
    ) -> list[Case]:
        """Return ``count`` such cases of a single source, richest plans first."""
        for source in self.fast:
            found = [case for case in self.of(source) if case.kind == kind and where(case)]
            if len(found) >= count:
                return sorted(found, key=lambda case: -len(case.changes))[:count]
        pytest.skip(f"this Stash has no source with {count} scene(s) for: {what or kind}")

    def all(self, kind: Kind, where: Where = lambda _: True) -> list[Case]:
        """Return the cases of all fast sources for which ``where`` holds, richest plans first."""
        found = [case for case in self.cases if case.kind == kind and where(case)]
        return sorted(found, key=lambda case: -len(case.changes))

    def agreed(self, where: Where = lambda _: True) -> tuple[Case, Case]:
        """Return the trusted answers of two sources about the same scene, the richer case first.

        ``where`` chooses by the richer case.
        """
        trusted: dict[str, list[Case]] = {}
        for case in self.all("trusted"):
            trusted.setdefault(case.scene.id, []).append(case)
        for cases in trusted.values():
            if len(cases) > 1 and where(cases[0]):
                return cases[0], cases[1]
        pytest.skip("this Stash has no scene that two sources know")

    def with_cover(self) -> Case:
        """Return a case whose source brings a picture.

        Runs with ``ANY_STUDIO`` trust it: the practice source with pictures names other studios.
        """
        for case in (*self.all("trusted"), *self.all("low")):
            if case.proposal.cover:
                return case
        pytest.skip("this Stash has no proposal with a cover")

    @property
    def cases(self) -> list[Case]:
        """The answers of all fast sources about all scenes."""
        return [case for source in self.fast for case in self.of(source)]

    def slow_source(self) -> Source:
        """Return a source that takes its time."""
        for source in self.sources:
            if self.is_slow(source):
                return source
        pytest.skip(f"this Stash has no source that takes {SLOW_S} s to answer")

    def source_names(self, *kinds: Kind) -> list[str]:
        """Return the names of the fast sources with cases of all the kinds, best ones first."""
        return [
            source.name
            for source in self.most_trusted()
            if set(kinds) <= {case.kind for case in self.of(source)}
        ]

    def most_trusted(self) -> list[Source]:
        """Return the fast sources with trusted proposals, those with most of them first."""
        counts = {
            source.key: [case.kind for case in self.of(source)].count("trusted")
            for source in self.fast
        }
        by_key = {source.key: source for source in self.sources}
        best = sorted((key for key in counts if counts[key]), key=lambda key: -counts[key])
        if not best:
            pytest.skip("this Stash has no source with a trusted proposal")
        return [by_key[key] for key in best]

    # -- the sandbox

    def _written_down(self, library: PracticeLibrary) -> Iterator[tuple[tuple[str, str], Case]]:
        scenes = {scene.id: scene for scene in self.scenes}
        sources = {source.key: source for source in self.sources}
        ids: dict[FieldName, dict[str, str]] = {
            FieldName.STUDIO: {each.name: each.id for each in library.studios.values()},
            FieldName.PERFORMERS: {each.name: each.id for each in library.performers.values()},
            FieldName.TAGS: {each.name: each.id for each in library.tags.values()},
            FieldName.GROUPS: {each.name: each.id for each in library.groups.values()},
        }
        for row in expectations(library.truth):
            scene, source = scenes[row.scene], sources[row.source]
            yield (
                (source.key, scene.id),
                Case(
                    scene,
                    source,
                    row.kind,
                    _plan(row, scene, source, ids),
                    self._scraper(source, scene),
                ),
            )

    def _scraper(self, source: Source, scene: Scene) -> Callable[[], Proposal | None]:
        def scrape() -> Proposal | None:
            found = self._run(self._client.scrape_single_scene(source, scene.id))
            return found[0] if found else None

        return scrape

    # -- a real server

    async def _unorganized(self) -> list[Scene]:
        return [scene async for scene in self._client.iter_scenes({"organized": False})]

    def _takes_time(self, source: Source) -> bool:
        started = time.monotonic()
        self._cases[source.key, self.scenes[0].id] = self._run(self._ask(source, self.scenes[0]))
        return time.monotonic() - started >= SLOW_S

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
            return Case(scene, source, "empty")
        lookups: dict[tuple[FieldName, str], str] = {}
        for name, ids in _stored_ids(proposal):
            names = await self._client.entity_names(EntityKind.of_field(name), ids)
            lookups |= {(name, key): shown for key, shown in names.items()}
        plan = make_plan(scene, proposal, settings.fields, organize=True, names=lookups)
        facts = read_scene_facts(scene, settings.filenames)
        judgement = score_proposal(proposal, facts, settings.weights)
        kind: Kind = "trusted" if judgement.accepted else "low"
        return Case(scene, source, kind, plan, lambda: proposal)


def _plan(
    row: Expectation, scene: Scene, source: Source, ids: dict[FieldName, dict[str, str]]
) -> Plan | None:
    """Return the plan that was written down, with entities as Stash names them."""
    if not row.changes and not row.omitted:
        return None

    def value(field: FieldName, planned: Any) -> Any:
        if field not in ids:
            return planned
        if field is FieldName.STUDIO:
            return {"id": ids[field][planned], "name": planned}
        more = {"scene_index": None} if field is FieldName.GROUPS else {}
        return [{"id": ids[field][name], "name": name, **more} for name in planned]

    return Plan(
        scene_id=scene.id,
        source=source.name,
        changes=tuple(
            Change(
                field=FieldName(name),
                before=scene.value(FieldName(name)),
                after=value(FieldName(name), planned),
            )
            for name, planned in row.changes.items()
        ),
        omitted=tuple(
            Omission(
                field=FieldName(field),
                name=name,
                kind=OmissionKind.INVALID_VALUE if field == "date" else OmissionKind.NOT_IN_STASH,
                reason="",
            )
            for field, name in row.omitted
        ),
        organize=True,
    )


def _stored_ids(proposal: Proposal) -> Iterator[tuple[FieldName, list[str]]]:
    studio = (proposal.studio,) if proposal.studio else ()
    for name, entities in (
        (FieldName.STUDIO, studio),
        (FieldName.PERFORMERS, proposal.performers),
        (FieldName.TAGS, proposal.tags),
        (FieldName.GROUPS, proposal.groups),
    ):
        yield name, [entity.stored_id for entity in entities if entity.stored_id]
