"""A running browser that is replaced when it crashes, and always closed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from loguru import logger
from playwright.async_api import Browser, CDPSession, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError

from stashbot.browser.finder import FoundBrowser, find_browser
from stashbot.browser.temp_folder import temp_folder
from stashbot.errors import BrowserError
from stashbot.settings import ENV_PREFIX, BrowserSettings

#: The browser itself stays off the network: only the pages that stashbot opens request anything.
QUIET_ARGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--dns-prefetch-disable",
    "--mute-audio",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
)
START_S = 30.0
CLOSE_S = 5.0
ANSWER_S = 10.0
TAIL_LINES = 12
#: A socket's path has 107 bytes at most; Chromium adds ".org.chromium.Chromium.XXXXXX/..." of 50.
_LONGEST_TEMP_PATH = 56
_LOG_PREFIX = re.compile(r"^\s*(?:-\s*)?(?:\[pid=\d+\]\s*)?(?:\[(?:err|out)\]\s*)?")
_BOX = re.compile(r"[╔╗╚╝║═]")


class BrowserHost:
    """Starts a browser on entering and closes it on leaving.

    ::

        async with BrowserHost(settings.browser) as host:
            context = await (await host.ensure()).new_context()

    The browser ends with this process, also when the process is killed. Ctrl-C does not reach it,
    so the user of the host decides when it closes. ``STASHBOT_*`` variables do not reach it either.
    Browser and driver keep their temporary files below ``temp_root``; see ``temp_folder``.
    """

    def __init__(
        self,
        settings: BrowserSettings,
        *,
        environ: Mapping[str, str] | None = None,
        which: Callable[[str], str | None] = shutil.which,
        temp_root: Path | None = None,
        start_s: float = START_S,
        close_s: float = CLOSE_S,
        answer_s: float = ANSWER_S,
    ) -> None:
        self._settings = settings
        self._environ = dict(os.environ if environ is None else environ)
        self._which = which
        self._temp_root = temp_root
        self._temp = contextlib.ExitStack()
        self._temp_folder: Path | None = None
        self._start_s = start_s
        self._close_s = close_s
        self._answer_s = answer_s
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._found: FoundBrowser | None = None
        self._cdp: CDPSession | None = None
        self._pid: int | None = None
        self._lock = asyncio.Lock()
        self._closed = False

    async def __aenter__(self) -> Self:
        try:
            await self.ensure()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def browser(self) -> Browser:
        """The browser as it was last started; it may have crashed since.

        Raises:
            BrowserError: it was never started, or the host is closed.
        """
        if self._browser is None:
            raise BrowserError("The browser is not running.", hint="Call ensure() first.", tried=[])
        return self._browser

    @property
    def found(self) -> FoundBrowser | None:
        """The executable that was started last."""
        return self._found

    @property
    def pid(self) -> int | None:
        """The browser's process id, if it is known."""
        return self._pid

    async def ensure(self) -> Browser:
        """Return the running browser; start it if it crashed or was never started.

        Contexts and pages of a crashed browser are lost; the caller opens new ones.

        Raises:
            BrowserError: no browser is found, it does not start, or the host is closed.
        """
        async with self._lock:
            if self._closed:
                raise BrowserError("The browser was closed.", hint="", tried=[])
            if self._browser is not None and await self._answers(self._browser):
                return self._browser
            if self._browser is not None:
                logger.warning("The browser is gone; starting another.")
                await self._abandon()
            if self._playwright is None:
                self._playwright = await self._start_driver()
            self._browser = await self._launch(self._playwright)
            await self._connect(self._browser)
            logger.debug("Browser {} runs as process {}.", self._browser.version, self._pid)
            return self._browser

    async def free_memory(self) -> None:
        """Let the browser drop decoded pictures, and its pages what their scripts left behind."""
        if self._cdp is None or self._browser is None:
            return
        with contextlib.suppress(PlaywrightError):
            await self._cdp.send("Memory.simulatePressureNotification", {"level": "critical"})
        for page in [page for context in self._browser.contexts for page in context.pages]:
            with contextlib.suppress(PlaywrightError):  # a page may be closed meanwhile
                session = await page.context.new_cdp_session(page)
                await session.send("HeapProfiler.collectGarbage")
                await session.detach()

    async def restart(self) -> None:
        """Close the browser; the next page starts another."""
        async with self._lock:
            await self._abandon()

    async def close(self) -> None:
        """Close the browser, within twice ``close_s`` whatever state it is in.

        Never raises. A browser that hangs is killed when its driver is stopped.
        """
        async with self._lock:
            self._closed = True
            await self._abandon()
            await asyncio.to_thread(self._temp.close)

    async def _start_driver(self) -> Playwright:
        """Start Playwright's driver, which inherits its environment from this process."""
        if self._temp_folder is None:
            folder = temp_folder(self._temp_root)
            self._temp_folder = await asyncio.to_thread(self._temp.enter_context, folder)
        before = os.environ.get("TMPDIR")
        os.environ["TMPDIR"] = str(self._temp_folder)
        try:
            return await async_playwright().start()
        finally:
            if before is None:
                del os.environ["TMPDIR"]
            else:
                os.environ["TMPDIR"] = before

    def _browser_environ(self) -> dict[str, str | float | bool]:
        """Return the environment of the browser: without secrets, with its temporary folder.

        Chromium makes sockets in that folder, and a socket's path is short: below a long one it
        takes the system's.
        """
        environ: dict[str, str | float | bool] = {
            name: value
            for name, value in self._environ.items()
            if not name.upper().startswith(ENV_PREFIX)
        }
        folder = str(self._temp_folder)
        if len(os.fsencode(folder)) <= _LONGEST_TEMP_PATH:
            environ["TMPDIR"] = folder
        return environ

    async def _connect(self, browser: Browser) -> None:
        """Open a CDP session with the browser itself, and read its process id."""
        try:
            self._cdp = await browser.new_browser_cdp_session()
            processes = await self._cdp.send("SystemInfo.getProcessInfo")
        except PlaywrightError as error:
            raise _start_error(self._found, error) from error
        own = (each["id"] for each in processes["processInfo"] if each["type"] == "browser")
        self._pid = next((int(number) for number in own), None)

    async def _answers(self, browser: Browser) -> bool:
        """Say whether the browser is alive.

        ``is_connected`` alone stays true when Playwright's driver died or the browser hangs.
        """
        if not browser.is_connected() or self._cdp is None:
            return False
        try:
            async with asyncio.timeout(self._answer_s):
                await self._cdp.send("Browser.getVersion")
        except (TimeoutError, PlaywrightError):
            return False
        except Exception as error:  # noqa: BLE001 # Playwright raises bare ones without a driver
            logger.debug("The browser does not answer: {}", error)
            return False
        return True

    async def _abandon(self) -> None:
        """Give up browser and driver, whatever state they are in."""
        browser, self._browser = self._browser, None
        if browser is not None and not await self._in_time(browser.close()):
            logger.warning("The browser did not close in {} s; ending it.", self._close_s)
        self._pid = self._cdp = None
        playwright, self._playwright = self._playwright, None
        if playwright is not None and not await self._in_time(playwright.stop()):
            logger.warning(
                "The browser driver did not stop in {} s; it is left running.", self._close_s
            )

    async def _in_time(self, act: Awaitable[Any]) -> bool:
        try:
            async with asyncio.timeout(self._close_s):
                await act
        except TimeoutError:
            return False
        except Exception as error:  # noqa: BLE001 # what is already dead is closed
            logger.debug("While closing the browser: {}", error)
        return True

    async def _launch(self, playwright: Playwright) -> Browser:
        own = playwright.chromium.executable_path
        self._found = find_browser(
            configured=self._settings.path,
            headless=self._settings.headless,
            playwright_path=Path(own) if own else None,
            environ=self._environ,
            which=self._which,
        )
        is_root = hasattr(os, "geteuid") and os.geteuid() == 0
        try:
            return await self._start(playwright, self._found.path, sandbox=not is_root)
        except PlaywrightError as error:
            if is_root or "sandbox" not in error.message.lower():
                raise _start_error(self._found, error) from error
        logger.warning("The browser has no sandbox on this machine; starting it without.")
        try:
            return await self._start(playwright, self._found.path, sandbox=False)
        except PlaywrightError as error:
            raise _start_error(self._found, error) from error

    async def _start(self, playwright: Playwright, path: Path, *, sandbox: bool) -> Browser:
        return await playwright.chromium.launch(
            executable_path=path,
            headless=self._settings.headless,
            chromium_sandbox=sandbox,
            args=[*QUIET_ARGS, *self._settings.args],
            env=self._browser_environ(),
            handle_sigint=False,
            timeout=self._start_s * 1000,
        )


def _start_error(found: FoundBrowser | None, error: PlaywrightError) -> BrowserError:
    tail = browser_words(error.message)
    said = "\n".join(f"    {line}" for line in tail)
    named = f"{found.path} ({found.origin})" if found else ""
    return BrowserError(
        f"The browser {named} does not start. It says:\n{said}\n",
        hint="Try it in a terminal, or name another with [browser] path.",
        tried=[str(found.path)] if found else [],
        tail=tail,
    )


def browser_words(message: str) -> list[str]:
    """Return the last lines that matter of a failed start.

    They are the browser's own output; without any, how it ended; else what Playwright says.
    """
    lines = [line for line in message.splitlines() if line.strip() and not _BOX.search(line)]
    output = [line for line in lines if re.search(r"\[(?:err|out)\]", line)]
    ends = [line for line in lines if "<process did exit" in line]
    words = [_LOG_PREFIX.sub("", line).strip() for line in output or ends or lines]
    return list(dict.fromkeys(word for word in words if word))[-TAIL_LINES:]
