"""The report of a selector check as an HTML file that needs no other file.

Its Content-Security-Policy lets the page load nothing, and run no script but its own. Everything
except the filter box works without scripts.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from stashbot.flows.checks.report_diff import KeyVerdict, verdict_on
from stashbot.flows.checks.selector_check import SelectorReport
from stashbot.flows.checks.tour.key_check import Finding, StateCheck
from stashbot.reports.files import write_text
from stashbot.reports.image_marks import Mark, MarkedRow, place_marks

_TEMPLATE = "selector_report.html.j2"
_STYLE = "selector_report.css"
_SCRIPT = "selector_report.js"
_WORST_FIRST: tuple[KeyVerdict, ...] = ("broken", "healed", "holds")
_SECOND_MS = 1000
_MINUTE_S = 60


def write_html(report: SelectorReport, path: Path) -> None:
    """Write the report of a selector check to ``path``, whole or not at all.

    Raises:
        UsageError: it cannot be written there.
    """
    write_text(path, html(report))


def html(report: SelectorReport) -> str:
    """Return the page: a summary, the broken keys, and every state's screenshot."""
    loader = PackageLoader("stashbot.reports")
    env = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["duration"] = duration
    states = tuple(_state(place, check) for place, check in enumerate(report.states, start=1))
    most_rows = max((len(state.rows) for state in states), default=0)
    style = loader.get_source(env, _STYLE)[0] + _highlights(most_rows)
    script = loader.get_source(env, _SCRIPT)[0]
    counts = {verdict: sum(state.count(verdict) for state in states) for verdict in _WORST_FIRST}
    return env.get_template(_TEMPLATE).render(
        report=report,
        states=states,
        troubles=[(state, row) for state in states for row in state.rows if row.verdict != "holds"],
        counts=counts,
        keys=sum(counts.values()),
        reached=sum(state.check.reached for state in states),
        started=_day(report.started),
        style=Markup(style),  # noqa: S704 # our own files and numbers
        script=Markup(script),  # noqa: S704 # our own file
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


def duration(elapsed_ms: int) -> str:
    """Format a duration for a person: ``640 ms``, ``12.3 s``, ``2 min 5 s``."""
    if elapsed_ms < _SECOND_MS:
        return f"{elapsed_ms} ms"
    seconds = round(elapsed_ms / 1000, 1)
    if seconds < _MINUTE_S:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), _MINUTE_S)
    return f"{minutes} min {rest} s"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A key of a state's table; ``number`` marks its elements in the picture if it is ``drawn``."""

    number: int
    finding: Finding
    verdict: KeyVerdict
    drawn: bool

    @property
    def expected(self) -> str:
        """The number of elements that there must be, in short."""
        return "1+" if self.finding.expected == "1 or more" else self.finding.expected

    @property
    def text(self) -> str:
        """The text that the filter box searches."""
        finding = self.finding
        parts = (finding.name, finding.element or "", finding.why, finding.access, self.verdict)
        return " ".join(parts).lower()


@dataclass(frozen=True, kw_only=True)
class State:
    """A state as it is shown: broken keys first, then healed ones, then in the report's order."""

    place: int
    check: StateCheck
    rows: tuple[Row, ...]
    marks: tuple[Mark, ...]
    picture: str

    def count(self, verdict: KeyVerdict) -> int:
        """Count the keys with that verdict."""
        return sum(row.verdict == verdict for row in self.rows)

    @property
    def status(self) -> str:
        """The worst of it: broken, failed, healed, missing-prerequisite or holds."""
        if not self.check.reached:
            return "missing-prerequisite" if self.check.missing_prerequisite else "failed"
        return next((verdict for verdict in _WORST_FIRST if self.count(verdict)), "holds")


def _state(place: int, check: StateCheck) -> State:
    findings = sorted(check.findings, key=lambda finding: _WORST_FIRST.index(verdict_on(finding)))
    numbered = list(enumerate(findings, start=1))
    wanted = [
        MarkedRow(
            number=number, verdict=verdict_on(finding), name=finding.name, boxes=finding.boxes
        )
        for number, finding in numbered
    ]
    marks = place_marks(wanted, check.width, check.height) if check.screenshot else ()
    drawn = {mark.number for mark in marks}
    rows = tuple(
        Row(number=number, finding=finding, verdict=verdict_on(finding), drawn=number in drawn)
        for number, finding in numbered
    )
    return State(
        place=place, check=check, rows=rows, marks=marks, picture=_data_url(check.screenshot)
    )


def _data_url(jpeg: bytes | None) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}" if jpeg else ""


def _highlights(most_rows: int) -> str:
    """Return the CSS that highlights the row and the marks of a number together.

    Without a script that takes a selector for each number.
    """
    numbers = range(1, most_rows + 1)
    if not numbers:
        return ""
    return (
        f"{_pointed_at(numbers, 'tr')}{{background:var(--lit)}}\n"
        f"{_pointed_at(numbers, '.mark')}{{opacity:1}}\n"
        f"{_pointed_at(numbers, '.mark text')}{{display:block}}\n"
        f"{_pointed_at(numbers, '.mark rect')}{{fill-opacity:.28;stroke-width:3.5px}}\n"
    )


def _pointed_at(numbers: Iterable[int], element: str) -> str:
    tag, _, inner = element.partition(" ")
    return ",\n".join(
        f'.state:has([data-n="{n}"]:is(:hover,:focus-within)) {tag}[data-n="{n}"] {inner}'.strip()
        for n in numbers
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _day(started: str) -> str:
    return datetime.fromisoformat(started).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


__all__: Sequence[str] = ("duration", "html", "write_html")
