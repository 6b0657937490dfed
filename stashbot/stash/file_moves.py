"""Stash's own moving of files, which its web UI has no button for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stashbot.stash.client import ALIASES_AT_ONCE, StashClient

MOVE_FILES = """
mutation MoveFiles($input: MoveFilesInput!) { moveFiles(input: $input) }
"""


async def move_file(client: StashClient, file_id: str, *, folder: str, basename: str) -> None:
    """Moves one file; Stash makes the folder if it is not there. It is asked once.

    Raises:
        GraphQLError: Stash refused it: the name is taken, the folder is in no library, the
            extension differs, or it may not write there.
        ValueError: the name would leave the folder, which Stash itself does not look at.
    """
    if not basename or basename in {".", ".."} or {"/", "\\"} & set(basename):
        raise ValueError(f"{basename!r} is no file name")
    values = {
        "ids": [file_id],
        "destination_folder": folder,
        "destination_basename": basename,
    }
    await client.transport.execute(MOVE_FILES, {"input": values}, retry=False)


async def with_company(client: StashClient, scene_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Scenes with files beside the video that Stash would leave behind, and the names of those.

    Stash tells captions by language and kind only; their names follow from the video's, as Stash
    itself looks for them.
    """
    wanted = list(dict.fromkeys(scene_ids))
    found: dict[str, tuple[str, ...]] = {}
    for start in range(0, len(wanted), ALIASES_AT_ONCE):
        batch = wanted[start : start + ALIASES_AT_ONCE]
        fields = " ".join(
            f"s{index}: findScene(id: {int(one)}) {{ {_BESIDE} }}"
            for index, one in enumerate(batch)
        )
        data = await client.transport.execute(f"query Company {{ {fields} }}")
        for index, one in enumerate(batch):
            if names := _names_beside(data.get(f"s{index}") or {}):
                found[one] = names
    return found


_BESIDE = "interactive captions { language_code caption_type } files { basename }"
#: What Stash says of captions whose name tells no language.
_NO_LANGUAGE = "00"


def _names_beside(scene: Mapping[str, Any]) -> tuple[str, ...]:
    files = scene.get("files") or [{}]
    stem = str(files[0].get("basename") or "").rpartition(".")[0]
    names = []
    for one in scene.get("captions") or ():
        language = one.get("language_code") or _NO_LANGUAGE
        middle = "" if language == _NO_LANGUAGE else f".{language}"
        names.append(f"{stem}{middle}.{one.get('caption_type')}")
    if scene.get("interactive"):
        names.append(f"{stem}.funscript")
    return tuple(names)
