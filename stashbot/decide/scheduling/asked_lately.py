"""Decide which scenes a run leaves alone, because it would only ask the same questions again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from stashbot.models import Model, Outcome

#: How a scene came out that no source knew, or whose proposals wait or were rejected.
_LEFT = frozenset({Outcome.SKIPPED, Outcome.TRIAGED})


class LastAsked(Model):
    """When all sources last answered about a scene, how it came out, and how it was asked.

    ``asked_with`` is a hash of the sources and settings; without it the scene is due.
    """

    at: AwareDatetime | None = None
    outcome: Outcome | None = None
    asked_with: str | None = None


class Due(Model):
    """The scenes that are due, in order, and how many were asked about lately."""

    scenes: tuple[str, ...]
    asked_lately: int = 0


def choose_due(
    scenes: Iterable[str],
    asked: Mapping[str, LastAsked],
    *,
    now: datetime,
    pause: timedelta,
    asking_with: str,
) -> Due:
    """Return the scenes without those that were asked about within ``pause`` in the same way.

    A scene is due again at once if the sources or settings have changed, or if a source could not
    be asked.
    """
    due: list[str] = []
    left = 0
    for scene_id in scenes:
        last = asked.get(scene_id, LastAsked())
        is_same = last.outcome in _LEFT and last.asked_with == asking_with
        if is_same and last.at is not None and now - last.at < pause:
            left += 1
        else:
            due.append(scene_id)
    return Due(scenes=tuple(due), asked_lately=left)
