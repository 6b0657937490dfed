"""What changed between two reports is named, and nothing else."""

from __future__ import annotations

import pytest

from stashbot.flows.checks.report_diff import Changes, compare, verdict
from stashbot.flows.checks.tour.key_check import Finding
from tests.reports.build import broken, finding, healed, report, state, unreached

KINDS = ("newly_broken", "newly_held", "newly_healed", "strategy_changed")
OTHERS = ("newly_unreached", "newly_reached", "written")


def told(changes: Changes) -> dict[str, int]:
    """How many of which kind, without the empty ones."""
    return {kind: n for kind in (*KINDS, *OTHERS) if (n := len(getattr(changes, kind)))}


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (finding(), broken(), "newly_broken"),
        (healed(), broken(), "newly_broken"),
        (finding(), healed(), "newly_healed"),
        (broken(), healed(), "newly_healed"),
        (broken(), finding(), "newly_held"),
        (healed(), finding(), "newly_held"),
        (finding(), finding(strategy=2), "strategy_changed"),
    ],
)
def test_each_change_of_a_key_is_of_one_kind(before: Finding, after: Finding, kind: str) -> None:
    """Between held, healed and broken, and between strategies, every move has its own list."""
    changes = compare(report(state("list", before)), report(state("list", after)))
    assert told(changes) == {kind: 1}
    (change,) = getattr(changes, kind)
    assert (change.state, change.key, change.after) == ("list", "list.card", verdict(after))
    assert "list.card in list" in changes.text


@pytest.mark.parametrize("one", [finding(), broken(), healed()])
def test_what_stays_as_it_was_is_no_change(one: Finding) -> None:
    """Times and boxes differ from check to check, and a broken key is told of once."""
    before = report(state("list", one), unreached("menu"))
    moved = one.model_copy(update={"held_ms": 99, "boxes": ((1, 2, 3, 4),)})
    after = report(state("list", moved, elapsed_ms=7), unreached("menu"), elapsed_ms=1)
    changes = compare(before, after)
    assert not changes
    assert changes.text == "Nothing changed."


def test_states_come_and_go() -> None:
    """A state that is no longer reached is told of with its reason, without its keys."""
    here, gone = report(state("list", finding())), report(unreached("list", "no scraper"))
    lost, back = compare(here, gone), compare(gone, here)
    assert told(lost) == {"newly_unreached": 1}
    assert "no longer reached: list (no scraper)" in lost.text
    assert told(back) == {"newly_reached": 1}
    assert told(compare(gone, report(state("list", broken())))) == {
        "newly_reached": 1,
        "newly_broken": 1,
    }


def test_only_states_that_both_reports_have_come_and_go() -> None:
    """A check of fewer states has lost none."""
    both, one = report(state("list", finding()), unreached("menu")), report(state("list"))
    assert not compare(both, one)
    assert not compare(one, both)


def test_a_key_is_followed_through_other_values() -> None:
    """A key that was asked for scene 1 and is now asked for scene 2 is still that key.

    Its worst outcome counts: what was broken for one of the values is not broken anew.
    """
    old = report(state("list", finding(values={"id": "1"}), broken(values={"id": "2"})))
    assert not compare(old, report(state("list", broken(values={"id": "3"}))))
    assert told(compare(old, report(state("list", broken(values={"id": "1"}))))) == {
        "newly_broken": 1
    }


def test_an_unknown_key_is_a_change_only_if_it_does_not_hold() -> None:
    """Keys are added to the registry without a word, unless they are broken from the start."""
    old = report(state("list", finding()))
    assert not compare(old, report(state("list", finding(), finding("list.new"))))
    new = compare(old, report(state("list", finding(), broken("list.new"))))
    assert [(one.key, one.before) for one in new.newly_broken] == [("list.new", None)]


def test_an_upgrade_and_a_write_are_changes() -> None:
    """Another version of Stash, and what a check found changed in it."""
    changes = compare(report(), report(version="v0.31.0", changed=("scenes: 4 to 5",)))
    assert changes.version == ("v0.30.1", "v0.31.0")
    assert changes.text == "changed in Stash: scenes: 4 to 5; Stash v0.30.1 became v0.31.0"


def test_the_text_stays_short() -> None:
    """Of many changes of a kind five are named and the rest counted."""
    before = report(state("list", *(finding(f"list.k{n}") for n in range(40))))
    after = report(state("list", *(broken(f"list.k{n}") for n in range(40))))
    text = compare(before, after).text
    assert text.endswith("and 35 more")
    assert text.count("list.k") == 5
