"""Telling web addresses that a scene was saved, as rules want it. The save stands in any case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stashbot.errors import DeliveryError, UsageError
from stashbot.flows.runs.context import Runtime
from stashbot.models import Model, Plan
from stashbot.notify.webhook import post

EVENT = "scene.saved"


class Told(Model):
    """What became of one message; ``problem`` is empty when it got there."""

    problem: str = ""


@dataclass
class Telling:
    """One message to one address. One that was killed may be sent again, never lost."""

    runtime: Runtime
    run_id: str
    plan: Plan
    name: str
    url: str

    async def act(self) -> Told:
        """Sends it, several times if it must be; a failure is written down."""
        changes = {one.field.value: [one.before, one.after] for one in self.plan.changes}
        payload = {
            "run": self.run_id,
            "scene": {
                "id": self.plan.scene_id,
                "name": self.name,
                "url": f"{self.runtime.settings.stash.url.rstrip('/')}/scenes/{self.plan.scene_id}",
            },
            "source": self.plan.source,
            "rules": list(self.plan.rules),
            "changes": changes,
            "organized": self.plan.organize,
        }
        try:
            await post(self.url, EVENT, payload, scrubber=self.runtime.scrubber)
        except (DeliveryError, UsageError) as error:
            await self.runtime.store.add_failure(
                self.run_id,
                self.plan.scene_id,
                phase="webhook",
                reason=type(error).__name__,
                detail=str(error),
            )
            return Told(problem=error.message)
        return Told()


def problems(told: Sequence[Told]) -> str:
    """What did not get there, in a sentence; empty if all did."""
    lost = [one.problem for one in told if one.problem]
    return f"saved; {' '.join(lost)}" if lost else ""
