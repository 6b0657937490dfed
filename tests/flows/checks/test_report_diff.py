"""A diff names what changed between two reports, and nothing else."""

from __future__ import annotations

import pytest

from stashbot.flows.checks.report_diff import ReportDiff, diff_reports, verdict_on
from stashbot.flows.checks.tour.key_check import Finding
from tests.reports.build import broken, finding, healed, report, state, unreached

KINDS = ("newly_broken", "newly_held", "newly_healed", "strategy_changed")
OTHERS = ("newly_unreached", "newly_reached", "written")


def counts(changes: ReportDiff) -> dict[str, int]:
    """Count the changes of each kind, without the kinds that have none."""
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
def test_each_change_of_a_key_is_of_a_single_kind(
    before: Finding, after: Finding, kind: str
) -> None:
    """Each change between verdicts, and between strategies, has a list of its own."""
    changes = diff_reports(report(state("list", before)), report(state("list", after)))
    assert counts(changes) == {kind: 1}
    (change,) = getattr(changes, kind)
    assert (change.state, change.key, change.after) == ("list", "list.card", verdict_on(after))
    assert "list.card in list" in changes.text


@pytest.mark.parametrize("same", [finding(), broken(), healed()])
def test_a_key_with_the_same_verdict_is_not_a_change(same: Finding) -> None:
    """Times and boxes differ from check to check, and a broken key is reported only once."""
    before = report(state("list", same), unreached("menu"))
    moved = same.model_copy(update={"held_ms": 99, "boxes": ((1, 2, 3, 4),)})
    after = report(state("list", moved, elapsed_ms=7), unreached("menu"), elapsed_ms=1)
    changes = diff_reports(before, after)
    assert not changes
    assert changes.text == "Nothing changed."


def test_states_come_and_go() -> None:
    """A state that is no longer reached is reported with its reason, without its keys."""
    here, gone = report(state("list", finding())), report(unreached("list", "no scraper"))
    lost, back = diff_reports(here, gone), diff_reports(gone, here)
    assert counts(lost) == {"newly_unreached": 1}
    assert "no longer reached: list (no scraper)" in lost.text
    assert counts(back) == {"newly_reached": 1}
    assert counts(diff_reports(gone, report(state("list", broken())))) == {
        "newly_reached": 1,
        "newly_broken": 1,
    }


def test_only_states_that_both_reports_have_come_and_go() -> None:
    """States that a check left out are not lost."""
    both, fewer = report(state("list", finding()), unreached("menu")), report(state("list"))
    assert not diff_reports(both, fewer)
    assert not diff_reports(fewer, both)


def test_a_key_is_followed_through_other_values() -> None:
    """A key with the id of scene 1 is the same key with the id of scene 2.

    Its worst verdict counts: a key that was broken with some value is not newly broken.
    """
    old = report(state("list", finding(values={"id": "1"}), broken(values={"id": "2"})))
    assert not diff_reports(old, report(state("list", broken(values={"id": "3"}))))
    assert counts(diff_reports(old, report(state("list", broken(values={"id": "1"}))))) == {
        "newly_broken": 1
    }


def test_an_unknown_key_is_a_change_only_if_it_does_not_hold() -> None:
    """A key that was added to the registry is only reported if it is broken from the start."""
    old = report(state("list", finding()))
    assert not diff_reports(old, report(state("list", finding(), finding("list.new"))))
    new = diff_reports(old, report(state("list", finding(), broken("list.new"))))
    assert [(change.key, change.before) for change in new.newly_broken] == [("list.new", None)]


def test_an_upgrade_and_a_write_are_changes() -> None:
    """So are another version of Stash, and changes in Stash that a check found."""
    changes = diff_reports(report(), report(version="v0.31.0", changed=("scenes: 4 to 5",)))
    assert changes.version == ("v0.30.1", "v0.31.0")
    assert changes.text == "changed in Stash: scenes: 4 to 5; Stash v0.30.1 became v0.31.0"


def test_the_text_stays_short() -> None:
    """Five of many changes of a kind are named, and the rest are counted."""
    before = report(state("list", *(finding(f"list.k{n}") for n in range(40))))
    after = report(state("list", *(broken(f"list.k{n}") for n in range(40))))
    text = diff_reports(before, after).text
    assert text.endswith("and 35 more")
    assert text.count("list.k") == 5
