"""The rules of an event applied to a scene: which match, what they want, and that they end."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.rules.macros import Macros
from stashbot.decide.rules.rule_files import read_rules
from stashbot.decide.rules.rule_set import RuleSet
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


def read(text: str) -> RuleSet:
    return read_rules({"rules.toml": text}, MACROS)


def rule(name: str, when: str, then: str, *, priority: int = 0, on: str = "run") -> str:
    return (
        f"[[rules]]\nname = '{name}'\nwhen = '''{when}'''\npriority = {priority}\n"
        f"on = '{on}'\nthen = [{then}]\n"
    )


def scene(*tags: str, **fields: Any) -> Scene:
    entities = tuple(Entity(id=str(at), name=name) for at, name in enumerate(tags))
    return Scene.model_validate({"id": "7", "tags": entities, **fields})


def test_scene_gets_what_its_rules_want() -> None:
    """The playbook's rules: each scene gets the actions of the rules that match it only."""
    rules = read(PLAYBOOK)
    outcome = rules.apply(scene(studio=Entity(id="1", name="Example Studio")), "run")
    assert (outcome.sources, outcome.organize, outcome.tags) == (("Catalog", "Archive"), True, ())
    outcome = rules.apply(scene(title="Night S02E05"), "run")
    assert (outcome.sources, outcome.organize, outcome.tags) == ((), None, ("Episode",))
    assert rules.apply(scene(title="Night"), "run").matched == ()


def test_higher_priority_goes_first_then_file_order() -> None:
    """The order in which rules are tried is the order of their sources."""
    rules = read(
        rule("a", "true", '{ scrape = "A" }')
        + rule("b", "true", '{ scrape = "B" }', priority=5)
        + rule("c", "true", '{ scrape = ["C", "A"] }')
        + rule("d", "true", '{ scrape = "D" }', priority=-1)
    )
    outcome = rules.apply(scene(), "run")
    assert outcome.matched == ("b", "a", "c", "d")
    assert outcome.sources == ("B", "A", "C", "D")


def test_stop_ends_the_rules_of_the_event() -> None:
    """Later rules are not tried, and their traces name the rule that stopped them."""
    rules = read(
        rule("a", "true", '{ tag = "x" }, { stop = true }') + rule("b", "true", '{ tag = "y" }')
    )
    outcome = rules.apply(scene(), "run")
    assert outcome.tags == ("x",)
    assert [(trace.rule, trace.result, trace.by) for trace in outcome.traces] == [
        ("a", "matched", ""),
        ("b", "stopped", "a"),
    ]


def test_stop_of_a_rule_that_does_not_match_has_no_effect() -> None:
    """``stop`` counts only if its rule matches."""
    rules = read(rule("a", "organized", "{ stop = true }") + rule("b", "true", '{ tag = "y" }'))
    assert rules.apply(scene(), "run").matched == ("b",)


def test_later_rules_see_tags_and_mark_of_earlier_rules() -> None:
    """Tags of macros are seen too; earlier rules are not tried again."""
    rules = read(
        rule("late", '"Cold" in tags', '{ tag = "late" }', priority=9)
        + rule("a", "true", '{ macro = "winter" }, { organize = true }')
        + rule("b", '"Cold" in tags and organized', '{ tag = "seen" }')
    )
    outcome = rules.apply(scene(), "run")
    assert outcome.matched == ("a", "b")
    assert outcome.tags == ("Snow", "Cold", "seen")


def test_tags_of_the_scene_are_not_added_again() -> None:
    """Tags that differ by case are the same."""
    rules = read(rule("a", "true", '{ macro = "winter" }, { tag = "SNOW" }'))
    assert rules.apply(scene("snow"), "run").tags == ("Cold",)


def test_earlier_rule_decides_about_organizing() -> None:
    """A rule of lower priority does not change the decision of a higher rule."""
    rules = read(
        rule("a", "true", "{ organize = false }", priority=1)
        + rule("b", "true", "{ organize = true }")
    )
    assert rules.apply(scene(), "run").organize is False


def test_each_event_has_rules_of_its_own() -> None:
    """The rules of a save are not tried before a scrape, nor the other way round."""
    rules = read(
        rule("a", "true", '{ tag = "x" }')
        + rule("b", "true", '{ webhook = "https://example.org/h" }', on="save")
    )
    assert rules.apply(scene(), "run").matched == ("a",)
    assert rules.apply(scene(), "save").webhooks == ("https://example.org/h",)


def test_trace_has_values_position_and_actions() -> None:
    """A trace says whether the rule matched, where it is written, and what its expression read."""
    studio, episodes = read(PLAYBOOK).apply(scene(title="Night S02E05"), "run").traces
    assert (studio.result, studio.values) == ("did not match", {"studio": None})
    assert (episodes.result, episodes.values) == ("matched", {"title": "Night S02E05"})
    assert (episodes.file, episodes.line) == ("rules.toml", 7)
    assert [action.label for action in episodes.actions] == ["tag Episode"]
    assert studio.actions == ()


def test_endless_rules_are_refused_when_they_are_read() -> None:
    """A rule organizes what is not organized, another undoes that; both are named."""
    text = rule("on", "not organized", "{ organize = true }") + rule(
        "off", "organized", "{ organize = false }"
    )
    with pytest.raises(ConfigError, match="without end") as caught:
        read(text)
    assert "'on' (rules.toml, line 1), 'off' (rules.toml, line 7)" in caught.value.message


def test_rules_that_are_endless_for_some_scenes_are_refused_there() -> None:
    """A loop that depends on a scene's values shows for such a scene only."""
    rules = read(
        rule("on", 'not organized and studio == "N"', "{ organize = true }")
        + rule("off", 'organized and studio == "N"', "{ organize = false }")
    )
    assert rules.apply(scene(), "run").matched == ()
    with pytest.raises(ConfigError, match="scene 7"):
        rules.apply(scene(studio=Entity(id="1", name="N")), "run")


def test_rules_that_settle_are_not_endless() -> None:
    """Applied again, rules may want more, as long as that ends."""
    rules = read(
        rule("off", '"x" in tags', "{ organize = false }", priority=2)
        + rule("on", 'not ("x" in tags)', '{ organize = true }, { tag = "x" }', priority=1)
    )
    assert rules.apply(scene(), "run").organize is True
    assert rules.apply(scene("x", organized=True), "run").organize is False


conditions = st.sampled_from(
    ["true", "organized", "not organized", '"x" in tags', 'not ("y" in tags)', 'title == "t"']
)
actions = st.sampled_from(
    ['{ tag = "x" }', '{ tag = "y" }', "{ organize = true }", "{ organize = false }",
     '{ scrape = "A" }', '{ macro = "winter" }']
)  # fmt: skip


@given(
    parts=st.lists(st.tuples(conditions, actions, st.integers(-2, 2)), max_size=6),
    organized=st.booleans(),
    tags=st.lists(st.sampled_from("xyz"), unique=True),
)
def test_every_rule_set_settles_or_is_refused(
    parts: list[tuple[str, str, int]], organized: bool, tags: list[str]
) -> None:
    """Each rule has a trace; applied again to their result, accepted rules come to an end."""
    text = "".join(
        rule(f"r{at}", when, then, priority=priority)
        for at, (when, then, priority) in enumerate(parts)
    )
    current = scene(*tags, organized=organized)
    try:
        rules = read(text)
        outcome = rules.apply(current, "run")
    except ConfigError:
        return
    names = sorted(trace.rule for trace in outcome.traces)
    assert names == sorted(f"r{at}" for at in range(len(parts)))
    assert not set(outcome.tags) & set(tags)
    for _ in range(len(parts) + 2):
        present = [tag.name for tag in current.tags]
        mark = current.organized if outcome.organize is None else outcome.organize
        current = scene(*present, *outcome.tags, organized=mark)
        outcome = rules.apply(current, "run")
    assert outcome.tags == ()
    assert outcome.organize in {None, current.organized}
