"""The WebSocket of the API: ``graphql-transport-ws`` with scan and job subscriptions."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from stashbot.sandbox.events import Event, Events
from stashbot.sandbox.faults import Faults

PROTOCOL = "graphql-transport-ws"
_FIELDS = {"scan": "scanCompleteSubscribe", "job": "jobsSubscribe"}


async def serve_subscriptions(socket: WebSocket, events: Events, faults: Faults) -> None:
    """Serve a client until it disconnects.

    A page that sends ``{"sandbox": true}`` with ``connection_init`` also receives the faults of
    the page, in frames of the type ``sandbox``. Other clients get only the standard protocol.
    """
    await socket.accept(subprotocol=PROTOCOL)
    queue, stop = events.listen()
    topics: dict[str, str] = {}
    teller: asyncio.Task[None] | None = None
    try:
        while True:
            frame: dict[str, Any] = await socket.receive_json()
            match frame.get("type"):
                case "connection_init":
                    own_page = bool((frame.get("payload") or {}).get("sandbox"))
                    await socket.send_json({"type": "connection_ack"})
                    teller = asyncio.create_task(
                        _tell(socket, queue, topics, faults if own_page else None)
                    )
                case "subscribe":
                    topic = _topic_of(frame.get("payload", {}).get("query", ""))
                    if topic:
                        topics[frame["id"]] = topic
                        events.count_subscribers(int(topic == "scan"))
                case "complete":
                    ended = topics.pop(frame.get("id", ""), None)
                    events.count_subscribers(-int(ended == "scan"))
                case "ping":
                    await socket.send_json({"type": "pong"})
    except WebSocketDisconnect:
        pass
    finally:
        stop()
        events.count_subscribers(-list(topics.values()).count("scan"))
        if teller is not None:
            teller.cancel()


def _topic_of(query: str) -> str | None:
    return next((topic for topic, field in _FIELDS.items() if field in query), None)


async def _tell(
    socket: WebSocket, queue: asyncio.Queue[Event], topics: dict[str, str], faults: Faults | None
) -> None:
    while True:
        event = await queue.get()
        if event["topic"] == "close":
            await socket.close(1001)
            return
        if event["topic"] == "page":
            if faults is not None:
                payload = [fault.model_dump() for fault in faults.page]
                await socket.send_json({"type": "sandbox", "payload": payload})
            continue
        value = True if event["topic"] == "scan" else event["payload"]
        for identifier, topic in list(topics.items()):
            if topic == event["topic"]:
                data = {"data": {_FIELDS[topic]: value}}
                await socket.send_json({"id": identifier, "type": "next", "payload": data})
