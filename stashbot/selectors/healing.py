"""Deciding whether an element that is similar to a lost element may replace it.

A wrong element is worse than none, so in doubt a key stays broken. A key that writes never heals.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pydantic import Field

from stashbot.models import Model
from stashbot.selectors import css_syntax
from stashbot.selectors.element_fingerprint import (
    Fingerprint,
    is_transient,
    names_of,
    same_dialog,
    similarity,
)
from stashbot.selectors.schema import Access, FilledStrategy, Target

#: Elements that are less similar are not candidates.
FLOOR = 0.70
#: By how much the best candidate must be ahead of the next.
LEAD = 0.10
#: The highest score: a healed key is never as certain as a key that holds.
CAP = 0.95
#: Transient classes that only mean that the element shows, which is checked anyway.
_SHOWING = frozenset({"show", "fade", "collapse", "collapsed", "collapsing", "showing"})
_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_STRINGS = re.compile(r"""\[[^\]]*\]""")


class ElementCandidate(Model):
    """An element of the page, or a group of similar ones, that may be the lost element.

    ``css`` finds exactly that element or group; it is empty where the page could make no such
    selector. ``claimed_by`` are the keys of the registry that find it, ``place`` is its number
    among the candidates that the page offered.
    """

    fingerprint: Fingerprint
    place: int = 0
    element: str = ""
    css: str = ""
    score: float = 0.0
    count: int = 1
    visible: bool = True
    claimed_by: tuple[str, ...] = ()


class Healing(Model):
    """The result of a search for the element of a lost key.

    ``candidate`` is the most similar element, also where it is not ``usable``; ``why`` gives the
    reason for or against it. ``lead`` is its score minus that of ``runner_up``.
    """

    key: str
    values: dict[str, str] = Field(default_factory=dict)
    access: Access
    text: str | None = None
    candidate: ElementCandidate | None = None
    runner_up: ElementCandidate | None = None
    lead: float = 0.0
    usable: bool = False
    why: str

    def target(self, broken: Target) -> Target:
        """Return ``broken`` with the candidate's selector as its first strategy.

        Raises:
            ValueError: the healing is not usable.
        """
        if not self.usable or self.candidate is None:
            raise ValueError(f"{self.key} is not healed: {self.why}")
        healed = FilledStrategy(css=self.candidate.css, text=self.text)
        return broken.model_copy(update={"strategies": (healed, *broken.strategies)})


def wanted_text(target: Target) -> str | None:
    """Return the text that all strategies of ``target`` require, if there is any."""
    texts = {strategy.text for strategy in target.strategies}
    return next(iter(texts)) if len(texts) == 1 else None


def numbers_of(values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values that are ids; without them it is another entity's element."""
    return tuple(value for value in values.values() if value.isascii() and value.isdigit())


def rank_candidates(
    target: Target,
    wanted: Sequence[Fingerprint],
    candidates: Sequence[ElementCandidate],
    values: Mapping[str, str],
) -> list[ElementCandidate]:
    """Return the eligible candidates with their scores, the most similar first.

    Not eligible are elements that another key finds, hidden elements unless the key may be hidden,
    those in another dialog than the lost element, and those that have none of the ``values`` in
    their names where the lost element had some: they belong to another field.
    """
    scored = [
        candidate.model_copy(update={"score": round(_score(target, wanted, candidate), 4)})
        for candidate in candidates
        if not candidate.claimed_by
        and (candidate.visible or not target.visible)
        and any(same_dialog(each, candidate.fingerprint) for each in wanted)
        and _has_values(candidate.fingerprint, wanted, values)
    ]
    return sorted(scored, key=lambda candidate: -candidate.score)


def decide_healing(
    target: Target,
    wanted: Fingerprint | Sequence[Fingerprint],
    candidates: Sequence[ElementCandidate],
    *,
    values: Mapping[str, str] | None = None,
) -> Healing:
    """Decide whether a candidate may replace ``target``, which finds nothing.

    ``values`` filled the placeholders of ``target``. Scores are at most ``CAP``; the lead is
    measured before they are capped.
    """
    values = dict(values or {})
    fingerprints = (wanted,) if isinstance(wanted, Fingerprint) else tuple(wanted)
    ranked = rank_candidates(target, fingerprints, candidates, values) if fingerprints else []
    best = ranked[0] if ranked else None
    second = ranked[1] if len(ranked) > 1 else None
    lead = best.score - (second.score if second else 0.0) if best else 0.0
    against = _reason_against(target, best, lead, values)
    if not fingerprints:
        against = "there is no fingerprint of it"
    return Healing(
        key=target.key,
        values=values,
        access=target.access,
        text=wanted_text(target),
        candidate=_capped(best),
        runner_up=_capped(second),
        lead=round(lead, 4),
        usable=not against,
        why=against or f"similarity {_capped_score(best):.2f}, {lead:.2f} ahead of the next",
    )


def state_class(target: Target) -> str:
    """Return a class in the strategies that stands for a state, or an empty text.

    Fingerprints leave such classes out, so that similarity says nothing about the state.
    """
    for strategy in target.strategies:
        for name in _CLASS.findall(_STRINGS.sub("", strategy.css)):
            if is_transient(name) and name not in _SHOWING:
                return str(name)
    return ""


def _score(target: Target, wanted: Sequence[Fingerprint], candidate: ElementCandidate) -> float:
    return max(
        similarity(each, candidate.fingerprint, target.count)
        for each in wanted
        if same_dialog(each, candidate.fingerprint)
    )


def _has_values(
    other: Fingerprint, wanted: Sequence[Fingerprint], values: Mapping[str, str]
) -> bool:
    """Say whether the element has any of the values that the wanted ones have."""
    needed = {value for each in wanted for value in values.values() if value in names_of(each)}
    return not needed or bool(needed & names_of(other))


def _reason_against(
    target: Target, best: ElementCandidate | None, lead: float, values: Mapping[str, str]
) -> str:
    """Return what rules out the best candidate; empty if nothing does."""
    if target.access == "write":
        return "a key that writes is never healed: check the element and override the key"
    if best is None:
        return "no element of the page is similar"
    if best.score < FLOOR:
        return f"the best similarity is {best.score:.2f}, needs {FLOOR:.2f}"
    if round(lead, 4) < LEAD:
        return f"two elements are similar: the second is {lead:.2f} behind, needs {LEAD:.2f}"
    return _reason_against_key(target) or _reason_against_css(best.css, values)


def _reason_against_key(target: Target) -> str:
    """Return what similarity cannot show: a state, or a place among similar elements."""
    if state := state_class(target):
        return f"it depends on the state class {state!r}, which similarity does not show"
    if all(strategy.nth is not None for strategy in target.strategies):
        return "it is known by its place only, which may have changed"
    return ""


def _reason_against_css(css: str, values: Mapping[str, str]) -> str:
    if not css:
        return "no selector finds it and nothing else"
    try:
        css_syntax.check_selector(css)
    except ValueError as error:
        return f"its selector cannot be used: {error}"
    for number in numbers_of(values):
        if not re.search(rf"(?<!\d){number}(?!\d)", css):
            return f"its selector {css} does not depend on {number}"
    return ""


def _capped_score(candidate: ElementCandidate | None) -> float:
    return min(CAP, candidate.score) if candidate else 0.0


def _capped(candidate: ElementCandidate | None) -> ElementCandidate | None:
    if candidate is None:
        return None
    return candidate.model_copy(update={"score": _capped_score(candidate)})
