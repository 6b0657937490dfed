"""The wire guard for pages of Playwright's sync API, such as those of pytest-playwright.

It reads requests as ``WireGuard`` does, and lets no write leave.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Request, Route, WebSocketRoute
from playwright.sync_api import Error as PlaywrightError

from stashbot.browser.graphql_request import is_socket_write, parse_request
from stashbot.browser.wire_guard import AnswerPatch, BlockedWrite


def install_sync_guard(
    context: BrowserContext,
    base_url: str,
    patches: Mapping[str, AnswerPatch],
    blocked_writes: list[BlockedWrite],
) -> None:
    """Install the guard before all pages of ``context``.

    ``base_url`` is Stash's address; requests to other servers never leave. ``patches`` change the
    answers of queries by name. Each write that is stopped is added to ``blocked_writes``. Routes of
    a page come before these: one that calls ``continue_`` on a request to Stash takes it past the
    guard, one that calls ``fallback`` does not.
    """
    parts = urlsplit(base_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    own = re.escape(origin)

    def block(route: Route) -> None:
        route.abort("blockedbyclient")

    def handle(route: Route, request: Request) -> None:
        parsed = parse_request(request)
        if parsed.writes:
            why = parsed.refusal or "a page of a test only reads"
            blocked_writes.append(BlockedWrite(parsed.operation, why, parsed.variables))
            route.abort("blockedbyclient")
            return
        patch = patches.get(parsed.operation)
        if patch is None:
            route.continue_()
            return
        response = route.fetch()
        try:
            payload = response.json()
        except (json.JSONDecodeError, UnicodeDecodeError, PlaywrightError):
            route.fulfill(response=response)
            return
        route.fulfill(response=response, json=patch(payload))

    def on_socket(socket: WebSocketRoute) -> None:
        if f"http{socket.url.removeprefix('ws').split('/graphql')[0]}" != origin:
            return  # never connected: a socket to another server stays silent
        server = socket.connect_to_server()

        def to_server(message: str | bytes) -> None:
            if is_socket_write(message):
                blocked_writes.append(BlockedWrite("websocket", "a mutation over the socket"))
                return
            server.send(message)

        socket.on_message(to_server)

    context.route(re.compile(rf"^https?://(?!{own.partition('//')[2]}(/|$))"), block)
    context.route(re.compile(rf"^{own}/(.*/)?graphql/*(\?.*)?$"), handle)
    context.route_web_socket(re.compile(r"^wss?://"), on_socket)
