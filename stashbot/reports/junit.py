"""Reports of checks as JUnit XML, for CI servers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from stashbot.flows.checks.report_diff import verdict_on
from stashbot.flows.checks.selector_check import SelectorReport
from stashbot.flows.checks.smoke import SmokeReport
from stashbot.flows.checks.tour.key_check import Finding, StateCheck
from stashbot.reports.files import write_text

SUITES = "stashbot selectors check"
#: The suite about the server and the registry as a whole.
SERVER_SUITE = "server"
#: The suite of a smoke test's own steps.
SMOKE_SUITE = "smoke"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(report: SelectorReport, path: Path) -> None:
    """Write the report of a selector check to ``path``, whole or not at all.

    Raises:
        UsageError: it cannot be written there.
    """
    write_text(path, to_xml(junit(report)))


def write_smoke_junit(report: SmokeReport, path: Path) -> None:
    """Write the report of a smoke test to ``path``, whole or not at all.

    Raises:
        UsageError: it cannot be written there.
    """
    write_text(path, to_xml(smoke_junit(report)))


def junit(report: SelectorReport) -> ET.Element:
    """Return the suites of a selector check: for each state, a case for each key.

    A key that does not hold is a failure; a state that was not reached is a skipped case with the
    reason. The suite ``server`` has two cases: that Stash is as it was before (otherwise an
    error), and that the selector files are in order (otherwise a failure).
    """
    suites = [_state_suite(check) for check in report.states]
    suites.append(_server_suite(report))
    for suite in suites:
        suite.set("timestamp", _timestamp(report.started))
        suite.insert(0, _properties(report))
    return _suites(suites, report.elapsed_ms)


def smoke_junit(report: SmokeReport) -> ET.Element:
    """Return the suites of the selector check, and ``smoke`` with its steps as cases."""
    root = junit(report.selectors)
    cases = []
    for step in report.steps:
        case = _case("stashbot.smoke", step.name, step.elapsed_ms)
        if step.verdict == "failed":
            _add(case, "failure", step.detail, type="smoke", message=step.detail)
        elif step.verdict == "skipped":
            _add(case, "skipped", None, message=step.detail)
        else:
            _add(case, "system-out", step.detail)
        cases.append(case)
    root.append(_suite(SMOKE_SUITE, report.elapsed_ms, cases))
    _count_cases(root)
    return root


def to_xml(root: ET.Element) -> str:
    """Return the XML document of ``root``, indented."""
    ET.indent(root)
    return f"{_DECLARATION}\n{ET.tostring(root, encoding='unicode')}\n"


def _state_suite(check: StateCheck) -> ET.Element:
    group = f"stashbot.selectors.{check.state}"
    if check.reached:
        cases = [_key_case(group, finding) for finding in check.findings]
    else:
        case = _case(group, f"{check.state} is reached", 0)
        _add(case, "skipped", None, message=check.why)
        cases = [case]
    return _suite(check.state, check.elapsed_ms, cases)


def _key_case(group: str, finding: Finding) -> ET.Element:
    case = _case(group, finding.name, finding.held_ms or 0)
    if not finding.ok:
        text = "\n".join(_describe(finding))
        _add(case, "failure", text, type=verdict_on(finding), message=finding.why)
    elif finding.why:
        _add(case, "system-out", finding.why)
    return case


def _describe(finding: Finding) -> Iterable[str]:
    yield f"{finding.name} ({finding.access}): {finding.why}"
    yield f"expected {finding.expected}, found {finding.count}, visible {finding.visible}"
    for number, result in enumerate(finding.results, start=1):
        text = f" with the text {result.text!r}" if result.text is not None else ""
        nth = f" number {result.nth}" if result.nth is not None else ""
        counts = f"found {result.count}, visible {result.visible}"
        yield f"{number}. {result.css}{text}{nth}: {counts}"
    if finding.healing is not None:
        candidate = finding.healing.candidate
        if candidate is not None:
            yield f"most similar ({candidate.score:.2f}): {candidate.css or candidate.element}"
        yield f"healing: {finding.healing.why}"


def _server_suite(report: SelectorReport) -> ET.Element:
    group = f"stashbot.{SERVER_SUITE}"
    unchanged = _case(group, "Stash is as it was before", 0)
    if report.changed:
        message = "; ".join(report.changed)
        _add(unchanged, "error", "\n".join(report.changed), type="changed", message=message)
    if report.blocked_writes:
        lines = [f"Stopped a write of the page: {write}" for write in report.blocked_writes]
        _add(unchanged, "system-out", "\n".join(lines))
    files = _case(group, "Selector files are in order", 0)
    if report.problems:
        text = "\n".join(report.problems)
        _add(files, "failure", text, type="registry", message=report.problems[0])
    return _suite(SERVER_SUITE, 0, [unchanged, files])


def _suites(suites: Sequence[ET.Element], elapsed_ms: int) -> ET.Element:
    root = ET.Element("testsuites", name=SUITES, time=_seconds(elapsed_ms))
    root.extend(suites)
    _count_cases(root)
    return root


def _count_cases(root: ET.Element) -> None:
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))


def _suite(name: str, elapsed_ms: int, cases: list[ET.Element]) -> ET.Element:
    suite = ET.Element("testsuite", name=name, tests=str(len(cases)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", _seconds(elapsed_ms))
    suite.extend(cases)
    return suite


def _case(group: str, name: str, elapsed_ms: int) -> ET.Element:
    return ET.Element("testcase", classname=group, name=_safe(name), time=_seconds(elapsed_ms))


def _add(case: ET.Element, tag: str, text: str | None, **attributes: str) -> None:
    safe = {name: _safe(value) for name, value in attributes.items()}
    ET.SubElement(case, tag, safe).text = None if text is None else _safe(text)


def _properties(report: SelectorReport) -> ET.Element:
    width, height = report.viewport
    values = {
        "version": report.version,
        "release": report.release if report.exact else f"{report.release} (Stash is newer)",
        "language": report.language or "",
        "direction": report.direction,
        "viewport": f"{width}x{height}",
        "profile": report.profile,
        "scene": report.scene,
    }
    properties = ET.Element("properties")
    for name, value in values.items():
        ET.SubElement(properties, "property", name=name, value=_safe(value))
    return properties


def _timestamp(started: str) -> str:
    """Return the time in UTC without an offset, as the format wants it."""
    return datetime.fromisoformat(started).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _seconds(elapsed_ms: int) -> str:
    return f"{elapsed_ms / 1000:.3f}"


def _safe(text: str) -> str:
    """Replace the characters that XML 1.0 cannot hold in any form."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
