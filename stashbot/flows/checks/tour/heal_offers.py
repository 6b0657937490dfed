"""What a broken key has probably become: proposals made while the page is in the key's state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stashbot.browser.element_search import heal_in
from stashbot.browser.session import Session
from stashbot.flows.checks.tour.key_check import Finding
from stashbot.selectors.fingerprint_store import FingerprintBook


@dataclass(frozen=True, kw_only=True)
class Healer:
    """Proposes elements for keys that are broken, from what the book knows of their looks."""

    book: FingerprintBook
    release: tuple[int, int]
    profile: str

    async def propose(
        self, session: Session, state: str, findings: Sequence[Finding]
    ) -> tuple[Finding, ...]:
        """The findings, those that found nothing with what was made of it."""
        return tuple(
            [
                await self._healed(session, state, one, findings) if one.broken_off else one
                for one in findings
            ]
        )

    async def _healed(
        self, session: Session, state: str, found: Finding, others: Sequence[Finding]
    ) -> Finding:
        place: dict[str, Any] = {
            "release": self.release,
            "profile": self.profile,
            "state": state,
            "key": found.key,
            "values": found.values,
        }
        taken = [
            session.target(one.key, **one.values)
            for one in others
            if one.ok and one.values and one.visible
        ]
        healing = await heal_in(
            session,
            session.target(found.key, **found.values),
            self.book.find(**place),
            entry=session.selectors.entry(found.key),
            values=found.values,
            taken=taken,
            aliases=[key for key, _ in self.book.aliases(**place)],
        )
        return found.model_copy(update={"healing": healing})
