"""What a server holds, at a glance: enough to notice that anything in it was changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from stashbot.models import Model
from stashbot.stash.client import StashClient
from stashbot.stash.documents import has_groups

_KINDS = {
    "scene": ("findScenes", "scenes"),
    "performer": ("findPerformers", "performers"),
    "studio": ("findStudios", "studios"),
    "tag": ("findTags", "tags"),
    "group": ("findGroups", "groups"),
}
_BEFORE_GROUPS = ("findMovies", "movies")
_INTERFACE = "language cssEnabled css javascriptEnabled autostartVideo"


class Holding(Model):
    """What a server has of one kind. ``latest`` is the id and time of the last change to any."""

    count: int
    latest: str | None = None
    changed_at: str | None = None


class Survey(Model):
    """Counts and last changes by kind, and the settings of the UI. Equal ones: nothing changed.

    A change of anything moves its kind's last change; what is created or deleted moves a count.
    """

    holdings: dict[str, Holding]
    settings: dict[str, Any] = Field(repr=False)

    def changes(self, other: Survey) -> tuple[str, ...]:
        """In words, what is another in ``other``."""
        told = [
            f"{kind}s: {before.count} before, {after.count} after, last change at "
            f"{before.changed_at} and at {after.changed_at}"
            for kind, before in self.holdings.items()
            if (after := other.holdings[kind]) != before
        ]
        keys = sorted({*self.settings, *other.settings})
        told += [
            f"setting {key}" for key in keys if self.settings.get(key) != other.settings.get(key)
        ]
        return tuple(told)


async def survey(client: StashClient) -> Survey:
    """Reads the survey, in one query.

    Raises:
        GraphQLError: Stash refuses the query.
        StashUnreachable: Stash does not answer.
    """
    data = await client.transport.execute(_document(client.server.release))
    configuration = data["configuration"]
    settings = {f"ui.{key}": value for key, value in (configuration.get("ui") or {}).items()}
    settings |= {f"interface.{key}": value for key, value in configuration["interface"].items()}
    return Survey(
        holdings={kind: _holding(data[kind]) for kind in _KINDS},
        settings=settings,
    )


def _document(release: tuple[int, int]) -> str:
    parts = []
    for kind, (root, field) in _KINDS.items():
        if kind == "group" and not has_groups(release):
            root, field = _BEFORE_GROUPS  # noqa: PLW2901 # the old names of the same
        found = '(filter: {per_page: 1, sort: "updated_at", direction: DESC})'
        parts.append(f"{kind}: {root}{found} {{ count items: {field} {{ id updated_at }} }}")
    return "query Survey { %s configuration { ui interface { %s } } }" % (  # noqa: UP031
        " ".join(parts),
        _INTERFACE,
    )


def _holding(found: Mapping[str, Any]) -> Holding:
    latest = next(iter(found["items"]), None)
    return Holding(
        count=found["count"],
        latest=latest and latest["id"],
        changed_at=latest and latest["updated_at"],
    )
