"""A run as it goes on: live on a terminal, one line a scene elsewhere."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from stashbot.cli.formatting import STYLES, counted, result_line, seconds
from stashbot.cli.output import Output, safe
from stashbot.models import Outcome, SceneResult

if TYPE_CHECKING:
    from stashbot.flows.runs.context import Doing
    from stashbot.flows.runs.driver import Progress
    from stashbot.store.records import Run

#: The rate is that of the last so many scenes.
_RATE_OVER = 20
_BAR_WIDTH = 40
_SHOWN = (Outcome.APPLIED, Outcome.TRIAGED, Outcome.SKIPPED, Outcome.FAILED)


@contextmanager
def watching(
    output: Output, *, workers: int, clock: Callable[[], float] = time.monotonic
) -> Iterator[Progress]:
    """A ``Progress`` that shows a run where this command may show it.

    Live on a terminal, else one line a scene; with ``--json`` live on stderr's terminal or not at
    all.
    """
    from stashbot.flows.runs.driver import Progress

    console = output.live
    if console is not None:
        view = LiveView(console, workers=workers, clock=clock)
        with view.live:
            yield Progress(
                on_start=view.start,
                on_phase=view.doing,
                on_result=view.result,
                on_stop=view.stopping,
            )
    elif output.as_json:
        yield Progress()
    else:
        lines = Lines(output)
        yield Progress(on_start=lines.start, on_result=lines.result, on_stop=lines.stopping)


class Lines:
    """One line a scene."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._total = 0
        self._done = 0

    def start(self, run: Run, left: int) -> None:
        """Says which run begins, or goes on."""
        self._total, self._done = len(run.scenes), len(run.scenes) - left
        self._output.say(_opening(run, left))

    def result(self, result: SceneResult) -> None:
        """A scene's line."""
        self._done += 1
        width = len(str(self._total))
        place = f"{self._done:>{width}}/{self._total}"
        self._output.say(result_line(result, place=place))

    def stopping(self) -> None:
        """Says that the steps in progress end first."""
        self._output.say(_STOPPING)


class LiveView:
    """A line for each worker, and a bar with counts, rate and time to go."""

    def __init__(self, console: Console, *, workers: int, clock: Callable[[], float]) -> None:
        self._console = console
        self._clock = clock
        self._lines = workers
        self._doing: dict[str, tuple[Doing, float]] = {}
        self._counts: Counter[Outcome] = Counter()
        self._total = 0
        self._before = 0
        self._ends: deque[float] = deque(maxlen=_RATE_OVER)
        self._stopping = False
        self.live = Live(
            console=console, get_renderable=self.render, refresh_per_second=8, transient=True
        )

    def start(self, run: Run, left: int) -> None:
        """The run begins, or goes on."""
        self._total, self._before = len(run.scenes), len(run.scenes) - left
        self._lines = min(self._lines, left)
        self._ends.append(self._clock())
        self._console.print(_opening(run, left), highlight=False)

    def doing(self, doing: Doing) -> None:
        """A worker is at another phase or scene."""
        since = self._doing[doing.scene][1] if doing.scene in self._doing else self._clock()
        self._doing[doing.scene] = (doing, since)

    def result(self, result: SceneResult) -> None:
        """A scene has ended; failures stay on the screen."""
        self._doing.pop(result.id, None)
        self._counts[result.outcome] += 1
        self._ends.append(self._clock())
        if result.outcome is Outcome.FAILED:
            line = Text.assemble(
                (f"  failed {result.id}  ", STYLES[Outcome.FAILED]),
                f"{safe(result.name)}: {safe(result.reason)}",
            )
            self._console.print(line, highlight=False, overflow="ellipsis", no_wrap=True)

    def stopping(self) -> None:
        """Says that the steps in progress end first."""
        self._stopping = True

    def render(self) -> RenderableType:
        """The view now."""
        if not self._total:
            return Text("Starting \N{HORIZONTAL ELLIPSIS}", "dim")
        return Group(self._workers(), self._bar(), self._figures())

    @property
    def _done(self) -> int:
        return self._before + sum(self._counts.values())

    def _workers(self) -> RenderableType:
        table = Table.grid(padding=(0, 2), expand=True)
        table.add_column(ratio=3, no_wrap=True, overflow="ellipsis")
        table.add_column(ratio=2, no_wrap=True, overflow="ellipsis")
        table.add_column(justify="right", no_wrap=True, width=8)
        now = self._clock()
        busy = list(self._doing.values())
        for doing, since in busy:
            table.add_row(
                Text(f"  {safe(doing.name)}"),
                Text(f"{_PHASES.get(doing.phase, doing.phase)} {safe(doing.detail)}", "cyan"),
                Text(seconds(now - since), "dim"),
            )
        for _ in range(self._lines - len(busy)):
            table.add_row(Text("  \N{MIDDLE DOT}", "dim"), "", "")
        return table

    def _bar(self) -> RenderableType:
        grid = Table.grid(padding=(0, 2))
        bar = ProgressBar(total=self._total, completed=self._done, width=_BAR_WIDTH)
        grid.add_row("", bar, Text(f"{self._done}/{self._total}"), self._pace())
        return grid

    def _figures(self) -> RenderableType:
        text = Text("  ")
        planned = [Outcome.PLANNED] if self._counts[Outcome.PLANNED] else []
        for outcome in (*planned, *_SHOWN):
            number = self._counts[outcome]
            text.append(f"{number} {outcome.value}   ", STYLES[outcome] if number else "dim")
        if self._stopping:
            text.append(f"\n  {_STOPPING}", "bold yellow")
        return text

    def _pace(self) -> Text:
        passed = len(self._ends) - 1
        elapsed = self._ends[-1] - self._ends[0]
        if passed < 1 or elapsed <= 0:
            return Text("")
        rate = passed / elapsed
        to_go = seconds((self._total - self._done) / rate)
        return Text(f"{rate * 60:.0f} a minute, {to_go} to go", "dim")


_PHASES = {
    "scrape": "asking",
    "save": "saving",
    "organize": "organizing",
}
_STOPPING = "Stopping: the steps in progress end first. Ctrl-C again hurries them."


def _opening(run: Run, left: int) -> Text:
    dry = " (dry run: nothing is written)" if run.dry_run else ""
    scenes = counted(len(run.scenes), "scene")
    if left < len(run.scenes):
        return Text.assemble(("Run ", "dim"), run.id, f" goes on: {left} of {scenes} left{dry}")
    return Text.assemble(("Run ", "dim"), run.id, f": {scenes}{dry}")
