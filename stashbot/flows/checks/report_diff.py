"""What changed between two checks of the selector registry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field, computed_field

from stashbot.flows.checks.selector_check import SelectorReport
from stashbot.flows.checks.tour.key_check import Finding, StateCheck
from stashbot.models import Model

#: ``healed`` keys do not find what they must, but another element may stand in for it.
Verdict = Literal["held", "healed", "broken"]
_SEVERITY: tuple[Verdict, ...] = ("held", "healed", "broken")
#: So many changes of one kind are named in the short text.
_NAMED = 5


def verdict(finding: Finding) -> Verdict:
    """Whether the key finds what it must, or something that may be used in its place."""
    if finding.ok:
        return "held"
    return "healed" if finding.healing is not None and finding.healing.usable else "broken"


class KeyChange(Model):
    """A key in a state that came out in another way than before.

    ``before`` is ``None`` for a key that was not looked at; ``strategies`` are the ones that
    served, counted from 1.
    """

    state: str
    key: str
    values: dict[str, str] = Field(default_factory=dict)
    before: Verdict | None
    after: Verdict
    strategies: tuple[int | None, int | None] = (None, None)
    why: str = ""


class StateChange(Model):
    """A state that is reached again, or no longer; ``why`` is what keeps the page from it."""

    state: str
    why: str = ""


class Changes(Model):
    """What changed. ``version`` is Stash's before and after, if they differ.

    ``written`` says what a check found changed in Stash that the one before did not.
    """

    version: tuple[str, str] | None = None
    newly_broken: tuple[KeyChange, ...] = ()
    newly_held: tuple[KeyChange, ...] = ()
    newly_healed: tuple[KeyChange, ...] = ()
    strategy_changed: tuple[KeyChange, ...] = ()
    newly_unreached: tuple[StateChange, ...] = ()
    newly_reached: tuple[StateChange, ...] = ()
    written: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return self != Changes()

    @computed_field  # type: ignore[prop-decorator] # pydantic's own way
    @property
    def text(self) -> str:
        """All of it in one line, the worst first."""
        return "; ".join(self._parts()) or "Nothing changed."

    def _parts(self) -> Iterator[str]:
        if self.written:
            yield f"changed in Stash: {_listed(self.written)}"
        if self.newly_broken:
            yield f"newly broken: {_listed([_with_why(one) for one in self.newly_broken])}"
        if self.newly_healed:
            yield f"newly healed: {_listed([_named(one) for one in self.newly_healed])}"
        if self.newly_unreached:
            told = [f"{one.state} ({one.why})" for one in self.newly_unreached]
            yield f"no longer reached: {_listed(told)}"
        if self.newly_held:
            yield f"holds again: {_listed([_named(one) for one in self.newly_held])}"
        if self.newly_reached:
            yield f"reached again: {_listed([one.state for one in self.newly_reached])}"
        if self.strategy_changed:
            yield f"other strategy: {_listed([_ways(one) for one in self.strategy_changed])}"
        if self.version:
            yield f"Stash {self.version[0]} became {self.version[1]}"


def compare(before: SelectorReport, after: SelectorReport) -> Changes:
    """What is another in ``after`` than in ``before``.

    States and keys are compared where both reports have them; a key that is asked with other
    values now is compared with the worst that it came to in the same state before, and one that
    was not looked at is a change only if it does not hold.
    """
    old, new = _states(before), _states(after)
    both = [name for name in new if name in old]
    keys = [
        change
        for name, check in new.items()
        for change in _keys(old.get(name), check)
        if check.reached
    ]
    moved = [one for one in keys if one.before != one.after]
    return Changes(
        version=None if before.version == after.version else (before.version, after.version),
        newly_broken=tuple(one for one in moved if one.after == "broken"),
        newly_held=tuple(one for one in moved if one.after == "held" and one.before),
        newly_healed=tuple(one for one in moved if one.after == "healed"),
        strategy_changed=tuple(
            one
            for one in keys
            if one.before == one.after == "held" and one.strategies[0] != one.strategies[1]
        ),
        newly_unreached=tuple(
            StateChange(state=name, why=new[name].why)
            for name in both
            if old[name].reached and not new[name].reached
        ),
        newly_reached=tuple(
            StateChange(state=name) for name in both if new[name].reached and not old[name].reached
        ),
        written=tuple(one for one in after.changed if one not in before.changed),
    )


def _states(report: SelectorReport) -> dict[str, StateCheck]:
    return {check.state: check for check in report.states}


def _keys(before: StateCheck | None, after: StateCheck) -> Iterator[KeyChange]:
    was = before.findings if before is not None else ()
    for finding in after.findings:
        counterpart = _counterpart(was, finding)
        yield KeyChange(
            state=after.state,
            key=finding.key,
            values=finding.values,
            before=verdict(counterpart) if counterpart else None,
            after=verdict(finding),
            strategies=(counterpart.strategy if counterpart else None, finding.strategy),
            why="" if finding.ok else finding.why,
        )


def _counterpart(was: Sequence[Finding], finding: Finding) -> Finding | None:
    same = [one for one in was if one.key == finding.key]
    exact = [one for one in same if one.values == finding.values]
    return max(exact or same, key=lambda one: _SEVERITY.index(verdict(one)), default=None)


def _named(change: KeyChange) -> str:
    told = ", ".join(f"{name}={value}" for name, value in change.values.items())
    return f"{change.key}({told}) in {change.state}" if told else f"{change.key} in {change.state}"


def _with_why(change: KeyChange) -> str:
    return f"{_named(change)}: {change.why}" if change.why else _named(change)


def _ways(change: KeyChange) -> str:
    before, after = (str(one) if one else "none" for one in change.strategies)
    return f"{_named(change)}: {before} to {after}"


def _listed(told: Sequence[str]) -> str:
    more = f" and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
    return ", ".join(told[:_NAMED]) + more
