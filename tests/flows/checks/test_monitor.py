"""A monitor reports every change once, and stops on request."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import textwrap
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest

from stashbot.errors import (
    BrowserError,
    DeliveryError,
    StashUnreachable,
    UnknownScene,
    UsageError,
)
from stashbot.flows.checks.monitor import MonitorResult, monitor_selectors
from stashbot.flows.checks.selector_check import SelectorReport
from tests.reports.build import broken, finding, report, state

GOOD, BAD = report(state("list", finding())), report(state("list", broken()))
AWAY, NO_BROWSER = StashUnreachable("Stash is not there."), BrowserError("No browser.")
Script = Sequence[SelectorReport | Exception]


def monitored(
    script: Script,
    *,
    last: SelectorReport | None = None,
    receive: Callable[[MonitorResult], Awaitable[None]] | None = None,
) -> list[MonitorResult]:
    """Return the reported results of checks with the outcomes of ``script``, then stop."""
    reported: list[MonitorResult] = []
    left = list(script)

    async def scenario() -> int:
        stop = asyncio.Event()

        async def check() -> SelectorReport:
            await asyncio.sleep(0)
            if not left:
                stop.set()
                await asyncio.Event().wait()
            outcome = left.pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        async def on_result(result: MonitorResult) -> None:
            reported.append(result)
            if receive is not None:
                await receive(result)

        monitoring = monitor_selectors(
            check, every_s=0.001, on_result=on_result, stop=stop, last=last
        )
        return await asyncio.wait_for(monitoring, 10)

    assert asyncio.run(scenario()) == len(script)
    return reported


def test_each_report_is_compared_with_the_one_before() -> None:
    """Every report is handed over; a change is in the first report that shows it, and no other."""
    reported = monitored([GOOD, GOOD, BAD, BAD, GOOD])
    assert [result.changed for result in reported] == [False, False, True, False, True]
    assert [result.report for result in reported] == [GOOD, GOOD, BAD, BAD, GOOD]
    assert reported[2].text.startswith("newly broken: list.card in list")
    assert reported[4].text.startswith("holds again: list.card in list")


def test_a_monitor_can_go_on_where_another_ended() -> None:
    """With the last report given, the first one can be a change."""
    assert [result.changed for result in monitored([BAD, BAD], last=GOOD)] == [True, False]
    assert [result.changed for result in monitored([BAD], last=BAD)] == [False]


def test_a_stash_that_is_away_is_reported_once_and_once_when_it_is_back() -> None:
    """Changes in the meantime are found by comparison with the last report."""
    reported = monitored([GOOD, AWAY, AWAY, AWAY, BAD, BAD])
    assert [(result.unreachable, result.back, result.changed) for result in reported] == [
        ("", False, False),
        ("Stash is not there.", False, True),
        ("", True, True),
        ("", False, False),
    ]
    assert reported[2].text.startswith("Stash is back. newly broken: list.card")
    assert [result.text for result in monitored([AWAY, GOOD])] == [
        "Stash is not there.",
        "Stash is back. Nothing changed.",
    ]


def test_another_reason_for_being_away_is_reported_too() -> None:
    """First Stash is not there, then the browser: two things to mend."""
    reported = monitored([AWAY, NO_BROWSER, NO_BROWSER, GOOD])
    assert [result.unreachable for result in reported] == ["Stash is not there.", "No browser.", ""]


def test_a_change_that_was_not_delivered_is_reported_again() -> None:
    """Reports are compared with the last delivered report, also that Stash is away."""
    failures = iter([False, True, True, False, False, True, False])

    async def receive(_: MonitorResult) -> None:
        if next(failures):
            raise DeliveryError("The receiver is away.")

    reported = monitored([GOOD, BAD, BAD, BAD, BAD, AWAY, AWAY, AWAY], receive=receive)
    assert [result.changed for result in reported] == [False, True, True, True, False, True, True]
    assert [bool(result.unreachable) for result in reported[-2:]] == [True, True]


def test_any_other_error_ends_the_monitor() -> None:
    """Waiting does not bring back a scene that Stash does not have."""
    with pytest.raises(UnknownScene):
        monitored([GOOD, UnknownScene("Stash has no scene 9.")])


@pytest.mark.parametrize("every_s", [0.0, -1.0, float("nan")])
def test_a_time_between_checks_is_needed(every_s: float) -> None:
    """No check is done without a pause."""

    async def never(*_: object) -> None:
        pytest.fail("nothing may be called")

    with pytest.raises(UsageError):
        asyncio.run(
            monitor_selectors(never, every_s=every_s, on_result=never, stop=asyncio.Event())  # type: ignore[arg-type]
        )


def _loop_in_no_time() -> asyncio.AbstractEventLoop:
    """Return a loop that advances its clock instead of waiting: exact times, at no cost."""
    loop = asyncio.SelectorEventLoop()
    selector: Any = vars(loop)["_selector"]
    wait, now = selector.select, 0.0

    def select(timeout: float | None = None) -> Any:
        nonlocal now
        now += timeout or 0
        return wait(0 if timeout else timeout)

    selector.select = select
    loop.time = lambda: now  # type: ignore[method-assign]
    return loop


def test_checks_begin_at_regular_intervals() -> None:
    """The interval is from beginning to beginning; a beginning that was overrun is skipped."""
    every_s: float = 60
    begun: list[float] = []

    async def scenario() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()

        async def check() -> SelectorReport:
            begun.append(loop.time())
            await asyncio.sleep([30, 90, 0][len(begun) - 1])
            return GOOD

        async def on_result(_: MonitorResult) -> None:
            if len(begun) == 3:
                stop.set()

        await monitor_selectors(check, every_s=every_s, on_result=on_result, stop=stop)

    with asyncio.Runner(loop_factory=_loop_in_no_time) as runner:
        runner.run(scenario())
    assert [after - before for before, after in pairwise(begun)] == pytest.approx([60, 120])


@pytest.mark.parametrize("where", ["check", "deliver", "pause"])
def test_stopping_takes_effect_at_once_and_lets_it_clean_up(where: str) -> None:
    """In the middle of a check, of a delivery, or of a pause of an hour."""
    cleaned = []

    async def hang(stop: asyncio.Event) -> None:
        stop.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.append(where)

    async def scenario() -> int:
        stop = asyncio.Event()

        async def check() -> SelectorReport:
            if where == "check":
                await hang(stop)
            return GOOD

        async def on_result(_: MonitorResult) -> None:
            if where == "deliver":
                await hang(stop)
            asyncio.get_running_loop().call_soon(stop.set)

        monitoring = monitor_selectors(check, every_s=3600, on_result=on_result, stop=stop)
        return await asyncio.wait_for(monitoring, 5)

    assert asyncio.run(scenario()) == (0 if where == "check" else 1)
    assert cleaned == ([] if where == "pause" else [where])


def test_ctrl_c_lets_the_check_clean_up() -> None:
    """Without a signal handler too: the check ends before the process does."""
    program = """
        import asyncio
        from stashbot.flows.checks.monitor import monitor_selectors

        async def check():
            print("begun", flush=True)
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0.01)
                print("closed", flush=True)

        async def main():
            await monitor_selectors(check, every_s=60, on_result=None, stop=asyncio.Event())

        try:
            asyncio.run(main())
        except KeyboardInterrupt:
            print("interrupted", flush=True)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=30)
    assert rest == "closed\ninterrupted\n"


def test_the_payload_is_small_and_holds_no_pictures() -> None:
    """A receiver gets the changes and the figures of the report, not the report."""
    (_, result) = monitored([GOOD, BAD])
    payload = result.payload()
    assert payload["changed"] is True
    assert payload["text"] == result.text
    assert [change["key"] for change in payload["changes"]["newly_broken"]] == ["list.card"]
    assert payload["report"] == {
        "version": "v0.30.1",
        "release": "0.30",
        "started": GOOD.started,
        "ok": False,
        "states": 1,
        "unreached": [],
        "keys": 1,
        "broken": ["list.card"],
    }
