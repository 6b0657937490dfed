"""The wire guard: no write leaves a page unless the plan names it.

Every request of a guarded page to Stash's GraphQL endpoint passes here before it leaves. Queries
pass. A mutation passes only while a permit is in force that names its operation, and the permit may
trim its variables or refuse it. Requests to other origins never leave.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any, Protocol

from loguru import logger
from playwright.async_api import BrowserContext, Request, Route, WebSocketRoute
from playwright.async_api import Error as PlaywrightError

from stashbot.browser.graphql_request import (
    GraphQLRequest,
    Variables,
    is_socket_write,
    parse_request,
)
from stashbot.browser.scrape_document import with_length
from stashbot.errors import StashbotError, UnplannedWrite

#: Changes the answer to a query on its way to the page.
AnswerPatch = Callable[[dict[str, Any]], dict[str, Any]]
#: Answers a query in Stash's place, given document and variables; ``None`` lets it through.
AnswerStub = Callable[[str, Variables], Awaitable[dict[str, Any] | None]]


class WritePolicy(StrEnum):
    """The writes that may leave the pages of a guard.

    ``blocked``: none at all, and no permit is accepted; for checks and dry runs. ``planned``:
    those that the permit in force allows.
    """

    BLOCKED = "blocked"
    PLANNED = "planned"


class Permit(Protocol):
    """Decides on a mutation that a page wants to send."""

    async def check(self, operation: str, variables: Variables) -> Variables:
        """Return the variables to send in place of the page's own.

        Raises:
            UnplannedWrite: the plan does not name this write.
            StaleForm: the scene changed since its before-image was read.
        """


@dataclass(frozen=True)
class OperationPermit:
    """Allows the mutations of these names, whatever their variables."""

    names: frozenset[str]

    async def check(self, operation: str, variables: Variables) -> Variables:
        """Return ``variables`` as they are.

        Raises:
            UnplannedWrite: the operation has another name.
        """
        if operation not in self.names:
            raise UnplannedWrite(
                f"The page tried to send {operation}, which this step does not do.",
                hint="It was stopped; nothing was written.",
                operation=operation,
                why="not in the plan",
            )
        return variables


@dataclass(frozen=True)
class BlockedWrite:
    """A write that did not leave, with the variables that the page wanted to send."""

    operation: str
    why: str
    variables: Variables = field(default_factory=dict, repr=False, compare=False)


@dataclass
class WireGuard:
    """Guards all pages of a browser context.

    ``patches`` change the answers of queries by name, for these pages only (the session profile).
    ``stubs`` answer queries in Stash's place, for a tour that must see what follows.
    ``blanked_paths`` maps paths to content types: files there are empty for these pages.
    ``blocked_writes`` lists the writes that were stopped. ``refusal`` is the first error that the
    permit in force raised, for the step that holds the permit.
    """

    origin: str
    policy: WritePolicy = WritePolicy.PLANNED
    patches: dict[str, AnswerPatch] = field(default_factory=dict)
    stubs: dict[str, AnswerStub] = field(default_factory=dict)
    blanked_paths: Mapping[str, str] = field(default_factory=dict)
    blocked_writes: list[BlockedWrite] = field(default_factory=list)
    refusal: StashbotError | None = None
    _permit: Permit | None = None

    async def install(self, context: BrowserContext) -> None:
        """Install the guard before everything that pages of ``context`` send."""
        own = re.escape(self.origin)
        await context.route(re.compile(rf"^https?://(?!{own.partition('//')[2]}(/|$))"), _block)
        await context.route(re.compile(rf"^{own}/(.*/)?graphql/*(\?.*)?$"), self._on_graphql)
        for path, kind in self.blanked_paths.items():
            pattern = re.compile(rf"^{own}(/.*)?{re.escape(path)}(\?.*)?$")
            await context.route(pattern, partial(_blank, kind))
        await context.route_web_socket(re.compile(r"^wss?://"), self._on_socket)

    @contextmanager
    def allow(self, permit: Permit) -> Iterator[None]:
        """Let the writes of ``permit`` leave within the block.

        Raises:
            UnplannedWrite: the policy blocks all writes, or within the block the page tried to
                write something else.
            StashbotError: what the permit raised about a write of the page.
        """
        if self.policy is WritePolicy.BLOCKED:
            raise UnplannedWrite(
                "A step tried to write through a page that only reads.", why="read-only"
            )
        if self._permit is not None:
            raise UnplannedWrite(
                "Two steps tried to write through one page at once.", why="two permits"
            )
        self._permit, self.refusal = permit, None
        try:
            yield
        except StashbotError as error:
            # A refused write makes the page's step fail too; the refusal says more.
            if self.refusal is not None:
                raise self.refusal from error
            raise
        finally:
            self._permit = None
        if self.refusal is not None:
            raise self.refusal

    async def _on_graphql(self, route: Route, request: Request) -> None:
        try:
            await self._handle(route, request)
        except PlaywrightError as error:
            logger.debug("a request ended with its page: {}", error.message.splitlines()[0])

    async def _handle(self, route: Route, request: Request) -> None:
        parsed = parse_request(request)
        if not parsed.writes:
            await self._answer_query(route, request, parsed)
            return
        operation, variables = parsed.operation, parsed.variables
        if parsed.refusal:
            await self._stop(route, BlockedWrite(operation, parsed.refusal))
            return
        if self._permit is None:
            why = "no step that writes is under way"
            await self._stop(route, BlockedWrite(operation, why, variables))
            return
        try:
            allowed = await self._permit.check(operation, variables)
        except StashbotError as error:
            self.refusal = self.refusal or error
            await self._stop(route, BlockedWrite(operation, error.message, variables))
            return
        if allowed == variables:
            await route.continue_()
            return
        body: dict[str, Any] = {**request.post_data_json, "variables": allowed}  # type: ignore[dict-item]
        await route.continue_(post_data=json.dumps(body))

    async def _answer_query(self, route: Route, request: Request, parsed: GraphQLRequest) -> None:
        stub = self.stubs.get(parsed.operation)
        if stub is not None:
            body: dict[str, Any] = request.post_data_json  # type: ignore[assignment]
            answer = await stub(body["query"], parsed.variables)
            if answer is not None:
                await route.fulfill(json=answer)
                return
        patch = self.patches.get(parsed.operation)
        await (_patched(route, patch) if patch else route.continue_(post_data=_widened(request)))

    async def _stop(self, route: Route, write: BlockedWrite) -> None:
        logger.info("stopped a write: {} ({})", write.operation, write.why)
        self.blocked_writes.append(write)
        await route.abort("blockedbyclient")

    def _on_socket(self, socket: WebSocketRoute) -> None:
        if f"http{socket.url.removeprefix('ws').split('/graphql')[0]}" != self.origin:
            return  # never connected: a socket to another server stays silent
        server = socket.connect_to_server()

        def to_server(message: str | bytes) -> None:
            if is_socket_write(message):
                self.blocked_writes.append(BlockedWrite("websocket", "a mutation over the socket"))
                return
            server.send(message)

        socket.on_message(to_server)


def _widened(request: Request) -> str | None:
    """Return the body of a query that asks for more than the page does; ``None`` as it is."""
    body: dict[str, Any] = request.post_data_json or {}
    document = with_length(str(body.get("query", "")))
    if document == body.get("query", ""):
        return None
    return json.dumps({**body, "query": document})


async def _block(route: Route) -> None:
    await route.abort("blockedbyclient")


async def _blank(kind: str, route: Route) -> None:
    await route.fulfill(body="{}" if kind.endswith("json") else "", content_type=kind)


async def _patched(route: Route, patch: AnswerPatch) -> None:
    response = await route.fetch()
    try:
        payload = await response.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        await route.fulfill(response=response)
        return
    await route.fulfill(response=response, json=patch(payload))
