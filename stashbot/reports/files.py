"""Writing a report where somebody asked for it."""

from __future__ import annotations

import os
from pathlib import Path

from stashbot.errors import UsageError


def write_text(path: Path, text: str) -> None:
    """Writes ``text`` as UTF-8, whole or not at all; missing folders are made.

    What is no file, such as ``/dev/stdout``, is written to as it is.

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
