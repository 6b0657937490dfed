"""Entities of the library that a name may mean."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.matching.names import Likeness, compare_names
from stashbot.decide.planning.entity_index import EntityIndex, LibraryEntity, LookAlike


def library(*names: str, aliases: dict[str, tuple[str, ...]] | None = None) -> EntityIndex:
    return EntityIndex(
        LibraryEntity(id=str(number), name=name, aliases=(aliases or {}).get(name, ()))
        for number, name in enumerate(names, start=1)
    )


def find(index: EntityIndex, name: str) -> list[tuple[str, Likeness, str | None]]:
    return [(found.id, found.by, found.alias) for found in index.look_alikes(name)]


def test_most_certain_likeness_wins() -> None:
    """A name that differs by accents is not found if another differs by case only."""
    index = library("René Demo", "Rene Demo")
    assert find(index, "RENE DEMO") == [("2", Likeness.CASE, None)]


def test_all_entities_of_the_same_likeness_are_found() -> None:
    """Two entities of the same name are both found."""
    index = library("Mia Trial", "MIA TRIAL")
    assert [key for key, _, _ in find(index, "mia trial")] == ["1", "2"]


def test_entity_is_found_by_an_alias() -> None:
    """The result names the alias."""
    index = library("Harbor Films", aliases={"Harbor Films": ("HF", "Hafen-Filme")})
    assert find(index, "Hafenfilme") == [("1", Likeness.PUNCTUATION, "Hafen-Filme")]


def test_name_goes_before_an_alias_of_another_entity() -> None:
    """Stash matches names in the same way."""
    index = library("Blue Kite", "Red", aliases={"Red": ("Blue Kite",)})
    assert find(index, "blue kite") == [("1", Likeness.CASE, None)]


def test_names_without_letters_are_found_by_the_same_signs_only() -> None:
    """Other signs are another name."""
    index = library("!!!")
    assert find(index, "???") == []
    assert find(index, "!!!") == [("1", Likeness.CASE, None)]


def test_added_entity_is_found() -> None:
    """An entity may be added after the index was made."""
    index = library()
    assert not index.has("Finn Draft")
    index.add(LibraryEntity(id="9", name="Finn Draft"))
    assert index.has("finn draft")
    assert index.entity("9").name == "Finn Draft"


def test_label_has_alias_disambiguation_and_id() -> None:
    """It tells an entity from others of the same name."""
    found = LookAlike(id="8", name="Mia", by=Likeness.CASE, alias="M.", disambiguation="other")
    assert found.label == "Mia (alias M., other, 8)"


names = st.lists(st.text("abé -", min_size=1, max_size=10), max_size=8)


@given(entities=names, name=st.text("abé -", min_size=1, max_size=10))
def test_index_finds_the_same_as_comparing_with_all_names(entities: list[str], name: str) -> None:
    """It finds exactly the names that have the most certain likeness."""
    kinds = [compare_names(entity, name) for entity in entities]
    order = list(Likeness)
    best = min((kind for kind in kinds if kind), key=order.index, default=None)
    expected = [str(at) for at, kind in enumerate(kinds, start=1) if kind and kind is best]
    assert sorted(expected) == sorted(found.id for found in library(*entities).look_alikes(name))
