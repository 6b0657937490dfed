"""Addresses of Stash's own in its answers, which name the server as Stash knows itself.

Stash writes whole addresses of covers, streams and plugin files: by the host that it was asked as,
or by the ``external_host`` of its settings. A page behind the door reaches neither.
"""

from __future__ import annotations

import re
from typing import Any

from stashbot.stash_files import file_path

#: Objects and fields of the schema that hold such addresses, and nothing else.
_OBJECTS = frozenset({"paths", "sceneStreams"})
_FIELD = re.compile(r"(?:^|_)(?:image|cover|thumbnail|preview|screenshot|stream)_path$")


def relocate(payload: Any, base: str) -> Any:
    """Return an answer in which Stash's own addresses begin with ``base``.

    Only fields that hold such addresses are touched: a scene's ``urls`` stay as they are.
    """
    if isinstance(payload, list):
        return [relocate(item, base) for item in payload]
    if not isinstance(payload, dict):
        return payload
    return {
        key: _moved(value, base) if key in _OBJECTS or _FIELD.search(key) else relocate(value, base)
        for key, value in payload.items()
    }


def _moved(value: Any, base: str) -> Any:
    if isinstance(value, list):
        return [_moved(item, base) for item in value]
    if isinstance(value, dict):
        return {key: _moved(item, base) for key, item in value.items()}
    path = file_path(value) if isinstance(value, str) else None
    return value if path is None else f"{base}{path}"
