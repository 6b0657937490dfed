"""The practice scrapers, with their answers for each scene.

A source answers with the right metadata, with the metadata of another scene (a lie), with no scene
or an empty object; it fails, or answers slowly. ``SourceView`` names the kind of answer, so that a
test can assert which answers a client should trust.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from stashbot.sandbox.catalog import ALPHA_HOST, BETA_HOST, SceneFacts
from stashbot.sandbox.hostile import hostile_answer

Kind = Literal["right", "lie", "none", "null", "error", "hostile"]

AUTO_TAG_ID = "builtin_autotag"


@dataclass(frozen=True, kw_only=True)
class Source:
    """A scraper as Stash lists it. ``delay`` is in seconds."""

    id: str
    name: str
    urls: tuple[str, ...] | None = None
    scrapes: tuple[str, ...] = ("FRAGMENT", "NAME", "URL")
    delay: float = 0.0


SOURCES: tuple[Source, ...] = (
    Source(id="alpha", name="AlphaSource", urls=(f"{ALPHA_HOST}/",)),
    Source(id="alphabox", name="AlphaSource box", urls=None, scrapes=("FRAGMENT", "NAME")),
    Source(id=AUTO_TAG_ID, name="Auto Tag", urls=None, scrapes=("FRAGMENT",)),
    Source(id="beta", name="BetaSource", urls=(f"{BETA_HOST}/",), scrapes=("FRAGMENT", "URL")),
    Source(id="broken", name="BrokenSource", urls=("broken.example.test/",)),
    Source(id="empty", name="EmptySource", urls=("empty.example.test/",)),
    Source(id="gamma", name="GammaSource", urls=("gamma.example.test/",)),
    Source(id="slow", name="SlowSource", urls=("slow.example.test/",), delay=2.0),
)


@dataclass(frozen=True, kw_only=True)
class SourceView:
    """The answer of a source for a scene.

    ``answer`` is ``None`` unless ``kind`` is right, lie or hostile. ``about`` is the id of the
    scene that the answer describes, ``error`` the message of a failure.
    """

    kind: Kind
    answer: Mapping[str, Any] | None = None
    about: str | None = None
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class SceneTruth:
    """The true metadata of a scene, and the answers of the sources by their ids."""

    scene_id: str
    facts: SceneFacts
    sources: Mapping[str, SourceView]


def truth_of(facts: Sequence[SceneFacts], seed: int) -> dict[str, SceneTruth]:
    """Return the truth about all scenes, by id. Ids start at 1, in the order of ``facts``."""
    rng = random.Random(f"sources-{seed}")  # noqa: S311 - invented data, no secret
    alpha = _deal(len(facts), rng)
    return {
        str(index + 1): SceneTruth(
            scene_id=str(index + 1),
            facts=fact,
            sources=_views(index, facts, alpha),
        )
        for index, fact in enumerate(facts)
    }


def full_answer(facts: SceneFacts) -> dict[str, Any]:
    """Return the complete metadata of a scene, in the shape of a scraper's answer."""
    return {
        "title": facts.title,
        "code": facts.code,
        "details": facts.details,
        "director": facts.director,
        "date": facts.date,
        "urls": [facts.urls[0]],
        "studio": {"name": facts.studio},
        "performers": [{"name": name} for name in facts.performers],
        "tags": [{"name": name} for name in facts.tags],
        "groups": [{"name": name} for name in facts.groups] or None,
    }


def partial_answer(facts: SceneFacts) -> dict[str, Any]:
    """Return incomplete metadata: no details, no code, and an alias of the studio."""
    studio = "Harbour Films" if facts.studio == "Harbor Films" else facts.studio
    return {
        "title": facts.title,
        "date": facts.date,
        "urls": [facts.urls[1]],
        "studio": {"name": studio},
        "performers": [{"name": name} for name in facts.performers],
        "tags": [{"name": name} for name in facts.tags[:2]],
    }


def _deal(count: int, rng: random.Random) -> list[Kind]:
    """Choose the kind of AlphaSource's answer per scene: mostly right, a few of each other kind."""
    quota: list[tuple[Kind, float]] = [("lie", 0.12), ("none", 0.12), ("null", 0.08)]
    kinds: list[Kind] = [kind for kind, share in quota for _ in range(round(count * share))]
    kinds += ["error"] * round(count * 0.08)
    kinds += ["right"] * (count - len(kinds))
    rng.shuffle(kinds)
    return kinds


def _views(index: int, facts: Sequence[SceneFacts], alpha: Sequence[Kind]) -> dict[str, SourceView]:
    scene_id, mine = str(index + 1), facts[index]
    right = SourceView(kind="right", answer=full_answer(mine), about=scene_id)
    partial = SourceView(kind="right", answer=partial_answer(mine), about=scene_id)
    nothing, null = SourceView(kind="none"), SourceView(kind="null")
    beta_knows = alpha[index] != "right" or index % 3 == 0
    return {
        "alpha": _alpha(index, facts, alpha[index]),
        "alphabox": partial if index % 3 == 1 else nothing,
        "beta": partial if beta_knows and index % 7 else nothing,
        "broken": SourceView(
            kind="error",
            error="scraper broken: could not unmarshal json from script output: EOF",
        ),
        "empty": nothing if index % 2 == 0 else null,
        "gamma": SourceView(kind="hostile", answer=hostile_answer(index, mine), about=scene_id),
        "slow": right,
    }


def _alpha(index: int, facts: Sequence[SceneFacts], kind: Kind) -> SourceView:
    scene_id = str(index + 1)
    if kind == "lie" and len(facts) > 1:
        other = next(
            other
            for step in range(1, len(facts) + 1)
            if (other := (index + step) % len(facts)) != index
            and (facts[other].studio != facts[index].studio or step >= len(facts) - 1)
        )
        return SourceView(kind="lie", answer=full_answer(facts[other]), about=str(other + 1))
    if kind == "error":
        return SourceView(
            kind="error", error="scraper alpha: could not unmarshal json from script output: EOF"
        )
    if kind in {"none", "null"}:
        return SourceView(kind=kind)
    return SourceView(kind="right", answer=full_answer(facts[index]), about=scene_id)
