"""The mutation ``moveFiles``, with the checks and messages of the real server."""

from __future__ import annotations

from pathlib import PurePosixPath
from posixpath import normpath
from typing import Any

from stashbot.sandbox.context import Info, library_of
from stashbot.sandbox.library import LibraryError
from stashbot.sandbox.records import FileRecord
from stashbot.sandbox.seeding import MEDIA


def move_files(_root: object, info: Info, *, input: dict[str, Any]) -> bool:  # noqa: A002
    """Move files in turn. The real server creates missing folders."""
    library = library_of(info)
    files = {file.id: file for scene in library.scenes.values() for file in scene.files}
    for file_id in input["ids"]:
        file = files.get(file_id)
        if file is None:
            raise LibraryError(
                f"finding file {file_id}: getting file by id {file_id}: sql: no rows in result set"
            )
        taken = {file.path for file in files.values()}
        file.path = _target(file, input, taken)
    return True


def _target(file: FileRecord, values: dict[str, Any], taken: set[str]) -> str:
    folder = values.get("destination_folder") or str(PurePosixPath(file.path).parent)
    if not PurePosixPath(normpath(folder)).is_relative_to(MEDIA):
        raise LibraryError(f"folder path {folder} must be within a stash library path")
    name = values.get("destination_basename") or file.basename
    if PurePosixPath(name).suffix != PurePosixPath(file.path).suffix:
        raise LibraryError(
            f"file extension for {name} is inconsistent with old filename {file.basename}"
        )
    path = normpath(f"{folder}/{name}")
    if path in taken:
        raise LibraryError(f"file {path} already exists")
    return path
