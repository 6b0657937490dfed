"""Going on where a selector finds nothing: with the most similar element, where that is allowed.

Only a key that reads is healed, only where nothing at all is found, and only with earlier
fingerprints of the key. For a key that writes the error names the most similar element, and the
program stops before the click.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from loguru import logger

from stashbot.browser.actions import Op
from stashbot.browser.element_search import ReplacementSearch
from stashbot.browser.failures import ABSENT, Failure
from stashbot.browser.operations import Outcome, targets_of, with_targets
from stashbot.browser.session import Session
from stashbot.selectors import Target
from stashbot.selectors.healing import Healing

#: A key with the values of its placeholders.
_KeyValues = tuple[str, tuple[tuple[str, str], ...]]


@dataclass
class SelfHealer:
    """Heals the pages of a run; see ``Healer`` for what it is to a session.

    Without ``use`` candidates are only named in errors. ``healed`` holds the healings so far, and
    ``on_healed`` is called once for each.
    """

    search: ReplacementSearch
    use: bool = False
    on_healed: Callable[[Healing], Awaitable[None]] | None = None
    healed: dict[_KeyValues, Healing] = field(default_factory=dict)

    def with_healing(self, target: Target) -> Target:
        """Return ``target``, first with the selector that was found for it, if any."""
        healing = self.healed.get(_key_values(target.key, target.values))
        return target if healing is None else healing.target(target)

    async def resume(self, session: Session, program: Sequence[Op], outcome: Outcome) -> Outcome:
        """Go on with a program that failed, where possible, and return its outcome.

        A program goes on where it stopped, never from its beginning.
        """
        rest, done = list(program), list[Any]()
        while (failure := outcome.failure) is not None:
            done += outcome.results
            rest = rest[len(outcome.results) :]
            healing = await self._heal(session, rest[0], failure)
            if healing is None:
                return outcome
            if not (healing.usable and self.use):
                return replace(
                    outcome, failure=replace(failure, candidate=describe_healing(healing))
                )
            lost = _key_values(healing.key, healing.values)
            if lost in self.healed:
                return outcome
            self.healed[lost] = healing
            logger.warning(
                "{} is not where it was; going on. {}", healing.key, describe_healing(healing)
            )
            if self.on_healed is not None:
                await self.on_healed(healing)
            rest = [with_targets(operation, self._healed_by(healing)) for operation in rest]
            outcome = await session.run_unchecked(rest, outcome.since)
        return replace(outcome, results=(*done, *outcome.results))

    @staticmethod
    def _healed_by(healing: Healing) -> Callable[[Target], Target]:
        lost = _key_values(healing.key, healing.values)

        def heal(target: Target) -> Target:
            is_lost = _key_values(target.key, target.values) == lost
            return healing.target(target) if is_lost else target

        return heal

    async def _heal(self, session: Session, operation: Op, failure: Failure) -> Healing | None:
        """Search for the element of a failure; ``None`` if it was not lost."""
        is_lost = failure.kind == "not-ready" and set(failure.reasons.values()) == {ABSENT}
        targets = [target for target in targets_of(operation) if target.key == failure.key]
        if not is_lost or not targets:
            return None
        return await self.search.search(session, failure.key, targets[0].values)


def describe_healing(healing: Healing) -> str:
    """Return a sentence about the candidate of a healing; empty where it has none."""
    if healing.candidate is None:
        return ""
    candidate = healing.candidate
    css = f" ({candidate.css})" if candidate.css else ""
    return (
        f"The most similar element is {candidate.element}{css}, similarity {candidate.score:.2f}; "
        f"{'' if healing.usable else 'it is not used: '}{healing.why}."
    )


def _key_values(key: str, values: Mapping[str, str]) -> _KeyValues:
    return key, tuple(sorted(values.items()))
