"""The open state of one Stash, by its parts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Self

from stashbot.store import migrations
from stashbot.store.audit import Audit
from stashbot.store.connection import Database, utc_now
from stashbot.store.failures import Failures
from stashbot.store.key_values import KeyValues
from stashbot.store.results import MissingTags, Results
from stashbot.store.runs import Runs
from stashbot.store.statistics import Scenes, Sources, Timings
from stashbot.store.triage import Triage


class Store:
    """The state of one Stash: ``async with Store(settings.state.database_url, server=url)``.

    Without ``server`` any Stash's state opens. With ``create`` off a missing state is an error, for
    commands that only read. ``clock`` gives aware times.
    """

    def __init__(
        self,
        database_url: str,
        *,
        server: str | None = None,
        create: bool = True,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._db = Database(database_url, clock=clock)
        self._server = None if server is None else migrations.server_identity(server)
        self._create = create
        self.runs = Runs(self._db)
        self.results = Results(self._db)
        self.missing_tags = MissingTags(self._db)
        self.audit = Audit(self._db)
        self.triage = Triage(self._db)
        self.failures = Failures(self._db)
        self.sources = Sources(self._db)
        self.timings = Timings(self._db)
        self.scenes = Scenes(self._db)
        self.kv = KeyValues(self._db)

    @property
    def path(self) -> str:
        """The state as errors name it: the file, or the URL without its password."""
        return self._db.path

    @property
    def exists(self) -> bool:
        """Whether there is a state that can be read without ``create``.

        Raises:
            UnreadableState: as ``open``.
        """
        return migrations.exists(self._db.url)

    def clock(self) -> datetime:
        """Return the time now by the store's clock."""
        return self._db.clock()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Open the state, creating or migrating its tables.

        Raises:
            ForeignState: it belongs to another Stash.
            UnreadableState: it is damaged, not stashbot's, or of a newer stashbot.
            StateError: it cannot be reached, read or written.
        """
        migrations.prepare_file(self._db.url, create=self._create)
        self._db.connect()
        try:
            if not await self._db.read(migrations.is_current):
                await self._db.write(migrations.upgrade)
            if self._server is not None:
                await self._bind_server(self._server)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close all connections after the calls in progress have ended."""
        await self._db.close()

    async def _bind_server(self, server: str) -> None:
        found = await self._db.read(lambda c: migrations.meta(c, migrations.SERVER_KEY))
        if found is None:
            await self._db.write(lambda c: migrations.bind_server(c, server))
            found = await self._db.read(lambda c: migrations.meta(c, migrations.SERVER_KEY))
        migrations.check_server(found, server, self.path)
