"""What a page and Stash say to each other, taken down as exchanges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Request

from stashbot.browser.session import Session
from stashbot.recordings.exchanges import Exchange, Neutral, exchange_of

#: Exchanges kept of one operation; more of them say nothing new.
SAMPLES = 3


@dataclass
class Listener:
    """Takes down the exchanges of a page, a few of each operation."""

    session: Session
    neutral: Neutral
    exchanges: list[Exchange] = field(default_factory=list)
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
        taken = exchange_of(
            body,
            status=status,
            content_type=kind,
            response=payload,
            neutral=self.neutral,
            state=state,
        )
        if taken is not None and not self._has_enough(body) and not self._knows(taken):
            self.exchanges.append(taken)

    def _knows(self, taken: Exchange) -> bool:
        return any(_alike(taken, one) for one in self.exchanges)


def _alike(one: Exchange, other: Exchange) -> bool:
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
