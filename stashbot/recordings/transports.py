"""httpx transports that record exchanges with a server, or replay recorded ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx

from stashbot.errors import NotRecorded
from stashbot.recordings.exchanges import RecordedExchange, load_exchanges

#: Called with the JSON body of a request, and the status, content type and JSON of its answer.
ExchangeCallback = Callable[[Mapping[str, Any], int, str, Any], None]


class RecordingTransport(httpx.AsyncBaseTransport):
    """Sends requests to the network and reports every GraphQL exchange to a callback."""

    def __init__(self, on_exchange: ExchangeCallback) -> None:
        self._on_exchange = on_exchange
        self._network = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; see ``httpx.AsyncBaseTransport``."""
        response = await self._network.handle_async_request(request)
        if not request.url.path.endswith("/graphql"):
            return response
        content = await response.aread()
        content_type = response.headers.get("content-type", "")
        self._on_exchange(
            json.loads(request.content), response.status_code, content_type, _json_or_none(content)
        )
        return httpx.Response(
            response.status_code, headers=_decoded_headers(response.headers), content=content
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._network.aclose()


class ReplayTransport(httpx.AsyncBaseTransport):
    """Answers requests with recorded exchanges and refuses all others."""

    def __init__(self, exchanges: Iterable[RecordedExchange], *, name: str) -> None:
        self._name = name
        self._exchanges: dict[str, list[RecordedExchange]] = {}
        for exchange in exchanges:
            self._exchanges.setdefault(exchange.operation, []).append(exchange)

    @classmethod
    def load(cls, folder: Path) -> ReplayTransport:
        """Load the recording of a release, such as ``recordings/0.30.1``.

        Raises:
            RecordingError: a file is damaged, or there is none.
        """
        return cls(load_exchanges(folder), name=folder.name)

    def find(self, operation: str, variables: Mapping[str, Any]) -> RecordedExchange:
        """Return the exchange of this operation with exactly these variables.

        Raises:
            NotRecorded: there is none; the hint lists the recorded variables.
        """
        exchanges = self._exchanges.get(operation, [])
        for exchange in exchanges:
            if exchange.variables == variables:
                return exchange
        recorded = [json.dumps(each.variables, sort_keys=True) for each in exchanges]
        raise NotRecorded(
            f"{operation} with {json.dumps(variables, sort_keys=True)} is not in the recording "
            f"of Stash {self._name}.",
            hint=f"Recorded with: {'; '.join(recorded)}."
            if recorded
            else "Record it with `stashbot record`.",
            operation=operation,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer the request; see ``httpx.AsyncBaseTransport``.

        Raises:
            NotRecorded: the request was not recorded.
        """
        body = json.loads(await request.aread() or b"{}")
        exchange = self.find(str(body.get("operationName") or ""), body.get("variables") or {})
        return httpx.Response(
            exchange.status,
            headers={"Content-Type": exchange.content_type},
            json=exchange.response,
        )


def _json_or_none(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _decoded_headers(headers: httpx.Headers) -> list[tuple[str, str]]:
    """Return the headers without those that describe the encoding on the wire."""
    encoding = {"content-encoding", "content-length", "transfer-encoding"}
    return [(name, value) for name, value in headers.multi_items() if name.lower() not in encoding]
