"""Entities of a library: listed page by page, and found by name without listing them all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import pytest

from stashbot.decide.planning.entity_index import LibraryEntity
from stashbot.models import EntityKind
from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.settings import StashSettings
from stashbot.stash import entity_library
from stashbot.stash.client import StashClient, open_stash
from stashbot.stash.entity_library import EntityLibrary, find_entity_by_name, iter_entities
from tests.stash.scripted_server import data, introduction, scripted

T = TypeVar("T")


def using(url: str, work: Callable[[StashClient], Awaitable[T]]) -> T:
    """Run ``work`` with a client of the server at ``url``."""

    async def run() -> T:
        async with open_stash(StashSettings(url=url)) as client:
            return await work(client)

    return asyncio.run(run())


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Run a practice Stash with four tags and a performer beside its own."""
    with Sandbox(SandboxOptions()) as sandbox:
        library = sandbox.library
        tags, performers = library.tags, library.performers
        tag, performer = type(next(iter(tags.values()))), type(next(iter(performers.values())))
        for values in (
            {"name": "low tide"},
            {"name": "Low Tide at Dawn", "aliases": ["Ebb"]},
            {"name": 'The "Big" One', "aliases": ["low TIDE 2"]},
            {"name": "100%_Sea"},
        ):
            library.create(tags, tag, **values)
        library.create(performers, performer, name="Ada Unique", alias_list=["A. Unique"])
        yield sandbox


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("low tide", "low tide"),
        ("Low Tide", "low tide"),
        ("LOW TIDE AT DAWN", "Low Tide at Dawn"),
        ("Ebb", "Low Tide at Dawn"),
        ("ebb", "Low Tide at Dawn"),
        ("Low Tide 2", 'The "Big" One'),
        ('The "Big" One', 'The "Big" One'),
        ("100%_Sea", "100%_Sea"),
        ("Tide", None),
        ("low tide at", None),
        ('"', None),
    ],
)
def test_a_tag_is_found_by_its_name_or_an_alias(
    sandbox: Sandbox, name: str, found: str | None
) -> None:
    """Exactly, or else in another case; never by a part of its name."""
    entity = using(sandbox.url, lambda c: find_entity_by_name(c, EntityKind.TAG, name))
    assert (entity.name if entity else None) == found


def test_a_performer_is_found_by_an_alias(sandbox: Sandbox) -> None:
    """Stash's schema has another name for the aliases of performers."""
    entity = using(sandbox.url, lambda c: find_entity_by_name(c, EntityKind.PERFORMER, "A. Unique"))
    assert entity is not None
    assert (entity.name, entity.aliases) == ("Ada Unique", ("A. Unique",))


TIDES: list[dict[str, Any]] = [
    {"id": "1", "name": "tide", "aliases": []},
    {"id": "2", "name": "Other", "aliases": ["Tide"]},
    {"id": "3", "name": "Tide", "aliases": []},
    {"id": "4", "name": "Tide", "aliases": []},
]


@pytest.mark.parametrize(
    ("kept", "expected"), [(TIDES, "3"), (TIDES[:2], "2"), (TIDES[:1], "1"), ([], None)]
)
def test_the_exact_spelling_goes_first_then_the_oldest(
    kept: list[dict[str, Any]], expected: str | None
) -> None:
    """A name before an alias, and both before another case."""
    with scripted() as server:
        server.on("Library", data({"findTags": {"count": len(kept), "tags": kept}}))
        entity = using(server.url, lambda c: find_entity_by_name(c, EntityKind.TAG, "Tide"))
        assert (entity.id if entity else None) == expected
        assert server.last("Library").json["variables"]["filter"]["q"] == '"Tide"'


@pytest.mark.parametrize(
    ("version", "query"), [("v0.26.2", "findMovies"), ("v0.30.1", "findGroups")]
)
def test_groups_are_movies_before_0_27(version: str, query: str) -> None:
    """The old name of the query, and of the list in its result."""
    items = query.removeprefix("find").lower()
    with scripted() as server:
        server.on("ServerInfo", introduction(version=version))
        answer = {"count": 1, items: [{"id": "5", "name": "Season", "aliases": "A, B"}]}
        server.on("Library", data({query: answer}))

        async def read(client: StashClient) -> list[tuple[str, tuple[str, ...]]]:
            return [(e.name, e.aliases) async for e in iter_entities(client, EntityKind.GROUP)]

        assert using(server.url, read) == [("Season", ("A", "B"))]


def test_a_library_reads_each_kind_once(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it is invalidated; what a dry run would create counts as there."""
    monkeypatch.setattr(entity_library, "PAGE", 3)
    monkeypatch.setattr(
        entity_library, "iter_entities", counted := _Counted(entity_library.iter_entities)
    )

    async def work(client: StashClient) -> None:
        library = EntityLibrary(client)
        index = await library.of(EntityKind.TAG)
        assert index.has("low tide")
        assert await library.of(EntityKind.TAG) is index
        planned = LibraryEntity(id="new:Dusk", name="Dusk")
        await library.add_planned(EntityKind.TAG, planned)
        assert (await library.of(EntityKind.TAG)).has("Dusk")
        assert counted.calls == 1
        library.invalidate(EntityKind.TAG)
        assert not (await library.of(EntityKind.TAG)).has("Dusk")
        assert counted.calls == 2

    using(sandbox.url, work)


class _Counted:
    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.calls = 0

    def __call__(self, *args: Any, **options: Any) -> Any:
        self.calls += 1
        return self.function(*args, **options)
