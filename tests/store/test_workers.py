"""Workers and leases: a name is at work once, a death is declared once, a lease is held once."""

from __future__ import annotations

import asyncio
import os
import socket

import pytest

from stashbot.errors import StateLocked
from stashbot.store import Store, WorkerState
from stashbot.store.workers import process_space
from tests.store.conftest import START, Clock, Use


def test_a_worker_says_who_it_is(use: Use, clock: Clock) -> None:
    """Its row names the process, and its beat rises with every sign of life."""

    async def work(store: Store) -> None:
        worker = await store.workers.register("a", version="0.2")
        assert (worker.name, worker.version, worker.beat) == ("a", "0.2", 0)
        assert (worker.host, worker.pid) == (socket.gethostname(), os.getpid())
        assert worker.process_space == process_space()
        assert (worker.state, worker.started, worker.beat_at) == (WorkerState.LIVE, START, START)
        assert await store.workers.list() == (worker,)
        clock.go_on(seconds=5)
        assert await store.workers.beat(worker.id, worker.token)
        assert await store.workers.beat(worker.id, worker.token)
        assert not await store.workers.beat(worker.id, "another token")
        (found,) = await store.workers.list(state=WorkerState.LIVE)
        assert (found.beat, found.beat_at, found.started) == (2, clock.now, START)
        await store.workers.remove(worker.id, "another token")
        assert len(await store.workers.list()) == 1
        await store.workers.remove(worker.id, worker.token)
        assert await store.workers.list() == ()
        assert not await store.workers.beat(worker.id, worker.token)

    use(work)


def test_a_name_is_at_work_once(use: Use) -> None:
    """Of ten that register at once the first is; the error names it, and a replacement gets in."""

    async def work(store: Store) -> None:
        tries = [store.workers.register("a") for _ in range(10)]
        ends = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(isinstance(end, StateLocked) for end in ends) == 9
        here = f"{socket.gethostname()}, process {os.getpid()}"
        with pytest.raises(StateLocked, match="worker named a is at work already") as caught:
            await store.workers.register("a")
        assert here in caught.value.message
        (first,) = await store.workers.list()
        other = await store.workers.register("b")
        second = await store.workers.register("a", replace=True)
        assert second.id != first.id
        assert not await store.workers.beat(first.id, first.token)
        assert await store.workers.beat(second.id, second.token)
        live = await store.workers.list(state=WorkerState.LIVE)
        assert {worker.id for worker in live} == {other.id, second.id}
        (dead,) = await store.workers.list(state=WorkerState.DEAD)
        assert dead.id == first.id

    use(work)


def test_a_worker_is_declared_dead_once(use: Use) -> None:
    """If its beat stood still since it was read; its leases are free and its next beat fails."""

    async def work(store: Store) -> None:
        quiet = await store.workers.register("quiet")
        other = await store.workers.register("other")
        assert await store.leases.acquire("rename", quiet.id, "t1")
        assert await store.leases.acquire("create:tags:sea", other.id, "t2")
        await store.workers.beat(quiet.id, quiet.token)
        assert not await store.workers.declare_dead(quiet.id, beat=0)
        tries = [store.workers.declare_dead(quiet.id, beat=1) for _ in range(10)]
        assert sum(await asyncio.gather(*tries)) == 1
        assert not await store.workers.beat(quiet.id, quiet.token)
        assert [lease.key for lease in await store.leases.list()] == ["create:tags:sea"]
        assert not await store.leases.acquire("rename", quiet.id, "t1")
        assert await store.leases.acquire("rename", other.id, "t3")
        again = await store.workers.register("quiet")
        assert again.id != quiet.id

    use(work)


def test_a_lease_is_held_once(use: Use, clock: Clock) -> None:
    """Of twenty that try at once the first gets it; the same use may take it again."""

    async def work(store: Store) -> None:
        leases = store.leases
        a, b = await store.workers.register("a"), await store.workers.register("b")
        tries = [leases.acquire("k", (a, b)[n % 2].id, f"t{n}") for n in range(20)]
        assert sum(await asyncio.gather(*tries)) == 1
        (lease,) = await leases.list()
        assert (lease.key, lease.since) == ("k", clock.now)
        assert await leases.is_held("k", lease.token)
        assert await leases.acquire("k", lease.holder, lease.token)
        other = b if lease.holder == a.id else a
        assert not await leases.acquire("k", other.id, lease.token)
        assert await leases.acquire("another", other.id, "t")
        await leases.release("k", "not its token")
        assert await leases.is_held("k", lease.token)
        await leases.release("k", lease.token)
        assert not await leases.is_held("k", lease.token)
        assert await leases.acquire("k", other.id, "t")

    use(work)


def test_a_worker_that_ends_gives_its_leases_back(use: Use) -> None:
    """Who is not a live worker gets none."""

    async def work(store: Store) -> None:
        worker = await store.workers.register("a")
        assert await store.leases.acquire("k", worker.id, "t")
        await store.workers.remove(worker.id, worker.token)
        assert await store.leases.list() == ()
        assert not await store.leases.acquire("k", worker.id, "t")
        assert not await store.leases.acquire("k", "nobody", "t")

    use(work)
