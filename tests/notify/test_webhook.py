"""Webhooks: delivery, retries where they make sense, and secrets that stay out of them."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from stashbot.errors import DeliveryError, UsageError
from stashbot.flows.checks.monitor import MonitorResult, monitor_selectors
from stashbot.flows.checks.selector_check import SelectorReport
from stashbot.notify import webhook
from stashbot.notify.webhook import ATTEMPTS, send_webhook
from stashbot.redaction import Scrubber
from tests.reports.build import broken, finding, report, state


@dataclass
class Receiver:
    """A receiver that answers ``statuses``, then 200; ``taken`` are the bodies that got a 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    seen: list[dict[str, Any]] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    hold: threading.Event | None = None


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run a real receiver on a free loopback port."""
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.seen.append(body)
            state.headers.append(dict(self.headers))
            if state.hold is not None:
                state.hold.wait(30)
            status = state.statuses.pop(0) if state.statuses else 200
            if status == 200:
                state.taken.append(body)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/hook/TOKEN?key=TOKEN"
    yield state
    if state.hold is not None:
        state.hold.set()
    server.shutdown()
    thread.join()
    server.server_close()


def send(url: str, payload: dict[str, Any] | None = None, **more: Any) -> None:
    asyncio.run(
        send_webhook(url, "selectors.changed", payload or {"a": 1}, backoff_s=0.001, **more)
    )


def test_a_delivery_succeeds_after_two_server_errors(receiver: Receiver) -> None:
    """The body names the event; there is no fourth attempt."""
    receiver.statuses = [500, 503]
    send(receiver.url)
    assert receiver.taken == [{"event": "selectors.changed", "payload": {"a": 1}}]
    assert len(receiver.seen) == 3
    assert receiver.headers[0]["Content-Type"] == "application/json"


@pytest.mark.parametrize("status", [301, 307, 400, 401, 404, 429])
def test_a_refusal_is_final(receiver: Receiver, status: int) -> None:
    """Another attempt would not change it, and redirects are not followed."""
    receiver.statuses = [status]
    with pytest.raises(DeliveryError, match=str(status)):
        send(receiver.url)
    assert len(receiver.seen) == 1


def test_a_receiver_that_stays_broken_is_given_up(receiver: Receiver) -> None:
    """The error has its status, but not the part of the address that may be a secret."""
    receiver.statuses = [500] * 99
    with pytest.raises(DeliveryError) as caught:
        send(receiver.url)
    assert len(receiver.seen) == ATTEMPTS
    assert caught.value.status == 500
    assert "TOKEN" not in f"{caught.value} {caught.value.details}"
    assert caught.value.__cause__ is None


def test_a_receiver_that_is_not_there_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be starting just now."""
    tries: list[httpx.URL] = []
    post = webhook._post

    async def counted(client: httpx.AsyncClient, url: httpx.URL, body: str) -> None:
        tries.append(url)
        await post(client, url, body)

    monkeypatch.setattr(webhook, "_post", counted)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(DeliveryError, match="cannot be reached"):
            send(f"http://127.0.0.1:{taken.getsockname()[1]}/TOKEN")
    assert len(tries) == ATTEMPTS


def test_a_receiver_that_does_not_answer_gets_a_single_message(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the message already, and would get it twice."""
    monkeypatch.setattr(webhook, "TIMEOUT_S", 0.2)
    receiver.hold = threading.Event()
    with pytest.raises(DeliveryError, match="did not answer in time"):
        send(receiver.url)
    assert len(receiver.seen) == 1


@pytest.mark.parametrize(
    "url", ["", "example.test/x", "ftp://example.test/x", "file:///etc/x", "http://", "http://[::1"]
)
def test_only_web_addresses_are_accepted(url: str) -> None:
    """Others are refused before a message is sent."""
    with pytest.raises(UsageError, match="webhook"):
        send(url)


def test_secrets_are_hidden_in_the_message(receiver: Receiver) -> None:
    """Known values, and what is named like a secret; the rest arrives as it is."""
    payload = {"why": "key-12345678 in a text", "apiKey": "unknown", "é": '"x"\n'}
    send(receiver.url, payload, scrubber=Scrubber(["key-12345678"]))
    assert receiver.taken[0]["payload"] == {"why": "*** in a text", "apiKey": "***", "é": '"x"\n'}


def test_the_monitor_delivers_a_change_despite_two_server_errors(receiver: Receiver) -> None:
    """Four checks with a single change send a single message."""
    good, bad = report(state("list", finding())), report(state("list", broken()))
    script = [good, bad, bad, bad]
    receiver.statuses = [500, 500]

    async def scenario() -> None:
        stop = asyncio.Event()

        async def check() -> SelectorReport:
            return script.pop(0)

        async def on_result(result: MonitorResult) -> None:
            if result.changed:
                await send_webhook(
                    receiver.url, "selectors.changed", result.payload(), backoff_s=0.001
                )
            if not script:
                stop.set()

        await monitor_selectors(check, every_s=0.001, on_result=on_result, stop=stop)

    asyncio.run(scenario())
    (message,) = receiver.taken
    assert message["event"] == "selectors.changed"
    assert [key["key"] for key in message["payload"]["changes"]["newly_broken"]] == ["list.card"]
    assert len(receiver.seen) == 3
