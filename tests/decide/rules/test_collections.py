"""Collections: who is added and who is removed, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from stashbot.decide.rules.collections import Collection, read_collections
from stashbot.errors import ConfigError
from stashbot.models import Entity, GroupEntry, Scene
from stashbot.settings import CollectionSettings
from tests.decide.strategies import scenes as any_scene


def one(name: str = "Winter", where: str = 'title == "Snow"', **more: Any) -> Collection:
    return read_collections({name: CollectionSettings(where=where, **more)})[0]


def scene(number: int, *tags: str, title: str | None = None, **more: Any) -> Scene:
    held = tuple(Entity(id=str(at), name=name) for at, name in enumerate(tags))
    return Scene.model_validate({"id": str(number), "title": title, "tags": held, **more})


def test_the_difference_is_who_changes() -> None:
    """Matching scenes without the tag get it, others that bear it lose it, the rest stays."""
    diff = one().diff(
        [
            scene(1, title="Snow"),
            scene(2, "winter", title="Snow"),
            scene(3, "Winter"),
            scene(4, "Other"),
        ]
    )
    assert (diff.add, diff.remove, diff.kept) == (("1",), ("3",), 1)
    assert not diff.empty


def test_a_collection_that_only_adds_removes_nobody() -> None:
    """With ``adds_only`` a scene that no longer matches stays."""
    diff = one(adds_only=True).diff([scene(1, title="Snow"), scene(3, "Winter")])
    assert (diff.add, diff.remove, diff.kept) == (("1",), (), 1)


def test_a_collection_may_be_a_group() -> None:
    """A tag of its name makes no member then."""
    group = (GroupEntry(id="1", name="Winter", scene_index=3),)
    diff = one(kind="group").diff([scene(1, "Winter", title="Snow"), scene(2, groups=group)])
    assert (diff.kind, diff.add, diff.remove) == ("group", ("1",), ("2",))


def test_without_scenes_there_is_nothing_to_do() -> None:
    """Scenes that are not given are not touched."""
    assert one().diff([]).empty


@pytest.mark.parametrize(
    ("tables", "why"),
    [
        ({"": "true"}, "has no name"),
        ({"Winter": "true", "WINTER": "true"}, "they are one"),
        ({"Winter": "studo == 1"}, "no field 'studo'"),
        ({"Winter": 'not ("winter" in tags)'}, "defined by itself"),
    ],
)
def test_what_cannot_be_a_collection_is_refused(tables: dict[str, str], why: str) -> None:
    """With the key of the settings; one defined by its own tag would change at every update."""
    made = {name: CollectionSettings(where=where) for name, where in tables.items()}
    with pytest.raises(ConfigError, match=why) as caught:
        read_collections(made)
    assert caught.value.fields["key"] == f"collections.{list(tables)[-1]}"


@given(made=any_scene)
def test_an_update_is_the_last(made: Scene) -> None:
    """After the difference was carried out there is none, whatever the scene."""
    held = one(where="organized or duration > 500")
    diff = held.diff([made])
    tags = tuple(tag for tag in made.tags if tag.name != held.name or not diff.remove)
    if diff.add:
        tags += (Entity(id="99", name=held.name),)
    assert held.diff([made.model_copy(update={"tags": tags})]).empty
