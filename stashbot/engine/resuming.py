"""The queue through which one launch of the engine resumes flows.

DBOS begins an interrupted flow again only from a queue. This one has the launch's own name and no
other process listens to it, so a flow begins when this process asked for it and at no other time.
DBOS looks for new queues once a second, unless they are there when it launches: hence ``prepare``.
"""

from __future__ import annotations

import asyncio
import contextlib

import sqlalchemy as sa
from dbos import DBOS, DBOSClient
from dbos import error as dbos_errors

POLL_S = 0.05
UNFINISHED = ["PENDING", "ENQUEUED", "DELAYED", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


class ResumeQueue:
    """The queue ``name`` of a launch; ``executor_id`` is the run, whose flow ids begin with it."""

    def __init__(self, name: str, *, executor_id: str, application: str) -> None:
        self.name = name
        self._executor_id = executor_id
        self._application = application
        self._registered = False
        self._lock = asyncio.Lock()

    def prepare(self, url: sa.URL) -> None:
        """Before the launch, and only if the run left flows behind: register the queue.

        Blocks. Does nothing when DBOS has no tables yet or ones that its launch will migrate:
        ``ready`` registers the queue then.
        """
        client = DBOSClient(
            system_database_url=url.render_as_string(hide_password=False),
            application_name=self._application,
            lazy=True,
            retry_connection_errors=False,
        )
        with contextlib.suppress(sa.exc.SQLAlchemyError, dbos_errors.DBOSException):
            left = client.list_workflows(
                workflow_id_prefix=f"{self._executor_id}:",
                status=UNFINISHED,
                limit=1,
                load_input=False,
                load_output=False,
            )
            if left:
                for queue in client.list_queues():
                    if queue.name.startswith(f"{self._executor_id}@"):
                        client.delete_queue(queue.name)
                client.register_queue(self.name, polling_interval_sec=POLL_S)
                self._registered = True
        client.destroy()

    async def ready(self) -> str:
        """The name of the queue, which DBOS listens to now or within a second."""
        async with self._lock:
            if not self._registered:
                await DBOS.register_queue_async(self.name, polling_interval_sec=POLL_S)
                self._registered = True
        return self.name

    async def remove(self) -> None:
        """Delete the queue; a flow that is still in it can be resumed through another one."""
        if self._registered:
            self._registered = False
            await DBOS.delete_queue_async(self.name)
