"""Finding in the library what a new name may mean."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.matching.names import Likeness, likeness
from stashbot.decide.planning.entity_index import Library, LibraryEntity, LookAlike


def library(*names: str, aliases: dict[str, tuple[str, ...]] | None = None) -> Library:
    return Library(
        LibraryEntity(id=str(number), name=name, aliases=(aliases or {}).get(name, ()))
        for number, name in enumerate(names, start=1)
    )


def found(held: Library, name: str) -> list[tuple[str, Likeness, str | None]]:
    return [(one.id, one.by, one.alias) for one in held.look_alikes(name)]


def test_the_surest_likeness_wins() -> None:
    """Where one differs by case only, what differs by accents is not offered."""
    held = library("René Demo", "Rene Demo")
    assert found(held, "RENE DEMO") == [("2", Likeness.CASE, None)]


def test_all_of_the_same_likeness_are_told() -> None:
    """Two entities of one name are both offered."""
    held = library("Mia Trial", "MIA TRIAL")
    assert [one for one, _, _ in found(held, "mia trial")] == ["1", "2"]


def test_an_alias_is_found_and_named() -> None:
    """A studio is found by its alias, which is told."""
    held = library("Harbor Films", aliases={"Harbor Films": ("HF", "Hafen-Filme")})
    assert found(held, "Hafenfilme") == [("1", Likeness.PUNCTUATION, "Hafen-Filme")]


def test_an_own_name_goes_before_another_s_alias() -> None:
    """As in Stash's own matching."""
    held = library("Blue Kite", "Red", aliases={"Red": ("Blue Kite",)})
    assert found(held, "blue kite") == [("1", Likeness.CASE, None)]


def test_names_without_letters_look_like_nothing_else() -> None:
    """Only the very same signs are the same name."""
    held = library("!!!")
    assert found(held, "???") == []
    assert found(held, "!!!") == [("1", Likeness.CASE, None)]


def test_what_was_created_is_found_from_then_on() -> None:
    """An entity taken in later is a look-alike like any other."""
    held = library()
    assert not held.has("Finn Draft")
    held.add(LibraryEntity(id="9", name="Finn Draft"))
    assert held.has("finn draft")
    assert held.entity("9").name == "Finn Draft"


def test_a_look_alike_is_told_with_what_tells_it_apart() -> None:
    """Alias, disambiguation and id."""
    one = LookAlike(id="8", name="Mia", by=Likeness.CASE, alias="M.", disambiguation="other")
    assert one.told == "Mia (alias M., other, 8)"


names = st.lists(st.text("abé -", min_size=1, max_size=10), max_size=8)


@given(held=names, asked=st.text("abé -", min_size=1, max_size=10))
def test_the_index_finds_what_comparing_with_all_would(held: list[str], asked: str) -> None:
    """The look-up is the surest likeness of any name, and exactly the names that have it."""
    kinds = [likeness(name, asked) for name in held]
    order = list(Likeness)
    best = min((kind for kind in kinds if kind), key=order.index, default=None)
    wanted = [str(at) for at, kind in enumerate(kinds, start=1) if kind and kind is best]
    assert sorted(wanted) == sorted(one.id for one in library(*held).look_alikes(asked))
