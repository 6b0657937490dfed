"""A reverse proxy that spoils answers, by seed: between stashbot and a Stash, for ``faults.py``.

Of each request it draws whether a fault befalls it and of which kind; the draw depends on the seed
and on how many requests of that operation came before, so that a run can be repeated.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from types import TracebackType
from typing import Any, Self

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

#: Kinds whose request does not reach Stash, and kinds that spoil the answer to it.
BEFORE = (
    "drop before", "500", "502", "503 retry-after", "429 seconds", "429 date", "401", "locked",
    "html before",
)  # fmt: skip
AFTER = ("drop after", "502 after", "broken off", "shortened", "empty", "data null", "html after")
KINDS = (*BEFORE, *AFTER, "delay")
#: How often the requests of an operation are spoiled; others, by whether the page needs them.
RATES = {"SceneUpdate": 0.4, "ScrapeSingleScene": 0.35, "TagCreate": 0.4, "FindScene": 0.06}
OTHER_RATE = 0.03
DELAY_S = 3.0
_HTML = "<!doctype html><title>Bad gateway</title><h1>502 Bad Gateway</h1>"
_HOP_BY_HOP = {"connection", "content-length", "content-encoding", "transfer-encoding", "host"}


@dataclass
class FaultProxy:
    """The proxy before the Stash at ``upstream``, on a free port of this machine, in a thread.

    ``kinds`` are drawn alike. ``injected`` counts the faults by kind and operation; ``saves`` the
    successful updates that Stash carried out, by their input.
    """

    upstream: str
    kinds: tuple[str, ...] = KINDS
    seed: int = 0
    rates: Mapping[str, float] = field(default_factory=lambda: RATES)
    other_rate: float = OTHER_RATE
    injected: Counter[tuple[str, str]] = field(init=False, default_factory=Counter)
    saves: Counter[str] = field(init=False, default_factory=Counter)
    is_down: bool = False

    def __post_init__(self) -> None:
        self._seen: Counter[str] = Counter()
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._socket = socket.socket()
        self._client: httpx.AsyncClient | None = None

    @property
    def url(self) -> str:
        """The address of the proxy."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._socket.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            self._app(), log_level="error", lifespan="on", http="h11", ws="websockets-sansio",
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(10)
        self._socket.close()

    def _app(self) -> ASGIApp:
        methods = ["GET", "POST", "HEAD"]
        app = Starlette(
            lifespan=self._open_client,
            routes=[
                WebSocketRoute("/{path:path}", self._relay_socket),
                Route("/{path:path}", self._answer, methods=methods),
            ],
        )

        async def with_drop(scope: Scope, receive: Receive, send: Send) -> None:
            # Only uvicorn's own protocol can close a connection without an answer.
            if scope["type"] == "http":
                scope["drop"] = send.__self__.transport.abort  # type: ignore[attr-defined]
            await app(scope, receive, send)

        return with_drop

    @asynccontextmanager
    async def _open_client(self, _app: Starlette) -> AsyncIterator[None]:
        async with httpx.AsyncClient(base_url=self.upstream, timeout=60) as self._client:
            yield

    # -- requests

    def _draw(self, operation: str) -> str | None:
        if self.is_down:
            return "502"
        number = self._seen[operation]
        self._seen[operation] += 1
        drawn = random.Random(f"{self.seed} {operation} {number}")  # noqa: S311 # no secret
        rate = self.rates.get(operation, self.other_rate)
        return drawn.choice(self.kinds) if self.kinds and drawn.random() < rate else None

    async def _answer(self, request: Request) -> Response:
        body = await request.body()
        operation, variables = _operation(request, body)
        kind = self._draw(operation)
        if kind is not None:
            self.injected[kind, operation] += 1
        if kind == "delay":
            await asyncio.sleep(DELAY_S)
        if kind in BEFORE:
            return self._spoiled(request, kind, operation)
        headers = {k: v for k, v in request.headers.items() if k not in _HOP_BY_HOP}
        headers["host"] = request.headers["host"]
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        assert self._client is not None  # noqa: S101 # open while the server runs
        try:
            answer = await self._client.request(
                request.method, target, content=body, headers=headers
            )
        except httpx.HTTPError:
            return Response(status_code=502)
        if operation == "SceneUpdate" and b'"errors"' not in answer.content:
            self.saves[json.dumps(variables, sort_keys=True)] += 1
        if kind in AFTER:
            return self._spoiled(request, kind, operation, answer)
        return _passed_on(answer)

    def _spoiled(
        self, request: Request, kind: str, operation: str, answer: httpx.Response | None = None
    ) -> Response:
        content = answer.content if answer is not None else b""
        errors = [{"message": f"executing {operation}: database is locked"}]
        json_bodies = {
            "locked": json.dumps({"errors": errors, "data": None}).encode(),
            "data null": b'{"data":null}',
            "empty": b"",
            "shortened": content[: len(content) // 2],
        }
        headers = {"content-type": "application/json"}
        if kind in json_bodies:
            return Response(json_bodies[kind], headers=headers)
        if kind == "broken off":
            headers["content-length"] = str(len(content) + 10)
            return _BrokenOff(content, headers=headers, drop=request.scope["drop"])
        if kind.startswith("drop"):
            request.scope["drop"]()
        first = kind.split(maxsplit=1)[0]
        retry = {"503 retry-after": "1", "429 seconds": "2", "429 date": _soon()}
        return HTMLResponse(
            _HTML,
            status_code=int(first) if first.isdecimal() else 200,
            headers={"retry-after": retry[kind]} if kind in retry else {},
        )

    async def _relay_socket(self, page: WebSocket) -> None:
        names = [Subprotocol(name) for name in page.scope.get("subprotocols", ())]
        address = self.upstream.replace("http", "ws", 1) + page.url.path
        cookie = {"Cookie": page.headers["cookie"]} if "cookie" in page.headers else {}
        key = {"ApiKey": page.headers["apikey"]} if "apikey" in page.headers else {}
        with suppress(OSError, WebSocketDisconnect, ConnectionClosed):
            async with connect(
                address, subprotocols=names, additional_headers=cookie | key, proxy=None
            ) as stash:
                await page.accept(subprotocol=stash.subprotocol)

                async def down() -> None:
                    async for message in stash:
                        await page.send_text(str(message))

                relay = asyncio.create_task(down())
                try:
                    while True:
                        await stash.send(await page.receive_text())
                finally:
                    relay.cancel()


class _BrokenOff(Response):
    """Sends half of the body that its headers announce, and closes the connection."""

    def __init__(
        self, content: bytes, *, headers: dict[str, str], drop: Callable[[], None]
    ) -> None:
        super().__init__(content, headers=headers)
        self._drop = drop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await asyncio.sleep(0.05)  # let what was written leave
        self._drop()


def _operation(request: Request, body: bytes) -> tuple[str, Mapping[str, Any]]:
    if request.url.path.endswith("/graphql") and body:
        with suppress(ValueError, AttributeError):
            sent = json.loads(body)
            return sent.get("operationName") or "anonymous", sent.get("variables") or {}
    return request.url.path.rsplit(".", maxsplit=1)[-1] if "." in request.url.path else "page", {}


def _passed_on(answer: httpx.Response) -> Response:
    headers = {k: v for k, v in answer.headers.items() if k not in _HOP_BY_HOP}
    response = Response(answer.content, status_code=answer.status_code)
    for name, value in headers.items():
        response.headers[name] = value
    for cookie in answer.headers.get_list("set-cookie")[1:]:
        response.headers.append("set-cookie", cookie)
    return response


def _soon() -> str:
    """Return the HTTP date in two seconds."""
    return formatdate(time.time() + 2, usegmt=True)
