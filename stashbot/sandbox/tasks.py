"""Mutations of the settings pages: tasks, which only end, and the interface's own settings."""

from __future__ import annotations

from typing import Any

from stashbot.sandbox.configuration import configuration
from stashbot.sandbox.context import Info, Resolver, library_of


def _job(description: str) -> Resolver:
    def resolve(_root: object, info: Info, **_arguments: Any) -> str:
        return info.context.jobs.start(description)

    return resolve


def _clean(_root: object, info: Info, **_arguments: Any) -> str:
    """Every file of the practice library is there: nothing is removed, open pages ask anew."""
    return info.context.jobs.start("Cleaning...", scans=True)


def _configure_interface(
    _root: object,
    info: Info,
    *,
    input: dict[str, Any],  # noqa: A002
) -> dict[str, Any]:
    library = library_of(info)
    library.interface |= input
    settings: dict[str, Any] = configuration(library)["interface"]
    return settings


#: Resolvers by the name of their field.
TASKS: dict[str, Resolver] = {
    "metadataClean": _clean,
    "metadataAutoTag": _job("Auto-tagging..."),
    "metadataExport": _job("Exporting..."),
    "optimiseDatabase": _job("Optimising database..."),
    "backupDatabase": lambda _root, _info, **_arguments: None,
    "configureInterface": _configure_interface,
}
