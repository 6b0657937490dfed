"""The facts that a scene's result rests on."""

from __future__ import annotations

from dataclasses import dataclass

from stashbot.models import Cleaning, Contradiction, Evidence, NamePart, Plan


@dataclass(frozen=True, kw_only=True)
class Basis:
    """The source of a scene's result, and how its proposal was scored.

    ``cleanings`` are what cleaning changed in the source's answer.
    ``plan`` is the plan that was made of the proposal, also where nothing was applied.
    """

    source: str
    score: float | None = None
    evidence: tuple[Evidence, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    name_parts: tuple[NamePart, ...] = ()
    cleanings: tuple[Cleaning, ...] = ()
    plan: Plan | None = None
