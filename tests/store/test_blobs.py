"""Blobs: what was put comes back to the byte, from a folder or from the database."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from stashbot.errors import StateError
from stashbot.store import COVERS, Store
from tests.store.conftest import Use

PICTURE = bytes(range(256)) * 10
SHA256 = hashlib.sha256(PICTURE).hexdigest()


def test_a_blob_comes_back_to_the_byte(use: Use) -> None:
    """However often it is put, by its kind and hash; what was not put is ``None``."""

    async def work(store: Store) -> None:
        assert await store.blobs.put(COVERS, PICTURE) == SHA256
        puts = [store.blobs.put(COVERS, PICTURE) for _ in range(8)]
        assert set(await asyncio.gather(*puts)) == {SHA256}
        assert await store.blobs.get(COVERS, SHA256) == PICTURE
        assert await store.blobs.get("traces", SHA256) is None
        assert await store.blobs.get(COVERS, "0" * 64) is None
        empty = await store.blobs.put(COVERS, b"")
        assert await store.blobs.get(COVERS, empty) == b""

    use(work)


def test_blobs_of_a_file_state_are_files(tmp_path: Path) -> None:
    """In the state folder, else beside the database; a damaged file is as good as none."""
    folder = tmp_path / "state"

    async def put(state_dir: Path | None) -> None:
        async with Store(f"sqlite:///{tmp_path / 'x.sqlite'}", state_dir=state_dir) as store:
            await store.blobs.put(COVERS, PICTURE)
            assert await store.blobs.get(COVERS, SHA256) == PICTURE

    asyncio.run(put(None))
    assert (tmp_path / "covers" / SHA256).read_bytes() == PICTURE
    asyncio.run(put(folder))
    file = folder / "covers" / SHA256
    assert list(file.parent.iterdir()) == [file]
    file.write_bytes(PICTURE[:-1])

    async def look() -> None:
        async with Store(f"sqlite:///{tmp_path / 'x.sqlite'}", state_dir=folder) as store:
            assert await store.blobs.get(COVERS, SHA256) is None
            await store.blobs.put(COVERS, PICTURE)
            assert await store.blobs.get(COVERS, SHA256) == PICTURE

    asyncio.run(look())


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    """A StateError that names the file."""
    (tmp_path / "covers").write_text("no folder")

    async def put() -> None:
        async with Store(f"sqlite:///{tmp_path / 'x.sqlite'}") as store:
            await store.blobs.put(COVERS, PICTURE)

    with pytest.raises(StateError, match=f"Cannot write .*{SHA256}"):
        asyncio.run(put())


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_covers_from_before_are_found_beside_a_database(url: str, tmp_path: Path) -> None:
    """On Postgres new blobs are rows, and files of an older stashbot are still read."""
    covers = tmp_path / "covers"

    async def work() -> None:
        async with Store(url, state_dir=tmp_path) as store:
            await store.blobs.put(COVERS, b"new")
            assert not covers.exists()
            covers.mkdir()
            (covers / SHA256).write_bytes(PICTURE)
            assert await store.blobs.get(COVERS, SHA256) == PICTURE

    asyncio.run(work())
