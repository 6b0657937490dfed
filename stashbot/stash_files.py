"""The addresses of the files that Stash serves: covers, streams, pictures.

Stash writes them out in full, by the host that it was asked as or by the ``external_host`` of its
settings, which need not be reachable from here.
"""

from __future__ import annotations

import re

#: The routes under which Stash serves files; the prefix of a proxy stands before them.
_FILE = re.compile(
    r"https?://[^/]+(?:/.*?)?"
    r"(?P<path>/(?:scene|performer|studio|tag|group|movie|gallery|image|downloads|plugin)/.+)",
    re.DOTALL,
)


def file_path(address: str) -> str | None:
    """Return path and query of a file below Stash's own address; ``None`` if it is no file."""
    match = _FILE.fullmatch(address)
    return match["path"] if match else None
