"""The wire guard: no write leaves a page that the plan does not name.

Every request of a guarded page to Stash's GraphQL endpoint passes here before it is let out.
Queries pass. A mutation passes only while a permit is in force that names its operation, and the
permit may trim its variables or refuse it. What cannot be read as GraphQL is refused: Stash also
takes mutations as form data. Requests to other origins never leave at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from graphql import GraphQLError as GraphQLSyntaxError
from graphql import OperationDefinitionNode, OperationType, parse
from loguru import logger
from playwright.async_api import BrowserContext, Request, Route, WebSocketRoute
from playwright.async_api import Error as PlaywrightError

from stashbot.errors import StashbotError, UnplannedWrite

#: Stash does not mind the case of keys, and the last one counts: no other may stand beside these.
_KEYS = frozenset({"query", "operationName", "variables", "extensions"})

Variables = dict[str, Any]
Patch = Callable[[dict[str, Any]], dict[str, Any]]
#: Answers a query in Stash's place, from its document and variables; ``None`` lets it through.
Stand = Callable[[str, Variables], Awaitable[dict[str, Any] | None]]


class Permit(Protocol):
    """Decides on one mutation that a page wants to send."""

    async def check(self, operation: str, variables: Variables) -> Variables:
        """The variables to send in place of the page's own.

        Raises:
            UnplannedWrite: the plan does not name this write.
            StaleForm: the scene changed since its before-image was read.
        """


@dataclass(frozen=True)
class Stopped:
    """A write that was not let out, with what the page wanted to send."""

    operation: str
    why: str
    variables: Variables = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class Asked:
    """What a request asks for; ``why`` says what makes it a write that nothing can permit."""

    operation: str
    variables: Variables
    writes: bool
    why: str = ""


class Sent(Protocol):
    """A request as Playwright shows it, in its async or its sync form."""

    @property
    def method(self) -> str:
        """Of HTTP."""

    @property
    def url(self) -> str:
        """The whole address."""

    @property
    def post_data(self) -> str | None:
        """The body as text."""


@dataclass
class WireGuard:
    """Guards all pages of one browser context.

    ``patches`` rewrite the answers of named queries for these pages only (the session profile);
    ``stands`` answer named queries in Stash's place, for a tour that must see what follows. The
    files at the paths ``blank``, given with their content types, are empty for these pages.
    A ``read_only`` guard takes no permit at all: what a dry run or a check opens cannot write.
    ``stopped`` lists the writes that were aborted, ``refusal`` is the error that the current
    permit raised, for the step that holds the permit.
    """

    origin: str
    patches: dict[str, Patch] = field(default_factory=dict)
    read_only: bool = False
    stands: dict[str, Stand] = field(default_factory=dict)
    blank: Mapping[str, str] = field(default_factory=dict)
    stopped: list[Stopped] = field(default_factory=list)
    refusal: StashbotError | None = None
    _permit: Permit | None = None

    async def install(self, context: BrowserContext) -> None:
        """Puts the guard before everything that pages of ``context`` send."""
        own = re.escape(self.origin)
        await context.route(re.compile(rf"^https?://(?!{own.partition('//')[2]}(/|$))"), _block)
        await context.route(re.compile(rf"^{own}/(.*/)?graphql/*(\?.*)?$"), self._on_graphql)
        for path, kind in self.blank.items():
            pattern = re.compile(rf"^{own}(/.*)?{re.escape(path)}(\?.*)?$")
            await context.route(pattern, partial(_empty, kind))
        await context.route_web_socket(re.compile(r"^wss?://"), self._on_socket)

    @contextmanager
    def permitting(self, permit: Permit) -> Iterator[None]:
        """Lets the writes of ``permit`` out within the block; raises what the permit refused.

        Raises:
            UnplannedWrite: within the block the page tried to write something else, or the guard
                is read-only.
        """
        if self.read_only:
            raise UnplannedWrite(
                "A step tried to write through a page that only reads.", why="read-only"
            )
        if self._permit is not None:
            raise UnplannedWrite("Two steps tried to write through one page at once.")
        self._permit, self.refusal = permit, None
        try:
            yield
        except StashbotError as error:
            if self.refusal is not None:
                raise self.refusal from error
            raise
        finally:
            self._permit = None
        if self.refusal is not None:
            raise self.refusal

    async def _on_graphql(self, route: Route, request: Request) -> None:
        try:
            await self._decide(route, request)
        except PlaywrightError as error:
            logger.debug("a request ended with its page: {}", error.message.splitlines()[0])

    async def _decide(self, route: Route, request: Request) -> None:
        asked = asked_of(request)
        if not asked.writes:
            await self._answer_query(route, request, asked)
            return
        operation, variables = asked.operation, asked.variables
        if asked.why:
            await self._stop(route, Stopped(operation, asked.why))
            return
        if self._permit is None:
            why = "no step that writes is under way"
            await self._stop(route, Stopped(operation, why, variables))
            return
        try:
            allowed = await self._permit.check(operation, variables)
        except StashbotError as error:
            self.refusal = self.refusal or error
            await self._stop(route, Stopped(operation, error.message, variables))
            return
        if allowed == variables:
            await route.continue_()
            return
        body: dict[str, Any] = {**request.post_data_json, "variables": allowed}  # type: ignore[dict-item]
        await route.continue_(post_data=json.dumps(body))

    async def _answer_query(self, route: Route, request: Request, asked: Asked) -> None:
        stand = self.stands.get(asked.operation)
        if stand is not None:
            body: dict[str, Any] = request.post_data_json  # type: ignore[assignment]
            answer = await stand(body["query"], asked.variables)
            if answer is not None:
                await route.fulfill(json=answer)
                return
        patch = self.patches.get(asked.operation)
        await (_patched(route, patch) if patch else route.continue_())

    async def _stop(self, route: Route, stopped: Stopped) -> None:
        logger.info("stopped a write: {} ({})", stopped.operation, stopped.why)
        self.stopped.append(stopped)
        await route.abort("blockedbyclient")

    def _on_socket(self, socket: WebSocketRoute) -> None:
        if f"http{socket.url.removeprefix('ws').split('/graphql')[0]}" != self.origin:
            return  # unconnected: a socket to elsewhere stays mute
        server = socket.connect_to_server()

        def to_server(message: str | bytes) -> None:
            if is_socket_write(message):
                self.stopped.append(Stopped("websocket", "a mutation over the socket"))
                return
            server.send(message)

        socket.on_message(to_server)


async def _block(route: Route) -> None:
    await route.abort("blockedbyclient")


async def _empty(kind: str, route: Route) -> None:
    await route.fulfill(body="{}" if kind.endswith("json") else "", content_type=kind)


async def _patched(route: Route, patch: Patch) -> None:
    response = await route.fetch()
    try:
        payload = await response.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        await route.fulfill(response=response)
        return
    await route.fulfill(response=response, json=patch(payload))


def _is_query(url: str) -> bool:
    """Whether a GET asks nothing of Stash but queries, or nothing at all."""
    documents = parse_qs(urlsplit(url).query).get("query", [])
    found = [operations_of(document) for document in documents]
    return all(one is not None and all(kind == "read" for _, kind in one) for one in found)


def asked_of(request: Sent) -> Asked:
    """What a request to Stash's GraphQL endpoint asks for. What cannot be read is a write."""
    if request.method not in {"POST", "PUT", "PATCH", "DELETE"}:
        if _is_query(request.url):
            return Asked("", {}, writes=False)
        return Asked("?", {}, writes=True, why="a GET that is no query")
    unreadable = Asked("?", {}, writes=True, why="the request cannot be read as GraphQL")
    try:
        body = json.loads(request.post_data or "")
    except (json.JSONDecodeError, UnicodeDecodeError):
        return unreadable
    if not isinstance(body, dict) or not _KEYS.issuperset(body):
        return unreadable
    query = body.get("query")
    operations = operations_of(query) if isinstance(query, str) else None
    if operations is None:
        return unreadable
    names = [name for name, _ in operations]
    name = body.get("operationName") or (names[0] if names else "")
    writes = any(kind == "mutation" for _, kind in operations)
    return Asked(name, body.get("variables") or {}, writes=writes)


@lru_cache(maxsize=512)
def operations_of(document: str) -> tuple[tuple[str, str], ...] | None:
    """``(field or operation name, kind)`` of a GraphQL document; ``None`` when it does not parse.

    Any mutation in the document counts, whichever operation is chosen.
    """
    try:
        tree = parse(document, no_location=True)
    except GraphQLSyntaxError:
        return None
    found = [node for node in tree.definitions if isinstance(node, OperationDefinitionNode)]
    return tuple(
        (
            node.name.value if node.name else "",
            "mutation" if node.operation is OperationType.MUTATION else "read",
        )
        for node in found
    )


def is_socket_write(message: str | bytes) -> bool:
    """Whether a message to Stash's socket asks for a mutation, or may."""
    try:
        body = json.loads(message)
    except (json.JSONDecodeError, UnicodeDecodeError):
        return False
    if not isinstance(body, dict):
        return False
    if not {"id", "type", "payload"}.issuperset(body):
        return True
    payload = body.get("payload")
    if body.get("type") not in {"subscribe", "start"} or not isinstance(payload, dict):
        return False
    query = payload.get("query")
    if not isinstance(query, str) or not _KEYS.issuperset(payload):
        return True
    operations = operations_of(query)
    return operations is None or any(kind == "mutation" for _, kind in operations)


@dataclass(frozen=True)
class OnlyOperations:
    """A permit by operation name alone, for writes that are no scene edit."""

    names: frozenset[str]
    accept: Callable[[str, Variables], Awaitable[Variables]] | None = None

    async def check(self, operation: str, variables: Variables) -> Variables:
        """See ``Permit``: passes what is named, after ``accept`` has looked at it."""
        if operation not in self.names:
            raise UnplannedWrite(
                f"The page tried to send {operation}, which this step does not do.",
                hint="It was stopped; nothing was written.",
                operation=operation,
                why="not in the plan",
            )
        return await self.accept(operation, variables) if self.accept else variables
