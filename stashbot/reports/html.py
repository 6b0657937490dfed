"""The report of a selector check as one HTML file that needs nothing else.

The page is told by its own Content-Security-Policy to load nothing and to run no script but its
own. All but the filter box works without scripts.
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

from stashbot.flows.checks.report_diff import Verdict, verdict
from stashbot.flows.checks.selector_check import SelectorReport
from stashbot.flows.checks.tour.key_check import Finding, StateCheck
from stashbot.reports.files import write_text
from stashbot.reports.image_marks import Mark, Marked, marks

_TEMPLATE = "selector_report.html.j2"
_STYLE = "selector_report.css"
_SCRIPT = "selector_report.js"
_ORDER: tuple[Verdict, ...] = ("broken", "healed", "held")
_SECOND_MS = 1000
_MINUTE_S = 60


def write_html(report: SelectorReport, path: Path) -> None:
    """Writes ``html(report)`` to ``path``, whole or not at all.

    Raises:
        UsageError: it cannot be written there.
    """
    write_text(path, html(report))


def html(report: SelectorReport) -> str:
    """The page: a summary, what is broken, and every state with its marked screenshot."""
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
    most = max((len(state.rows) for state in states), default=0)
    style = loader.get_source(env, _STYLE)[0] + _highlights(most)
    script = loader.get_source(env, _SCRIPT)[0]
    counts = {one: sum(state.count(one) for state in states) for one in _ORDER}
    return env.get_template(_TEMPLATE).render(
        report=report,
        states=states,
        troubles=[(state, row) for state in states for row in state.rows if row.verdict != "held"],
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
    """A time as a person reads it: ``640 ms``, ``12.3 s``, ``2 min 5 s``."""
    if elapsed_ms < _SECOND_MS:
        return f"{elapsed_ms} ms"
    seconds = round(elapsed_ms / 1000, 1)
    if seconds < _MINUTE_S:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), _MINUTE_S)
    return f"{minutes} min {rest} s"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A key of a state's table. ``number`` marks its elements in the picture."""

    number: int
    finding: Finding
    verdict: Verdict
    drawn: bool

    @property
    def expected(self) -> str:
        """How many there must be, in short."""
        return "1+" if self.finding.expected == "1 or more" else self.finding.expected

    @property
    def text(self) -> str:
        """What the filter box looks at."""
        one = self.finding
        told = (one.name, one.element or "", one.why, one.access, self.verdict)
        return " ".join(told).lower()


@dataclass(frozen=True, kw_only=True)
class State:
    """A state as it is shown: broken keys first, then healed ones, then in the report's order."""

    place: int
    check: StateCheck
    rows: tuple[Row, ...]
    marks: tuple[Mark, ...]
    picture: str

    def count(self, one: Verdict) -> int:
        """How many keys came out so."""
        return sum(row.verdict == one for row in self.rows)

    @property
    def status(self) -> str:
        """The worst of it: ``broken``, ``failed``, ``healed``, ``lacking`` or ``held``."""
        if not self.check.reached:
            return "lacking" if self.check.lacking else "failed"
        return next((one for one in _ORDER if self.count(one)), "held")


def _state(place: int, check: StateCheck) -> State:
    findings = sorted(check.findings, key=lambda one: _ORDER.index(verdict(one)))
    wanted = [
        Marked(number=number, verdict=verdict(one), name=one.name, boxes=one.boxes)
        for number, one in enumerate(findings, start=1)
    ]
    drawn = marks(wanted, check.width, check.height) if check.screenshot else ()
    numbers = {mark.number for mark in drawn}
    rows = tuple(
        Row(number=number, finding=one, verdict=verdict(one), drawn=number in numbers)
        for number, one in enumerate(findings, start=1)
    )
    return State(
        place=place, check=check, rows=rows, marks=drawn, picture=_data_url(check.screenshot)
    )


def _data_url(jpeg: bytes | None) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}" if jpeg else ""


def _highlights(most: int) -> str:
    """Lights up row and marks of one number together, without a script: one selector a number."""
    numbers = range(1, most + 1)
    if not numbers:
        return ""
    return (
        f"{_together(numbers, 'tr')}{{background:var(--lit)}}\n"
        f"{_together(numbers, '.mark')}{{opacity:1}}\n"
        f"{_together(numbers, '.mark text')}{{display:block}}\n"
        f"{_together(numbers, '.mark rect')}{{fill-opacity:.28;stroke-width:3.5px}}\n"
    )


def _together(numbers: Iterable[int], what: str) -> str:
    tag, _, inner = what.partition(" ")
    return ",\n".join(
        f'.state:has([data-n="{n}"]:is(:hover,:focus-within)) {tag}[data-n="{n}"] {inner}'.strip()
        for n in numbers
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _day(started: str) -> str:
    return datetime.fromisoformat(started).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


__all__: Sequence[str] = ("duration", "html", "write_html")
