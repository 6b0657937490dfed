"""Comparison of a run with the truth: the figures of ``judgement.py`` and its test.

The truth is known by file name. A scene is *knowable* if a source answers with nothing but the
truth (to a scrape of the scene, or a search for its true title) and the scene itself shows two
facts or more by which a person would recognize it: title, date, studio or a performer, including
title or date.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stashbot.errors import GraphQLError, ScrapeFailed
from stashbot.models import Model, Outcome, Proposal, Scene, SceneResult, Source
from stashbot.stash import documents
from stashbot.stash.client import StashClient
from stashbot.stash.scraped_scene import parse_scrape_answer

KINDS = ("studio", "performers", "tags", "groups")
_MIN_FACTS = 2
_CONCURRENT = 3
_DIGITS = re.compile(r"(?<!\d)(\d{4}|\d{2})[-._]?(\d{2})[-._]?(\d{2})(?!\d)")
_ENTITIES = """
query Entities($all: FindFilterType) {
  findStudios(filter: $all) { studios { id name aliases } }
  findPerformers(filter: $all) { performers { id name disambiguation alias_list } }
  findTags(filter: $all) { tags { id name aliases } }
  findGroups(filter: $all) { groups { id name aliases } }
}
"""
ROOTS = {
    "studio": ("findStudios", "studios"),
    "performers": ("findPerformers", "performers"),
    "tags": ("findTags", "tags"),
    "groups": ("findGroups", "groups"),
}


class Truth(Model):
    """The true facts of a scene."""

    title: str
    date: str
    studio: str
    performers: tuple[str, ...]
    tags: tuple[str, ...]
    groups: tuple[str, ...] = ()

    def names(self, kind: str) -> tuple[str, ...]:
        """Return the true names of a kind of entity."""
        value: str | tuple[str, ...] = getattr(self, kind)
        return (value,) if isinstance(value, str) else value


class Named(Model):
    """An entity in Stash; ``names`` are its name and its aliases.

    ``also`` is the disambiguation of performers of the same name.
    """

    id: str
    names: tuple[str, ...]
    also: str = ""


Entities = dict[str, dict[str, Named]]


@dataclass(kw_only=True)
class State:
    """Scenes and entities of a Stash at a moment."""

    scenes: dict[str, Scene]
    entities: Entities


@dataclass(kw_only=True)
class Count:
    """How many were done and how many of those rightly; how many were wanted and met."""

    done: int = 0
    right: int = 0
    wanted: int = 0
    met: int = 0

    @property
    def precision(self) -> float | None:
        """The share of right results among those done."""
        return self.right / self.done if self.done else None

    @property
    def recall(self) -> float | None:
        """The share of wanted results that were done rightly."""
        return self.met / self.wanted if self.wanted else None


@dataclass(kw_only=True)
class Figures:
    """Figures of a run. Texts name scenes by id and file.

    ``surplus`` are scenes applied rightly although they are not knowable, ``invented`` are created
    entities that no scene has.
    """

    scenes: int
    applying: Count = field(default_factory=Count)
    linking: Count = field(default_factory=Count)
    creating: Count = field(default_factory=Count)
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    surplus: list[str] = field(default_factory=list)
    twins: list[str] = field(default_factory=list)
    unlinked: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)


def fold(text: str) -> str:
    """Return a name without case, accents, punctuation and spaces."""
    return "".join(_words(text))


def _words(text: str) -> list[str]:
    bare = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return "".join(letter if letter.isalnum() else " " for letter in letters).split()


async def read_state(client: StashClient) -> State:
    """Return everything that a run can change."""
    scenes = {scene.id: scene async for scene in client.iter_scenes()}
    data = await client.transport.execute(_ENTITIES, {"all": {"per_page": -1}})
    entities: Entities = {}
    for kind, (root, inner) in ROOTS.items():
        entities[kind] = {
            found["id"]: Named(
                id=found["id"],
                names=(found["name"], *_aliases(found)),
                also=found.get("disambiguation") or "",
            )
            for found in data[root][inner]
        }
    return State(scenes=scenes, entities=entities)


def _aliases(entity: Mapping[str, Any]) -> tuple[str, ...]:
    aliases = entity.get("alias_list") or entity.get("aliases") or ()
    parts = aliases.split(",") if isinstance(aliases, str) else aliases
    return tuple(part.strip() for part in parts if part.strip())


def recognizable_facts(scene: Scene, truth: Truth, state: State) -> frozenset[str]:
    """Return the true facts that the scene's metadata or file name show."""
    stem = scene.file.basename.rsplit(".", 1)[0] if scene.file else ""
    texts = [_words(text) for text in (stem, scene.title or "")]
    numbered = truth.title.partition(":")[0]
    studios = [truth.studio] + [
        name
        for studio in state.entities["studio"].values()
        if truth.studio in studio.names
        for name in studio.names
    ]
    days = {f"{year[-2:]}-{month}-{day}" for year, month, day in _DIGITS.findall(stem)}
    performers = {performer.name for performer in scene.performers}
    shown = {
        "title": any(_within(_words(title), texts) for title in (truth.title, numbered)),
        "date": truth.date == scene.date or truth.date[2:] in days,
        "studio": bool(scene.studio and scene.studio.name == truth.studio)
        or any(_within(_words(name), texts) for name in studios),
        "performers": bool(performers & {*truth.performers})
        or any(_within(_words(name), texts) for name in truth.performers),
    }
    return frozenset(fact for fact, is_shown in shown.items() if is_shown)


def is_recognizable(facts: frozenset[str]) -> bool:
    """Return whether a person would recognize a scene by these facts."""
    return len(facts) >= _MIN_FACTS and bool(facts & {"title", "date"})


def _within(wanted: list[str], texts: Iterable[list[str]]) -> bool:
    return bool(wanted) and any(
        text[at : at + len(wanted)] == wanted
        for text in texts
        for at in range(len(text) - len(wanted) + 1)
    )


async def truthfully_answered(
    client: StashClient, sources: Sequence[Source], state: State, truths: Mapping[str, Truth]
) -> frozenset[str]:
    """Return the scenes for which a source answers only with the truth; write nothing."""
    limit = asyncio.Semaphore(_CONCURRENT)

    async def is_answered(scene: Scene, truth: Truth) -> bool:
        async with limit:
            for by_title in (False, True):
                for source in sources:
                    if by_title and not source.query:
                        continue
                    title = truth.title if by_title else None
                    for proposal in await _scrape(client, source, scene, title):
                        if _is_true(proposal, truth, state, whole=not by_title):
                            return True
        return False

    scenes = [scene for scene in state.scenes.values() if scene.id in truths]
    answers = await asyncio.gather(*(is_answered(scene, truths[scene.id]) for scene in scenes))
    return frozenset(scene.id for scene, is_true in zip(scenes, answers, strict=True) if is_true)


async def _scrape(
    client: StashClient, source: Source, scene: Scene, title: str | None
) -> tuple[Proposal, ...]:
    try:
        if title is None:
            return await client.scrape_single_scene(source, scene.id)
        document = documents.scrape_single_scene(client.server.release)
        key = "scraper_id" if source.kind == "scraper" else "stash_box_endpoint"
        variables = {"source": {key: source.key}, "input": {"query": title}}
        data = await client.transport.execute(document, variables, retry=False)
        return parse_scrape_answer(source, {"data": data})
    except (ScrapeFailed, GraphQLError):
        return ()


def _is_true(proposal: Proposal, truth: Truth, state: State, *, whole: bool) -> bool:
    """Return whether a proposal is true; ``whole`` compares studio and performers, too.

    Lists of search results have neither.
    """
    if fold(proposal.title or "") != fold(truth.title) or proposal.date != truth.date:
        return False
    performers = {fold(performer.name) for performer in proposal.performers}
    return not whole or (
        performers == {fold(name) for name in truth.performers}
        and proposal.studio is not None
        and _is_studio(proposal.studio.name, truth.studio, state)
    )


def _is_studio(name: str, true: str, state: State) -> bool:
    known = (studio.names for studio in state.entities["studio"].values() if true in studio.names)
    return fold(name) in {fold(alias) for names in known for alias in names} | {fold(true)}


def compare(
    before: State,
    after: State,
    results: Sequence[SceneResult],
    truths: Mapping[str, Truth],
    knowable: frozenset[str],
) -> Figures:
    """Return the figures of a run over these scenes."""
    figures = Figures(scenes=len(results))
    for result in results:
        truth = truths[result.id]
        wanted = result.id in knowable
        figures.applying.wanted += wanted
        file = before.scenes[result.id].file
        label = f"{result.id} {file.basename if file else result.name}"
        if result.outcome is not Outcome.APPLIED:
            if wanted:
                figures.missed.append(f"{label}: {result.outcome.value}, {result.reason}")
            continue
        scene = after.scenes[result.id]
        false = list(_untruths(result, scene, truth))
        figures.applying.done += 1
        figures.applying.right += not false
        figures.applying.met += wanted and not false
        if false:
            figures.wrong.append(f"{label} ({result.source}): {'; '.join(false)}")
        elif not wanted:
            figures.surplus.append(f"{label} ({result.source})")
        _count_links(figures, label, before, scene, truth)
    _count_created(figures, before, after, results, truths)
    return figures


def _untruths(result: SceneResult, scene: Scene, truth: Truth) -> Iterable[str]:
    """Yield each change of the run that is not true."""
    if "title" in result.changes and fold(scene.title or "") != fold(truth.title):
        yield f"title {(scene.title or '')[:60]!r} for {truth.title!r}"
    if "date" in result.changes and scene.date != truth.date:
        yield f"date {scene.date} for {truth.date}"
    for kind in KINDS:
        if kind not in result.changes or (kind == "groups" and not truth.groups):
            continue
        names = _names(scene, kind)
        if extra := [name for name in names if name not in truth.names(kind)]:
            yield f"{kind} {', '.join(extra)}, true are {', '.join(truth.names(kind))}"


def _names(scene: Scene, kind: str) -> list[str]:
    if kind == "studio":
        return [scene.studio.name] if scene.studio else []
    return [entity.name for entity in getattr(scene, kind)]


def _count_links(figures: Figures, label: str, before: State, scene: Scene, truth: Truth) -> None:
    """Count the links of a scene to entities that Stash had before."""
    count = figures.linking
    for kind in KINDS:
        known = {entity.names[0] for entity in before.entities[kind].values()}
        old = _names(before.scenes[scene.id], kind)
        names = [name for name in _names(scene, kind) if name in known]
        new = [name for name in names if name not in old]
        true = truth.names(kind)
        count.done += len(new)
        count.right += sum(name in true for name in new)
        wanted = [name for name in true if name in known and name not in old]
        count.wanted += len(wanted)
        count.met += sum(name in names for name in wanted)
        figures.unlinked += [f"{label}: {kind} {name}" for name in wanted if name not in names]


def _count_created(
    figures: Figures,
    before: State,
    after: State,
    results: Sequence[SceneResult],
    truths: Mapping[str, Truth],
) -> None:
    applied = [truths[result.id] for result in results if result.outcome is Outcome.APPLIED]
    for kind in KINDS:
        old = before.entities[kind]
        known = {name for entity in old.values() for name in entity.names}
        true = {name for truth in truths.values() for name in truth.names(kind)}
        needed = {name for truth in applied for name in truth.names(kind)} - known
        new = [entity for entity in after.entities[kind].values() if entity.id not in old]
        names = [entity.names[0] for entity in new]
        twins = [entity for entity in new if _has_twin(entity, after.entities[kind].values())]
        figures.twins += [f"{kind}: {entity.names[0]}" for entity in twins]
        figures.creating.done += len(new)
        figures.creating.right += sum(
            entity.names[0] in true and entity not in twins for entity in new
        )
        figures.creating.wanted += len(needed)
        figures.creating.met += sum(name in names for name in needed)
        figures.invented += [f"{kind}: {name}" for name in names if name not in true]


def _has_twin(entity: Named, entities: Iterable[Named]) -> bool:
    """Return whether another entity has a name that is equal when folded."""
    names = {fold(name) for name in entity.names}
    return any(
        other.id != entity.id and not names.isdisjoint(fold(name) for name in other.names)
        for other in entities
    )
