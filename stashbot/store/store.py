"""The open state of a Stash, by its parts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from stashbot.store import opening
from stashbot.store.audit import Audit, Intents
from stashbot.store.blobs import Blobs, DatabaseBlobs, FolderBlobs
from stashbot.store.connection import Database, utc_now
from stashbot.store.database import is_sqlite
from stashbot.store.events import Events
from stashbot.store.failures import Failures
from stashbot.store.key_values import KeyValues
from stashbot.store.left_out import LeftOuts
from stashbot.store.outages import Outages
from stashbot.store.repeated_answers import RepeatedAnswers
from stashbot.store.results import MissingTags, Results
from stashbot.store.runs import Runs
from stashbot.store.statistics import Scenes, Sources, Timings
from stashbot.store.triage import Triage
from stashbot.store.workers import Leases, Workers


class Store:
    """The state of a Stash: ``async with Store(settings.state.database_url, server=url)``.

    Without ``server`` any Stash's state opens. With ``create`` off, for commands that only
    read, a missing state is an error and an older state is not migrated. ``state_dir`` is the
    folder for blobs, by default that of the SQLite file. ``clock`` gives aware times.
    """

    def __init__(
        self,
        database_url: str,
        *,
        server: str | None = None,
        create: bool = True,
        state_dir: Path | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._db = Database(database_url, clock=clock)
        self._server = None if server is None else opening.server_identity(server)
        self._create = create
        self.runs = Runs(self._db)
        self.results = Results(self._db)
        self.missing_tags = MissingTags(self._db)
        self.audit = Audit(self._db)
        self.intents = Intents(self._db)
        self.triage = Triage(self._db)
        self.failures = Failures(self._db)
        self.sources = Sources(self._db)
        self.left_out = LeftOuts(self._db)
        self.outages = Outages(self._db)
        self.answers = RepeatedAnswers(self._db)
        self.timings = Timings(self._db)
        self.scenes = Scenes(self._db)
        self.events = Events(self._db)
        self.workers = Workers(self._db)
        self.leases = Leases(self._db)
        self.kv = KeyValues(self._db)
        self.blobs = _blobs(self._db, state_dir)

    @property
    def path(self) -> str:
        """The state as errors name it: the file, or the URL without its password."""
        return self._db.path

    @property
    def url(self) -> sa.URL:
        """The address of the database."""
        return self._db.url

    @property
    def exists(self) -> bool:
        """Whether there is a state that can be read without ``create``.

        Raises:
            UnreadableState: as ``open``.
        """
        return opening.exists(self._db.url)

    def clock(self) -> datetime:
        """Return the time now by the store's clock."""
        return self._db.clock()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Open the state. A writer creates or migrates its tables and deletes what has expired.

        Raises:
            ForeignState: it belongs to another Stash.
            UnreadableState: it is damaged, not stashbot's, or of a newer stashbot.
            StateError: it cannot be reached, read or written, or is older and ``create`` is off.
        """
        opening.prepare_file(self._db.url, create=self._create)
        self._db.connect()
        try:
            if not await self._db.read(lambda c: opening.is_current(c, migrate=self._create)):
                await self._db.write(opening.upgrade)
            if self._server is not None:
                await self._bind_server(self._server)
            if self._create:
                await self.kv.sweep()
                await self.intents.prune()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close all connections after the calls in progress have ended."""
        await self._db.close()

    async def _bind_server(self, server: str) -> None:
        found = await self._db.read(lambda c: opening.meta(c, opening.SERVER_KEY))
        if found is None:
            await self._db.write(lambda c: opening.bind_server(c, server))
            found = await self._db.read(lambda c: opening.meta(c, opening.SERVER_KEY))
        opening.check_server(found, server, self.path)


def _blobs(db: Database, state_dir: Path | None) -> Blobs:
    if is_sqlite(db.url):
        return FolderBlobs(db, state_dir or Path(str(db.url.database)).parent)
    return DatabaseBlobs(db, older=FolderBlobs(db, state_dir) if state_dir else None)
