"""The wire guard for pages of Playwright's sync API, such as those of pytest-playwright.

It reads requests as ``WireGuard`` does, and lets no write out at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Request, Route, WebSocketRoute
from playwright.sync_api import Error as PlaywrightError

from stashbot.browser.wire_guard import Patch, Stopped, asked_of, is_socket_write


def shut(
    context: BrowserContext, base: str, patches: Mapping[str, Patch], stopped: list[Stopped]
) -> None:
    """Shuts the guard before all pages of ``context``; ``stopped`` grows by each write it stops.

    ``base`` is Stash's address. Requests to other servers never leave. ``patches`` rewrite the
    answers of named queries. Routes of a page come before these: one that calls ``continue_`` on
    a request to Stash takes it past the guard, one that calls ``fallback`` does not.
    """
    parts = urlsplit(base)
    origin = f"{parts.scheme}://{parts.netloc}"
    own = re.escape(origin)

    def block(route: Route) -> None:
        route.abort("blockedbyclient")

    def decide(route: Route, request: Request) -> None:
        asked = asked_of(request)
        if asked.writes:
            why = asked.why or "a page of a test only reads"
            stopped.append(Stopped(asked.operation, why, asked.variables))
            route.abort("blockedbyclient")
            return
        patch = patches.get(asked.operation)
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
            return  # unconnected: a socket to elsewhere stays mute
        server = socket.connect_to_server()

        def to_server(message: str | bytes) -> None:
            if is_socket_write(message):
                stopped.append(Stopped("websocket", "a mutation over the socket"))
                return
            server.send(message)

        socket.on_message(to_server)

    context.route(re.compile(rf"^https?://(?!{own.partition('//')[2]}(/|$))"), block)
    context.route(re.compile(rf"^{own}/(.*/)?graphql/*(\?.*)?$"), decide)
    context.route_web_socket(re.compile(r"^wss?://"), on_socket)
