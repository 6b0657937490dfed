"""Webhooks: send a JSON event to a web address of the user's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from stashbot.errors import DeliveryError, UsageError
from stashbot.redaction import Scrubber
from stashbot.retry import retrying

TIMEOUT_S = 10.0
ATTEMPTS = 4
#: The first pause; each further pause is twice as long.
BACKOFF_S = 1.0
_SERVER_ERROR = 500


async def send_webhook(
    url: str,
    event: str,
    payload: Mapping[str, Any],
    *,
    scrubber: Scrubber | None = None,
    backoff_s: float = BACKOFF_S,
) -> None:
    """Send ``{"event": event, "payload": payload}`` as JSON and wait for the receiver to take it.

    A receiver that is down or answers 5xx is tried again, ``ATTEMPTS`` times in all. A receiver
    that was reached and does not answer in ten seconds is not, because it may have the message
    already. Redirects are not followed. ``payload`` must be JSON; the secrets of ``scrubber``, and
    what looks like a secret by its name, are hidden in it.

    Raises:
        UsageError: ``url`` is not an http or https address.
        DeliveryError: the receiver did not take the message.
    """
    address = parse_webhook_url(url)
    body = (scrubber or Scrubber()).text(json.dumps({"event": event, "payload": dict(payload)}))
    attempts = retrying(
        "the webhook", attempts=ATTEMPTS, backoff_s=backoff_s, is_retryable=_is_retryable
    )
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False) as client:
            await attempts(_post, client, address, body)
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        raise DeliveryError(
            f"The webhook at {redacted_url(address)} answered {status} to {event!r}.",
            hint="Look into the receiver's log.",
            url=redacted_url(address),
            status=status,
        ) from None
    except httpx.TransportError as error:
        is_late = isinstance(error, httpx.ReadTimeout)
        problem = "did not answer in time" if is_late else "cannot be reached"
        raise DeliveryError(
            f"The webhook at {redacted_url(address)} {problem} ({type(error).__name__}).",
            hint="Check that its address is right and that it runs.",
            url=redacted_url(address),
        ) from None


def parse_webhook_url(url: str) -> httpx.URL:
    """Return the address of a webhook, which must be a whole http or https address.

    Raises:
        UsageError: it is not.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL()
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise UsageError(
            f"A webhook cannot be sent to {redacted_url(parsed) or 'this address'}.",
            hint="Give a whole address that begins with http:// or https://.",
        )
    return parsed


def redacted_url(url: httpx.URL) -> str:
    """Return scheme and host of a webhook: many have their secret in the path or the query."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}" if url.host else ""


async def _post(client: httpx.AsyncClient, url: httpx.URL, body: str) -> None:
    answer = await client.post(url, content=body, headers={"Content-Type": "application/json"})
    if not answer.is_success:
        raise httpx.HTTPStatusError("not taken", request=answer.request, response=answer)


def _is_retryable(error: BaseException) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= _SERVER_ERROR
    return isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
