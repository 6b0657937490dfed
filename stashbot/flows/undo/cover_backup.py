"""The covers that runs replaced, kept so that they can be put back."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

FOLDER = "covers"


def keep_cover(state_dir: Path, content: bytes) -> None:
    """Keeps a picture under its SHA-256; once, however often it is given."""
    kept = _place(state_dir, hashlib.sha256(content).hexdigest())
    if kept.exists():
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_suffix(f".{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(kept)


def kept_cover(state_dir: Path, sha256: str) -> str | None:
    """The picture as a data URI, as Stash takes it; ``None`` if it is not kept whole."""
    try:
        content = _place(state_dir, sha256).read_bytes()
    except FileNotFoundError:
        return None
    if hashlib.sha256(content).hexdigest() != sha256:
        return None
    return f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"


def _place(state_dir: Path, sha256: str) -> Path:
    return state_dir / FOLDER / sha256
