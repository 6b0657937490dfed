"""Authentication: session cookies, the API key, and the answer to refused visitors."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from urllib.parse import quote

from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import Message, Send

from stashbot.sandbox.options import SandboxOptions

COOKIE = "session"


class Sessions:
    """The open sessions. Each request prolongs its session. Times are monotonic seconds."""

    def __init__(
        self, options: SandboxOptions, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._options = options
        self._clock = clock
        self._ends: dict[str, float] = {}

    def log_in(self, username: str, password: str) -> str | None:
        """Open a session and return its token; ``None`` if the credentials are wrong."""
        options = self._options
        right = secrets.compare_digest(
            f"{username}\n{password}".encode(), f"{options.username}\n{options.password}".encode()
        )
        if not (options.needs_login and right):
            return None
        token = secrets.token_urlsafe(24)
        self._ends[token] = self._clock() + options.max_session_age
        return token

    def expire_all(self) -> None:
        """End all sessions."""
        self._ends.clear()

    def may_enter(self, connection: HTTPConnection) -> bool:
        """Return whether a request has access.

        A request with a wrong API key is refused even if the sandbox needs no login.
        """
        key = connection.headers.get("ApiKey") or connection.query_params.get("apikey")
        if key:
            known = self._options.api_key
            return known is not None and secrets.compare_digest(key.encode(), known.encode())
        if not self._options.needs_login:
            return True
        token = connection.cookies.get(COOKIE, "")
        if self._ends.get(token, 0.0) <= self._clock():
            return False
        self._ends[token] = self._clock() + self._options.max_session_age
        return True

    def set_cookie(self, response: Response, token: str) -> None:
        """Set the session's cookie.

        Logging out only deletes the cookie: as in Stash, the token stays valid until it expires.
        """
        age = self._options.max_session_age
        response.set_cookie(COOKIE, token, max_age=age, expires=age, samesite="lax", path="/")

    def renew_cookie(self, send: Send, token: str) -> Send:
        """Return a ``send`` that renews the session's cookie with the answer."""
        if token not in self._ends:
            return send
        carrier = Response()
        self.set_cookie(carrier, token)
        cookies = [item for item in carrier.raw_headers if item[0] == b"set-cookie"]

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *cookies]
            await send(message)

        return sending


def stranger_answer(connection: HTTPConnection, path: str) -> Response:
    """Build the answer to a stranger: pages redirect to the login, the rest is refused."""
    is_file = "." in path.rsplit("/", 1)[-1]
    if path == "/graphql" or is_file or connection.headers.get("ApiKey"):
        return Response(status_code=401, headers={"WWW-Authenticate": "FormBased"})
    target = path + (f"?{connection.url.query}" if connection.url.query else "")
    return RedirectResponse(f"/login?returnURL={quote(target, safe='')}", status_code=302)
