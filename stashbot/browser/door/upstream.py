"""The connection to Stash that a door forwards to."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Protocol

import httpx


class Upstream(Protocol):
    """A connection to Stash that holds its credentials: ``GraphQLTransport``."""

    @property
    def url(self) -> str:
        """Return Stash's address, without user info and without a slash at its end."""

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
        """Send a request with the credentials, and return the response, still to be read.

        ``target`` is what follows the address: path and query. ``once`` sends it on a connection
        of its own. Unless ``signed_in`` no credentials are added.

        Raises:
            httpx.TransportError: there was no connection, or it broke.
        """

    def socket_headers(self) -> dict[str, str]:
        """Return the headers with the credentials, for a WebSocket."""

    @property
    def tls(self) -> ssl.SSLContext:
        """Return the TLS settings of the connection."""
