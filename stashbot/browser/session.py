"""A guarded page of Stash: its browser context, door, profile and in-page helper.

A ``Session`` is a browser context with a single page, which reaches Stash through a door of its
own. It does not outlive a crash: the pool closes it and opens another.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol, Self, TypeVar, overload
from urllib.parse import urlsplit

from loguru import logger
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
)
from playwright.async_api import Error as PlaywrightError

from stashbot.browser import actions
from stashbot.browser.door import Door, Upstream
from stashbot.browser.door.assets import AssetCache
from stashbot.browser.door.door import MARK
from stashbot.browser.failures import REQUEST_FAILED, error_of
from stashbot.browser.operations import Operation, Outcome, to_page
from stashbot.browser.profile import CUSTOMIZATION_FILES, NO_ANIMATION_SCRIPT, patches_of
from stashbot.browser.wire_guard import WireGuard, WritePolicy
from stashbot.errors import (
    PageLost,
    RequestFailed,
    SessionExpired,
    StashUnreachable,
    UsageError,
)
from stashbot.retry import retry_after_s
from stashbot.selectors import SelectorSet, Target
from stashbot.settings import BrowserSettings

#: Console messages kept for failure artifacts.
KEPT = 200
_NOISE = (
    "Apollo DevTools",
    "net::ERR_TUNNEL_CONNECTION_FAILED",
    "interactive_heatmap",
    "_thumbs.vtt",
)

#: Playwright's words for a page that no answer, or a broken one, came for.
_NO_ANSWER = ("net::ERR_CONNECTION", "net::ERR_EMPTY", "net::ERR_INCOMPLETE", "Timeout")
_SERVER_FAULT = 500
_BUSY = 429

_RUN = """async (text) => {
  const [program, since, screens] = JSON.parse(text);
  return JSON.stringify(await window.__stashbot.run(program, since ?? undefined, screens));
}"""

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")


class DialogPolicy(StrEnum):
    """How a session treats native dialogs, such as a question about unsaved changes.

    ``accept`` confirms it at once, for pages that nobody watches. ``leave`` keeps it open for the
    person who watches the page; whatever runs in the page waits until then.
    """

    ACCEPT = "accept"
    LEAVE = "leave"


class Healer(Protocol):
    """Finds elements that their selectors no longer find."""

    def with_healing(self, target: Target) -> Target:
        """Return ``target``, first with the selector that was found for it, if any."""

    async def resume(
        self, session: Session, program: Sequence[actions.Op], outcome: Outcome
    ) -> Outcome:
        """Go on with a program that failed, where possible, and return its outcome."""


@dataclass
class Session:
    """A guarded page. ``base_url`` is the address of Stash's app behind the session's ``door``.

    ``wait_ms`` and ``batch_wait_ms`` are the timeouts of operations without their own. Every wait
    ends when the app shows one of the ``error_screens``.
    ``console`` and ``dialogs`` list the messages of the page to its console, of which the oldest
    are dropped, and its native dialogs.
    """

    door: Door
    context: BrowserContext
    page: Page
    selectors: SelectorSet
    wait_ms: int
    batch_wait_ms: int
    error_screens: Sequence[Any] = ()
    healer: Healer | None = None
    dialog_policy: DialogPolicy = DialogPolicy.ACCEPT
    console: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT))
    dialogs: list[str] = field(default_factory=list)
    scenes_done: int = 0
    generation: int = 0
    traced: bool = False

    @classmethod
    async def open(
        cls,
        browser: Browser,
        *,
        upstream: Upstream,
        selectors: SelectorSet,
        settings: BrowserSettings,
        assets: AssetCache | None = None,
        media: bool = True,
        write_policy: WritePolicy = WritePolicy.PLANNED,
        dialog_policy: DialogPolicy = DialogPolicy.ACCEPT,
        healer: Healer | None = None,
    ) -> Self:
        """Open a new context with door, profile and helper; no page is loaded yet.

        ``upstream`` is the connection to Stash, which holds the credentials. ``assets`` keeps the
        app's files across sessions. Without ``media`` the pictures and videos of scenes are left
        out. ``healer`` searches for elements that are not found.

        Raises:
            PageLost: the browser is gone.
        """
        guard = WireGuard(
            policy=write_policy,
            patches=patches_of(settings.profile, write_policy, media=media),
            blanked_paths=CUSTOMIZATION_FILES if settings.profile == "session" else {},
            media=media,
        )
        door = await Door.open(upstream, guard, assets=assets)
        try:
            context = await browser.new_context(
                viewport={"width": settings.width, "height": settings.height},
                locale="en-GB",
                reduced_motion="reduce",
                service_workers="block",
                proxy=door.proxy,
            )
            await context.add_cookies([door.cookie])
            await context.add_init_script(actions.helper_script())
            if settings.profile == "session":
                await context.add_init_script(NO_ANIMATION_SCRIPT)
            context.set_default_timeout(settings.load_ms)
            page = await context.new_page()
        except PlaywrightError as error:
            await door.close()
            raise PageLost(f"The browser opened no page: {_first_line(error)}.") from error
        session = cls(
            door=door,
            context=context,
            page=page,
            selectors=selectors,
            wait_ms=settings.wait_ms,
            batch_wait_ms=settings.batch_wait_ms,
            error_screens=_error_screens(selectors),
            healer=healer,
            dialog_policy=dialog_policy,
        )
        page.on("console", session._on_console)
        page.on("pageerror", lambda error: session.console.append(f"pageerror: {error}"))
        page.on("dialog", session._on_dialog)
        page.on("crash", lambda _: session.console.append("the page crashed"))
        return session

    @property
    def base_url(self) -> str:
        """Return the address of Stash's app for this page, without a slash at its end."""
        return self.door.url

    @property
    def guard(self) -> WireGuard:
        """Return the guard of the door."""
        return self.door.guard

    async def close(self) -> None:
        """Close context and door; the context may be dead already."""
        try:
            await self.context.close()
        except PlaywrightError as error:
            logger.debug("closing a page: {}", _first_line(error))
        await self.door.close()

    def target(self, key: str, **params: str) -> Target:
        """Return the target for ``key`` on this server's release, healed if it had to be."""
        target = self.selectors.target(key, **params)
        return self.healer.with_healing(target) if self.healer is not None else target

    async def load(self, path: str, *, signed_in: bool = True) -> None:
        """Load ``path`` anew, so that nothing the app had cached remains.

        Unless ``signed_in``, the login page is accepted too.

        Raises:
            StashUnreachable: the server does not answer.
            RequestFailed: a proxy, or a server that starts, answers in place of Stash.
            SessionExpired: the server asks for a login.
            PageLost: the page or browser is gone.
        """
        try:
            response = await self.page.goto(self.base_url + path, wait_until="domcontentloaded")
        except PlaywrightError as error:
            message = _first_line(error)
            if any(text in message for text in _NO_ANSWER):
                raise self._unreachable(message) from error
            raise PageLost(f"The page could not be loaded: {message}.") from error
        if response is not None and MARK in response.headers:
            raise self._unreachable((await response.text()).rstrip("."))
        if response is not None and (response.status >= _SERVER_FAULT or response.status == _BUSY):
            raise RequestFailed(
                f"Stash's answer to GET {path} is HTTP {response.status}.",
                operation=f"GET {path}",
                status=response.status,
                retry_after_s=retry_after_s(
                    await response.header_value("retry-after"), datetime.now(UTC)
                ),
            )
        if signed_in:
            self.raise_if_logged_out()

    @overload
    async def run(self, first: Operation[A], /) -> tuple[A]: ...
    @overload
    async def run(self, first: Operation[A], second: Operation[B], /) -> tuple[A, B]: ...
    @overload
    async def run(
        self, first: Operation[A], second: Operation[B], third: Operation[C], /
    ) -> tuple[A, B, C]: ...
    @overload
    async def run(
        self, first: Operation[A], second: Operation[B], third: Operation[C], last: Operation[D], /
    ) -> tuple[A, B, C, D]: ...
    @overload
    async def run(self, *program: actions.Op) -> tuple[Any, ...]: ...
    async def run(self, *program: actions.Op) -> tuple[Any, ...]:
        """Carry out a program inside the page and return the result of each operation.

        Raises:
            PageError: an operation failed; the error says why.
            SessionExpired: the app went to the login page meanwhile.
            PageLost: the page crashed, was closed, or left the app.
        """
        outcome = await self.run_unchecked(program)
        if outcome.failure is not None and self.healer is not None:
            outcome = await self.healer.resume(self, program, outcome)
        if outcome.failure is not None:
            self.raise_if_logged_out()
            raise error_of(outcome.failure)
        return tuple(
            operation.parse(value)
            for operation, value in zip(program, outcome.results, strict=True)
        )

    async def run_unchecked(
        self, program: Sequence[actions.Op], since: int | None = None
    ) -> Outcome:
        """Carry out a program and return its outcome, whether it failed or not.

        ``since``, of an earlier outcome, goes on with a program that failed: answers count from
        where that program began.

        Raises:
            SessionExpired: the app went to the login page meanwhile.
            PageLost: the page crashed, was closed, or left the app.
        """
        started = time.monotonic()
        try:
            # As text: Playwright would look at every single value of a program.
            asked = [to_page(program, timeout=self.wait_ms), since, self.error_screens]
            reported = json.loads(await self.page.evaluate(_RUN, json.dumps(asked)))
        except PlaywrightError as error:
            self.raise_if_logged_out()
            raise PageLost(f"The page was lost: {_first_line(error)}.") from error
        finally:
            elapsed_ms = (time.monotonic() - started) * 1000
            names = [operation.do for operation in program]
            logger.trace("{} in {:.0f} ms", names, elapsed_ms)
        return Outcome.from_page(reported)

    async def click_visible(self, key: str, timeout: int | None = None, **params: str) -> None:
        """Click ``key`` once it is in the viewport and nothing covers it."""
        await self.run(actions.click(self.target(key, **params), timeout))

    async def wait_visible(self, key: str, timeout: int | None = None, **params: str) -> None:
        """Wait until ``key`` is in the viewport and nothing covers it."""
        await self.run(actions.wait(self.target(key, **params), "viewport", timeout))

    async def batch_clicks(self, keys: Sequence[str], timeout: int | None = None) -> None:
        """Click the keys one after another, in a single round trip.

        The first that fails ends it. ``timeout`` is for each, by default ``batch_wait_ms``.

        Raises:
            UsageError: the list is empty.
            RegistryError: a key is not in the registry.
        """
        targets = [self.target(key) for key in keys]
        if not targets:
            raise UsageError(
                "There is nothing to click: the list of selector keys is empty.",
                hint="Give at least one key.",
            )
        limit = self.batch_wait_ms if timeout is None else timeout
        await self.run(*(actions.click(target, limit) for target in targets))

    def raise_if_logged_out(self) -> None:
        """Raise ``SessionExpired`` if the page shows the login form."""
        if urlsplit(self.page.url).path.endswith("/login"):
            raise SessionExpired(
                "Stash asks for a login: the session has ended.",
                hint="stashbot logs in again by itself when it has a user name and password.",
            )

    def _unreachable(self, problem: str) -> StashUnreachable:
        return StashUnreachable(
            f"Stash does not answer at {self.door.stash_url}: {problem}.",
            hint="Is the server running?",
            url=self.door.stash_url,
        )

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(
            noise in message.text for noise in _NOISE
        ):
            self.console.append(f"{message.type}: {message.text}")

    async def _on_dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(f"{dialog.type}: {dialog.message}")
        if self.dialog_policy is DialogPolicy.ACCEPT:
            await dialog.accept()


def _error_screens(selectors: SelectorSet) -> list[dict[str, Any]]:
    """Return the app's error screens as the in-page helper reads them."""
    return [
        {"target": selectors.target("shell.error_boundary").to_page(), "pattern": None},
        {"target": selectors.target("shell.error_message").to_page(), "pattern": REQUEST_FAILED},
    ]


def _first_line(error: PlaywrightError) -> str:
    return error.message.splitlines()[0] if error.message else type(error).__name__
