"""The facts that a scene's result rests on."""

from __future__ import annotations

from dataclasses import dataclass

from stashbot.models import Evidence, Plan


@dataclass(frozen=True, kw_only=True)
class Basis:
    """The source of a scene's result, and how its proposal was scored.

    ``plan`` is the plan that was made of the proposal, also where nothing was applied.
    """

    source: str
    score: float | None = None
    evidence: tuple[Evidence, ...] = ()
    plan: Plan | None = None
