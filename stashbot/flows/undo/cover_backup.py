"""The covers that runs replaced, kept so that they can be put back."""

from __future__ import annotations

import base64

from stashbot.store import COVERS, Blobs


async def load_cover(blobs: Blobs, sha256: str) -> str | None:
    """Return a kept picture as a data URI, as Stash takes it; ``None`` if it is not kept whole."""
    content = await blobs.get(COVERS, sha256)
    if content is None:
        return None
    return f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"
