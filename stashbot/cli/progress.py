"""Progress of a run: live on a terminal, else a line per scene."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.text import Text

from stashbot.cli.formatting import STYLES, clean, format_seconds, pluralize, result_line

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from stashbot.cli.output import Output
    from stashbot.flows.runs.driver import RunObserver
    from stashbot.models import SceneResult
    from stashbot.store import Event, Run

#: The rate is computed over this many scenes.
_RATE_SCENES = 20
_BAR_WIDTH = 40
#: Outcomes whose counts always show; ``planned`` only shows in dry runs.
_ALWAYS_SHOWN = ("applied", "triaged", "skipped", "failed")
_PHASES = {
    "scrape": "asking",
    "save": "saving",
    "organize": "organizing",
    "wait": "waiting:",
}
_FOLLOWING = "Another stashbot process works on this state: it takes this run, too."
_STOPPING = "Stopping: the steps in progress end first. Ctrl-C again hurries them."


@contextmanager
def live_progress(
    output: Output,
    *,
    workers: int,
    wait: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[RunObserver]:
    """Open the progress display that suits this output.

    On a terminal a live view, which with ``wait`` appears when the run begins; elsewhere a line
    per scene; with ``--json`` nothing, unless stderr is a terminal.
    """
    from stashbot.flows.runs.driver import RunObserver

    console = output.live_console
    if console is not None:
        view = LiveView(console, workers=workers, clock=clock)
        with view.shown(wait=wait):
            yield RunObserver(
                on_start=view.start,
                on_phase=view.show_phase,
                on_result=view.show_result,
                on_stop=view.show_stopping,
                on_follow=view.show_following,
                on_outage=view.show_outage,
            )
    elif output.as_json:
        yield RunObserver()
    else:
        lines = LineView(output)
        yield RunObserver(
            on_start=lines.start,
            on_result=lines.show_result,
            on_stop=lines.show_stopping,
            on_follow=lines.show_following,
            on_outage=lines.show_outage,
        )


class LineView:
    """A line per scene."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._total = 0
        self._done = 0

    def start(self, run: Run, left: int) -> None:
        """Print the run's id and number of scenes."""
        self._total, self._done = run.scene_count, run.scene_count - left
        self._output.print(_opening(run, left))

    def show_result(self, result: SceneResult) -> None:
        """Print the line of a scene that has ended."""
        self._done += 1
        width = len(str(self._total))
        self._output.print(result_line(result, position=f"{self._done:>{width}}/{self._total}"))

    def show_outage(self, event: Event) -> None:
        """Print that the run asks a source no more."""
        self._output.print(_outage_line(event))

    def show_following(self) -> None:
        """Say that another process works on the run."""
        self._output.print(Text(_FOLLOWING))

    def show_stopping(self) -> None:
        """Print that the run is stopping."""
        self._output.print(Text(_STOPPING))


class LiveView:
    """A line per worker, and a bar with counts, rate and time to go."""

    def __init__(self, console: Console, *, workers: int, clock: Callable[[], float]) -> None:
        from rich.live import Live

        self._console = console
        self._clock = clock
        self._lines = workers
        #: By scene: its phase, and the time when its work began.
        self._phases: dict[str, tuple[Event, float]] = {}
        self._counts: Counter[str] = Counter()
        self._total = 0
        self._done_before = 0
        self._ends: deque[float] = deque(maxlen=_RATE_SCENES)
        self._stopping = False
        self._waits = False
        self._live = Live(
            console=console, get_renderable=self.render, refresh_per_second=8, transient=True
        )

    @contextmanager
    def shown(self, *, wait: bool = False) -> Iterator[None]:
        """Show the view within the block; with ``wait`` from ``start`` on."""
        self._waits = wait
        if not wait:
            self._live.start()
        try:
            yield
        finally:
            self._live.stop()

    def start(self, run: Run, left: int) -> None:
        """Begin to count: the run has ``left`` scenes to go."""
        self._total, self._done_before = run.scene_count, run.scene_count - left
        self._lines = min(self._lines, left)
        self._ends.append(self._clock())
        self._console.print(_opening(run, left), highlight=False)
        if self._waits:
            self._live.start()

    def show_phase(self, event: Event) -> None:
        """Show that a worker has begun another phase or scene."""
        scene = event.scene or ""
        since = self._phases[scene][1] if scene in self._phases else self._clock()
        self._phases[scene] = (event, since)

    def show_result(self, result: SceneResult) -> None:
        """Count a scene that has ended; print failures above the view."""
        self._phases.pop(result.id, None)
        self._counts[result.outcome] += 1
        self._ends.append(self._clock())
        if result.outcome == "failed":
            line = Text.assemble(
                (f"  failed {result.id}  ", STYLES["failed"]),
                f"{clean(result.name)}: {clean(result.reason)}",
            )
            self._console.print(line, highlight=False, overflow="ellipsis", no_wrap=True)

    def show_outage(self, event: Event) -> None:
        """Print above the view that the run asks a source no more."""
        self._console.print(_outage_line(event), highlight=False)

    def show_following(self) -> None:
        """Say above the view that another process works on the run."""
        self._console.print(Text(_FOLLOWING, "dim"), highlight=False)

    def show_stopping(self) -> None:
        """Show that the run is stopping."""
        self._stopping = True

    def render(self) -> RenderableType:
        """Render the view as of now."""
        from rich.console import Group

        if not self._total:
            return Text("Starting \N{HORIZONTAL ELLIPSIS}", "dim")
        return Group(self._workers(), self._bar(), self._figures())

    @property
    def _done(self) -> int:
        return self._done_before + sum(self._counts.values())

    def _workers(self) -> RenderableType:
        from rich.table import Table

        table = Table.grid(padding=(0, 2), expand=True)
        table.add_column(ratio=3, no_wrap=True, overflow="ellipsis")
        table.add_column(ratio=2, no_wrap=True, overflow="ellipsis")
        table.add_column(justify="right", no_wrap=True, width=8)
        now = self._clock()
        busy = list(self._phases.values())
        for event, since in busy:
            table.add_row(
                Text(f"  {clean(event.name)}"),
                Text(f"{_PHASES.get(event.phase, event.phase)} {clean(event.detail)}", "cyan"),
                Text(format_seconds(now - since), "dim"),
            )
        for _ in range(self._lines - len(busy)):
            table.add_row(Text("  \N{MIDDLE DOT}", "dim"), "", "")
        return table

    def _bar(self) -> RenderableType:
        from rich.progress_bar import ProgressBar
        from rich.table import Table

        grid = Table.grid(padding=(0, 2))
        bar = ProgressBar(total=self._total, completed=self._done, width=_BAR_WIDTH)
        grid.add_row("", bar, Text(f"{self._done}/{self._total}"), self._pace())
        return grid

    def _figures(self) -> RenderableType:
        text = Text("  ")
        planned = ("planned",) if self._counts["planned"] else ()
        for outcome in (*planned, *_ALWAYS_SHOWN):
            number = self._counts[outcome]
            text.append(f"{number} {outcome}   ", STYLES[outcome] if number else "dim")
        if self._stopping:
            text.append(f"\n  {_STOPPING}", "bold yellow")
        return text

    def _pace(self) -> Text:
        passed = len(self._ends) - 1
        elapsed = self._ends[-1] - self._ends[0]
        if passed < 1 or elapsed <= 0:
            return Text("")
        rate = passed / elapsed
        to_go = format_seconds((self._total - self._done) / rate)
        return Text(f"{rate * 60:.0f} a minute, {to_go} to go", "dim")


def _outage_line(event: Event) -> Text:
    return Text(f"  {clean(event.name)} is not asked: {clean(event.detail)}", "yellow")


def _opening(run: Run, left: int) -> Text:
    dry = " (dry run: nothing is written)" if run.dry_run else ""
    scenes = pluralize(run.scene_count, "scene")
    if left < run.scene_count:
        return Text.assemble(("Run ", "dim"), run.id, f" goes on: {left} of {scenes} left{dry}")
    return Text.assemble(("Run ", "dim"), run.id, f": {scenes}{dry}")
