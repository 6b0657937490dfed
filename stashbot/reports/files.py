"""Writing a report to a file that the user named."""

from __future__ import annotations

import os
from pathlib import Path

from stashbot.errors import UsageError


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8, whole or not at all; create missing folders.

    A path that is not a file, such as ``/dev/stdout``, is written to directly.

    Raises:
        UsageError: it cannot be written there.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8", errors="replace")
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            draft.write_text(text, encoding="utf-8", errors="replace")
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            f"The report cannot be written to {path}: {error.strerror or error}.",
            hint="Name a file in a folder that may be written to.",
        ) from error
