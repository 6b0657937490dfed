"""The differences between two checks of the selector registry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field, computed_field

from stashbot.flows.checks.selector_check import SelectorReport
from stashbot.flows.checks.tour.key_check import Finding, StateCheck
from stashbot.models import Model

#: ``healed`` keys do not find what they must, but another element may replace it.
KeyVerdict = Literal["holds", "healed", "broken"]
_BEST_FIRST: tuple[KeyVerdict, ...] = ("holds", "healed", "broken")
#: How many changes of a kind the short text names.
_NAMED = 5


def verdict_on(finding: Finding) -> KeyVerdict:
    """Return whether the key holds, or another element may replace what it finds."""
    if finding.ok:
        return "holds"
    return "healed" if finding.healing is not None and finding.healing.usable else "broken"


class KeyChange(Model):
    """A key in a state, with its verdict and strategy before and after.

    ``before`` is ``None`` for a key that was not checked. ``strategies`` are those that served,
    before and after, counted from 1.
    """

    state: str
    key: str
    values: dict[str, str] = Field(default_factory=dict)
    before: KeyVerdict | None
    after: KeyVerdict
    strategies: tuple[int | None, int | None] = (None, None)
    why: str = ""


class StateChange(Model):
    """A state that is reached again, or no longer; ``why`` is what keeps the page from it."""

    state: str
    why: str = ""


class ReportDiff(Model):
    """The differences between two reports.

    ``version`` is Stash's before and after, if they differ. ``written`` are the changes in Stash
    that the second check found and the first did not.
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
        return self != ReportDiff()

    @computed_field  # type: ignore[prop-decorator] # pydantic's own way
    @property
    def text(self) -> str:
        """All differences in a line, the worst first."""
        return "; ".join(self._parts()) or "Nothing changed."

    def _parts(self) -> Iterator[str]:
        if self.written:
            yield f"changed in Stash: {_listed(self.written)}"
        if self.newly_broken:
            yield f"newly broken: {_listed([_name_and_why(key) for key in self.newly_broken])}"
        if self.newly_healed:
            yield f"newly healed: {_listed([_name(key) for key in self.newly_healed])}"
        if self.newly_unreached:
            states = [f"{state.state} ({state.why})" for state in self.newly_unreached]
            yield f"no longer reached: {_listed(states)}"
        if self.newly_held:
            yield f"holds again: {_listed([_name(key) for key in self.newly_held])}"
        if self.newly_reached:
            yield f"reached again: {_listed([state.state for state in self.newly_reached])}"
        if self.strategy_changed:
            keys = [_name_and_strategies(key) for key in self.strategy_changed]
            yield f"other strategy: {_listed(keys)}"
        if self.version:
            yield f"Stash {self.version[0]} became {self.version[1]}"


def diff_reports(before: SelectorReport, after: SelectorReport) -> ReportDiff:
    """Return the differences of ``after`` from ``before``.

    States and keys are compared where both reports have them. A key that has other values now, such
    as another scene's id, is compared with the worst finding of that key in the same state before.
    A key that was not checked before is a difference only if it does not hold.
    """
    old, new = _by_state(before), _by_state(after)
    both = [name for name in new if name in old]
    keys = [
        change
        for name, check in new.items()
        for change in _key_changes(old.get(name), check)
        if check.reached
    ]
    changed = [key for key in keys if key.before != key.after]
    return ReportDiff(
        version=None if before.version == after.version else (before.version, after.version),
        newly_broken=tuple(key for key in changed if key.after == "broken"),
        newly_held=tuple(key for key in changed if key.after == "holds" and key.before),
        newly_healed=tuple(key for key in changed if key.after == "healed"),
        strategy_changed=tuple(
            key
            for key in keys
            if key.before == key.after == "holds" and key.strategies[0] != key.strategies[1]
        ),
        newly_unreached=tuple(
            StateChange(state=name, why=new[name].why)
            for name in both
            if old[name].reached and not new[name].reached
        ),
        newly_reached=tuple(
            StateChange(state=name) for name in both if new[name].reached and not old[name].reached
        ),
        written=tuple(change for change in after.changed if change not in before.changed),
    )


def _by_state(report: SelectorReport) -> dict[str, StateCheck]:
    return {check.state: check for check in report.states}


def _key_changes(before: StateCheck | None, after: StateCheck) -> Iterator[KeyChange]:
    """Yield a change for each finding, also where verdict and strategy are the same."""
    earlier = before.findings if before is not None else ()
    for finding in after.findings:
        counterpart = _counterpart(earlier, finding)
        yield KeyChange(
            state=after.state,
            key=finding.key,
            values=finding.values,
            before=verdict_on(counterpart) if counterpart else None,
            after=verdict_on(finding),
            strategies=(counterpart.strategy if counterpart else None, finding.strategy),
            why="" if finding.ok else finding.why,
        )


def _counterpart(earlier: Sequence[Finding], finding: Finding) -> Finding | None:
    same_key = [other for other in earlier if other.key == finding.key]
    exact = [other for other in same_key if other.values == finding.values]
    return max(
        exact or same_key, key=lambda other: _BEST_FIRST.index(verdict_on(other)), default=None
    )


def _name(change: KeyChange) -> str:
    values = ", ".join(f"{name}={value}" for name, value in change.values.items())
    key = f"{change.key}({values})" if values else change.key
    return f"{key} in {change.state}"


def _name_and_why(change: KeyChange) -> str:
    return f"{_name(change)}: {change.why}" if change.why else _name(change)


def _name_and_strategies(change: KeyChange) -> str:
    before, after = (str(strategy) if strategy else "none" for strategy in change.strategies)
    return f"{_name(change)}: {before} to {after}"


def _listed(items: Sequence[str]) -> str:
    more = f" and {len(items) - _NAMED} more" if len(items) > _NAMED else ""
    return ", ".join(items[:_NAMED]) + more
