"""Smart collections: the scenes to add and to remove, and no others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from stashbot.decide.rules.collections import Collection, compile_collections
from stashbot.errors import ConfigError
from stashbot.models import Entity, GroupEntry, Scene
from stashbot.settings import CollectionSettings
from tests.decide.strategies import scenes as any_scene


def collection(name: str = "Winter", where: str = 'title == "Snow"', **more: Any) -> Collection:
    return compile_collections({name: CollectionSettings(where=where, **more)})[0]


def scene(number: int, *tags: str, title: str | None = None, **more: Any) -> Scene:
    entities = tuple(Entity(id=str(at), name=name) for at, name in enumerate(tags))
    return Scene.model_validate({"id": str(number), "title": title, "tags": entities, **more})


def test_diff_has_the_scenes_that_change() -> None:
    """Matching scenes without the tag get it, others with the tag lose it, the rest stays."""
    diff = collection().diff(
        [
            scene(1, title="Snow"),
            scene(2, "winter", title="Snow"),
            scene(3, "Winter"),
            scene(4, "Other"),
        ]
    )
    assert (diff.add, diff.remove, diff.kept) == (("1",), ("3",), 1)
    assert not diff.is_empty


def test_adds_only_removes_no_scene() -> None:
    """With ``adds_only`` a scene that no longer matches stays."""
    diff = collection(adds_only=True).diff([scene(1, title="Snow"), scene(3, "Winter")])
    assert (diff.add, diff.remove, diff.kept) == (("1",), (), 1)


def test_collection_may_be_a_group() -> None:
    """A scene with a tag of the same name is then no member."""
    group = (GroupEntry(id="1", name="Winter", scene_index=3),)
    diff = collection(kind="group").diff([scene(1, "Winter", title="Snow"), scene(2, groups=group)])
    assert (diff.kind, diff.add, diff.remove) == ("group", ("1",), ("2",))


def test_diff_of_no_scenes_is_empty() -> None:
    """Scenes that are not given are not removed."""
    assert collection().diff([]).is_empty


@pytest.mark.parametrize(
    ("tables", "problem"),
    [
        ({"": "true"}, "has no name"),
        ({"Winter": "true", "WINTER": "true"}, "they are the same"),
        ({"Winter": "studo == 1"}, "no field 'studo'"),
        ({"Winter": 'not ("winter" in tags)'}, "defined by itself"),
    ],
)
def test_bad_collections_are_refused(tables: dict[str, str], problem: str) -> None:
    """The error names the key; a collection that reads its own tag would never be up to date."""
    settings = {name: CollectionSettings(where=where) for name, where in tables.items()}
    with pytest.raises(ConfigError, match=problem) as caught:
        compile_collections(settings)
    assert caught.value.key == f"collections.{list(tables)[-1]}"


@given(before=any_scene)
def test_diff_is_empty_after_it_was_carried_out(before: Scene) -> None:
    """A second update has nothing to do, whatever the scene."""
    updated = collection(where="organized or duration > 500")
    diff = updated.diff([before])
    tags = tuple(tag for tag in before.tags if tag.name != updated.name or not diff.remove)
    if diff.add:
        tags += (Entity(id="99", name=updated.name),)
    assert updated.diff([before.model_copy(update={"tags": tags})]).is_empty
