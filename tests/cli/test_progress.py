"""The live view of a run, and formatting of values."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from pydantic import JsonValue
from rich.console import Console
from rich.text import Text

from stashbot.cli import formatting
from stashbot.cli.output import Output, exit_code, to_json
from stashbot.cli.progress import LiveView, live_progress
from stashbot.errors import (
    EngineError,
    GraphQLError,
    Interrupted,
    LoginError,
    StashbotError,
    StateLocked,
    UnknownScene,
)
from stashbot.models import Evidence, Outcome, SceneResult
from stashbot.redaction import Scrubber
from stashbot.store import Event, EventKind, Run


class Clock:
    """A clock that the test moves."""

    now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def _run(scenes: int) -> Run:
    return Run(id="r1", kind="enrich", started=datetime(2024, 1, 2, tzinfo=UTC), scene_count=scenes)


def _phase(phase: str, **values: str) -> Event:
    at = datetime(2024, 1, 2, tzinfo=UTC)
    return Event(seq=1, run="r1", scene="3", kind=EventKind.PHASE, phase=phase, at=at, **values)


def _shown(view: LiveView, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    console.print(view.render())
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text


def test_the_live_view_tells_workers_counts_rate_and_time_to_go() -> None:
    """A line a worker with scene, phase and time; counts, rate and time to go under the bar."""
    clock = Clock()
    view = LiveView(Console(file=io.StringIO()), workers=2, clock=clock)
    assert "Starting" in _shown(view)
    view.start(_run(10), 8)
    view.show_phase(_phase("scrape", name="Some [b]clip[/b]\n", detail="Alpha"))
    clock.now += 6
    shown = _shown(view)
    assert "2/10" in shown
    worker, idle, *_ = shown.splitlines()
    assert worker.split() == ["Some", "[b]clip[/b]", "asking", "Alpha", "6.0", "s"]
    assert idle.strip() == "\N{MIDDLE DOT}"

    view.show_phase(_phase("save", name="Some clip"))
    assert "saving" in _shown(view)
    view.show_result(SceneResult(id="3", outcome=Outcome.APPLIED))
    view.show_result(SceneResult(id="4", outcome=Outcome.TRIAGED))
    shown = _shown(view)
    assert "4/10" in shown
    assert "20 a minute, 18.0 s to go" in shown
    assert "1 applied   1 triaged   0 skipped   0 failed" in shown
    assert "Ctrl-C again" not in shown
    view.show_stopping()
    assert "Ctrl-C again" in _shown(view)
    for width in (40, 100, 160):
        assert all(len(line) <= width for line in _shown(view, width).splitlines())


def test_failures_stay_on_the_screen() -> None:
    """A failed scene is printed above the live view, with its reason."""
    file = io.StringIO()
    view = LiveView(Console(file=file, width=100), workers=1, clock=Clock())
    view.start(_run(2), 2)
    view.show_result(SceneResult(id="1", name="Clip", outcome=Outcome.FAILED, reason="no answer"))
    assert "failed 1  Clip: no answer" in file.getvalue()


def test_json_shows_no_progress_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    """With ``--json`` and no terminal, live_progress prints nothing at all."""
    output = Output(as_json=True, scrubber=Scrubber())
    with live_progress(output, workers=2) as progress:
        progress.on_start(_run(1), 1)
        progress.on_result(SceneResult(id="1", outcome=Outcome.APPLIED))
        output.print(Text("for people"))
        output.print_commands([("try", "stashbot run")])
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnknownScene(""), 2),
        (StateLocked(""), 2),
        (LoginError(""), 3),
        (Interrupted(""), 130),
        (GraphQLError(""), 1),
        (EngineError(""), 1),
    ],
)
def test_exit_codes_by_kind_of_error(error: StashbotError, code: int) -> None:
    """Bad usage is 2, what cannot be reached 3, an interrupt 130, and what fell short 1."""
    assert exit_code(error) == code


def test_text_of_others_is_one_printable_line() -> None:
    """Control characters and line ends never reach the terminal."""
    assert (
        formatting.clean("a\x1b[31m\nb\tc\x00")
        == "a\N{REPLACEMENT CHARACTER}[31m b c\N{REPLACEMENT CHARACTER}"
    )
    assert formatting.clean("Café 日本") == "Café 日本"


def test_json_is_made_of_plain_values() -> None:
    """Models within lists and dictionaries become plain, and a function may go over all texts."""
    value = {"a": [SceneResult(id="1", outcome=Outcome.APPLIED)], "b": ("x", 1)}
    dumped = to_json(value, str.upper)
    assert dumped["a"][0]["outcome"] == "APPLIED"
    assert dumped["b"] == ["X", 1]


def test_changes_in_words() -> None:
    """A filled field shows its value, a replaced field both, a list added and removed items."""
    ada: JsonValue = {"id": "1", "name": "Ada"}
    ben: JsonValue = {"id": "2", "name": "Ben"}
    assert str(formatting.format_change(None, "Clip")) == "Clip"
    assert str(formatting.format_change("Old", "New")) == "Old \N{RIGHTWARDS ARROW} New"
    assert str(formatting.format_change([ada], [ada, ben])) == "+Ben"
    assert str(formatting.format_change([ada], [ben])) == "+Ben, -Ada"
    assert str(formatting.format_change(False, True)) == "yes"
    assert str(formatting.format_change(None, ada)) == "Ada"
    result = SceneResult(
        id="1", outcome=Outcome.APPLIED, changes={"organized": (False, True), "title": (None, "A")}
    )
    assert formatting.summarize_result(result) == "title, organized"


def test_times_in_words() -> None:
    """Seconds below a minute, then minutes, then hours."""
    assert [formatting.format_seconds(value) for value in (0.44, 59.9, 60, 3599, 3600, 7384)] == [
        "0.4 s",
        "59.9 s",
        "1:00",
        "59:59",
        "1:00:00",
        "2:03:04",
    ]


def test_doubts_in_words() -> None:
    """Differing signals are named, unknown signals are gathered, equal signals are left out."""
    evidence = (
        Evidence(signal="title", points=0.4, weight=0.4),
        Evidence(signal="date", weight=0.2, note="date differs (file: '1', source: '2')"),
        Evidence(signal="duration", weight=0.2, note="unknown"),
        Evidence(signal="performers", weight=0.2, note="unknown"),
    )
    assert formatting.weak_signals(evidence) == "date differs; duration, performers unknown"
