"""The door: a loopback reverse proxy between the pages of a session and Stash.

A page's browser can reach its door and nothing else, and the door alone knows Stash's address and
credentials. So whatever a page or one of its workers sends comes through here: queries pass, a
permitted write is sent once and by the door itself, and everything else stops.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import secrets
import socket
import time
from collections import deque
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx
import uvicorn
from loguru import logger
from playwright.async_api import ProxySettings
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope
from starlette.types import Send as AsgiSend
from starlette.websockets import WebSocket

from stashbot.browser.door.addresses import relocate
from stashbot.browser.door.assets import Asset, AssetCache, is_immutable
from stashbot.browser.door.sockets import REFUSED, relay_socket
from stashbot.browser.door.upstream import Upstream
from stashbot.browser.graphql_answer import GraphQLAnswer
from stashbot.browser.graphql_request import GraphQLRequest, parse_get, parse_post
from stashbot.browser.wire_guard import Answered, AnswerPatch, Pass, Send, Stop, WireGuard
from stashbot.graphql_operations import ANONYMOUS

T = TypeVar("T")

HOST = "127.0.0.1"
COOKIE = "stashbot-door"
#: Longer than Stash waits for its own database.
WRITE_S = 60.0
#: Marks an answer of the door's own; its value says why there is none from Stash.
MARK = "x-stashbot-door"
UNREACHABLE = "unreachable"
#: The status of the door's answer to a write that it stopped.
STOPPED_STATUS = 403

#: Pictures and videos of scenes, and what their player asks for.
_MEDIA = re.compile(
    r"/scene/(?:\w+_(?:thumbs\.vtt|sprite\.jpg)"
    r"|\d+/(?:stream|preview|webp|vtt/|interactive_heatmap|funscript|(?P<picture>screenshot)))"
)
#: A transparent picture of a single pixel.
_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_PASSED_ON = (
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "content-type",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "range",
    "user-agent",
)
#: Headers about a connection, and those that only a browser with its own login needs.
_KEPT_BACK = frozenset(
    {
        "connection",
        "date",
        "keep-alive",
        "server",
        "set-cookie",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "www-authenticate",
    }
)
_OF_ANSWERS = ("content-type", "retry-after")
_DETAIL_LENGTH = 300
_EXCHANGES_KEPT = 200


class Door:
    """The door of a session, open from ``open`` to ``close``.

    ``guard`` judges what comes through. While ``signed_in`` is false, requests go without
    credentials, so that the page is shown Stash's login.
    """

    def __init__(
        self, upstream: Upstream, guard: WireGuard, assets: AssetCache, *, write_s: float = WRITE_S
    ) -> None:
        self.guard = guard
        self.signed_in = True
        self._upstream = upstream
        self._assets = assets
        self._write_s = write_s
        self._base_path = urlsplit(upstream.url).path
        self._token = secrets.token_urlsafe(24)
        self._listener = _listener()
        self._host = f"{HOST}:{self._listener.getsockname()[1]}"
        self._server = _Server(self)
        self._serving: asyncio.Task[None] | None = None
        self._writes: set[asyncio.Task[Response]] = set()
        #: The newest GraphQL requests that came through: operation, status, and when.
        self.exchanges: deque[dict[str, Any]] = deque(maxlen=_EXCHANGES_KEPT)

    @classmethod
    async def open(
        cls,
        upstream: Upstream,
        guard: WireGuard,
        *,
        assets: AssetCache | None = None,
        write_s: float = WRITE_S,
    ) -> Self:
        """Open a door to ``upstream`` on a free port of this machine.

        A write that has no answer after ``write_s`` seconds counts as lost.
        """
        door = cls(upstream, guard, assets or AssetCache(), write_s=write_s)
        door._serving = asyncio.create_task(door._server.serve(sockets=[door._listener]))
        await door._server.is_up.wait()
        return door

    @property
    def origin(self) -> str:
        """Return the origin of the pages behind the door."""
        return f"http://{self._host}"

    @property
    def url(self) -> str:
        """Return the address of Stash's app behind the door, without a slash at its end."""
        return f"{self.origin}{self._base_path}"

    @property
    def stash_url(self) -> str:
        """Return the address of Stash itself, for messages."""
        return self._upstream.url

    @property
    def cookie(self) -> Any:
        """Return the cookie that a browser context needs: other programs are not let in.

        It is in the form of Playwright's ``add_cookies``.
        """
        return {"name": COOKIE, "value": self._token, "url": self.origin, "sameSite": "Strict"}

    @property
    def proxy(self) -> ProxySettings:
        """Return the proxy settings that leave a browser context nothing but this door.

        The door is the context's proxy, and as a proxy it refuses everything. Its own address is
        reached directly; the rules count from the last.
        """
        return {"server": self.origin, "bypass": f"<-loopback>,{self._host}"}

    async def close(self) -> None:
        """Close the door, once the writes that it sends have ended."""
        if self._writes:
            await asyncio.wait(self._writes)
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving
        # A peer that reads no more would keep its connection open beyond the server's end.
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()

    async def __call__(self, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        """Serve a request or a socket of a page, as an ASGI application."""
        if scope["type"] == "websocket":
            await self._on_socket(WebSocket(scope, receive, send))
            return
        request = Request(scope, receive)
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if not self._is_own(request.headers, request.cookies):
            return _refusal(f"{request.url.netloc or 'this address'} is not Stash", 403)
        path = request.scope["path"]
        if path != self._base_path and not path.startswith(f"{self._base_path}/"):
            return _refusal(f"{path} is outside of Stash", 404)
        if request.method in _READING:
            return self._own_file(path) or await self._read(request, path)
        if request.method == "POST" and path.rstrip("/").lower().endswith("/graphql"):
            asked = parse_post(await request.body())
            response = await self._on_graphql(request, asked)
            self.exchanges.append(
                {
                    "operation": asked.operation,
                    "status": response.status_code,
                    "at": round(time.time(), 3),
                }
            )
            return response
        if request.method == "POST" and path == f"{self._base_path}/login":
            return await self._forward(request, content=await request.body())
        return _stopped(self.guard.stop(f"{request.method} {path}", "it is no GraphQL"))

    async def _read(self, request: Request, path: str) -> Response:
        asked = parse_get(request.url.query)
        if asked.writes:
            return _stopped(self.guard.stop(asked.operation, asked.refusal))
        if path == f"{self._base_path}/logout":
            return _stopped(self.guard.stop("logout", "it would end stashbot's session"))
        return await self._forward(request)

    def _own_file(self, path: str) -> Response | None:
        """Return the answer for a file that the guard does not let load as it is."""
        if self.guard.failing_paths is not None and self.guard.failing_paths.search(path):
            return Response(status_code=500)
        if not self.guard.media and (media := _MEDIA.search(path)):
            if media["picture"]:
                return Response(_PIXEL, media_type="image/png")
            return Response(status_code=404)
        for blanked, kind in self.guard.blanked_paths.items():
            if path == f"{self._base_path}{blanked}":
                return Response("{}" if kind.endswith("json") else "", media_type=kind)
        return None

    def _is_own(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> bool:
        """Return whether a request comes from the session's browser and is for this door."""
        token = cookies.get(COOKIE, "").encode()
        return headers.get("host") == self._host and secrets.compare_digest(
            token, self._token.encode()
        )

    # -- GraphQL

    async def _on_graphql(self, request: Request, asked: GraphQLRequest) -> Response:
        match await self.guard.judge(asked):
            case Stop() as stop:
                return _stopped(stop)
            case Answered(payload=payload):
                return JSONResponse(payload)
            case Send() as send:
                # The write goes on if the page goes away: its answer is the step's, too.
                task = asyncio.create_task(self._send(send))
                self._writes.add(task)
                task.add_done_callback(self._writes.discard)
                return await asyncio.shield(task)
            case Pass() as passed:
                return await self._query(request, asked, passed)

    async def _query(self, request: Request, asked: GraphQLRequest, passed: Pass) -> Response:
        content = _body(asked.operation, passed.document, asked.variables)
        work = self._exchange("/graphql", content, once=False)
        try:
            response = await _while_connected(request, work)
        except httpx.TransportError as error:
            return self._unreachable(_reason_of(error))
        if response is None:
            return Response(status_code=499)
        answer = response.content
        if passed.patch is not None or b'"http' in answer:
            answer = self._adapted(answer, passed.patch)
        return _whole(answer, response)

    def _adapted(self, answer: bytes, patch: AnswerPatch | None = None) -> bytes:
        """Return an answer with its patch, and with Stash's addresses behind the door."""
        try:
            payload = json.loads(answer)
        except ValueError:
            return answer
        if patch is not None:
            payload = patch(payload)
        return json.dumps(relocate(payload, self.url), ensure_ascii=False).encode()

    async def _send(self, send: Send) -> Response:
        """Send a permitted write, once, and give its answer to the step as well as the page."""
        started = time.monotonic()
        content = _body(send.operation, send.document, send.variables)
        lost = "it was cut off"
        response: httpx.Response | None = None
        try:
            async with asyncio.timeout(self._write_s):
                response = await self._exchange("/graphql", content, once=True)
        except httpx.TransportError as error:
            lost = _reason_of(error)
        except TimeoutError:
            lost = f"Stash gave none within {self._write_s:g} s"
        finally:
            # Whatever ended this, a step waits for it.
            send.write.set_answer(_answer_to(send.operation, response, lost, started))
        if response is None:
            return self._unreachable(lost)
        answer = response.content
        if b'"http' in answer:
            answer = self._adapted(answer)
        return _whole(answer, response)

    async def _exchange(self, target: str, content: bytes, *, once: bool) -> httpx.Response:
        """Post to Stash and return its whole answer; a query is posted again if it broke off."""
        headers = {
            "accept": "application/json",
            "accept-encoding": "gzip",
            "content-type": "application/json",
        }
        for is_last in (once, True):
            try:
                response = await self._upstream.forward(
                    "POST",
                    target,
                    headers=headers,
                    content=content,
                    once=once,
                    signed_in=self.signed_in,
                )
                async with aclosing(response):
                    await response.aread()
            except (httpx.RemoteProtocolError, httpx.ReadError):
                if is_last:
                    raise
            else:
                return response
        raise AssertionError("unreachable")

    # -- everything else

    async def _forward(self, request: Request, *, content: bytes = b"") -> Response:
        """Pass a request on, and its answer back as it comes."""
        path = request.scope["raw_path"].decode("ascii").removeprefix(self._base_path)
        target = f"{path}?{request.url.query}" if request.url.query else path
        encodings = request.headers.get("accept-encoding", "")
        address = f"{self._upstream.url}{target}"
        if (asset := self._assets.get(address, encodings)) is not None:
            return Response(asset.content, headers=asset.headers)
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        try:
            response = await self._upstream.forward(
                request.method,
                target,
                headers=headers,
                content=content,
                signed_in=self.signed_in,
            )
        except httpx.TransportError as error:
            return self._unreachable(_reason_of(error))
        returned = self._returned_headers(response)
        if response.status_code == 200 and is_immutable(returned):  # noqa: PLR2004
            return await self._keep(response, address, encodings, returned)
        return _Streamed(response, headers=returned)

    async def _keep(
        self, response: httpx.Response, address: str, encodings: str, headers: dict[str, str]
    ) -> Response:
        try:
            async with aclosing(response):
                content = b"".join([chunk async for chunk in response.aiter_raw()])
        except httpx.TransportError as error:
            return self._unreachable(_reason_of(error))
        headers["content-length"] = str(len(content))
        self._assets.add(address, encodings, Asset(headers=headers, content=content))
        return Response(content, headers=headers)

    def _returned_headers(self, response: httpx.Response) -> dict[str, str]:
        headers = {
            name: value for name, value in response.headers.items() if name not in _KEPT_BACK
        }
        location = headers.get("location", "")
        if location.startswith(("http://", "https://")):
            parts = urlsplit(location)
            own = urlsplit(self._upstream.url)
            if parts.netloc == own.netloc:
                headers["location"] = parts._replace(scheme="", netloc="").geturl()
        return headers

    async def _on_socket(self, page: WebSocket) -> None:
        path = page.scope["path"].rstrip("/")
        if not self._is_own(page.headers, page.cookies) or path != f"{self._base_path}/graphql":
            await page.close(REFUSED)
            return
        await relay_socket(page, "/graphql", self._upstream, self.guard)

    def _unreachable(self, why: str) -> Response:
        logger.debug("no answer from Stash at {}: {}", self.stash_url, why)
        return Response(f"There was no answer from Stash: {why}.", 502, headers={MARK: UNREACHABLE})


class _Streamed(StreamingResponse):
    """An answer of Stash's that is passed on as it comes; it is closed in any case."""

    def __init__(self, response: httpx.Response, *, headers: Mapping[str, str]) -> None:
        super().__init__(response.aiter_raw(), response.status_code, headers=headers)
        self._response = response

    async def __call__(self, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._response.aclose()


class _Server(uvicorn.Server):
    """A server on the running event loop that sets ``is_up`` once it serves."""

    def __init__(self, door: Door) -> None:
        super().__init__(
            uvicorn.Config(
                door,
                access_log=False,
                date_header=False,
                http="httptools",
                lifespan="off",
                log_config=None,
                log_level="critical",
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=1,
                timeout_keep_alive=3600,
                ws="websockets-sansio",
                ws_max_size=16 * 1024 * 1024,
            )
        )
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve."""
        await super().startup(sockets)
        self.is_up.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the process's signal handlers alone."""
        yield


def _listener() -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind((HOST, 0))
    return listener


def _body(operation: str, document: str, variables: Mapping[str, Any]) -> bytes:
    body = {"query": document, "variables": variables}
    if operation != ANONYMOUS:
        body["operationName"] = operation
    return json.dumps(body).encode()


def _payload(response: httpx.Response) -> dict[str, Any] | None:
    try:
        payload = response.json()
    except ValueError:
        return None
    return payload if isinstance(payload, dict) else None


def _answer_to(
    operation: str, response: httpx.Response | None, lost: str, started: float
) -> GraphQLAnswer:
    """Return what Stash answered to a write that was sent at ``started``; ``lost`` is why not."""
    elapsed_ms = round((time.monotonic() - started) * 1000)
    if response is None:
        return GraphQLAnswer(
            operation=operation, state="failed", detail=lost, elapsed_ms=elapsed_ms
        )
    payload = _payload(response)
    return GraphQLAnswer(
        operation=operation,
        state="garbled" if payload is None else "done",
        status=response.status_code,
        payload=payload,
        detail="" if payload is not None else response.text[:_DETAIL_LENGTH],
        elapsed_ms=elapsed_ms,
        retry_after=response.headers.get("retry-after", ""),
    )


def _reason_of(error: httpx.TransportError) -> str:
    return str(error) or type(error).__name__


def _whole(answer: bytes, response: httpx.Response) -> Response:
    """Return an answer of Stash's that was read, with the headers that the page may need."""
    headers = {name: response.headers[name] for name in _OF_ANSWERS if name in response.headers}
    return Response(answer, response.status_code, headers=headers)


async def _while_connected(request: Request, work: Awaitable[T]) -> T | None:
    """Return the result of ``work``; cancel it and return ``None`` if the page goes away first."""

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    working = asyncio.ensure_future(work)
    watching = asyncio.create_task(gone())
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        watching.cancel()
        if not working.done():
            working.cancel()
            await asyncio.wait({working})


def _refusal(why: str, status: int) -> Response:
    return Response(f"stashbot does not let this through: {why}.", status, media_type="text/plain")


def _stopped(stop: Stop) -> Response:
    message = f"stashbot stopped {stop.blocked.operation}: {stop.blocked.why}"
    return JSONResponse({"errors": [{"message": message}], "data": None}, STOPPED_STATUS)
