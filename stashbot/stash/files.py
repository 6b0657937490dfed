"""Stash's own moving of files, which its web UI has no button for."""

from __future__ import annotations

from collections.abc import Iterable

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


async def with_company(client: StashClient, scene_ids: Iterable[str]) -> dict[str, str]:
    """Scenes with files beside the video that Stash would leave behind, and what those are."""
    wanted = list(dict.fromkeys(scene_ids))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), ALIASES_AT_ONCE):
        batch = wanted[start : start + ALIASES_AT_ONCE]
        fields = " ".join(
            f"s{index}: findScene(id: {int(one)}) {{ interactive captions {{ language_code }} }}"
            for index, one in enumerate(batch)
        )
        data = await client.transport.execute(f"query Company {{ {fields} }}")
        for index, one in enumerate(batch):
            scene = data.get(f"s{index}") or {}
            names = ["captions"] * bool(scene.get("captions"))
            names += ["a funscript"] * bool(scene.get("interactive"))
            if names:
                found[one] = " and ".join(names)
    return found
