"""Background jobs of the practice Stash: short scans that all open pages see."""

from __future__ import annotations

import asyncio
from typing import Any

from stashbot.sandbox.events import Events

SCAN_SECONDS = 0.3


class Jobs:
    """The job queue. Scans find no new files; their progress is published like Stash's."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._count = 0
        self._running: set[asyncio.Task[None]] = set()

    def scan(self, *, rescan: bool = False) -> str:
        """Start a scan on the running loop and return the job's id."""
        description = "Rescanning..." if rescan else "Scanning..."
        self._count += 1
        job_id = str(self._count)
        task = asyncio.get_running_loop().create_task(self._run(job_id, description))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return job_id

    async def _run(self, job_id: str, description: str) -> None:
        job: dict[str, Any] = {
            "id": job_id,
            "status": "RUNNING",
            "subTasks": None,
            "description": description,
            "progress": 0,
            "error": None,
            "startTime": None,
            "__typename": "Job",
        }
        self._tell("ADD", job)
        await asyncio.sleep(SCAN_SECONDS)
        self._tell("REMOVE", {**job, "status": "FINISHED", "progress": None})
        self._events.publish("scan")

    def _tell(self, change: str, job: dict[str, Any]) -> None:
        payload = {"type": change, "job": job, "__typename": "JobStatusUpdate"}
        self._events.publish("job", payload)
