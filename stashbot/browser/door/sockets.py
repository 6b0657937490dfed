"""The WebSocket of a page, relayed to Stash without the mutations."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from loguru import logger
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from stashbot.browser.door.upstream import Upstream
from stashbot.browser.graphql_request import is_socket_write
from stashbot.browser.wire_guard import WireGuard

#: Longer than any message of Stash's: the list of its jobs.
MAX_MESSAGE_BYTES = 16 * 1024 * 1024
REFUSED = 1011


async def relay_socket(
    socket: WebSocket, target: str, upstream: Upstream, guard: WireGuard
) -> None:
    """Connect a page's socket to Stash's at ``target``, until either side closes it."""
    protocols = [Subprotocol(name) for name in socket.scope.get("subprotocols", ())]
    parts = urlsplit(upstream.url)
    secure = parts.scheme == "https"
    address = f"{'wss' if secure else 'ws'}://{parts.netloc}{parts.path}{target}"
    try:
        async with connect(
            address,
            subprotocols=protocols or None,
            additional_headers=upstream.socket_headers(),
            origin=None,
            ssl=upstream.tls if secure else None,
            max_size=MAX_MESSAGE_BYTES,
            proxy=None,
        ) as server:
            await socket.accept(subprotocol=server.subprotocol)
            await _relay(socket, server, guard)
    except (OSError, InvalidHandshake, TimeoutError) as error:
        logger.debug("no socket to Stash: {}", error)
        await socket.close(REFUSED)
    except (WebSocketDisconnect, ConnectionClosed) as error:
        logger.debug("a socket of the page was closed: {}", error)


async def _relay(socket: WebSocket, server: ClientConnection, guard: WireGuard) -> None:
    both = {
        asyncio.create_task(_to_stash(socket, server, guard)),
        asyncio.create_task(_to_page(server, socket)),
    }
    try:
        done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
    for task in done:
        task.result()


async def _to_stash(socket: WebSocket, server: ClientConnection, guard: WireGuard) -> None:
    while True:
        received = await socket.receive()
        if received["type"] != "websocket.receive":
            return
        text = received.get("text")
        message: str | bytes = received["bytes"] if text is None else text
        if is_socket_write(message):
            guard.stop("websocket", "a mutation over the socket")
        else:
            await server.send(message)


async def _to_page(server: ClientConnection, socket: WebSocket) -> None:
    async for message in server:
        await (
            socket.send_text(message) if isinstance(message, str) else socket.send_bytes(message)
        )
    await socket.close(server.close_code or 1000)
