"""Recorded exchanges in place of a server, and listening in on a real one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx
from pydantic import ValidationError

from stashbot.errors import NotRecorded, RecordingError
from stashbot.recordings.exchanges import Exchange

#: Called with a request's body, the answer's status and content type, and the answer.
Hear = Callable[[Mapping[str, Any], int, str, Any], None]


class Overhearing(httpx.AsyncBaseTransport):
    """Passes requests on to the network and tells ``hear`` of every GraphQL exchange."""

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._network = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See ``httpx.AsyncBaseTransport``."""
        response = await self._network.handle_async_request(request)
        if not request.url.path.endswith("/graphql"):
            return response
        content = await response.aread()
        kind = response.headers.get("content-type", "")
        self._hear(json.loads(request.content), response.status_code, kind, _payload(content))
        return httpx.Response(
            response.status_code, headers=_plain(response.headers), content=content
        )

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._network.aclose()


def _payload(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _plain(headers: httpx.Headers) -> list[tuple[str, str]]:
    """The headers of a body that is not encoded any more."""
    gone = {"content-encoding", "content-length", "transfer-encoding"}
    return [(name, value) for name, value in headers.multi_items() if name.lower() not in gone]


class Replay(httpx.AsyncBaseTransport):
    """Answers requests with what was recorded, and refuses what was not."""

    def __init__(self, exchanges: Iterable[Exchange], *, name: str) -> None:
        self._name = name
        self._exchanges: dict[str, list[Exchange]] = {}
        for one in exchanges:
            self._exchanges.setdefault(one.operation, []).append(one)

    @classmethod
    def load(cls, folder: Path) -> Replay:
        """The exchanges of one release's folder in ``recordings/``.

        Raises:
            RecordingError: a file is damaged, or there is none.
        """
        return cls(load_exchanges(folder), name=folder.name)

    def answer(self, operation: str, variables: Mapping[str, Any]) -> Exchange:
        """The recorded exchange with this operation and exactly these variables.

        Raises:
            NotRecorded: there is none; says what is there.
        """
        known = self._exchanges.get(operation, [])
        for one in known:
            if one.variables == variables:
                return one
        asked = json.dumps(variables, sort_keys=True)
        there = [json.dumps(one.variables, sort_keys=True) for one in known]
        raise NotRecorded(
            f"{operation} with {asked} is not in the recording of Stash {self._name}.",
            hint=f"Recorded with: {'; '.join(there)}."
            if there
            else "Record it with `stashbot record`.",
            operation=operation,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See ``httpx.AsyncBaseTransport``.

        Raises:
            NotRecorded: the request was not recorded.
        """
        body = json.loads(await request.aread() or b"{}")
        found = self.answer(str(body.get("operationName") or ""), body.get("variables") or {})
        return httpx.Response(
            found.status, headers={"Content-Type": found.content_type}, json=found.response
        )


def load_exchanges(folder: Path) -> tuple[Exchange, ...]:
    """All exchanges of one release's folder.

    Raises:
        RecordingError: a file is damaged, or there is none.
    """
    files = sorted((folder / "graphql").glob("*.json"))
    if not files:
        raise RecordingError(
            f"There are no exchanges in {folder}.",
            hint="Record them with `stashbot record`.",
            file=str(folder),
        )
    found: list[Exchange] = []
    for file in files:
        try:
            items = json.loads(file.read_text(encoding="utf-8"))
            found += [Exchange.model_validate(one) for one in items]
        except (OSError, ValueError, ValidationError) as error:
            raise RecordingError(
                f"The recording {file} cannot be read: {str(error).splitlines()[0]}.",
                hint="Record it anew with `stashbot record`.",
                file=str(file),
            ) from error
    return tuple(found)
