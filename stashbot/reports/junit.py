"""The report of a selector check as JUnit XML, for CI servers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from stashbot.flows.checks.report_diff import verdict
from stashbot.flows.checks.selector_check import SelectorReport
from stashbot.flows.checks.tour.key_check import Finding, StateCheck
from stashbot.reports.files import write_text

SUITES = "stashbot selectors check"
#: The suite of what concerns the server and the registry as a whole.
WHOLE = "server"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(report: SelectorReport, path: Path) -> None:
    """Writes ``junit(report)`` to ``path``, whole or not at all.

    Raises:
        UsageError: it cannot be written there.
    """
    write_text(path, junit(report))


def junit(report: SelectorReport) -> str:
    """One suite a state, one case a key.

    A key that does not hold is a failure; a state that was not reached is one skipped case with
    the reason. The suite ``server`` holds two cases: that Stash is as it was before (else an
    error), and that the selector files are in order (else a failure).
    """
    suites = [_state(check) for check in report.states]
    suites.append(_whole(report))
    root = ET.Element("testsuites", name=SUITES, time=_seconds(report.elapsed_ms))
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    for suite in suites:
        suite.set("timestamp", _stamp(report.started))
        suite.insert(0, _properties(report))
        root.append(suite)
    ET.indent(root)
    return f"{_DECLARATION}\n{ET.tostring(root, encoding='unicode')}\n"


def _state(check: StateCheck) -> ET.Element:
    group = f"stashbot.selectors.{check.state}"
    if check.reached:
        cases = [_key(group, finding) for finding in check.findings]
    else:
        case = ET.Element("testcase", classname=group, name=f"{check.state} is reached", time="0")
        ET.SubElement(case, "skipped", message=_safe(check.why))
        cases = [case]
    return _suite(check.state, check.elapsed_ms, cases)


def _key(group: str, finding: Finding) -> ET.Element:
    seconds = _seconds(finding.held_ms or 0)
    case = ET.Element("testcase", classname=group, name=_safe(finding.name), time=seconds)
    if not finding.ok:
        failure = ET.SubElement(case, "failure", type=verdict(finding), message=_safe(finding.why))
        failure.text = _safe("\n".join(_story(finding)))
    elif finding.why:
        ET.SubElement(case, "system-out").text = _safe(finding.why)
    return case


def _story(finding: Finding) -> Iterable[str]:
    yield f"{finding.name} ({finding.access}): {finding.why}"
    yield f"expected {finding.expected}, found {finding.count}, visible {finding.visible}"
    for number, way in enumerate(finding.ways, start=1):
        text = f" with the text {way.text!r}" if way.text is not None else ""
        nth = f" number {way.nth}" if way.nth is not None else ""
        yield f"{number}. {way.css}{text}{nth}: found {way.count}, visible {way.visible}"
    if finding.healing is not None:
        candidate = finding.healing.candidate
        if candidate is not None:
            yield f"most alike ({candidate.score:.2f}): {candidate.css or candidate.element}"
        yield f"healing: {finding.healing.why}"


def _whole(report: SelectorReport) -> ET.Element:
    group = f"stashbot.{WHOLE}"
    kept = ET.Element("testcase", classname=group, name="Stash is as it was before", time="0")
    if report.changed:
        changed = "; ".join(report.changed)
        error = ET.SubElement(kept, "error", type="changed", message=_safe(changed))
        error.text = _safe("\n".join(report.changed))
    if report.stopped:
        told = [f"Stopped a write of the page: {one}" for one in report.stopped]
        ET.SubElement(kept, "system-out").text = _safe("\n".join(told))
    files = ET.Element("testcase", classname=group, name="Selector files are in order", time="0")
    if report.problems:
        message = _safe(report.problems[0])
        failure = ET.SubElement(files, "failure", type="registry", message=message)
        failure.text = _safe("\n".join(report.problems))
    return _suite(WHOLE, 0, [kept, files])


def _suite(name: str, elapsed_ms: int, cases: list[ET.Element]) -> ET.Element:
    suite = ET.Element("testsuite", name=name, tests=str(len(cases)))
    counted = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    for attribute, tag in counted.items():
        suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", _seconds(elapsed_ms))
    suite.extend(cases)
    return suite


def _properties(report: SelectorReport) -> ET.Element:
    width, height = report.viewport
    told = {
        "version": report.version,
        "release": report.release if report.exact else f"{report.release} (Stash is newer)",
        "language": report.language or "",
        "direction": report.direction,
        "viewport": f"{width}x{height}",
        "profile": report.profile,
        "scene": report.scene,
    }
    properties = ET.Element("properties")
    for name, value in told.items():
        ET.SubElement(properties, "property", name=name, value=_safe(value))
    return properties


def _stamp(started: str) -> str:
    """UTC without its offset, as the format has it."""
    return datetime.fromisoformat(started).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _seconds(elapsed_ms: int) -> str:
    return f"{elapsed_ms / 1000:.3f}"


def _safe(text: str) -> str:
    """``text`` without what XML 1.0 cannot hold in any form."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
