"""stashbot's client reads the recorded answers of each release."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from stashbot.errors import NotRecorded
from stashbot.recordings.exchanges import load_exchanges
from stashbot.recordings.transports import ReplayTransport
from stashbot.settings import load_settings
from stashbot.stash.client import open_stash
from tests.contract.conftest import FOLDERS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_client_reads_a_recorded_release(folder: Path) -> None:
    """Version, sources and scenes are read; a request that was not recorded is an error."""

    async def read() -> None:
        settings = load_settings(None, {"stash": {"url": "http://stash.test"}}).stash
        async with open_stash(settings, http=ReplayTransport.load(folder)) as client:
            assert client.server.version.removeprefix("v").startswith(folder.name)
            sources = await client.sources()
            assert any(source.fragment for source in sources)
            ids = await client.scene_ids()
            assert ids
            with pytest.raises(NotRecorded, match="FindScene"):
                await client.find_scene("123456789")

    asyncio.run(read())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_write_was_recorded(folder: Path) -> None:
    """A recording holds no mutation that Stash answered."""
    assert not [
        exchange
        for exchange in load_exchanges(folder)
        if exchange.kind == "mutation" and exchange.status
    ]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_recordings_are_anonymous(folder: Path) -> None:
    """No recording has a real host, a path of a real disk, or a login."""
    for file in folder.rglob("*"):
        text = file.read_text() if file.is_file() else ""
        for word in ("127.0.0.1", "localhost", "/home/", "/root/", "/work/", "C:\\", "eyJ"):
            assert word not in text, f"{word} in {file}"
