"""GraphQL over HTTP: one connection pool, one login, and a named error for all that goes wrong.

What is repeated: queries, after a broken connection, a 5xx or an answer that is no GraphQL; at
most ``attempts`` times with exponential backoff. A mutation is sent once. The one exception is
a lost session: Stash refuses the request (401) before it looks at it, so after a new login the
request is sent again, whatever it is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx
from loguru import logger

from stashbot.errors import BadAnswer, GraphQLError
from stashbot.models import ServerInfo
from stashbot.settings import StashSettings
from stashbot.stash import auth
from stashbot.stash.decode import server_info_from
from stashbot.stash.documents import SERVER_INFO
from stashbot.stash.responses import bad_answer, is_mutation, operation_name, read_answer
from stashbot.stash.retry import retrying

_ACCEPT = {"Accept": "application/json"}
_CONNECT_S = 10.0
_OK = 200
_MOVED = range(300, 400)
_SERVER_FAULT = 500
_UNAUTHORIZED = 401
_FORBIDDEN = 403
_NOT_THERE = (404, 405)


class GraphQLTransport:
    """The way to one Stash server, open inside ``async with``.

    Opening logs in if the settings name a user, and proves that a Stash that is set up answers at
    that address; ``server`` then says which one. An API key goes before user and password.
    ``http`` takes the place of the network.

    Raises on opening:
        StashUnreachable: no connection, or what answers there is no Stash.
        LoginError: the server wants other credentials; the hint says which.
        UnsupportedStash: the server is too old, not set up, or waits for its migration.
    """

    def __init__(
        self,
        settings: StashSettings,
        *,
        attempts: int = 4,
        backoff_s: float = 0.25,
        http: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._settings = settings
        self._http = http
        given = httpx.URL(settings.url.rstrip("/").removesuffix("/graphql"))
        self._base = given.copy_with(userinfo=b"")
        self._gate = httpx.BasicAuth(given.username, given.password) if given.userinfo else None
        self._attempts = attempts
        self._backoff_s = backoff_s
        self._client: httpx.AsyncClient | None = None
        self._server: ServerInfo | None = None
        self._login_lock = asyncio.Lock()
        self._logins = 0

    @property
    def url(self) -> str:
        """The server's address without any user info, safe to show."""
        return str(self._base).rstrip("/")

    @property
    def server(self) -> ServerInfo:
        """The server as it introduced itself on opening."""
        if self._server is None:
            raise RuntimeError("the transport is used inside 'async with' only")
        return self._server

    async def __aenter__(self) -> Self:
        logging.getLogger("httpcore").setLevel(logging.INFO)  # its DEBUG shows session cookies
        self._client = httpx.AsyncClient(
            headers=_ACCEPT,
            auth=self._gate,
            timeout=httpx.Timeout(None, connect=min(_CONNECT_S, self._settings.timeout_s)),
            follow_redirects=False,
            transport=self._http,
        )
        try:
            self._server = await self._introduction()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def execute(
        self,
        document: str,
        variables: Mapping[str, Any] | None = None,
        *,
        retry: bool = True,
        timeout_s: float | None = None,
    ) -> Mapping[str, Any]:
        """Send one GraphQL operation and return its ``data``.

        ``retry`` counts for queries only. ``timeout_s`` bounds one attempt, default the setting.

        Raises:
            GraphQLError: Stash answered with errors.
            BadAnswer: the answer is no GraphQL.
            StashUnreachable: no connection, or no answer in time.
            LoginError: Stash does not accept the credentials (any more).
        """
        operation = operation_name(document)
        given = dict(variables or {})
        body = {"operationName": operation, "query": document, "variables": given}
        if operation == "anonymous":
            del body["operationName"]

        async def once() -> Mapping[str, Any]:
            status, content = await self._authorized(
                "POST", "/graphql", operation=operation, timeout_s=timeout_s, json=body
            )
            return read_answer(
                status=status, body=content, operation=operation, variables=given.keys()
            )

        if is_mutation(document) or not retry:
            return await once()
        return await retrying(operation, self._attempts, self._backoff_s)(once)

    async def fetch(self, url: str) -> bytes | None:
        """The bytes at ``url``, a path or an address that Stash gave; ``None`` if there are none.

        Only path and query of an address are used: credentials go to the configured server only.

        Raises:
            BadAnswer: the server failed, or the bytes broke off.
            StashUnreachable: no connection, or no answer in time.
            LoginError: Stash does not accept the credentials (any more).
        """
        asked = httpx.URL(url)
        path = asked.raw_path.decode("ascii").removeprefix(self._base.path.rstrip("/"))

        async def once() -> bytes | None:
            status, content = await self._authorized(
                "GET", path, operation=f"GET {asked.path}", headers={"Accept": "*/*"}
            )
            if status in _NOT_THERE:
                return None
            if status != _OK:
                raise bad_answer(f"GET {asked.path}", status, f"HTTP {status}")
            return content

        return await retrying(f"GET {asked.path}", self._attempts, self._backoff_s)(once)

    def cookies(self) -> list[dict[str, Any]]:
        """The session in the form of Playwright's ``add_cookies``; empty without a login."""
        jar = self._client.cookies.jar if self._client else ()
        origin = str(self._base.copy_with(raw_path=b"/"))
        return [
            {"name": cookie.name, "value": cookie.value or "", "url": origin, "sameSite": "Lax"}
            for cookie in jar
        ]

    def auth_headers(self) -> dict[str, str]:
        """The header that carries the API key; empty without one.

        It must go to the Stash server only: its page also asks foreign hosts for scripts.
        """
        key = self._settings.api_key
        return {auth.KEY_HEADER: key.get_secret_value()} if key else {}

    async def _introduction(self) -> ServerInfo:
        try:
            if auth.uses_password(self._settings):
                await self._renew_session(seen=0)
            data = await self.execute(SERVER_INFO)
        except (BadAnswer, GraphQLError) as error:
            status = error.fields.get("status", _OK)
            if status >= _SERVER_FAULT:
                raise auth.unreachable(self.url, f"the server answers HTTP {status}") from error
            raise auth.no_stash(self.url, "something else answers there") from error
        server = server_info_from(data)
        auth.refuse_unusable(server, self.url)
        return server

    async def _authorized(
        self, method: str, path: str, *, operation: str, **options: Any
    ) -> tuple[int, bytes]:
        """Send, with one new login if the session has ended meanwhile."""
        seen = self._logins
        options["headers"] = self.auth_headers() | options.get("headers", {})
        status, content = await self._send(method, path, operation=operation, **options)
        if status == _UNAUTHORIZED and auth.uses_password(self._settings):
            await self._renew_session(seen=seen)
            status, content = await self._send(method, path, operation=operation, **options)
        if status == _UNAUTHORIZED:
            open_door = bool(self._settings.api_key) and await self._lets_anyone_in()
            raise auth.refused(self._settings, self.url, needs_no_login=open_door)
        if status == _FORBIDDEN:
            raise auth.forbidden(self.url, content)
        return status, content

    async def _renew_session(self, *, seen: int) -> None:
        """Log in, unless another request has done so since the caller counted ``seen`` logins."""
        async with self._login_lock:
            if self._logins != seen:
                return
            if seen:
                logger.debug("The session at {} has ended: logging in again.", self.url)
            form = auth.login_form(self._settings)

            async def once() -> int:
                status, _ = await self._send("POST", "/login", operation="login", data=form)
                if status >= _SERVER_FAULT:
                    raise bad_answer("login", status, f"HTTP {status}")
                return status

            status: int = await retrying("login", self._attempts, self._backoff_s)(once)
            if status == _UNAUTHORIZED:
                raise auth.wrong_password(self.url)
            if status == _FORBIDDEN:
                raise auth.forbidden(self.url, b"")
            if status != _OK:
                raise auth.no_stash(self.url, f"its login page answered HTTP {status}")
            self._logins += 1

    async def _lets_anyone_in(self) -> bool:
        """Whether the server has no login: its login page then sends visitors on."""
        status, _ = await self._send("GET", "/login", operation="login", redirects=True)
        return status in _MOVED

    async def _send(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        timeout_s: float | None = None,
        redirects: bool = False,
        **content: Any,
    ) -> tuple[int, bytes]:
        if self._client is None:
            raise RuntimeError("the transport is used inside 'async with' only")
        limit = timeout_s or self._settings.timeout_s
        request = self._client.build_request(method, f"{self.url}{path}", **content)
        try:
            async with asyncio.timeout(limit):
                response = await self._client.send(request, stream=True)
                try:
                    body = await self._body(response, operation)
                finally:
                    await response.aclose()
        except (TimeoutError, httpx.TimeoutException) as error:
            raise auth.unreachable(self.url, f"no answer within {limit:g} s") from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise auth.unreachable(self.url, str(error) or type(error).__name__) from error
        status = response.status_code
        if status in _MOVED and not redirects:
            raise auth.moved(self.url, response.headers.get("location", ""))
        if status in _NOT_THERE and method == "POST":
            raise auth.no_stash(self.url, f"POST {path} answered HTTP {status}")
        return status, body

    async def _body(self, response: httpx.Response, operation: str) -> bytes:
        try:
            return await response.aread()
        except httpx.TimeoutException:
            raise
        except (httpx.TransportError, httpx.DecodingError) as error:
            status = response.status_code
            raise bad_answer(operation, status, "an answer that broke off") from error
