"""Going on where a selector finds nothing: with the likeliest element, if that is allowed.

Only a key that reads is healed, only where nothing at all is found, and only for what a fingerprint
of a better day is known. For a key that writes the likeliest element is named in the error, and the
program stops before the click.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loguru import logger

from stashbot.browser.actions import Op
from stashbot.browser.element_search import heal_in
from stashbot.browser.session import Session
from stashbot.selectors import Target
from stashbot.selectors.fingerprint_store import FingerprintBook
from stashbot.selectors.healing import Healing

Place = tuple[str, tuple[tuple[str, str], ...]]
_ABSENT = "absent"


@dataclass
class Mending:
    """What heals the pages of one run. ``use`` allows it; without it, candidates are only named.

    ``healed`` holds what took the place of what; ``on_healed`` hears of each once.
    """

    book: FingerprintBook
    profile: str
    use: bool = False
    on_healed: Callable[[Healing], Awaitable[None]] | None = None
    healed: dict[Place, Healing] = field(default_factory=dict)

    def mended(self, target: Target) -> Target:
        """See ``Mender``."""
        healing = self.healed.get(_place(target.key, target.values))
        return target if healing is None else healing.target(target)

    async def mend(
        self, session: Session, ops: Sequence[Op], outcome: dict[str, Any]
    ) -> dict[str, Any]:
        """See ``Mender``. A program goes on where it stopped, never from its beginning."""
        left, done = list(ops), list[Any]()
        while (failure := outcome.get("failure")) is not None:
            done += outcome["results"]
            left = left[len(outcome["results"]) :]
            healing = await self._heal(session, left, failure)
            if healing is None:
                return outcome
            if not (healing.usable and self.use):
                return {**outcome, "failure": {**failure, "candidate": told(healing)}}
            place = _place(healing.key, healing.values)
            if place in self.healed:
                return outcome
            self.healed[place] = healing
            logger.warning("{} is not where it was; going on. {}", healing.key, told(healing))
            if self.on_healed is not None:
                await self.on_healed(healing)
            left = [self._rewritten(session, op) for op in left]
            outcome = await session.try_run(left, outcome["since"])
        return {**outcome, "results": [*done, *outcome["results"]]}

    async def _heal(
        self, session: Session, left: Sequence[Op], failure: Mapping[str, Any]
    ) -> Healing | None:
        """What became of the element that the failure is about; ``None`` if that is no question."""
        reasons: Mapping[str, str] = failure.get("reasons") or {}
        lost = failure.get("kind") == "not-ready" and set(reasons.values()) == {_ABSENT}
        wires = [one for one in _targets(left[:1]) if one["key"] == failure.get("key")]
        if not lost or not wires:
            return None
        values: dict[str, str] = wires[0]["values"]
        target = session.selectors.target(failure["key"], **values)
        entry = session.selectors.entry(target.key)
        known: dict[str, Any] = {
            "release": session.selectors.release,
            "profile": self.profile,
            "state": entry.state,
            "key": target.key,
            "values": values,
        }
        aliases = [key for key, _ in self.book.aliases(**known)]
        taken = [
            session.selectors.target(key, **its)
            for key, its in self.book.keys(
                release=session.selectors.release, profile=self.profile, state=entry.state
            )
            if its and key in session.selectors and "#" not in its.values() and its != values
            if "*" not in its.values()
        ]
        return await heal_in(
            session,
            target,
            self.book.find(**known),
            entry=entry,
            values=values,
            taken=taken,
            aliases=aliases,
        )

    def _rewritten(self, session: Session, node: Any) -> Any:
        """An operation with what was healed in the place of what was lost."""
        if isinstance(node, list):
            return [self._rewritten(session, one) for one in node]
        if not isinstance(node, dict):
            return node
        if "strategies" in node and _place(node["key"], node["values"]) in self.healed:
            mended = self.mended(session.selectors.target(node["key"], **node["values"]))
            places = {one.get("nth") for one in node["strategies"]}
            wire = mended.wire()
            if len(places) == 1 and None not in places:  # asked for by its number among many
                (nth,) = places
                wire["strategies"] = [{**one, "nth": nth} for one in wire["strategies"]]
            return wire
        return {name: self._rewritten(session, one) for name, one in node.items()}


def told(healing: Healing) -> str:
    """What is known of a lost element's likely successor, in a sentence."""
    if healing.candidate is None:
        return ""
    found = healing.candidate
    where = f" ({found.css})" if found.css else ""
    return (
        f"The likeliest element is {found.element}{where}, alike by {found.score:.2f}; "
        f"{'' if healing.usable else 'it is not used: '}{healing.why}."
    )


def _place(key: str, values: Mapping[str, str]) -> Place:
    return key, tuple(sorted(values.items()))


def _targets(node: Any) -> Iterator[dict[str, Any]]:
    """All targets within operations."""
    if isinstance(node, list | tuple):
        for one in node:
            yield from _targets(one)
    elif isinstance(node, dict):
        if "strategies" in node:
            yield node
        else:
            for one in node.values():
                yield from _targets(one)
