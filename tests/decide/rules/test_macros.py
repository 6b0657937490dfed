"""Tag macros: nested, united, never in a cycle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.matching.names import by_case
from stashbot.decide.rules.macros import Macros, union
from stashbot.errors import ConfigError


def refused(macros: dict[str, list[str]]) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        Macros(macros)
    return caught.value


def test_a_macro_is_its_tags() -> None:
    """In their order, each once, whatever its case."""
    macros = Macros({"winter": ["Snow", "Cold", "snow", " Cold "]})
    assert macros.expand("winter") == ("Snow", "Cold")


def test_macros_hold_macros() -> None:
    """On any level, and one of them may be in several."""
    macros = Macros({"all": ["@b", "@c", "x"], "b": ["@c", "y"], "c": ["z"], "unused": ["w"]})
    assert macros.expand("all") == ("z", "y", "x")
    assert macros.names == ("all", "b", "c", "unused")
    assert macros.tags == ("z", "y", "x", "w")


def test_a_tag_may_have_a_macro_s_name() -> None:
    """Only ``@`` makes a member a macro."""
    assert Macros({"snow": ["snow", "Cold"]}).expand("snow") == ("snow", "Cold")


def test_a_macro_is_united_with_tags() -> None:
    """What is there stays first, in its own spelling; nothing is doubled."""
    macros = Macros({"winter": ["Snow", "Cold"]})
    assert macros.applied(["City", "SNOW"], "winter") == ("City", "SNOW", "Cold")


@pytest.mark.parametrize(
    ("macros", "path"),
    [
        ({"a": ["@a"]}, "a -> a"),
        ({"a": ["x", "@b"], "b": ["@c"], "c": ["@a"]}, "a -> b -> c -> a"),
        ({"start": ["@a"], "a": ["@b"], "b": ["@a"]}, "a -> b -> a"),
    ],
)
def test_a_cycle_is_refused_with_its_path(macros: dict[str, list[str]], path: str) -> None:
    """From any of its macros back to it, in the order in which they hold each other."""
    error = refused(macros)
    shown = error.message.removeprefix("Tag macros hold each other: ").removesuffix(".")
    ring, wanted = shown.split(" -> "), path.split(" -> ")
    assert ring[0] == ring[-1]
    turns = [wanted[at:-1] + wanted[:at] for at in range(len(wanted))]
    assert ring[:-1] in turns
    assert error.fields["key"] == f"macros.{ring[0]}"


def test_an_unknown_macro_is_named() -> None:
    """Where it is used, with the nearest name and all there are."""
    with pytest.raises(ConfigError, match="no tag macro 'wintr'") as caught:
        Macros({"winter": ["Snow"]}).expand("wintr")
    assert caught.value.hint == "Did you mean 'winter'? Macros: winter."
    error = refused({"a": ["@b"]})
    assert error.message == "The tag macro 'a' names @b, which is none."


@pytest.mark.parametrize(
    "macros", [{"": ["x"]}, {"@a": ["x"]}, {" a": ["x"]}, {"a": []}, {"a": [" "]}, {"a": ["@"]}]
)
def test_what_cannot_be_a_macro_is_refused(macros: dict[str, list[str]]) -> None:
    """Names and members that say nothing."""
    assert refused(macros).fields["key"].startswith("macros.")


def test_a_long_chain_is_expanded() -> None:
    """Two thousand levels are no matter."""
    chain = {f"m{at}": [f"@m{at + 1}", f"t{at}"] for at in range(2000)}
    tags = Macros({**chain, "m2000": ["end"]}).expand("m0")
    assert (len(tags), tags[0], tags[-1]) == (2001, "end", "t0")


members = st.lists(
    st.sampled_from(["Snow", "snow", "City", "@a", "@b", "@c", "@d"]), min_size=1, max_size=4
)


@given(found=st.fixed_dictionaries(dict.fromkeys("abcd", members)), tags=st.lists(st.text("aA b")))
def test_every_macro_ends_or_is_refused(found: dict[str, list[str]], tags: list[str]) -> None:
    """No macros hang or leave an ``@`` behind; uniting twice changes nothing."""
    try:
        macros = Macros(found)
    except ConfigError:
        return  # why is what the tests above are about
    for name in macros.names:
        expanded = macros.expand(name)
        assert all(not tag.startswith("@") for tag in expanded)
        once = macros.applied(tags, name)
        assert macros.applied(once, name) == once
        assert len({by_case(tag) for tag in once}) == len(once)
        assert {by_case(tag) for tag in (*tags, *expanded)} == {by_case(tag) for tag in once}


def test_union_keeps_the_first_spelling() -> None:
    """Order and spelling are of the first that names a tag."""
    assert union(["b", "A", "B", "a", "c"]) == ("b", "A", "c")
