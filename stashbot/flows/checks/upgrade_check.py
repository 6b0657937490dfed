"""Rehearsing an upgrade: what holds on one Stash and not on another.

Both servers are put to the same smoke test, and the reports are compared key by key. What works
here and would break there is what counts; what differs otherwise is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import computed_field

from stashbot.flows.checks.key_usage import NEEDS, broken_flows
from stashbot.flows.checks.selector_check import SelectorReport
from stashbot.flows.checks.smoke import SELECTORS, SmokeReport, smoke
from stashbot.flows.checks.tour.key_check import Finding, StateCheck
from stashbot.flows.checks.tour.tour import Looks
from stashbot.models import Model
from stashbot.selectors import Registry
from stashbot.selectors.element_fingerprint import Fingerprint, similarity
from stashbot.selectors.schema import release_name
from stashbot.settings import Settings

#: Elements that are less alike than this look different.
ALIKE = 0.995

Kind = Literal["breaks", "mends", "strategy", "looks"]


class KeyDifference(Model):
    """One key in one state, as it is on either server.

    ``breaks``: it holds here and not there; ``mends``: the other way round; ``strategy``: another
    one serves; ``looks``: what it finds looks different.
    """

    state: str
    key: str
    kind: Kind
    here: str
    there: str


class StateDifference(Model):
    """A state that only one of the servers shows, and why the other does not.

    ``breaks`` when it is shown here, and there it should be and is not.
    """

    state: str
    only: Literal["here", "there"]
    why: str
    breaks: bool = False


class FlowDifference(Model):
    """A flow that works here and would not there, and why."""

    flow: str
    why: str


class Rehearsal(Model):
    """Two smoke tests side by side: ``here`` what runs now, ``there`` what is to be."""

    here: SmokeReport
    there: SmokeReport
    keys: tuple[KeyDifference, ...]
    states: tuple[StateDifference, ...]
    flows: tuple[FlowDifference, ...]

    @computed_field  # type: ignore[prop-decorator] # pydantic's own way
    @property
    def ok(self) -> bool:
        """Whether all that works here works there, and neither server was changed."""
        breaks = any(one.kind == "breaks" for one in self.keys)
        lost = any(one.breaks for one in self.states)
        return not (breaks or lost or self.flows or self.here.changed or self.there.changed)


async def rehearse(
    settings: Settings,
    against: Settings,
    *,
    scene_id: str | None = None,
    source: str | None = None,
    full: bool = True,
) -> Rehearsal:
    """Puts both servers to the smoke test, one after the other, and compares.

    ``scene_id`` and ``source`` are taken on the first server; the second may not have them.

    Raises:
        UsageError: as ``smoke``.
        UnreachableError: one of the servers, or the browser, is not there.
    """
    looks = Looks(fingerprints=True)
    here = await smoke(settings, scene_id=scene_id, source=source, full=full, looks=looks)
    there = await smoke(against, full=full, looks=looks)
    return compare(here, there, Registry.load(settings.selectors.folder, problems=[]))


def compare(here: SmokeReport, there: SmokeReport, registry: Registry) -> Rehearsal:
    """The differences between two smoke tests."""
    keys: list[KeyDifference] = []
    states: list[StateDifference] = []
    others = {check.state: check for check in there.selectors.states}
    for check in here.selectors.states:
        other = others.pop(check.state, None)
        if check.reached and other is not None and other.reached:
            keys += _key_differences(check, other)
        elif check.reached:
            states.append(_only_here(check.state, other, there.selectors))
        elif other is not None and other.reached:
            states.append(StateDifference(state=check.state, only="there", why=check.why))
    states += [
        StateDifference(state=name, only="there", why=_lacks(here.selectors))
        for name, check in others.items()
        if check.reached
    ]
    flows = tuple(_flow_differences(here, there, registry))
    return Rehearsal(here=here, there=there, keys=tuple(keys), states=tuple(states), flows=flows)


def _only_here(name: str, other: StateCheck | None, report: SelectorReport) -> StateDifference:
    if other is None:
        return StateDifference(state=name, only="here", why=_lacks(report))
    return StateDifference(state=name, only="here", why=other.why, breaks=not other.lacking)


def _lacks(report: SelectorReport) -> str:
    return f"Stash {report.release} does not have it"


def _key_differences(here: StateCheck, there: StateCheck) -> Iterator[KeyDifference]:
    """Keys that both were asked for; values, such as names of scrapers, may differ."""
    theirs = _by_key(there.findings)
    for key, ours in _by_key(here.findings).items():
        if key not in theirs:
            continue
        told = _compared(ours, theirs[key])
        if told is not None:
            kind, one, other = told
            yield KeyDifference(state=here.state, key=key, kind=kind, here=one, there=other)


def _compared(ours: Sequence[Finding], theirs: Sequence[Finding]) -> tuple[Kind, str, str] | None:
    holds, held = all(one.ok for one in ours), all(one.ok for one in theirs)
    if holds and not held:
        return "breaks", "holds", _why(theirs)
    if held and not holds:
        return "mends", _why(ours), "holds"
    if not holds:
        return None
    serving, served = _served(ours), _served(theirs)
    if serving and served and serving != served:
        return "strategy", ", ".join(sorted(serving)), ", ".join(sorted(served))
    prints, printed = _prints(ours), _prints(theirs)
    if prints and printed:
        alike = max(similarity(one, other) for one in prints for other in printed)
        if alike < ALIKE:
            return "looks", _look(prints[0]), f"{_look(printed[0])} ({alike:.2f} alike)"
    return None


def _by_key(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for one in findings:
        found.setdefault(one.key, []).append(one)
    return found


def _why(findings: Sequence[Finding]) -> str:
    return "; ".join(dict.fromkeys(one.why for one in findings if not one.ok))


def _served(findings: Sequence[Finding]) -> frozenset[str]:
    """The strategies that served, without the values that were filled in."""
    served = set()
    for one in findings:
        if one.strategy is not None:
            css = one.ways[one.strategy - 1].css
            for name, value in one.values.items():
                css = css.replace(value, f"{{{name}}}")
            served.add(css)
    return frozenset(served)


def _prints(findings: Sequence[Finding]) -> list[Fingerprint]:
    return [found for one in findings for found in one.fingerprints]


def _look(found: Fingerprint) -> str:
    marks = [f"#{found.id}"] if found.id else []
    return found.tag + "".join([*marks, *(f".{name}" for name in found.classes)])


def _flow_differences(
    here: SmokeReport, there: SmokeReport, registry: Registry
) -> Iterator[FlowDifference]:
    breaking, broken = _broken(there, registry), _broken(here, registry)
    for flow in NEEDS:
        if flow not in breaking or flow in broken:
            continue
        lacking, failing = breaking[flow]
        told = [f"Stash {there.selectors.release} has no {', '.join(lacking)}"] if lacking else []
        told += [f"broken: {', '.join(failing)}"] if failing else []
        yield FlowDifference(flow=flow, why="; ".join(told))
    for step in here.steps:
        other = there.step(step.name)
        gone = step.verdict == "ok" and other is not None and other.verdict == "failed"
        if gone and other is not None and step.name != SELECTORS:
            yield FlowDifference(flow=f"dry run, {step.name}", why=other.detail)


def _broken(
    report: SmokeReport, registry: Registry
) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    major, _, minor = report.selectors.release.partition(".")
    selectors = registry.for_release((int(major), int(minor)))
    assert release_name(selectors.release) == report.selectors.release  # noqa: S101 # its own name
    return broken_flows(selectors.keys, {one.key for one in report.selectors.broken})
