"""The practice Stash as a web application: pages, pictures, login, GraphQL."""

from __future__ import annotations

import asyncio
import hashlib
import html
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from stashbot.sandbox import execution
from stashbot.sandbox.auth import COOKIE, Sessions, stranger_answer
from stashbot.sandbox.bundle import bundles
from stashbot.sandbox.context import Context
from stashbot.sandbox.control import control_routes
from stashbot.sandbox.events import Events
from stashbot.sandbox.faults import Faults, WireFault
from stashbot.sandbox.jobs import Jobs
from stashbot.sandbox.library import PracticeLibrary
from stashbot.sandbox.media import media_routes
from stashbot.sandbox.options import SandboxOptions
from stashbot.sandbox.skins import apply_skin, skin_routes
from stashbot.sandbox.subscriptions import serve_subscriptions

STATIC = Path(__file__).with_name("static")
_RETRY_SECONDS = 0.5
_KEPT = {"Cache-Control": "public, max-age=604800, immutable"}
_OPEN_PATHS = (
    *("/login", "/logout", "/healthz", "/__sandbox/"),
    *("/css", "/javascript", "/customlocales", "/assets/"),
)


class SandboxState:
    """The state of a sandbox: library, sessions, faults, and the mutations it received."""

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.library = PracticeLibrary(options)
        apply_skin(self.library, options)
        self.sessions = Sessions(options)
        self.events = Events()
        self.jobs = Jobs(self.events)
        self.faults = Faults()
        self.faults.on_change(lambda: self.events.publish("page"))
        self.mutations: list[execution.MutationRecord] = []
        self.schema = execution.make_schema()
        self._lost: dict[bytes, float] = {}

    def lose_answer(self, body: bytes) -> None:
        """Note that the answer to this request was lost."""
        self._lost[body] = time.monotonic()

    def is_retry(self, request: Request, body: bytes) -> bool:
        """Return whether a browser repeats by itself a request whose answer was lost.

        Chromium sends a request again, even a mutation, at once and over each connection that it
        kept open, until a new connection fails as well.
        """
        lost_at = self._lost.get(body) if "sec-fetch-mode" in request.headers else None
        return lost_at is not None and time.monotonic() - lost_at < _RETRY_SECONDS

    def reset(self) -> None:
        """Restore library, faults and mutations as at the start; sessions stay open."""
        self.library.reset()
        apply_skin(self.library, self.options)
        self.faults.clear()
        self.mutations.clear()
        self._lost.clear()


def make_app(state: SandboxState) -> ASGIApp:
    """Return the application that serves ``state``."""
    version = _static_version()

    async def index(_request: Request) -> Response:
        page = (STATIC / "index.html").read_text("utf-8")
        faults = json.dumps([fault.model_dump() for fault in state.faults.page])
        page = page.replace("@VERSION@", version).replace("@FAULTS@", html.escape(faults))
        page = page.replace("@RELEASE@", state.options.release)
        page = page.replace("@DIRECTION@", state.library.skin["direction"])
        return HTMLResponse(page, headers={"Cache-Control": "no-cache"})

    async def graphql(request: Request) -> Response:
        return await _graphql(state, request)

    async def socket(websocket: WebSocket) -> None:
        if state.sessions.may_enter(websocket):
            await serve_subscriptions(websocket, state.events, state.faults)
        else:
            await websocket.close(1008)

    app = Starlette(
        routes=[
            *control_routes(state),
            *_login_routes(state),
            *media_routes(state.library),
            *skin_routes(state.library),
            Route("/healthz", lambda _request: PlainTextResponse("OK")),
            Route("/graphql", graphql, methods=["GET", "POST"]),
            WebSocketRoute("/graphql", socket),
            Mount(f"/assets/{version}", _Assets(directory=STATIC)),
            Route("/{path:path}", index),
        ]
    )
    return _Gate(app, state.sessions)


class _Assets(StaticFiles):
    """Static files whose address changes with their content; scripts are bundled."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        script = bundles(STATIC / "js").get(Path(path).as_posix().removeprefix("js/"))
        if script is None:
            return await super().get_response(path, scope)
        return Response(script, media_type="text/javascript", headers=_KEPT)

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers.update(_KEPT)
        return response


class _Gate:
    """Middleware that refuses visitors without access and can drop their connections."""

    def __init__(self, app: ASGIApp, sessions: Sessions) -> None:
        self._app = app
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["sandbox.drop"] = _dropper(send)
            connection = HTTPConnection(scope)
            path: str = scope["path"]
            open_path = path.startswith(_OPEN_PATHS)
            if not (open_path or self._sessions.may_enter(connection)):
                await stranger_answer(connection, path)(scope, receive, send)
                return
            token = connection.cookies.get(COOKIE)
            if token and not open_path:
                send = self._sessions.renew_cookie(send, token)
        await self._app(scope, receive, send)


def _dropper(send: Send) -> Callable[[], None]:
    """Return a function that cuts the connection of ``send``.

    uvicorn keeps the connection as an attribute of the sender.
    """

    def drop() -> None:
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        if transport is not None:
            transport.abort()

    return drop


def _static_version() -> str:
    digest = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _login_routes(state: SandboxState) -> list[Route]:
    async def login(request: Request) -> Response:
        if request.method == "POST":
            form = parse_qs((await request.body()).decode("utf-8", "replace"))
            username, password = (form.get(name, [""])[0] for name in ("username", "password"))
            token = state.sessions.log_in(username, password)
            if token is None:
                return PlainTextResponse("Username or password is invalid\n", status_code=401)
            response: Response = Response(status_code=200)
            state.sessions.set_cookie(response, token)
            return response
        target = request.query_params.get("returnURL", "/")
        if not state.options.needs_login:
            return RedirectResponse(target if target.startswith("/") else "/", status_code=302)
        page = (STATIC / "login.html").read_text("utf-8")
        page = page.replace("@RETURN@", html.escape(target, quote=True))
        return HTMLResponse(page, headers={"Cache-Control": "no-cache"})

    async def logout(_request: Request) -> Response:
        response = RedirectResponse("/login", status_code=302)
        response.delete_cookie(COOKIE)
        return response

    async def stylesheet(_request: Request) -> Response:
        return PlainTextResponse((STATIC / "login.css").read_text("utf-8"), media_type="text/css")

    return [
        Route("/login", login, methods=["GET", "POST"]),
        Route("/login/login.css", stylesheet),
        Route("/logout", logout),
    ]


async def _graphql(state: SandboxState, request: Request) -> Response:
    content_type = execution.content_type_for(
        request.headers.get("accept", "*/*"), state.options.release
    )
    if request.method == "GET":
        body = json.dumps({"query": request.query_params.get("query")}).encode()
    else:
        body = await request.body()
    if state.is_retry(request, body):
        request.scope["sandbox.drop"]()
        return Response(status_code=503)
    try:
        operation = execution.parse_request(state.schema, body)
    except execution.BadRequest as refused:
        answer = {"errors": refused.errors, "data": None}
        return _json(answer, content_type, execution.status_of(refused, content_type))
    if request.method == "GET" and operation.is_mutation:
        errors = [{"message": "GET requests only allow query operations"}]
        return _json({"errors": errors, "data": None}, content_type, 406)
    answer_fault: WireFault | None = None
    for fault in state.faults.take(operation.name):
        if fault.kind == "latency":
            await asyncio.sleep(fault.seconds)
        else:
            answer_fault = fault
    record = execution.MutationRecord(
        operation=operation.name, fields=operation.fields, variables=operation.variables
    )
    index = len(state.mutations)
    if operation.is_mutation:
        state.mutations.append(record)
    prevented = _prevented(state, answer_fault, content_type)
    if prevented is not None:
        return prevented
    context = Context(
        library=state.library,
        events=state.events,
        jobs=state.jobs,
        base_url=str(request.base_url).rstrip("/"),
    )
    answer = await execution.run_operation(state.schema, operation, context)
    if operation.is_mutation and "errors" not in answer and index < len(state.mutations):
        state.mutations[index] = _applied(record)
    if answer_fault is not None and answer_fault.kind == "lost_answer":
        state.lose_answer(body)
        request.scope["sandbox.drop"]()
    return _response(answer_fault, answer, content_type)


def _applied(record: execution.MutationRecord) -> execution.MutationRecord:
    return execution.MutationRecord(
        operation=record.operation, fields=record.fields, variables=record.variables, applied=True
    )


def _prevented(state: SandboxState, fault: WireFault | None, content_type: str) -> Response | None:
    """Return the answer if a fault prevents the operation, else None."""
    if fault is None:
        return None
    if fault.kind == "http_500":
        return PlainTextResponse("internal server error", status_code=500)
    if fault.kind == "expired":
        state.sessions.expire_all()
        return Response(status_code=401, headers={"WWW-Authenticate": "FormBased"})
    if fault.kind == "graphql_error":
        return _json({"errors": [{"message": fault.message}], "data": None}, content_type)
    return None


def _response(fault: WireFault | None, answer: Any, content_type: str) -> Response:
    """Build the response, damaged if a fault says so."""
    whole = _json(answer, content_type)
    kind = fault.kind if fault else None
    if kind == "html":
        return HTMLResponse("<!doctype html><title>Bad gateway</title><h1>Bad gateway</h1>")
    if kind == "truncated":
        half = bytes(whole.body)[: max(1, len(whole.body) // 2)]
        return Response(half, media_type=content_type)
    return whole


def _json(answer: Any, content_type: str, status: int = 200) -> Response:
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    response = Response(body, status_code=status, headers=headers)
    response.headers["Content-Type"] = content_type
    return response
