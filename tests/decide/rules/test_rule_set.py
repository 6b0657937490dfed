"""What rules want for a scene, in which order, why, and that it ends."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.rules.macros import Macros
from stashbot.decide.rules.rule_files import read_rules
from stashbot.decide.rules.rule_set import RuleSet, used_fields
from stashbot.errors import ConfigError
from stashbot.models import Entity, Scene

MACROS = Macros({"winter": ["Snow", "Cold"]})
PLAYBOOK = """
[[rules]]
name = "studio"
when = 'studio == "Example Studio"'
then = [{ scrape = ["Catalog", "Archive"] }, { organize = true }]

[[rules]]
name = "episodes"
when = 'title =~~ "S[0-9]+E[0-9]+"'
then = [{ tag = "Episode" }]
"""


def rules(text: str) -> RuleSet:
    return read_rules({"rules.toml": text}, MACROS)


def rule(name: str, when: str, then: str, *, priority: int = 0, on: str = "run") -> str:
    return (
        f"[[rules]]\nname = '{name}'\nwhen = '''{when}'''\npriority = {priority}\n"
        f"on = '{on}'\nthen = [{then}]\n"
    )


def scene(**fields: Any) -> Scene:
    return Scene.model_validate({"id": "7", **fields})


def tagged(*names: str, **fields: Any) -> Scene:
    tags = tuple(Entity(id=str(at), name=name) for at, name in enumerate(names))
    return scene(tags=tags, **fields)


def test_the_playbook_s_rules() -> None:
    """Each scene gets what the rules that match it want, and no other one."""
    held = rules(PLAYBOOK)
    one = held.apply(scene(studio=Entity(id="1", name="Example Studio")), "run")
    assert (one.sources, one.organize, one.tags) == (("Catalog", "Archive"), True, ())
    other = held.apply(scene(title="Night S02E05"), "run")
    assert (other.sources, other.organize, other.tags) == ((), None, ("Episode",))
    assert held.apply(scene(title="Night"), "run").matched == ()


def test_higher_priorities_go_first_and_equal_ones_as_written() -> None:
    """The order in which rules are tried is the order of their effects."""
    held = rules(
        rule("a", "true", '{ scrape = "A" }')
        + rule("b", "true", '{ scrape = "B" }', priority=5)
        + rule("c", "true", '{ scrape = ["C", "A"] }')
        + rule("d", "true", '{ scrape = "D" }', priority=-1)
    )
    found = held.apply(scene(), "run")
    assert found.matched == ("b", "a", "c", "d")
    assert found.sources == ("B", "A", "C", "D")


def test_stop_ends_the_rules() -> None:
    """What follows is not tried, and says who stopped it."""
    held = rules(
        rule("a", "true", '{ tag = "x" }, { stop = true }') + rule("b", "true", '{ tag = "y" }')
    )
    found = held.apply(scene(), "run")
    assert found.tags == ("x",)
    assert [(one.rule, one.result, one.by) for one in found.traces] == [
        ("a", "matched", ""),
        ("b", "stopped", "a"),
    ]


def test_a_rule_that_does_not_match_stops_nothing() -> None:
    """``stop`` counts only where its rule matches."""
    held = rules(rule("a", "organized", "{ stop = true }") + rule("b", "true", '{ tag = "y" }'))
    assert held.apply(scene(), "run").matched == ("b",)


def test_later_rules_see_what_earlier_ones_gave() -> None:
    """Tags, those of macros and the organized mark; earlier rules are not tried again."""
    held = rules(
        rule("late", '"Cold" in tags', '{ tag = "late" }', priority=9)
        + rule("a", "true", '{ macro = "winter" }, { organize = true }')
        + rule("b", '"Cold" in tags and organized', '{ tag = "seen" }')
    )
    found = held.apply(scene(), "run")
    assert found.matched == ("a", "b")
    assert found.tags == ("Snow", "Cold", "seen")


def test_tags_that_the_scene_has_are_not_added() -> None:
    """In whatever case they are written."""
    held = rules(rule("a", "true", '{ macro = "winter" }, { tag = "SNOW" }'))
    assert held.apply(tagged("snow"), "run").tags == ("Cold",)


def test_the_earlier_rule_decides_on_organizing() -> None:
    """A lower priority does not take back what a higher one wants."""
    held = rules(
        rule("a", "true", "{ organize = false }", priority=1)
        + rule("b", "true", "{ organize = true }")
    )
    assert held.apply(scene(), "run").organize is False


def test_events_have_rules_of_their_own() -> None:
    """What is done after a save is not done before a scrape."""
    held = rules(
        rule("a", "true", '{ tag = "x" }')
        + rule("b", "true", '{ webhook = "https://example.org/h" }', on="save")
    )
    assert held.apply(scene(), "run").matched == ("a",)
    assert held.apply(scene(), "save").webhooks == ("https://example.org/h",)


def test_explaining_shows_values_places_and_actions() -> None:
    """Which rule matched, where it stands, and what its expression saw."""
    held = rules(PLAYBOOK)
    studio, episodes = held.apply(scene(title="Night S02E05"), "run").traces
    assert (studio.result, studio.values) == ("did not match", {"studio": None})
    assert (episodes.result, episodes.values) == ("matched", {"title": "Night S02E05"})
    assert (episodes.file, episodes.line) == ("rules.toml", 7)
    assert [one.told for one in episodes.actions] == ["tag Episode"]
    assert studio.actions == ()


def test_fields_in_texts_are_not_used_fields() -> None:
    """Only names outside of texts are read from the scene."""
    assert used_fields("studio == \"the title\" and 'tags' in tags") == ("studio", "tags")


def test_rules_that_loop_are_refused_when_they_are_read() -> None:
    """One organizes what is not organized, the other takes that back."""
    text = rule("on", "not organized", "{ organize = true }") + rule(
        "off", "organized", "{ organize = false }"
    )
    with pytest.raises(ConfigError, match="without end") as caught:
        rules(text)
    assert "'on' (rules.toml, line 1), 'off' (rules.toml, line 7)" in caught.value.message


def test_rules_that_loop_for_some_scenes_are_refused_there() -> None:
    """What depends on a scene's values shows for that scene, and for no other."""
    held = rules(
        rule("on", 'not organized and studio == "N"', "{ organize = true }")
        + rule("off", 'organized and studio == "N"', "{ organize = false }")
    )
    assert held.apply(scene(), "run").matched == ()
    with pytest.raises(ConfigError, match="scene 7"):
        held.apply(scene(studio=Entity(id="1", name="N")), "run")


def test_rules_that_come_to_rest_are_no_loop() -> None:
    """A second look may want more, as long as it ends."""
    held = rules(
        rule("off", '"x" in tags', "{ organize = false }", priority=2)
        + rule("on", 'not ("x" in tags)', '{ organize = true }, { tag = "x" }', priority=1)
    )
    assert held.apply(scene(), "run").organize is True
    assert held.apply(tagged("x", organized=True), "run").organize is False


conditions = st.sampled_from(
    ["true", "organized", "not organized", '"x" in tags', 'not ("y" in tags)', 'title == "t"']
)
actions = st.sampled_from(
    ['{ tag = "x" }', '{ tag = "y" }', "{ organize = true }", "{ organize = false }",
     '{ scrape = "A" }', '{ macro = "winter" }']
)  # fmt: skip


@given(
    made=st.lists(st.tuples(conditions, actions, st.integers(-2, 2)), max_size=6),
    organized=st.booleans(),
    tags=st.lists(st.sampled_from("xyz"), unique=True),
)
def test_every_set_of_rules_ends_or_is_refused(
    made: list[tuple[str, str, int]], organized: bool, tags: list[str]
) -> None:
    """Each rule has one trace; repeated on what it wants, an accepted set comes to rest."""
    text = "".join(
        rule(f"r{at}", when, then, priority=priority)
        for at, (when, then, priority) in enumerate(made)
    )
    held_scene = tagged(*tags, organized=organized)
    try:
        held = rules(text)
        found = held.apply(held_scene, "run")
    except ConfigError:
        return
    assert sorted(one.rule for one in found.traces) == sorted(f"r{at}" for at in range(len(made)))
    assert not set(found.tags) & set(tags)
    for _ in range(len(made) + 2):
        names = [tag.name for tag in held_scene.tags]
        after = held_scene.organized if found.organize is None else found.organize
        held_scene = tagged(*names, *found.tags, organized=after)
        found = held.apply(held_scene, "run")
    assert found.tags == ()
    assert found.organize in {None, held_scene.organized}
