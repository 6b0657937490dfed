"""The files of Stash's app that never change, kept for all doors of a process."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

LIMIT_BYTES = 48 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Asset:
    """A file as Stash served it, still encoded as ``headers`` say."""

    headers: dict[str, str]
    content: bytes


@dataclass
class AssetCache:
    """Files by address and accepted encodings; the least recently used go first.

    Every page has a door of its own and so an origin of its own: Chromium caches nothing across
    pages. Only what Stash marks as immutable is kept.
    """

    limit_bytes: int = LIMIT_BYTES
    _assets: OrderedDict[tuple[str, str], Asset] = field(default_factory=OrderedDict)
    _size: int = 0

    def get(self, address: str, encodings: str) -> Asset | None:
        """Return a file that was kept."""
        asset = self._assets.get((address, encodings))
        if asset is not None:
            self._assets.move_to_end((address, encodings))
        return asset

    def add(self, address: str, encodings: str, asset: Asset) -> None:
        """Keep a file, and drop others until all fit."""
        if (address, encodings) in self._assets or len(asset.content) > self.limit_bytes:
            return
        self._assets[address, encodings] = asset
        self._size += len(asset.content)
        while self._size > self.limit_bytes:
            _, dropped = self._assets.popitem(last=False)
            self._size -= len(dropped.content)


def is_immutable(headers: dict[str, str]) -> bool:
    """Return whether a file with these response headers never changes."""
    return "immutable" in headers.get("cache-control", "")
