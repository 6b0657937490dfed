"""What a run did, held against what is true: the figures behind ``judgement.py`` and its test.

The truth is known by file name. A scene is *knowable* when a source tells nothing but the truth of
it (asked by the scene, or by its true title) and the scene itself says two things or more by which
a person would know it: title, date, studio or a performer, the title or the date among them.
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
_FEWEST_PIECES = 2
_AT_ONCE = 3
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
    """What a scene really is."""

    title: str
    date: str
    studio: str
    performers: tuple[str, ...]
    tags: tuple[str, ...]
    groups: tuple[str, ...] = ()

    def names(self, kind: str) -> tuple[str, ...]:
        """The names that a scene should carry of a kind."""
        value: str | tuple[str, ...] = getattr(self, kind)
        return (value,) if isinstance(value, str) else value


class Named(Model):
    """An entity that Stash has: ``names`` are its name and its aliases.

    ``also`` tells performers of one name apart.
    """

    id: str
    names: tuple[str, ...]
    also: str = ""


Entities = dict[str, dict[str, Named]]


@dataclass(kw_only=True)
class State:
    """Scenes and entities of a Stash at one moment."""

    scenes: dict[str, Scene]
    entities: Entities


@dataclass(kw_only=True)
class Count:
    """How many were done, how many of them rightly, and how many there were to do."""

    done: int = 0
    right: int = 0
    wanted: int = 0
    met: int = 0

    @property
    def precision(self) -> float | None:
        """The share of right ones among those done."""
        return self.right / self.done if self.done else None

    @property
    def recall(self) -> float | None:
        """The share of those to do that were done rightly."""
        return self.met / self.wanted if self.wanted else None


@dataclass(kw_only=True)
class Figures:
    """What a run came to. Texts name scenes by id and file.

    ``surplus`` are scenes applied rightly though nobody could have known them, ``invented`` are
    created entities that no scene has.
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


def plain(text: str) -> str:
    """A name without case, accents, punctuation and spaces: what is equal so looks alike."""
    return "".join(_words(text))


def _words(text: str) -> list[str]:
    bare = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(one for one in bare if not unicodedata.combining(one))
    return "".join(one if one.isalnum() else " " for one in letters).split()


async def read_state(client: StashClient) -> State:
    """Everything that a run may change."""
    scenes = {scene.id: scene async for scene in client.iter_scenes()}
    data = await client.transport.execute(_ENTITIES, {"all": {"per_page": -1}})
    entities: Entities = {}
    for kind, (root, inner) in ROOTS.items():
        entities[kind] = {
            one["id"]: Named(
                id=one["id"],
                names=(one["name"], *_aliases(one)),
                also=one.get("disambiguation") or "",
            )
            for one in data[root][inner]
        }
    return State(scenes=scenes, entities=entities)


def _aliases(one: Mapping[str, Any]) -> tuple[str, ...]:
    held = one.get("alias_list") or one.get("aliases") or ()
    parts = held.split(",") if isinstance(held, str) else held
    return tuple(part.strip() for part in parts if part.strip())


def pieces(scene: Scene, truth: Truth, state: State) -> frozenset[str]:
    """Which pieces of the truth the scene itself says, by its metadata or its file name."""
    stem = scene.file.basename.rsplit(".", 1)[0] if scene.file else ""
    texts = [_words(text) for text in (stem, scene.title or "")]
    numbered = truth.title.partition(":")[0]
    studios = [truth.studio] + [
        name
        for one in state.entities["studio"].values()
        if truth.studio in one.names
        for name in one.names
    ]
    days = {f"{year[-2:]}-{month}-{day}" for year, month, day in _DIGITS.findall(stem)}
    held = {
        "title": any(_within(_words(one), texts) for one in (truth.title, numbered)),
        "date": truth.date in {scene.date} or truth.date[2:] in days,
        "studio": bool(scene.studio and scene.studio.name == truth.studio)
        or any(_within(_words(one), texts) for one in studios),
        "performers": bool({one.name for one in scene.performers} & {*truth.performers})
        or any(_within(_words(one), texts) for one in truth.performers),
    }
    return frozenset(name for name, found in held.items() if found)


def is_known(found: frozenset[str]) -> bool:
    """Whether a person would know the scene by these pieces."""
    return len(found) >= _FEWEST_PIECES and bool(found & {"title", "date"})


def _within(wanted: list[str], texts: Iterable[list[str]]) -> bool:
    return bool(wanted) and any(
        text[at : at + len(wanted)] == wanted
        for text in texts
        for at in range(len(text) - len(wanted) + 1)
    )


async def told(
    client: StashClient, sources: Sequence[Source], state: State, truths: Mapping[str, Truth]
) -> frozenset[str]:
    """The scenes of which a source tells nothing but the truth; changes nothing."""
    limit = asyncio.Semaphore(_AT_ONCE)

    async def is_told(scene: Scene, truth: Truth) -> bool:
        async with limit:
            for by_title in (False, True):
                for source in sources:
                    if by_title and not source.query:
                        continue
                    said = await _asked(client, source, scene, truth.title if by_title else None)
                    if any(_says_the_truth(one, truth, state, whole=not by_title) for one in said):
                        return True
        return False

    asked = [(scene, truths[scene.id]) for scene in state.scenes.values() if scene.id in truths]
    answers = await asyncio.gather(*(is_told(scene, truth) for scene, truth in asked))
    return frozenset(scene.id for (scene, _), answer in zip(asked, answers, strict=True) if answer)


async def _asked(
    client: StashClient, source: Source, scene: Scene, title: str | None
) -> tuple[Proposal, ...]:
    try:
        if title is None:
            return await client.scrape_single_scene(source, scene.id)
        document = documents.scrape_single_scene(client.server.release)
        which = "scraper_id" if source.kind == "scraper" else "stash_box_endpoint"
        variables = {"source": {which: source.key}, "input": {"query": title}}
        data = await client.transport.execute(document, variables, retry=False)
        return parse_scrape_answer(source, {"data": data})
    except (ScrapeFailed, GraphQLError):
        return ()


def _says_the_truth(proposal: Proposal, truth: Truth, state: State, *, whole: bool) -> bool:
    """``whole`` asks for the performers too, which lists of search results do not give."""
    if plain(proposal.title or "") != plain(truth.title) or proposal.date != truth.date:
        return False
    return not whole or (
        {plain(one.name) for one in proposal.performers} == {plain(one) for one in truth.performers}
        and proposal.studio is not None
        and _is_studio(proposal.studio.name, truth.studio, state)
    )


def _is_studio(name: str, true: str, state: State) -> bool:
    known = (one.names for one in state.entities["studio"].values() if true in one.names)
    return plain(name) in {plain(one) for names in known for one in names} | {plain(true)}


def compare(
    before: State,
    after: State,
    results: Sequence[SceneResult],
    truths: Mapping[str, Truth],
    knowable: frozenset[str],
) -> Figures:
    """The figures of a run over these scenes."""
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
        held = after.scenes[result.id]
        false = list(_false(result, held, truth))
        figures.applying.done += 1
        figures.applying.right += not false
        figures.applying.met += wanted and not false
        if false:
            figures.wrong.append(f"{label} ({result.source}): {'; '.join(false)}")
        elif not wanted:
            figures.surplus.append(f"{label} ({result.source})")
        _count_links(figures, label, before, held, truth)
    _count_created(figures, before, after, results, truths)
    return figures


def _false(result: SceneResult, held: Scene, truth: Truth) -> Iterable[str]:
    """What the run wrote and is not true, of all by which a scene is known."""
    if "title" in result.changes and plain(held.title or "") != plain(truth.title):
        yield f"title {(held.title or '')[:60]!r} for {truth.title!r}"
    if "date" in result.changes and held.date != truth.date:
        yield f"date {held.date} for {truth.date}"
    for kind in KINDS:
        if kind not in result.changes or (kind == "groups" and not truth.groups):
            continue
        names = _names(held, kind)
        if extra := [name for name in names if name not in truth.names(kind)]:
            yield f"{kind} {', '.join(extra)}, true are {', '.join(truth.names(kind))}"


def _names(scene: Scene, kind: str) -> list[str]:
    if kind == "studio":
        return [scene.studio.name] if scene.studio else []
    return [one.name for one in getattr(scene, kind)]


def _count_links(figures: Figures, label: str, before: State, held: Scene, truth: Truth) -> None:
    """Entities that Stash had before, and that the scene carries now."""
    count = figures.linking
    for kind in KINDS:
        known = {one.names[0] for one in before.entities[kind].values()}
        was = _names(before.scenes[held.id], kind)
        names = [name for name in _names(held, kind) if name in known]
        new = [name for name in names if name not in was]
        true = truth.names(kind)
        count.done += len(new)
        count.right += sum(name in true for name in new)
        wanted = [name for name in true if name in known and name not in was]
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
    applied = [truths[one.id] for one in results if one.outcome is Outcome.APPLIED]
    for kind in KINDS:
        held = {name for one in before.entities[kind].values() for name in one.names}
        true = {name for truth in truths.values() for name in truth.names(kind)}
        needed = {name for truth in applied for name in truth.names(kind)} - held
        new = [one for one in after.entities[kind].values() if one.id not in before.entities[kind]]
        names = [one.names[0] for one in new]
        twins = [
            one for one in new if any(_twin(one, other) for other in _others(one, after, kind))
        ]
        figures.twins += [f"{kind}: {one.names[0]}" for one in twins]
        figures.creating.done += len(new)
        figures.creating.right += sum(one.names[0] in true and one not in twins for one in new)
        figures.creating.wanted += len(needed)
        figures.creating.met += sum(name in names for name in needed)
        figures.invented += [f"{kind}: {name}" for name in names if name not in true]


def _others(one: Named, state: State, kind: str) -> list[Named]:
    return [other for other in state.entities[kind].values() if other.id != one.id]


def _twin(one: Named, other: Named) -> bool:
    return bool({plain(name) for name in one.names} & {plain(name) for name in other.names})
