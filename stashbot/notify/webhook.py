"""Telling a web address of one's own that something happened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx
from loguru import logger
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential,
)

from stashbot.errors import DeliveryError, UsageError
from stashbot.redaction import Scrubber

TIMEOUT_S = 10.0
ATTEMPTS = 4
#: The first pause; each further one is twice as long.
BACKOFF_S = 1.0
_SERVER_ERROR = 500


async def post(
    url: str,
    event: str,
    payload: Mapping[str, Any],
    *,
    scrubber: Scrubber | None = None,
    backoff_s: float = BACKOFF_S,
) -> None:
    """Sends ``{"event": event, "payload": payload}`` as JSON, and knows afterwards that it came.

    A receiver that is down or answers 5xx is tried again, ``ATTEMPTS`` times in all; one that was
    reached and says nothing in ten seconds is not, since it may have the message already. No
    redirect is followed. ``payload`` must be JSON; what ``scrubber`` knows as secret, and what
    looks like a secret by its name, is taken out of it.

    Raises:
        UsageError: ``url`` is no http or https address.
        DeliveryError: the message did not get there.
    """
    checked = checked_url(url)
    body = (scrubber or Scrubber()).text(json.dumps({"event": event, "payload": dict(payload)}))
    retrying = AsyncRetrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential(multiplier=backoff_s),
        retry=retry_if_exception(_worth_repeating),
        before_sleep=_note,
        reraise=True,
    )
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False) as client:
            await retrying(_send, client, checked, body)
    except httpx.HTTPStatusError as error:
        raise DeliveryError(
            f"The webhook at {shown(checked)} answered {error.response.status_code} to {event!r}.",
            hint="Look into the receiver's log.",
            url=shown(checked),
            status=error.response.status_code,
        ) from None
    except httpx.TransportError as error:
        told = "said nothing in time" if isinstance(error, httpx.ReadTimeout) else "is not there"
        raise DeliveryError(
            f"The webhook at {shown(checked)} {told} ({type(error).__name__}).",
            hint="Is its address right, and does it run?",
            url=shown(checked),
        ) from None


def checked_url(url: str) -> httpx.URL:
    """``url``, which must be a whole http or https address.

    Raises:
        UsageError: it is not.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL()
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise UsageError(
            f"A webhook cannot be sent to {shown(parsed) or 'this address'}.",
            hint="Give a whole address that begins with http:// or https://.",
        )
    return parsed


def shown(url: httpx.URL) -> str:
    """The address as it may be told: many receivers have their secret in the path or the query."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}" if url.host else ""


async def _send(client: httpx.AsyncClient, url: httpx.URL, body: str) -> None:
    answer = await client.post(url, content=body, headers={"Content-Type": "application/json"})
    if not answer.is_success:
        raise httpx.HTTPStatusError("not taken", request=answer.request, response=answer)


def _worth_repeating(error: BaseException) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= _SERVER_ERROR
    return isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)


def _note(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    logger.debug("The webhook failed ({}), trying again.", type(error).__name__)
