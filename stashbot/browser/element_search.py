"""Searching the page for the element that a lost key used to find. Nothing is clicked here."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stashbot.browser import actions
from stashbot.browser.actions import Claim, Sought
from stashbot.browser.session import Session
from stashbot.selectors.element_fingerprint import Fingerprint
from stashbot.selectors.fingerprint_store import FingerprintStore
from stashbot.selectors.healing import (
    Healing,
    decide_healing,
    numbers_of,
    rank_candidates,
    wanted_text,
)
from stashbot.selectors.schema import Entry, FilledStrategy, Target
from stashbot.selectors.selector_set import SelectorSet

#: Elements, or groups of them, whose fingerprints are compared.
COMPARED = 80
#: A selector is made for this many of the best candidates.
_NAMED = 2
_ATTRIBUTE = re.compile(r"\[([\w-]+)[~|^$*]?=[^\]{]*\{[^\]]*\]")
_NAME = re.compile(r"[.#]\{\w+\}")


@dataclass(frozen=True)
class ReplacementSearch:
    """Searches for what lost keys have become, by their earlier fingerprints."""

    fingerprints: FingerprintStore
    profile: str

    async def search(
        self,
        session: Session,
        key: str,
        values: Mapping[str, str],
        *,
        claimed: Sequence[Target] | None = None,
    ) -> Healing:
        """Search the page for the element of ``key``, which finds nothing there.

        ``claimed`` are targets whose elements belong to other keys, besides those that need no
        values. By default these are the targets that fingerprints know in the state of ``key``.

        Raises:
            PageLost: the page is gone.
        """
        entry = session.selectors.entry(key)
        place: dict[str, Any] = {
            "release": session.selectors.release,
            "profile": self.profile,
            "state": entry.state,
        }
        known = {**place, "key": key, "values": values}
        if claimed is None:
            claimed = self._known_targets(session.selectors, place, values)
        return await find_replacement(
            session,
            session.selectors.target(key, **values),
            self.fingerprints.find(**known),
            entry=entry,
            values=values,
            claimed=claimed,
            aliases=[alias for alias, _ in self.fingerprints.aliases(**known)],
        )

    def _known_targets(
        self, selectors: SelectorSet, place: Mapping[str, Any], values: Mapping[str, str]
    ) -> list[Target]:
        """Return the known targets whose values are not generalized (``#``, ``*``)."""
        return [
            selectors.target(key, **known)
            for key, known in self.fingerprints.keys(**place)
            if known
            and key in selectors
            and known != values
            and {"#", "*"}.isdisjoint(known.values())
        ]


async def fingerprints_in(session: Session, *targets: Target) -> list[tuple[Fingerprint, ...]]:
    """Read the fingerprints of each target's elements, in a single round trip.

    Raises:
        PageLost: the page is gone.
    """
    return list(await session.run(*map(actions.read_fingerprints, targets)))


async def find_replacement(
    session: Session,
    target: Target,
    wanted: Fingerprint | Sequence[Fingerprint],
    *,
    entry: Entry,
    values: Mapping[str, str] | None = None,
    claimed: Sequence[Target] = (),
    aliases: Collection[str] = (),
) -> Healing:
    """Search the page for what ``target``, which finds nothing there, has become.

    ``values`` filled the target. An element that another key finds is not eligible; the other keys
    are those of the same state that need no values, all that write, and ``claimed``. ``aliases``
    are keys that are known to find the same element, so they do not count.

    Raises:
        PageLost: the page is gone.
    """
    values = dict(values or {})
    fingerprints = [wanted] if isinstance(wanted, Fingerprint) else list(wanted)
    if not fingerprints:
        return decide_healing(target, (), (), values=values)
    sought = Sought(
        many=target.count == "many",
        visible=target.visible,
        text=wanted_text(target),
        numbers=numbers_of(values),
        prefer=tuple(values.values()),
    )
    claims = list(_claims_of_registry(session.selectors, target.key, entry.state, aliases))
    claims += [_claim(other) for other in claimed if other != target]
    (candidates,) = await session.run(
        actions.find_candidates(sought, fingerprints, claims, COMPARED)
    )
    ranked = rank_candidates(target, fingerprints, candidates, values)
    places = [candidate.place for candidate in ranked[:_NAMED]]
    (selectors,) = await session.run(actions.make_selectors(sought, places))
    for place, css in zip(places, selectors, strict=True):
        candidates[place] = candidates[place].model_copy(update={"css": css or ""})
    return decide_healing(target, fingerprints, candidates, values=values)


def _claims_of_registry(
    selectors: SelectorSet, broken: str, state: str, aliases: Collection[str]
) -> Iterator[Claim]:
    """Yield the claims of keys of the state without values, and of keys that write."""
    for key in selectors.keys:
        entry = selectors.entry(key)
        if key == broken or key in aliases:
            continue
        if entry.access == "write":
            yield Claim(target=_any_target(selectors, key), all_strategies=True)
        elif entry.state == state and not entry.placeholders:
            yield _claim(selectors.target(key))


def _claim(target: Target) -> Claim:
    return Claim(target=target, all_strategies=target.access == "write")


def _any_target(selectors: SelectorSet, key: str) -> Target:
    """Return a target for all elements that a write key could find with any values."""
    strategies = tuple(
        FilledStrategy(css=_NAME.sub(":is(*)", _ATTRIBUTE.sub(r"[\1]", strategy.css)))
        for strategy in selectors.strategies(key)
    )
    return Target(key=key, access="write", count="many", visible=False, strategies=strategies)
