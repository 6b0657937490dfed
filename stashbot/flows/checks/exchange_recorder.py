"""Recording the GraphQL exchanges of a page with Stash."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Request

from stashbot.browser.session import Session
from stashbot.recordings.anonymizer import Anonymizer
from stashbot.recordings.exchanges import RecordedExchange, recorded_exchange

#: Exchanges kept of each operation; more of them show nothing new.
SAMPLES = 3


@dataclass
class ExchangeRecorder:
    """Records the exchanges of a page, a few of each operation."""

    session: Session
    anonymizer: Anonymizer
    exchanges: list[RecordedExchange] = field(default_factory=list)
    _state: str = ""

    def __post_init__(self) -> None:
        self.session.page.on("requestfinished", self._on_finished)
        self.session.page.on("requestfailed", self._on_failed)

    def enter(self, state: str) -> None:
        """Note the state that exchanges belong to from now on."""
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
            return  # the page has moved on before its answer was read
        self._add(body, state, status, headers.get("content-type", ""), payload)

    def _on_failed(self, request: Request) -> None:
        if (body := _body(request)) is not None:
            self._add(body, self._state, 0, "", None)

    def _add(
        self, body: dict[str, Any], state: str, status: int, content_type: str, payload: Any
    ) -> None:
        exchange = recorded_exchange(
            body,
            status=status,
            content_type=content_type,
            response=payload,
            anonymizer=self.anonymizer,
            state=state,
        )
        if exchange is not None and not self._is_redundant(exchange):
            self.exchanges.append(exchange)

    def _is_redundant(self, exchange: RecordedExchange) -> bool:
        similar = [each for each in self.exchanges if each.operation == exchange.operation]
        return len(similar) >= SAMPLES or any(
            (each.variables, each.status) == (exchange.variables, exchange.status)
            for each in similar
        )


def _body(request: Request) -> dict[str, Any] | None:
    """Return the body of a GraphQL request; ``None`` for any other request."""
    if request.method != "POST" or not request.url.partition("?")[0].endswith("/graphql"):
        return None
    try:
        body = request.post_data_json
    except (PlaywrightError, ValueError):
        return None
    return body if isinstance(body, dict) else None
