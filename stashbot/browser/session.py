"""A page of Stash under guard: context, login, profile, helper, and what it saw.

One ``Session`` is one browser context with one page. It never outlives a crash: whoever holds the
pool closes it and opens another.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

from loguru import logger
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Response,
)
from playwright.async_api import Error as PlaywrightError

from stashbot.browser import actions
from stashbot.browser.profile import OWNERS_FILES, STILL_SCRIPT, patches_of
from stashbot.browser.wire_guard import WireGuard
from stashbot.errors import PageLost, SessionExpired, StashUnreachable, UsageError
from stashbot.selectors import SelectorSet, Target
from stashbot.settings import BrowserSettings

#: Console messages and exchanges kept for evidence.
KEPT = 200
_NOISE = ("Apollo DevTools", "net::ERR_BLOCKED_BY_CLIENT", "interactive_heatmap", "_thumbs.vtt")


class Mender(Protocol):
    """Finds elements again that their selectors do not find any more."""

    def mended(self, target: Target) -> Target:
        """``target``, or what was found in its place earlier."""

    async def mend(
        self, session: Session, ops: Sequence[actions.Op], outcome: dict[str, Any]
    ) -> dict[str, Any]:
        """What came of a program that failed, after going on with it if that was possible."""


@dataclass
class Session:
    """A guarded page. ``base`` is Stash's URL without a trailing slash."""

    base: str
    context: BrowserContext
    page: Page
    guard: WireGuard
    selectors: SelectorSet
    headers: dict[str, str] = field(default_factory=dict)
    mender: Mender | None = None
    console: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT))
    exchanges: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT))
    dialogs: list[str] = field(default_factory=list)
    scenes_done: int = 0
    generation: int = 0
    traced: bool = False

    @classmethod
    async def open(
        cls,
        browser: Browser,
        *,
        base: str,
        selectors: SelectorSet,
        settings: BrowserSettings,
        cookies: Sequence[Any] = (),
        headers: dict[str, str] | None = None,
        read_only: bool = False,
        mender: Mender | None = None,
    ) -> Self:
        """A fresh context with guard, profile and helper in place; no page is loaded yet.

        Nothing that a ``read_only`` session's pages do can change Stash. ``mender`` is asked where
        an element is not found.

        Raises:
            PageLost: the browser is gone.
        """
        base = _as_shown(base)
        parts = urlsplit(base)
        guard = WireGuard(
            origin=f"{parts.scheme}://{parts.netloc}",
            patches=patches_of(settings.profile, read_only=read_only),
            blank=OWNERS_FILES if settings.profile == "session" else {},
            read_only=read_only,
        )
        try:
            context = await browser.new_context(
                viewport={"width": settings.width, "height": settings.height},
                locale="en-GB",
                reduced_motion="reduce",
                service_workers="block",
                extra_http_headers=headers or {},
            )
            if cookies:
                await context.add_cookies(cookies)
            await guard.install(context)
            await context.add_init_script(actions.helper_script())
            if settings.profile == "session":
                await context.add_init_script(STILL_SCRIPT)
            context.set_default_timeout(settings.load_ms)
            page = await context.new_page()
        except PlaywrightError as error:
            raise PageLost(f"The browser opened no page: {_first_line(error)}.") from error
        session = cls(
            base=base,
            context=context,
            page=page,
            guard=guard,
            selectors=selectors,
            headers=headers or {},
            mender=mender,
        )
        page.on("console", session._on_console)
        page.on("pageerror", lambda error: session.console.append(f"pageerror: {error}"))
        page.on("dialog", session._on_dialog)
        page.on("response", session._on_response)
        page.on("crash", lambda _: session.console.append("the page crashed"))
        return session

    async def close(self) -> None:
        """Closes the context; a dead one is no error."""
        try:
            await self.context.close()
        except PlaywrightError as error:
            logger.debug("closing a page: {}", _first_line(error))

    def target(self, key: str, **params: str) -> Target:
        """The registry's target for ``key`` on this server's release, healed if it had to be."""
        target = self.selectors.target(key, **params)
        return self.mender.mended(target) if self.mender is not None else target

    async def load(self, path: str, *, signed_in: bool = True) -> None:
        """Loads ``path`` anew: nothing of what the app had cached remains.

        Unless ``signed_in``, the login page is as good as any.

        Raises:
            StashUnreachable: no answer from the server.
            SessionExpired: the server asks for a login.
            PageLost: the page or browser is gone.
        """
        try:
            await self.page.goto(self.base + path, wait_until="domcontentloaded")
        except PlaywrightError as error:
            words = _first_line(error)
            if "ERR_CONNECTION" in words or "ERR_EMPTY" in words or "Timeout" in words:
                raise StashUnreachable(
                    f"Stash does not answer at {self.base}: {words}.",
                    hint="Is the server running?",
                    url=self.base,
                ) from error
            raise PageLost(f"The page could not be loaded: {words}.") from error
        if signed_in:
            self.expect_login()

    async def run(self, *ops: actions.Op) -> list[Any]:
        """Carries out a program inside the page and gives its results, one an operation.

        Raises:
            PageError: the operation that failed, with its reasons.
            SessionExpired: the app went to the login page meanwhile.
            PageLost: the page crashed, was closed, or left the app.
        """
        outcome = await self.try_run(ops)
        if "failure" in outcome and self.mender is not None:
            outcome = await self.mender.mend(self, ops, outcome)
        if "failure" in outcome:
            self.expect_login()
            raise actions.failure_of(outcome["failure"])
        results: list[Any] = outcome["results"]
        return results

    async def try_run(self, ops: Sequence[actions.Op], since: int | None = None) -> dict[str, Any]:
        """As ``run``, but what the helper reports is given, success or failure.

        ``since`` goes on with a program that failed: answers count from where that one began.

        Raises:
            SessionExpired: the app went to the login page meanwhile.
            PageLost: the page crashed, was closed, or left the app.
        """
        started = time.monotonic()
        try:
            outcome: dict[str, Any] = await self.page.evaluate(
                "([ops, since]) => window.__stashbot.run(ops, since ?? undefined)",
                [list(ops), since],
            )
        except PlaywrightError as error:
            self.expect_login()
            raise PageLost(f"The page was lost: {_first_line(error)}.") from error
        finally:
            logger.trace(
                "{} in {:.0f} ms", [op["do"] for op in ops], (time.monotonic() - started) * 1000
            )
        return outcome

    async def click_visible(self, key: str, timeout: int = actions.WAIT_MS, **params: str) -> None:
        """Clicks ``key`` once it is in the viewport and nothing covers it."""
        await self.run(actions.click(self.target(key, **params), timeout))

    async def wait_visible(self, key: str, timeout: int = actions.WAIT_MS, **params: str) -> None:
        """Waits until ``key`` is in the viewport and nothing covers it."""
        await self.run(actions.wait(self.target(key, **params), "viewport", timeout))

    async def batch_clicks(self, keys: Sequence[str], timeout: int = actions.BATCH_WAIT_MS) -> None:
        """Clicks the keys one after another in one round trip; the first that fails ends it.

        Raises:
            UsageError: the list is empty.
            RegistryError: a key is not in the registry.
        """
        targets = [self.target(key) for key in keys]
        if not targets:
            raise UsageError("There is nothing to click: the list of selector keys is empty.")
        await self.run(*(actions.click(target, timeout) for target in targets))

    def expect_login(self) -> None:
        """Raises ``SessionExpired`` when the page shows the login form."""
        if urlsplit(self.page.url).path.endswith("/login"):
            raise SessionExpired(
                "Stash asks for a login: the session has ended.",
                hint="stashbot logs in again by itself when it has a user name and password.",
            )

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(n in message.text for n in _NOISE):
            self.console.append(f"{message.type}: {message.text}")

    async def _on_dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(f"{dialog.type}: {dialog.message}")
        await dialog.accept()

    def _on_response(self, response: Response) -> None:
        request = response.request
        if request.method != "POST" or not urlsplit(response.url).path.endswith("/graphql"):
            return
        try:
            body = request.post_data_json
        except (PlaywrightError, ValueError):
            body = None
        operation = body.get("operationName") if isinstance(body, dict) else None
        self.exchanges.append(
            {"operation": operation, "status": response.status, "at": round(time.time(), 3)}
        )


def _as_shown(base: str) -> str:
    """The address as browsers write it: host in lower case, no port that goes without saying."""
    parts = urlsplit(base)
    usual = {"http": ":80", "https": ":443"}[parts.scheme]
    return parts._replace(netloc=parts.netloc.lower().removesuffix(usual)).geturl().rstrip("/")


def _first_line(error: PlaywrightError) -> str:
    return error.message.splitlines()[0] if error.message else type(error).__name__
