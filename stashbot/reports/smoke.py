"""The report of a smoke test as JUnit XML: the selectors' suites, and one of its own steps."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from stashbot.flows.checks.smoke import SmokeReport
from stashbot.reports.files import write_text
from stashbot.reports.junit import junit

SUITE = "smoke"


def write_smoke_junit(report: SmokeReport, path: Path) -> None:
    """Writes ``smoke_junit(report)`` to ``path``, whole or not at all.

    Raises:
        UsageError: it cannot be written there.
    """
    write_text(path, smoke_junit(report))


def smoke_junit(report: SmokeReport) -> str:
    """``junit`` of the selectors, with the suite ``smoke``: one case a step."""
    root = ET.fromstring(junit(report.selectors))  # noqa: S314 # made one line above
    suite = ET.Element("testsuite", name=SUITE, tests=str(len(report.steps)), errors="0")
    for name, verdict in (("failures", "failed"), ("skipped", "skipped")):
        suite.set(name, str(sum(step.verdict == verdict for step in report.steps)))
    suite.set("time", f"{report.elapsed_ms / 1000:.3f}")
    for step in report.steps:
        seconds = f"{step.elapsed_ms / 1000:.3f}"
        case = ET.SubElement(
            suite, "testcase", classname="stashbot.smoke", name=step.name, time=seconds
        )
        if step.verdict == "failed":
            ET.SubElement(case, "failure", type="smoke", message=step.detail).text = step.detail
        elif step.verdict == "skipped":
            ET.SubElement(case, "skipped", message=step.detail)
        else:
            ET.SubElement(case, "system-out").text = step.detail
    for name, of in (("tests", "tests"), ("failures", "failures")):
        root.set(name, str(int(root.get(name, "0")) + int(suite.get(of, "0"))))
    root.append(suite)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'
