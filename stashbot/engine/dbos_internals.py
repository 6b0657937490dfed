"""Functions that stashbot needs of DBOS and that its public interface does not offer.

Each function uses a private name of DBOS 3.4; a test of the engine fails where any of them stops
working.
"""

from __future__ import annotations

import threading
import time
from typing import Any

from dbos import DBOS, _queue
from dbos._dbos import _get_dbos_instance
from dbos._utils import GlobalParams


def recover(executor_id: str) -> None:
    """Put what an executor had claimed back into the queue, unless somebody else claimed it since.

    DBOS does this by itself only for its own executor id, when it is launched. Blocks.
    """
    DBOS._recover_pending_workflows([executor_id])


def set_executor_id(executor_id: str) -> None:
    """Claim workflows under another executor id from now on."""
    GlobalParams.executor_id = executor_id


def raise_when_disconnected() -> None:
    """Let a lost database be an error, as DBOS offers for its client only.

    Otherwise every call repeats itself until the database is back, in a thread that also keeps the
    process from ending.
    """
    _get_dbos_instance()._sys_db._retry_connection_errors = False


def claim_on_signal(queue: str) -> None:
    """Let ``claim_now`` end the pause between two looks into a queue, from the next launch on.

    DBOS claims work in a thread that pauses for the queue's polling interval, whatever happens.
    """

    def claim(stop_event: threading.Event, dbos: DBOS, polled: _queue.Queue) -> None:
        pauses: Any = _Pauses(stop_event) if polled.name == queue else stop_event
        _CLAIM_QUEUE(pauses, dbos, polled)

    _queue.queue_worker_thread = claim  # type: ignore[assignment] # its parameters' names differ


def claim_now() -> None:
    """Look into the queue at once: work was added to it, or this worker has room for more."""
    _DUE.set()


_CLAIM_QUEUE = _queue.queue_worker_thread
_DUE = threading.Event()
#: How long a pause may outlast the stop of the thread.
_STOP_CHECK_S = 0.1


class _Pauses:
    """The stop event of a thread of DBOS, as far as the thread uses it."""

    def __init__(self, stop_event: threading.Event) -> None:
        self._stop_event = stop_event

    def is_set(self) -> bool:
        """Return whether the thread must end."""
        return self._stop_event.is_set()

    def wait(self, timeout: float) -> bool:
        """Wait for ``claim_now``, at most ``timeout`` seconds; return ``is_set``."""
        end = time.monotonic() + timeout
        while not self.is_set() and (left := end - time.monotonic()) > 0:
            if _DUE.wait(min(left, _STOP_CHECK_S)):
                _DUE.clear()
                break
        return self.is_set()
