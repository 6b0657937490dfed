"""GraphQL over HTTP: a connection pool, a login, and an error of stashbot's for every failure.

Queries are sent again after a broken connection, a 5xx, a 429 or an answer that is not GraphQL, up
to ``attempts`` times with exponential backoff, and not before the ``Retry-After`` of the answer.
That takes seconds; a run waits for minutes (see ``retry.Patience``). A mutation is sent once, with
an exception: when the session has ended, Stash refuses the request (401) before it reads it, so any
request is sent again after a new login.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from http.cookiejar import CookieJar
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from loguru import logger
from tenacity import AsyncRetrying

from stashbot.errors import BadAnswer, GraphQLError
from stashbot.graphql_operations import ANONYMOUS, is_mutation, operation_name
from stashbot.models import ServerInfo
from stashbot.retry import retry_after_s, retrying
from stashbot.settings import StashSettings
from stashbot.stash import auth
from stashbot.stash.decode import server_info_from
from stashbot.stash.documents import SERVER_INFO
from stashbot.stash.responses import bad_answer, read_answer
from stashbot.stash.retry import is_retryable
from stashbot.stash_files import file_path

_ACCEPT = {"Accept": "application/json"}
_CONNECT_S = 10.0
#: As many as a page uses at once. Every request looks at all of them, so more cost time.
_KEPT_ALIVE = 6
_OK = 200
_MOVED = range(300, 400)
_SERVER_FAULT = 500
_TOO_MANY = 429
_UNAUTHORIZED = 401
_FORBIDDEN = 403
_NOT_THERE = (404, 405)
#: How the page of Stash's app begins, which it serves for every path that it does not know.
_PAGES = (b"<!doctype html", b'<html lang="en"')


@cache
def _tls_context(ca_file: Path | None, *, verify: bool) -> ssl.SSLContext:
    """Return the TLS settings of all connections; reading the CA certificates takes 40 ms."""
    context = httpx.create_ssl_context(verify=verify)
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
    return context


class GraphQLTransport:
    """The connection to a Stash server, open within ``async with``.

    Opening it logs in if the settings name a user, and checks that a usable Stash answers at the
    address; ``server`` then describes it. An API key is used instead of user and password where
    the settings have both. ``http`` replaces the network.

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
        url = httpx.URL(settings.url.rstrip("/").removesuffix("/graphql"))
        self._base = url.copy_with(userinfo=b"")
        self._basic_auth = httpx.BasicAuth(url.username, url.password) if url.userinfo else None
        self._attempts = attempts
        self._backoff_s = backoff_s
        self._client: httpx.AsyncClient | None = None
        self._single_use: httpx.AsyncClient | None = None
        self._anonymous: httpx.AsyncClient | None = None
        self._server: ServerInfo | None = None
        self._login_lock = asyncio.Lock()
        self._logins = 0

    @property
    def url(self) -> str:
        """The address of the server without user info, safe to show."""
        return str(self._base).rstrip("/")

    @property
    def server(self) -> ServerInfo:
        """The server as it was on opening."""
        if self._server is None:
            raise RuntimeError("the transport can only be used within 'async with'")
        return self._server

    async def __aenter__(self) -> Self:
        logging.getLogger("httpcore").setLevel(logging.INFO)  # its DEBUG shows session cookies
        self._client = self._new_client()
        self._single_use = self._new_client(cookies=self._client.cookies.jar, keep_alive=False)
        self._anonymous = self._new_client()
        try:
            self._server = await self._handshake()
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
        clients = (self._client, self._single_use, self._anonymous)
        self._client = self._single_use = self._anonymous = None
        for client in clients:
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
        """Send a GraphQL operation and return its ``data``.

        ``retry`` applies to queries only. ``timeout_s`` is for a single attempt; the default is
        that of the settings.

        Raises:
            GraphQLError: Stash answered with errors.
            BadAnswer: the answer is not GraphQL.
            StashUnreachable: no connection, or no answer in time.
            LoginError: Stash does not accept the credentials, or no longer does.
        """
        operation = operation_name(document)
        values = dict(variables or {})
        body = {"operationName": operation, "query": document, "variables": values}
        if operation == ANONYMOUS:
            del body["operationName"]

        async def once() -> Mapping[str, Any]:
            status, content = await self._authorized(
                "POST", "/graphql", operation=operation, timeout_s=timeout_s, json=body
            )
            return read_answer(
                status=status, body=content, operation=operation, variables=values.keys()
            )

        if is_mutation(document) or not retry:
            return await once()
        return await self._retrying(operation)(once)

    async def fetch(self, url: str) -> bytes | None:
        """Return the bytes at a path or an address of Stash's; ``None`` if there are none.

        Only the path and query of an address are used, below the configured address of Stash: so
        credentials are sent to the configured server only, and Stash may name itself otherwise.

        Raises:
            BadAnswer: the server failed, or the bytes broke off.
            StashUnreachable: no connection, or no answer in time.
            LoginError: Stash does not accept the credentials, or no longer does.
        """
        address = httpx.URL(url)
        path = file_path(url)
        if path is None:
            path = address.raw_path.decode("ascii").removeprefix(self._base.path.rstrip("/"))

        async def once() -> bytes | None:
            status, content = await self._authorized(
                "GET", path, operation=f"GET {address.path}", headers={"Accept": "*/*"}
            )
            if status in _NOT_THERE:
                return None
            if status != _OK:
                raise bad_answer(f"GET {address.path}", status, f"HTTP {status}")
            if content.lstrip()[:14].lower() in _PAGES:
                raise bad_answer(f"GET {address.path}", status, "a web page in place of a file")
            return content

        return await self._retrying(f"GET {address.path}")(once)

    async def forward(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str],
        content: bytes = b"",
        once: bool = False,
        signed_in: bool = True,
    ) -> httpx.Response:
        """Send a request of a page with the credentials, and return the response to be read.

        ``target`` is what follows the address of Stash: path and query. ``once`` sends the request
        on a connection of its own, so that no earlier request's end can break it. A session that
        has ended is renewed, and the request sent again: Stash refused it (401) before reading
        it. Unless ``signed_in`` no credentials are added.

        Raises:
            httpx.TransportError: there was no connection, or it broke.
        """
        logins = self._logins
        if not signed_in:
            client, added = self._open(self._anonymous), {}
        else:
            client = self._open(self._single_use if once else self._client)
            added = self.auth_headers()

        async def send() -> httpx.Response:
            request = client.build_request(
                method, f"{self.url}{target}", headers={**headers, **added}, content=content
            )
            return await client.send(request, stream=True)

        response = await send()
        if (
            response.status_code == _UNAUTHORIZED
            and signed_in
            and auth.uses_password(self._settings)
        ):
            await response.aclose()
            await self._renew_session(logins=logins)
            response = await send()
        return response

    def socket_headers(self) -> dict[str, str]:
        """Return the headers that hold the credentials, for a WebSocket to Stash."""
        jar = self._client.cookies.jar if self._client else ()
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)
        headers = {**self._settings.header_values, **self.auth_headers()}
        if cookies:
            headers["Cookie"] = cookies
        if self._basic_auth is not None:
            request = next(self._basic_auth.auth_flow(httpx.Request("GET", self.url)))
            headers["Authorization"] = request.headers["Authorization"]
        return headers

    @property
    def tls(self) -> ssl.SSLContext:
        """Return the TLS settings of the connection."""
        return _tls_context(self._settings.ca_file, verify=self._settings.tls_verify)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the values of the login session's cookies, which must be redacted."""
        jar = self._client.cookies.jar if self._client else ()
        return tuple(cookie.value for cookie in jar if cookie.value)

    def auth_headers(self) -> dict[str, str]:
        """Return the header with the API key; empty without a key.

        Send it to the Stash server only.
        """
        key = self._settings.api_key
        return {auth.KEY_HEADER: key.get_secret_value()} if key else {}

    def _new_client(
        self, *, cookies: CookieJar | None = None, keep_alive: bool = True
    ) -> httpx.AsyncClient:
        """Return a connection pool; with ``cookies`` it shares another's login session."""
        return httpx.AsyncClient(
            headers={**_ACCEPT, **self._settings.header_values},
            auth=self._basic_auth,
            cookies=cookies,
            timeout=httpx.Timeout(None, connect=min(_CONNECT_S, self._settings.timeout_s)),
            limits=httpx.Limits(max_keepalive_connections=_KEPT_ALIVE if keep_alive else 0),
            follow_redirects=False,
            transport=self._http,
            verify=self.tls,
        )

    def _open(self, client: httpx.AsyncClient | None) -> httpx.AsyncClient:
        if client is None:
            raise RuntimeError("the transport can only be used within 'async with'")
        return client

    async def _handshake(self) -> ServerInfo:
        try:
            if auth.uses_password(self._settings):
                await self._renew_session(logins=0)
            data = await self.execute(SERVER_INFO)
        except (BadAnswer, GraphQLError) as error:
            if isinstance(error, BadAnswer) and (
                error.status >= _SERVER_FAULT or error.status == _TOO_MANY
            ):
                why = f"the server answers HTTP {error.status}"
                raise auth.unreachable_error(self.url, why) from error
            raise auth.no_stash_error(self.url, "something else answers there") from error
        server = server_info_from(data)
        auth.refuse_unusable(server, self.url)
        return server

    def _retrying(self, name: str) -> AsyncRetrying:
        return retrying(
            name,
            attempts=self._attempts,
            backoff_s=self._backoff_s,
            is_retryable=is_retryable,
        )

    async def _authorized(
        self, method: str, path: str, *, operation: str, **options: Any
    ) -> tuple[int, bytes]:
        """Send a request, and again after a new login if the session has ended."""
        logins = self._logins
        options["headers"] = self.auth_headers() | options.get("headers", {})
        status, content = await self._send(method, path, operation=operation, **options)
        if status == _UNAUTHORIZED and auth.uses_password(self._settings):
            await self._renew_session(logins=logins)
            status, content = await self._send(method, path, operation=operation, **options)
        if status == _UNAUTHORIZED:
            disabled = bool(self._settings.api_key) and await self._login_is_disabled()
            raise auth.unauthorized_error(self._settings, self.url, login_is_disabled=disabled)
        if status == _FORBIDDEN:
            raise auth.forbidden_error(self.url, content)
        return status, content

    async def _renew_session(self, *, logins: int) -> None:
        """Log in, unless another request has done so since there were ``logins`` logins."""
        async with self._login_lock:
            if self._logins != logins:
                return
            if logins:
                logger.debug("the session at {} has ended: logging in again", self.url)
            form = auth.login_form(self._settings)

            async def once() -> int:
                status, _ = await self._send("POST", "/login", operation="login", data=form)
                if status >= _SERVER_FAULT:
                    raise bad_answer("login", status, f"HTTP {status}")
                return status

            status: int = await self._retrying("login")(once)
            if status == _UNAUTHORIZED:
                raise auth.wrong_password_error(self.url)
            if status == _FORBIDDEN:
                raise auth.forbidden_error(self.url, b"")
            if status != _OK:
                raise auth.no_stash_error(self.url, f"its login page answered HTTP {status}")
            self._logins += 1

    async def _login_is_disabled(self) -> bool:
        """Return whether the server has no login: its login page then redirects."""
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
        client = self._open(self._client)
        limit = timeout_s or self._settings.timeout_s
        request = client.build_request(method, f"{self.url}{path}", **content)
        try:
            async with asyncio.timeout(limit):
                response = await client.send(request, stream=True)
                try:
                    body = await self._body(response, operation)
                finally:
                    await response.aclose()
        except (TimeoutError, httpx.TimeoutException) as error:
            raise auth.unreachable_error(self.url, f"no answer within {limit:g} s") from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise auth.unreachable_error(self.url, str(error) or type(error).__name__) from error
        status = response.status_code
        asked = retry_after_s(response.headers.get("retry-after"), datetime.now(UTC))
        if asked is not None and (status == _TOO_MANY or status >= _SERVER_FAULT):
            raise bad_answer(operation, status, f"HTTP {status}", retry_after_s=asked)
        if status in _MOVED and not redirects:
            raise auth.moved_error(self.url, response.headers.get("location", ""))
        if status in _NOT_THERE and method == "POST":
            raise auth.no_stash_error(self.url, f"POST {path} answered HTTP {status}")
        return status, body

    async def _body(self, response: httpx.Response, operation: str) -> bytes:
        try:
            return await response.aread()
        except httpx.TimeoutException:
            raise
        except (httpx.TransportError, httpx.DecodingError) as error:
            status = response.status_code
            raise bad_answer(operation, status, "an answer that broke off") from error
