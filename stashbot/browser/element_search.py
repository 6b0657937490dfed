"""Asking the page for an element that looks like a lost one. Nothing is clicked here."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from stashbot.browser.actions import Op
from stashbot.browser.session import Session
from stashbot.selectors.element_fingerprint import (
    GENERIC,
    LAYOUT,
    STATE_ICONS,
    TRANSIENT,
    Fingerprint,
)
from stashbot.selectors.healing import Candidate, Healing, heal, numbers_of, rank, wanted_text
from stashbot.selectors.schema import Entry, Target
from stashbot.selectors.selector_set import SelectorSet

#: Elements, or groups of them, whose fingerprints are compared.
COMPARED = 80
#: For so many of the likeliest a selector is made.
_NAMED = 2
#: What the page has to know of classes and icons, to describe elements and to name them.
KINDS = {
    "transient": TRANSIENT,
    "layout": LAYOUT,
    "generic": GENERIC,
    "stateIcons": STATE_ICONS,
}
_ATTRIBUTE = re.compile(r"\[([\w-]+)[~|^$*]?=[^\]{]*\{[^\]]*\]")
_NAME = re.compile(r"[.#]\{\w+\}")


def fingerprint_op(target: Target) -> Op:
    """The operation that gives fingerprints of what ``target`` finds just now."""
    return {"do": "fingerprint", "target": target.wire(), "kinds": KINDS}


async def fingerprints_in(session: Session, *targets: Target) -> list[tuple[Fingerprint, ...]]:
    """What each target's elements look like, in one round trip; empty where it finds nothing.

    Raises:
        PageLost: the page is gone.
    """
    answers = await session.run(*(fingerprint_op(target) for target in targets))
    return [tuple(Fingerprint.model_validate(one) for one in answer) for answer in answers]


async def heal_in(
    session: Session,
    target: Target,
    wanted: Fingerprint | Sequence[Fingerprint],
    *,
    entry: Entry,
    values: Mapping[str, str] | None = None,
    taken: Sequence[Target] = (),
    aliases: Collection[str] = (),
) -> Healing:
    """Looks in the page for what ``target``, which finds nothing there, has become.

    ``values`` filled the target. What another key finds is not for this one: that is asked of the
    keys of the same state and of all that write; ``taken`` adds targets that need values, such as
    the same key's with others. ``aliases`` are keys that are known to find the same element, which
    makes it nobody else's.

    Raises:
        PageLost: the page is gone.
    """
    values = dict(values or {})
    prints = [wanted] if isinstance(wanted, Fingerprint) else list(wanted)
    if not prints:
        return heal(target, (), (), values=values)
    others = [*_of_registry(session.selectors, target.key, entry.state, aliases)]
    others += [_marking(one) for one in taken if one != target]
    wishes = {
        "many": target.count == "many",
        "visible": target.visible,
        "text": wanted_text(target),
        "numbers": numbers_of(values),
        "prefer": list(values.values()),
        "kinds": KINDS,
    }
    like = [one.model_dump(mode="json") for one in prints]
    asked = {"do": "candidates", "like": like, "taken": others, "limit": COMPARED, **wishes}
    (offers,) = await session.run(asked)
    candidates = [Candidate.model_validate(offer) for offer in offers]
    best = [one.place for one in rank(target, prints, candidates, values)[:_NAMED]]
    (made,) = await session.run({"do": "selectors", "places": best, **wishes})
    for place, css in zip(best, made, strict=True):
        candidates[place] = candidates[place].model_copy(update={"css": css or ""})
    return heal(target, prints, candidates, values=values)


def _of_registry(
    selectors: SelectorSet, broken: str, state: str, aliases: Collection[str]
) -> Iterator[dict[str, Any]]:
    """Keys of the same state that need no values, and all that write, whatever their values."""
    for key in selectors.keys:
        entry = selectors.entry(key)
        if key == broken:
            continue
        if entry.access == "write":
            if key not in aliases:
                yield {"write": True, "target": _any_of(selectors, key)}
        elif entry.state == state and not entry.placeholders and key not in aliases:
            yield _marking(selectors.target(key))


def _marking(target: Target) -> dict[str, Any]:
    return {"write": target.access == "write", "target": target.wire()}


def _any_of(selectors: SelectorSet, key: str) -> dict[str, Any]:
    """All that a write key could find with any values."""
    strategies = [
        {"css": _NAME.sub(":is(*)", _ATTRIBUTE.sub(r"[\1]", strategy.css))}
        for strategy in selectors.strategies(key)
    ]
    return {"key": key, "unique": False, "visible": False, "strategies": strategies}
