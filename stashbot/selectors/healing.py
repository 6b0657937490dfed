"""Whether an element that looks like a lost one may take its place.

A wrong element is worse than none: in doubt a key stays broken. A key that writes never heals.
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

#: Below this likeness nothing is a candidate.
FLOOR = 0.70
#: So much more like it than the next one the best candidate must be.
LEAD = 0.10
#: What is healed is never as certain as what is found.
CAP = 0.95
#: Transient classes that only mean "it shows", which is asked for anyway.
_SHOWING = frozenset({"show", "fade", "collapse", "collapsed", "collapsing", "showing"})
_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_STRINGS = re.compile(r"""\[[^\]]*\]""")


class Candidate(Model):
    """An element of the page, or a group of kin, that may be the lost one.

    ``css`` finds exactly that element or group; empty when the page could make no such selector.
    ``taken`` are the keys of the registry that find it, ``place`` is its number in what the page
    offered.
    """

    fingerprint: Fingerprint
    place: int = 0
    element: str = ""
    css: str = ""
    score: float = 0.0
    count: int = 1
    visible: bool = True
    taken: tuple[str, ...] = ()


class Healing(Model):
    """What came of looking for a lost key.

    ``candidate`` is the most likely element, also where it is not ``usable``; ``why`` says what
    speaks for or against it. ``lead`` is how far it is before ``runner_up``.
    """

    key: str
    values: dict[str, str] = Field(default_factory=dict)
    access: Access
    text: str | None = None
    candidate: Candidate | None = None
    runner_up: Candidate | None = None
    lead: float = 0.0
    usable: bool = False
    why: str

    def target(self, broken: Target) -> Target:
        """``broken`` with the healed way first.

        Raises:
            ValueError: the healing is not usable.
        """
        if not self.usable or self.candidate is None:
            raise ValueError(f"{self.key} is not healed: {self.why}")
        healed = FilledStrategy(css=self.candidate.css, text=self.text)
        return broken.model_copy(update={"strategies": (healed, *broken.strategies)})


def wanted_text(target: Target) -> str | None:
    """The text that an element must have to be ``target``; ``None`` where some way needs none."""
    texts = {strategy.text for strategy in target.strategies}
    return next(iter(texts)) if len(texts) == 1 else None


def numbers_of(values: Mapping[str, str]) -> tuple[str, ...]:
    """The values that are ids: what is healed must carry them, or it is of another thing."""
    return tuple(value for value in values.values() if value.isascii() and value.isdigit())


def rank(
    target: Target,
    wanted: Sequence[Fingerprint],
    candidates: Sequence[Candidate],
    values: Mapping[str, str],
) -> list[Candidate]:
    """The candidates that could be ``target``, with their scores, the likeliest first.

    Not eligible are elements that another key finds, hidden ones unless the key may be hidden,
    those inside a dialog other than the one that the lost element stood in, and those that bear
    none of the ``values`` where that one did: they are of another field.
    """
    scored = [
        candidate.model_copy(update={"score": round(_score(target, wanted, candidate), 4)})
        for candidate in candidates
        if not candidate.taken
        and (candidate.visible or not target.visible)
        and any(same_dialog(one, candidate.fingerprint) for one in wanted)
        and _bears(candidate.fingerprint, wanted, values)
    ]
    return sorted(scored, key=lambda candidate: -candidate.score)


def heal(
    target: Target,
    wanted: Fingerprint | Sequence[Fingerprint],
    candidates: Sequence[Candidate],
    *,
    values: Mapping[str, str] | None = None,
) -> Healing:
    """Decides whether a candidate takes the place of ``target``, which finds nothing.

    ``values`` are those that ``target``'s placeholders were filled with. A score is at most
    ``CAP``; the lead is measured on what was there before.
    """
    values = dict(values or {})
    prints = (wanted,) if isinstance(wanted, Fingerprint) else tuple(wanted)
    ranked = rank(target, prints, candidates, values) if prints else []
    best = ranked[0] if ranked else None
    second = ranked[1] if len(ranked) > 1 else None
    lead = best.score - (second.score if second else 0.0) if best else 0.0
    against = _against(target, best, lead, values)
    if not prints:
        against = "nobody recorded what it looks like"
    return Healing(
        key=target.key,
        values=values,
        access=target.access,
        text=wanted_text(target),
        candidate=_capped(best),
        runner_up=_capped(second),
        lead=round(lead, 4),
        usable=not against,
        why=against or f"likeness {_capped_score(best):.2f}, {lead:.2f} before the next",
    )


def tells_state(target: Target) -> str:
    """The class by which the strategies tell a state, which no likeness shows; else empty."""
    for strategy in target.strategies:
        for name in _CLASS.findall(_STRINGS.sub("", strategy.css)):
            if is_transient(name) and name not in _SHOWING:
                return str(name)
    return ""


def _score(target: Target, wanted: Sequence[Fingerprint], candidate: Candidate) -> float:
    return max(
        similarity(one, candidate.fingerprint, target.count)
        for one in wanted
        if same_dialog(one, candidate.fingerprint)
    )


def _bears(other: Fingerprint, wanted: Sequence[Fingerprint], values: Mapping[str, str]) -> bool:
    borne = {value for one in wanted for value in values.values() if value in names_of(one)}
    return not borne or bool(borne & names_of(other))


def _against(target: Target, best: Candidate | None, lead: float, values: Mapping[str, str]) -> str:
    """What forbids the best candidate; empty if nothing does."""
    if target.access == "write":
        return "a key that writes is never healed: check the element and override the key"
    if best is None:
        return "nothing in the page is like it"
    if best.score < FLOOR:
        return f"the likeliest is only {best.score:.2f} like it; {FLOOR:.2f} is needed"
    if round(lead, 4) < LEAD:
        return f"two are like it: the second is {lead:.2f} behind; {LEAD:.2f} is needed"
    return _against_key(target) or _against_css(best.css, values)


def _against_key(target: Target) -> str:
    """What looks do not show: a state, or which of several alike."""
    if state := tells_state(target):
        return f"it tells a state by the class {state!r}, which likeness does not"
    if all(strategy.nth is not None for strategy in target.strategies):
        return "it is told from others by its place only, which may be another one now"
    return ""


def _against_css(css: str, values: Mapping[str, str]) -> str:
    if not css:
        return "no selector finds it and nothing else"
    try:
        css_syntax.check(css)
    except ValueError as error:
        return f"its selector cannot be used: {error}"
    for number in numbers_of(values):
        if not re.search(rf"(?<!\d){number}(?!\d)", css):
            return f"its selector {css} does not depend on {number}"
    return ""


def _capped_score(candidate: Candidate | None) -> float:
    return min(CAP, candidate.score) if candidate else 0.0


def _capped(candidate: Candidate | None) -> Candidate | None:
    if candidate is None:
        return None
    return candidate.model_copy(update={"score": _capped_score(candidate)})
