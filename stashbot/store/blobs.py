"""Pictures and other files that runs keep, found by the SHA-256 of their content.

They are in a folder where the state is a SQLite file, and in the database where workers on several
machines share it.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from stashbot.errors import StateError
from stashbot.private_files import make_private, open_private
from stashbot.store.connection import Database
from stashbot.store.tables import BLOBS

#: The covers that runs replaced, kept so that an undo can put them back.
COVERS = "covers"


class Blobs(Protocol):
    """Content by kind and SHA-256."""

    async def put(self, kind: str, content: bytes) -> str:
        """Keep the content, once however often it is given, and return its SHA-256 in hex."""

    async def get(self, kind: str, sha256: str) -> bytes | None:
        """Return the content; ``None`` if it is not kept, or not as it was given."""


class FolderBlobs:
    """Blobs as files ``root/kind/sha256``."""

    def __init__(self, db: Database, root: Path) -> None:
        self._db = db
        self._root = root

    async def put(self, kind: str, content: bytes) -> str:
        """Keep the content in a file, which appears whole or not at all.

        Raises:
            StateError: the file cannot be written.
        """
        return await self._db.call(lambda: self._put(kind, content))

    async def get(self, kind: str, sha256: str) -> bytes | None:
        """Return the content of the file; ``None`` if it is missing or damaged."""
        return await self._db.call(lambda: self._get(kind, sha256))

    def _put(self, kind: str, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        if self._get(kind, sha256) is not None:
            return sha256
        file = self._root / kind / sha256
        unfinished = file.with_suffix(f".{secrets.token_hex(8)}")
        try:
            make_private(self._root)
            make_private(file.parent)
            with open(unfinished, "wb", opener=open_private) as opened:
                opened.write(content)
            unfinished.replace(file)
        except OSError as error:
            raise StateError(
                f"Cannot write {file}: {error.strerror}.",
                hint="Check the permissions and the space of the state folder.",
                path=str(file),
            ) from error
        return sha256

    def _get(self, kind: str, sha256: str) -> bytes | None:
        try:
            content = (self._root / kind / sha256).read_bytes()
        except OSError:
            return None
        return content if hashlib.sha256(content).hexdigest() == sha256 else None


class DatabaseBlobs:
    """Blobs as rows; ``older`` is a folder with blobs from before they were rows, if any."""

    def __init__(self, db: Database, *, older: FolderBlobs | None = None) -> None:
        self._db = db
        self._older = older

    async def put(self, kind: str, content: bytes) -> str:
        """Keep the content in a row."""
        sha256 = hashlib.sha256(content).hexdigest()
        values = {
            "kind": kind,
            "sha256": sha256,
            "content": content,
            "created": self._db.clock(),
        }
        await self._db.execute(self._db.insert(BLOBS).values(values).on_conflict_do_nothing())
        return sha256

    async def get(self, kind: str, sha256: str) -> bytes | None:
        """Return the content of the row; ``None`` if there is none."""
        query = sa.select(BLOBS.c.content).where(BLOBS.c.kind == kind, BLOBS.c.sha256 == sha256)
        content: bytes | None = await self._db.read(lambda c: c.scalar(query))
        if content is None and self._older is not None:
            return await self._older.get(kind, sha256)
        return None if content is None else bytes(content)
