"""Checking an upgrade of Stash in advance, on another server.

Both servers go through the same smoke test, and the reports are compared key by key. Only what
works here and would break there makes the check fail; other differences are reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import computed_field

from stashbot.flows.checks.key_usage import (
    KEYS_BY_CAPABILITY,
    BrokenCapability,
    broken_capabilities,
)
from stashbot.flows.checks.selector_check import SelectorReport
from stashbot.flows.checks.smoke import SELECTORS, SmokeReport, smoke
from stashbot.flows.checks.tour.key_check import Finding, StateCheck
from stashbot.flows.checks.tour.tour import Captures
from stashbot.models import Model
from stashbot.selectors import Registry
from stashbot.selectors.element_fingerprint import Fingerprint, similarity
from stashbot.selectors.schema import release_name
from stashbot.settings import Settings

#: Elements that are less similar than this look different.
SAME_APPEARANCE = 0.995

Kind = Literal["breaks", "fixes", "strategy", "appearance"]


class KeyDifference(Model):
    """A key in a state, as it is on either server.

    ``breaks``: it holds here and not there; ``fixes``: the other way round; ``strategy``: another
    strategy serves there; ``appearance``: its element looks different there.
    """

    state: str
    key: str
    kind: Kind
    here: str
    there: str


class StateDifference(Model):
    """A state that only a single server shows, and why the other does not.

    ``breaks`` is set when it is shown here, and there it should be and is not.
    """

    state: str
    only: Literal["here", "there"]
    why: str
    breaks: bool = False


class CapabilityDifference(Model):
    """A capability that works here and would not there, and why."""

    capability: str
    why: str


class UpgradeReport(Model):
    """Two smoke tests side by side: ``here`` is the server in use, ``there`` the other."""

    here: SmokeReport
    there: SmokeReport
    keys: tuple[KeyDifference, ...]
    states: tuple[StateDifference, ...]
    capabilities: tuple[CapabilityDifference, ...]

    @computed_field  # type: ignore[prop-decorator] # pydantic's own way
    @property
    def ok(self) -> bool:
        """Whether all that works here works there, and neither server was changed."""
        breaks = any(key.kind == "breaks" for key in self.keys)
        lost = any(state.breaks for state in self.states)
        return not (breaks or lost or self.capabilities or self.here.changed or self.there.changed)


async def check_upgrade(
    settings: Settings,
    against: Settings,
    *,
    scene_id: str | None = None,
    source: str | None = None,
    full: bool = True,
) -> UpgradeReport:
    """Run the smoke test on both servers in turn, and compare the reports.

    ``scene_id`` and ``source`` are taken on the first server; the second may not have them.

    Raises:
        UsageError: as ``smoke``.
        UnreachableError: a server, or the browser, is not there.
    """
    captures = Captures(fingerprints=True)
    here = await smoke(settings, scene_id=scene_id, source=source, full=full, captures=captures)
    there = await smoke(against, full=full, captures=captures)
    return compare_servers(here, there, Registry.load(settings.selectors.folder, problems=[]))


def compare_servers(here: SmokeReport, there: SmokeReport, registry: Registry) -> UpgradeReport:
    """Return the differences between two smoke tests."""
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
        StateDifference(state=name, only="there", why=_not_in(here.selectors))
        for name, check in others.items()
        if check.reached
    ]
    return UpgradeReport(
        here=here,
        there=there,
        keys=tuple(keys),
        states=tuple(states),
        capabilities=tuple(_capability_differences(here, there, registry)),
    )


def _only_here(name: str, other: StateCheck | None, there: SelectorReport) -> StateDifference:
    if other is None:
        return StateDifference(state=name, only="here", why=_not_in(there))
    breaks = not other.missing_prerequisite
    return StateDifference(state=name, only="here", why=other.why, breaks=breaks)


def _not_in(report: SelectorReport) -> str:
    return f"Stash {report.release} does not have it"


def _key_differences(here: StateCheck, there: StateCheck) -> Iterator[KeyDifference]:
    """Yield the differences of keys that both have, whatever their values are."""
    theirs = _by_key(there.findings)
    for key, ours in _by_key(here.findings).items():
        if key not in theirs:
            continue
        difference = _difference(ours, theirs[key])
        if difference is not None:
            kind, shown_here, shown_there = difference
            yield KeyDifference(
                state=here.state, key=key, kind=kind, here=shown_here, there=shown_there
            )


def _difference(here: Sequence[Finding], there: Sequence[Finding]) -> tuple[Kind, str, str] | None:
    """Return the kind of difference of a key, and what to show of either server."""
    holds_here = all(finding.ok for finding in here)
    holds_there = all(finding.ok for finding in there)
    if holds_here and not holds_there:
        return "breaks", "holds", _why(there)
    if holds_there and not holds_here:
        return "fixes", _why(here), "holds"
    if not holds_here:
        return None
    serving_here, serving_there = _serving_strategies(here), _serving_strategies(there)
    if serving_here and serving_there and serving_here != serving_there:
        return "strategy", ", ".join(sorted(serving_here)), ", ".join(sorted(serving_there))
    prints_here, prints_there = _fingerprints(here), _fingerprints(there)
    if prints_here and prints_there:
        alike = max(similarity(ours, theirs) for ours in prints_here for theirs in prints_there)
        if alike < SAME_APPEARANCE:
            shown_there = f"{_element(prints_there[0])} ({alike:.2f} alike)"
            return "appearance", _element(prints_here[0]), shown_there
    return None


def _by_key(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    by_key: dict[str, list[Finding]] = {}
    for finding in findings:
        by_key.setdefault(finding.key, []).append(finding)
    return by_key


def _why(findings: Sequence[Finding]) -> str:
    return "; ".join(dict.fromkeys(finding.why for finding in findings if not finding.ok))


def _serving_strategies(findings: Sequence[Finding]) -> frozenset[str]:
    """Return the strategies that served, with placeholders in place of the values."""
    serving = set()
    for finding in findings:
        if finding.strategy is not None:
            css = finding.results[finding.strategy - 1].css
            for name, value in finding.values.items():
                css = css.replace(value, f"{{{name}}}")
            serving.add(css)
    return frozenset(serving)


def _fingerprints(findings: Sequence[Finding]) -> list[Fingerprint]:
    return [fingerprint for finding in findings for fingerprint in finding.fingerprints]


def _element(fingerprint: Fingerprint) -> str:
    marks = [f"#{fingerprint.id}"] if fingerprint.id else []
    return fingerprint.tag + "".join([*marks, *(f".{name}" for name in fingerprint.classes)])


def _capability_differences(
    here: SmokeReport, there: SmokeReport, registry: Registry
) -> Iterator[CapabilityDifference]:
    broken_here, broken_there = _broken(here, registry), _broken(there, registry)
    for capability in KEYS_BY_CAPABILITY:
        lost = broken_there.get(capability)
        if lost is None or capability in broken_here:
            continue
        reasons = []
        if lost.lacking:
            reasons.append(f"Stash {there.selectors.release} has no {', '.join(lost.lacking)}")
        if lost.broken:
            reasons.append(f"broken: {', '.join(lost.broken)}")
        yield CapabilityDifference(capability=capability, why="; ".join(reasons))
    for step in here.steps:
        other = there.step(step.name)
        if step.name == SELECTORS or step.verdict != "ok" or other is None:
            continue
        if other.verdict == "failed":
            yield CapabilityDifference(capability=f"rehearsal, {step.name}", why=other.detail)


def _broken(report: SmokeReport, registry: Registry) -> dict[str, BrokenCapability]:
    major, _, minor = report.selectors.release.partition(".")
    selectors = registry.for_release((int(major), int(minor)))
    assert release_name(selectors.release) == report.selectors.release  # noqa: S101 # its own name
    return broken_capabilities(selectors.keys, {finding.key for finding in report.selectors.broken})
