"""The host starts a browser, replaces it when it is dead, and always closes it."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stashbot.browser.launch import CLOSE_S, BrowserHost, browser_words
from stashbot.errors import BrowserError
from stashbot.settings import BrowserSettings

SETTINGS = BrowserSettings()
#: A driver that hangs is left running, with its pipes; Python warns when these are collected.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """Collect what a test left running, so that the next test sees no warning."""
    yield
    gc.collect()


def alive(pid: int | None) -> bool:
    """Say whether the process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def parent(pid: int | None) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


async def gone(pid: int | None) -> bool:
    for _ in range(50):
        if not alive(pid):
            return True
        await asyncio.sleep(0.1)
    return False


def test_a_host_starts_and_ends_its_browser() -> None:
    """Inside the block pages work and ensure() gives the same browser; after it nothing runs."""

    async def scenario() -> None:
        async with BrowserHost(SETTINGS) as host:
            page = await host.browser.new_page()
            assert await page.evaluate("1 + 1") == 2
            assert await host.ensure() is host.browser
            pid = host.pid
            assert alive(pid)
        assert await gone(pid)
        with pytest.raises(BrowserError):
            await host.ensure()
        with pytest.raises(BrowserError):
            _ = host.browser
        await host.close()

    asyncio.run(scenario())


def test_a_crashed_browser_is_replaced() -> None:
    """After the browser is killed, concurrent ensure() calls start a single new browser."""

    async def scenario() -> None:
        async with BrowserHost(SETTINGS) as host:
            first, first_pid = host.browser, host.pid
            assert first_pid is not None
            os.kill(first_pid, signal.SIGKILL)
            assert await gone(first_pid)
            second, third = await asyncio.gather(host.ensure(), host.ensure())
            assert second is third is not first
            assert await (await second.new_page()).evaluate("1 + 1") == 2

    asyncio.run(scenario())


def test_a_hanging_browser_is_replaced_and_closing_never_hangs() -> None:
    """A stopped process counts as dead after ``answer_s``, and closing ends it."""

    async def scenario() -> None:
        async with BrowserHost(SETTINGS, answer_s=0.5, close_s=0.5) as host:
            pids = []
            for _ in range(2):
                await host.ensure()
                assert host.pid is not None
                pids.append(host.pid)
                os.kill(host.pid, signal.SIGSTOP)
            assert pids[0] != pids[1]
            started = time.monotonic()
        assert time.monotonic() - started < CLOSE_S
        assert [await gone(pid) for pid in pids] == [True, True]

    asyncio.run(scenario())


def test_closing_needs_no_driver() -> None:
    """With Playwright's driver stopped, closing still ends in time and the browser is gone."""

    async def scenario() -> None:
        async with BrowserHost(SETTINGS, close_s=0.5) as host:
            pid = host.pid
            driver = parent(pid)
            os.kill(driver, signal.SIGSTOP)
            started = time.monotonic()
        assert time.monotonic() - started < CLOSE_S
        assert await gone(pid)
        assert await gone(driver)

    asyncio.run(scenario())


def test_a_browser_that_does_not_start_says_why(tmp_path: Path) -> None:
    """The error ends with the browser's own output, not with Playwright's log."""
    fake = tmp_path / "browser"
    fake.write_text("#!/bin/sh\necho 'cannot open the shared library' >&2\nexit 7\n")
    fake.chmod(0o755)

    async def scenario() -> None:
        async with BrowserHost(BrowserSettings(path=fake)):
            pass

    with pytest.raises(BrowserError) as caught:
        asyncio.run(scenario())
    assert caught.value.tail == ["cannot open the shared library"]
    assert "cannot open the shared library" in caught.value.message
    assert str(fake) in caught.value.message


def test_a_silent_browser_says_how_it_ended() -> None:
    """Without output of the browser the error says how it ended, without Playwright's banner."""
    message = "Failed\n╔══╗\n║ x║\n╚══╝\nCall log:\n  - <process did exit: exitCode=1, signal=null>"
    assert browser_words(message) == ["<process did exit: exitCode=1, signal=null>"]
    assert browser_words("Timeout 30000ms exceeded.") == ["Timeout 30000ms exceeded."]


def test_secrets_in_the_environment_do_not_reach_the_browser(tmp_path: Path) -> None:
    """The browser gets the environment without stashbot's own variables, and the extra flags."""
    fake = tmp_path / "browser"
    fake.write_text('#!/bin/sh\necho "has $OTHER$STASHBOT_STASH__PASSWORD $*" >&2\nexit 1\n')
    fake.chmod(0o755)
    settings = BrowserSettings(path=fake, args=("--my-flag",))
    environ = os.environ | {"STASHBOT_STASH__PASSWORD": "hunter2", "OTHER": "other"}

    async def scenario() -> None:
        async with BrowserHost(settings, environ=environ):
            pass

    with pytest.raises(BrowserError) as caught:
        asyncio.run(scenario())
    (said,) = caught.value.tail
    assert said.startswith("has other --")
    assert "hunter2" not in said
    assert "--my-flag" in said
    assert "--disable-quic" in said


def test_a_machine_without_a_sandbox_starts_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ordinary user gets the sandbox; only when that fails is it left out, as for root."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    fake = tmp_path / "browser"
    fake.write_text(
        '#!/bin/sh\ncase "$*" in *--no-sandbox*) echo "second start" >&2;;\n'
        '*) echo "No usable sandbox!" >&2;; esac\nexit 1\n'
    )
    fake.chmod(0o755)

    async def scenario() -> None:
        async with BrowserHost(BrowserSettings(path=fake)):
            pass

    with pytest.raises(BrowserError) as caught:
        asyncio.run(scenario())
    assert caught.value.tail == ["second start"]
