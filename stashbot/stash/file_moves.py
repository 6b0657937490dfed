"""File moves by Stash's API: its web UI has no button for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stashbot.stash.client import ALIASES_PER_DOCUMENT, StashClient

MOVE_FILES = """
mutation MoveFiles($input: MoveFilesInput!) { moveFiles(input: $input) }
"""

_SIDECAR_FIELDS = "interactive captions { language_code caption_type } files { basename }"
#: Stash's language code for captions whose file name has none.
_NO_LANGUAGE = "00"


async def move_file(client: StashClient, file_id: str, *, folder: str, basename: str) -> None:
    """Move a file; Stash creates the folder if it is missing. The request is sent once.

    Raises:
        GraphQLError: Stash refused it: the name is taken, the folder is in no library, the
            extension differs, or Stash may not write there.
        ValueError: ``basename`` would leave the folder; Stash itself does not check that.
    """
    if not basename or basename in {".", ".."} or {"/", "\\"} & set(basename):
        raise ValueError(f"{basename!r} is no file name")
    values = {
        "ids": [file_id],
        "destination_folder": folder,
        "destination_basename": basename,
    }
    await client.transport.execute(MOVE_FILES, {"input": values}, retry=False)


async def sidecar_files(
    client: StashClient, scene_ids: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """Return the names of captions and funscripts by scene, for the scenes that have any.

    Stash moves the video only and would leave them behind. Of captions it knows language and type;
    their names follow from the video's, as Stash itself looks for them.
    """
    ids = list(dict.fromkeys(scene_ids))
    found: dict[str, tuple[str, ...]] = {}
    for start in range(0, len(ids), ALIASES_PER_DOCUMENT):
        batch = ids[start : start + ALIASES_PER_DOCUMENT]
        fields = " ".join(
            f"s{index}: findScene(id: {int(scene_id)}) {{ {_SIDECAR_FIELDS} }}"
            for index, scene_id in enumerate(batch)
        )
        data = await client.transport.execute(f"query Sidecars {{ {fields} }}")
        for index, scene_id in enumerate(batch):
            if names := _sidecar_names(data.get(f"s{index}") or {}):
                found[scene_id] = names
    return found


def _sidecar_names(scene: Mapping[str, Any]) -> tuple[str, ...]:
    files = scene.get("files") or [{}]
    stem = str(files[0].get("basename") or "").rpartition(".")[0]
    names = []
    for caption in scene.get("captions") or ():
        language = caption.get("language_code") or _NO_LANGUAGE
        middle = "" if language == _NO_LANGUAGE else f".{language}"
        names.append(f"{stem}{middle}.{caption.get('caption_type')}")
    if scene.get("interactive"):
        names.append(f"{stem}.funscript")
    return tuple(names)
