"""Tag macros: nested, without duplicates, never in a cycle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.matching.names import fold_case
from stashbot.decide.rules.macros import Macros, unique_tags
from stashbot.errors import ConfigError


def refused(macros: dict[str, list[str]]) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        Macros(macros)
    return caught.value


def test_macro_expands_to_its_tags() -> None:
    """The tags keep their order, each once whatever its case."""
    macros = Macros({"winter": ["Snow", "Cold", "snow", " Cold "]})
    assert macros.expand("winter") == ("Snow", "Cold")


def test_macros_may_be_nested() -> None:
    """A macro may hold others on any level, and may be in several."""
    macros = Macros({"all": ["@b", "@c", "x"], "b": ["@c", "y"], "c": ["z"], "unused": ["w"]})
    assert macros.expand("all") == ("z", "y", "x")
    assert macros.names == ("all", "b", "c", "unused")
    assert macros.tags == ("z", "y", "x", "w")


def test_tag_may_have_the_name_of_a_macro() -> None:
    """Only ``@`` makes a member a macro."""
    assert Macros({"snow": ["snow", "Cold"]}).expand("snow") == ("snow", "Cold")


@pytest.mark.parametrize(
    ("macros", "path"),
    [
        ({"a": ["@a"]}, "a -> a"),
        ({"a": ["x", "@b"], "b": ["@c"], "c": ["@a"]}, "a -> b -> c -> a"),
        ({"start": ["@a"], "a": ["@b"], "b": ["@a"]}, "a -> b -> a"),
    ],
)
def test_cycle_is_refused_with_its_path(macros: dict[str, list[str]], path: str) -> None:
    """The path begins with any macro of the cycle and comes back to it."""
    error = refused(macros)
    shown = error.message.removeprefix("Tag macros hold each other: ").removesuffix(".")
    ring, expected = shown.split(" -> "), path.split(" -> ")
    assert ring[0] == ring[-1]
    turns = [expected[at:-1] + expected[:at] for at in range(len(expected))]
    assert ring[:-1] in turns
    assert error.key == f"macros.{ring[0]}"


def test_unknown_macro_is_refused_with_suggestion() -> None:
    """The message names the macro; the hint has the closest name and all names."""
    with pytest.raises(ConfigError, match="no tag macro 'wintr'") as caught:
        Macros({"winter": ["Snow"]}).expand("wintr")
    assert caught.value.hint == "Did you mean 'winter'? Macros: winter."
    error = refused({"a": ["@b"]})
    assert error.message == "The tag macro 'a' names @b, which does not exist."


@pytest.mark.parametrize(
    "macros", [{"": ["x"]}, {"@a": ["x"]}, {" a": ["x"]}, {"a": []}, {"a": [" "]}, {"a": ["@"]}]
)
def test_empty_names_and_members_are_refused(macros: dict[str, list[str]]) -> None:
    """A name must not be empty or begin with ``@`` or a space; members must not be empty."""
    assert str(refused(macros).key).startswith("macros.")


def test_long_chain_is_expanded() -> None:
    """Two thousand levels of macros are no problem."""
    chain = {f"m{at}": [f"@m{at + 1}", f"t{at}"] for at in range(2000)}
    tags = Macros({**chain, "m2000": ["end"]}).expand("m0")
    assert (len(tags), tags[0], tags[-1]) == (2001, "end", "t0")


members = st.lists(
    st.sampled_from(["Snow", "snow", "City", "@a", "@b", "@c", "@d"]), min_size=1, max_size=4
)


@given(table=st.fixed_dictionaries(dict.fromkeys("abcd", members)), tags=st.lists(st.text("aA b")))
def test_every_macro_expands_to_tags_or_is_refused(
    table: dict[str, list[str]], tags: list[str]
) -> None:
    """No ``@`` is left in an expansion, and adding it to tags a second time changes nothing."""
    try:
        macros = Macros(table)
    except ConfigError:
        return
    for name in macros.names:
        expanded = macros.expand(name)
        assert all(not tag.startswith("@") for tag in expanded)
        united = unique_tags((*tags, *expanded))
        assert unique_tags((*united, *expanded)) == united
        assert len({fold_case(tag) for tag in united}) == len(united)
        assert {fold_case(tag) for tag in (*tags, *expanded)} == {fold_case(tag) for tag in united}


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["b", "A", "B", "a", "c"], ("b", "A", "c")),
        (["City", "SNOW", "Snow", "Cold"], ("City", "SNOW", "Cold")),
    ],
)
def test_first_spelling_of_a_tag_stays(tags: list[str], expected: tuple[str, ...]) -> None:
    """Order and spelling are those of the first occurrence."""
    assert unique_tags(tags) == expected
