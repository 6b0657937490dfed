"""Events that the sandbox publishes to the open WebSockets of the pages."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

Event = dict[str, Any]


class Events:
    """A publisher that passes every event to every listener, from any thread.

    An event has a ``topic``: ``scan`` (a scan ended), ``job`` (with ``payload``), ``page``
    (the page's faults changed) or ``close`` (the sandbox stops).
    """

    def __init__(self) -> None:
        self._listeners: dict[asyncio.Queue[Event], asyncio.AbstractEventLoop] = {}
        self._subscribed = 0
        self._changed = threading.Condition()

    def listen(self) -> tuple[asyncio.Queue[Event], Callable[[], None]]:
        """Return a queue of all events from now on, and a function that stops listening."""
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self._listeners[queue] = asyncio.get_running_loop()

        def stop() -> None:
            self._listeners.pop(queue, None)

        return queue, stop

    def publish(self, topic: str, payload: Any = None) -> int:
        """Send an event to all listeners and return their number."""
        event = {"topic": topic, "payload": payload}
        listeners = list(self._listeners.items())
        for queue, loop in listeners:
            loop.call_soon_threadsafe(queue.put_nowait, event)
        return len(listeners)

    def count_subscribers(self, change: int) -> None:
        """Add ``change`` to the number of clients that wait for the end of scans."""
        with self._changed:
            self._subscribed += change
            self._changed.notify_all()

    def wait_for_subscribers(self, count: int, timeout: float) -> bool:
        """Wait until ``count`` clients wait for the end of scans; ``timeout`` in seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._subscribed >= count, timeout)
