"""An HTTP server on a free loopback port that gives the answers a test scripts, broken ones too."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from stashbot.settings import StashSettings

JSON_TYPE = "application/json"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer; ``cut`` bytes of its body are sent, and with ``reset`` the connection breaks."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    reset: bool = False
    delay_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A request; ``key`` is the name of its operation, else its method and path."""

    key: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        """The body as a form."""
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


def data(content: Mapping[str, Any], **options: Any) -> Answer:
    """Return a GraphQL answer with this ``data``."""
    return Answer(body=json.dumps({"data": content}).encode(), **options)


def errors(*messages: str, **options: Any) -> Answer:
    """Return a GraphQL answer with errors."""
    listed = [{"message": message} for message in messages]
    return Answer(body=json.dumps({"errors": listed, "data": None}).encode(), **options)


def html(status: int = 200) -> Answer:
    """Return a web page."""
    page = b"<!DOCTYPE html><html><body>hello</body></html>"
    return Answer(status=status, body=page, content_type="text/html")


def introduction(
    *, version: str = "v0.30.1", status: str = "OK", username: str = "", **options: Any
) -> Answer:
    """Return the answer to the first query of a client."""
    return data(
        {
            "version": {"version": version, "hash": "abc", "build_time": "2026-01-01 00:00:00"},
            "systemStatus": {"status": status},
            "configuration": {"general": {"username": username}},
        },
        **options,
    )


UNAUTHORIZED = Answer(status=401, headers={"WWW-Authenticate": "FormBased"})
LOGGED_IN = Answer(headers={"Set-Cookie": "session=s1; Path=/; Max-Age=3600; SameSite=Lax"})


class Server:
    """A scripted server: answers by the key of the request, of which the last repeats."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.url = ""
        self._scripts: dict[str, list[Answer]] = {"ServerInfo": [introduction()]}
        self._lock = threading.Lock()

    def on(self, key: str, *answers: Answer) -> None:
        """Answer requests of this key with these answers in turn."""
        with self._lock:
            self._scripts[key] = list(answers)

    def count(self, key: str) -> int:
        """Return the number of requests of this key."""
        return sum(request.key == key for request in self.seen)

    def last(self, key: str) -> Seen:
        """Return the newest request of this key."""
        return [request for request in self.seen if request.key == key][-1]

    def settings(self, **values: Any) -> StashSettings:
        """Return settings for this server."""
        return StashSettings.model_validate({"url": self.url, "timeout_s": 5.0, **values})

    def answer(self, request: Seen) -> Answer:
        """Return the next answer to the request; a 404 if its key has no script."""
        with self._lock:
            self.seen.append(request)
            script = self._scripts.get(request.key) or self._scripts.get("*")
            if not script:
                return Answer(status=404, body=b"404 page not found", content_type="text/plain")
            return script.pop(0) if len(script) > 1 else script[0]

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection, which carries a single request."""
        try:
            request = await _read(reader)
            answer = self.answer(request)
            await asyncio.sleep(answer.delay_s)
            if answer.reset:
                writer.transport.abort()
                return
            writer.write(_bytes(answer))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    key = f"{method} {path}"
    if key == "POST /graphql":
        key = json.loads(body).get("operationName") or "anonymous"
    return Seen(key=key, headers=headers, body=body)


def _bytes(answer: Answer) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} Scripted", f"Content-Type: {answer.content_type}"]
    lines += [f"Content-Length: {len(answer.body)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    head = "\r\n".join(lines).encode() + b"\r\n\r\n"
    return head + answer.body[: len(answer.body) if answer.cut is None else answer.cut]


@contextmanager
def scripted(server: Server | None = None) -> Iterator[Server]:
    """Run a server that is a Stash v0.30.1 without a login."""
    server = server or Server()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> asyncio.Server:
        return await asyncio.start_server(server.handle, "127.0.0.1", 0)

    async def stop(listening: asyncio.Server) -> None:
        listening.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    listening = asyncio.run_coroutine_threadsafe(start(), loop).result(5)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(stop(listening), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()
