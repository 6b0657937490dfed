"""What a page and Stash say to each other, taken down as exchanges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Request

from stashbot.browser.session import Session
from stashbot.recordings.anonymizer import Anonymizer
from stashbot.recordings.exchanges import RecordedExchange, recorded_exchange

#: Exchanges kept of one operation; more of them say nothing new.
SAMPLES = 3


@dataclass
class ExchangeRecorder:
    """Takes down the exchanges of a page, a few of each operation."""

    session: Session
    anonymizer: Anonymizer
    exchanges: list[RecordedExchange] = field(default_factory=list)
    _state: str = ""

    def __post_init__(self) -> None:
        self.session.page.on("requestfinished", self._on_finished)
        self.session.page.on("requestfailed", self._on_failed)

    def enter(self, state: str) -> None:
        """What is exchanged from now on belongs to ``state``."""
        self._state = state

    async def _on_finished(self, request: Request) -> None:
        if (body := _body(request)) is None:
            return
        state = self._state
        try:
            response = await request.response()
            payload = await response.json() if response else None
            status = response.status if response else 0
            headers = response.headers if response else {}
        except (PlaywrightError, ValueError):
            return  # the page has gone on before its answer was read
        self._take(body, state, status, headers.get("content-type", ""), payload)

    def _on_failed(self, request: Request) -> None:
        if (body := _body(request)) is not None:
            self._take(body, self._state, 0, "", None)

    def _has_enough(self, body: Mapping[str, Any]) -> bool:
        operation = body.get("operationName")
        return sum(one.operation == operation for one in self.exchanges) >= SAMPLES

    def _take(
        self, body: Mapping[str, Any], state: str, status: int, kind: str, payload: Any
    ) -> None:
        taken = recorded_exchange(
            body,
            status=status,
            content_type=kind,
            response=payload,
            anonymizer=self.anonymizer,
            state=state,
        )
        if taken is not None and not self._has_enough(body) and not self._knows(taken):
            self.exchanges.append(taken)

    def _knows(self, taken: RecordedExchange) -> bool:
        return any(_alike(taken, one) for one in self.exchanges)


def _alike(one: RecordedExchange, other: RecordedExchange) -> bool:
    return (one.operation, one.variables, one.status) == (
        other.operation,
        other.variables,
        other.status,
    )


def _body(request: Request) -> dict[str, Any] | None:
    if request.method != "POST" or not request.url.partition("?")[0].endswith("/graphql"):
        return None
    try:
        body = request.post_data_json
    except (PlaywrightError, ValueError):
        return None
    return body if isinstance(body, dict) else None
