"""The processes that work on runs, and the leases that they have.

No two clocks are compared: a worker raises its ``beat``, and whoever sees by its
own monotonic clock that the beat has stood still for too long declares the worker dead.
"""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path

import sqlalchemy as sa

from stashbot.errors import StateLocked
from stashbot.store.connection import Part, equals_filters
from stashbot.store.records import Lease, Worker, WorkerState
from stashbot.store.tables import LEASES, WORKERS

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PID_NAMESPACE = Path("/proc/self/ns/pid")


def process_space() -> str:
    """Return the name of the space in which process ids of this process are unique.

    It is the boot of the machine and the namespace of its container: two containers may have the
    same host name, and the same ids for other processes. Empty where the system does not tell.
    """
    try:
        return f"{_BOOT_ID.read_text().strip()} {_PID_NAMESPACE.readlink()}"
    except OSError:
        return ""


class Workers(Part):
    """The workers of a state, live and dead."""

    async def register(
        self,
        name: str,
        *,
        version: str = "",
        replace: bool = False,
    ) -> Worker:
        """Add this process as a live worker, under an id that no other worker had.

        ``replace`` declares a live worker of that name dead, which is known to be gone.

        Raises:
            StateLocked: a live worker has that name.
        """
        now = self._db.clock()
        worker = Worker(
            id=f"{name}-{secrets.token_hex(4)}",
            name=name,
            host=socket.gethostname(),
            pid=os.getpid(),
            process_space=process_space(),
            version=version,
            token=secrets.token_hex(16),
            beat=0,
            state=WorkerState.LIVE,
            started=now,
            beat_at=now,
        )
        namesake = (WORKERS.c.name == name) & (WORKERS.c.state == WorkerState.LIVE)

        def work(connection: sa.Connection) -> None:
            if replace:
                dead = WORKERS.update().where(namesake).values(state=WorkerState.DEAD)
                for found in connection.scalars(dead.returning(WORKERS.c.id)).all():
                    _release_all(connection, found)
            added = (
                self._db.insert(WORKERS)
                .values(worker.model_dump())
                .on_conflict_do_nothing()
                .returning(WORKERS.c.id)
            )
            if connection.execute(added).first() is None:
                found = connection.execute(WORKERS.select().where(namesake)).mappings().first()
                where = "" if found is None else f" ({found['host']}, process {found['pid']})"
                raise StateLocked(
                    f"A worker named {name} is at work already{where}.",
                    hint="Stop it, or give this worker another name.",
                    path=self._db.path,
                )

        await self._db.write(work)
        return worker

    async def beat(self, worker_id: str, token: str) -> bool:
        """Raise the worker's beat; ``False`` if it was declared dead, replaced or removed.

        A worker that gets ``False`` must stop: another worker does its work.
        """
        statement = (
            WORKERS.update()
            .where(
                WORKERS.c.id == worker_id,
                WORKERS.c.token == token,
                WORKERS.c.state == WorkerState.LIVE,
            )
            .values(beat=WORKERS.c.beat + 1, beat_at=self._db.clock())
            .returning(WORKERS.c.beat)
        )
        return await self._db.write(lambda c: c.execute(statement).first()) is not None

    async def list(self, *, state: WorkerState | None = None) -> tuple[Worker, ...]:
        """Return the workers, oldest first, of that ``state`` if it is given."""
        query = WORKERS.select().where(*equals_filters(WORKERS, state=state))
        return await self._db.fetch(
            query.order_by(WORKERS.c.started, WORKERS.c.id),
            lambda row: self._db.decode_model(Worker, dict(row), table=WORKERS, row=row["id"]),
        )

    async def declare_dead(self, worker_id: str, *, beat: int) -> bool:
        """Declare a live worker dead if its beat still is ``beat``, and release its leases.

        Of all that try, a single caller gets ``True``. The row stays until ``remove``, so that the
        worker's next ``beat`` fails and others find its workflows.
        """
        statement = (
            WORKERS.update()
            .where(
                WORKERS.c.id == worker_id,
                WORKERS.c.beat == beat,
                WORKERS.c.state == WorkerState.LIVE,
            )
            .values(state=WorkerState.DEAD)
            .returning(WORKERS.c.id)
        )

        def work(connection: sa.Connection) -> bool:
            if connection.execute(statement).first() is None:
                return False
            _release_all(connection, worker_id)
            return True

        return await self._db.write(work)

    async def remove(self, worker_id: str, token: str) -> None:
        """Delete a worker that has ended or whose work was taken over, and release its leases."""
        statement = (
            WORKERS.delete()
            .where(WORKERS.c.id == worker_id, WORKERS.c.token == token)
            .returning(WORKERS.c.id)
        )

        def work(connection: sa.Connection) -> None:
            if connection.execute(statement).first() is not None:
                _release_all(connection, worker_id)

        await self._db.write(work)


class Leases(Part):
    """The leases of a state: for each key, the worker that may do it now."""

    async def acquire(self, key: str, holder: str, token: str) -> bool:
        """Take the lease of ``key`` for a live worker, and return whether it has it now.

        ``token`` names the use: with the same holder and token a lease can be taken again, as a
        step does that is repeated. A worker that was declared dead gets none.
        """

        def work(connection: sa.Connection) -> bool:
            # the lock keeps declare_dead out until this lease is there to be released
            live = (
                sa.select(WORKERS.c.id)
                .where(WORKERS.c.id == holder, WORKERS.c.state == WorkerState.LIVE)
                .with_for_update(read=True)
            )
            if connection.execute(live).first() is None:
                return False
            values = {"key": key, "holder": holder, "token": token, "since": self._db.clock()}
            connection.execute(self._db.insert(LEASES).values(values).on_conflict_do_nothing())
            own = (LEASES.c.key == key) & (LEASES.c.holder == holder) & (LEASES.c.token == token)
            return connection.execute(LEASES.select().where(own)).first() is not None

        return await self._db.write(work)

    async def release(self, key: str, token: str) -> None:
        """Give the lease back, if it was taken with that ``token``."""
        statement = LEASES.delete().where(LEASES.c.key == key, LEASES.c.token == token)
        await self._db.execute(statement)

    async def is_held(self, key: str, token: str) -> bool:
        """Return whether the lease of ``key`` still is the lease taken with that ``token``."""
        query = sa.select(LEASES.c.key).where(LEASES.c.key == key, LEASES.c.token == token)
        return await self._db.read(lambda c: c.execute(query).first()) is not None

    async def list(self) -> tuple[Lease, ...]:
        """Return all leases, by key."""
        return await self._db.fetch(
            LEASES.select().order_by(LEASES.c.key),
            lambda row: self._db.decode_model(Lease, dict(row), table=LEASES, row=row["key"]),
        )


def _release_all(connection: sa.Connection, worker_id: str) -> None:
    connection.execute(LEASES.delete().where(LEASES.c.holder == worker_id))
