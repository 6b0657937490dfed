"""Send the webhooks that rules want after a save. The save stands whatever becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stashbot.errors import DeliveryError, UsageError
from stashbot.flows.runs.context import RunContext
from stashbot.models import Model, Plan
from stashbot.notify.webhook import send_webhook

EVENT = "scene.saved"


class DeliveryResult(Model):
    """The fate of a message; ``problem`` is empty when it was delivered."""

    problem: str = ""


@dataclass
class SendWebhook:
    """Sends a message to an address. It may be sent twice after a crash, but is never lost."""

    context: RunContext
    plan: Plan
    scene_name: str
    url: str

    async def send(self) -> DeliveryResult:
        """Send the message, with retries; write a failure down."""
        scene_id, base = self.plan.scene_id, self.context.settings.stash.url.rstrip("/")
        payload = {
            "run": self.context.run_id,
            "scene": {
                "id": scene_id,
                "name": self.scene_name,
                "url": f"{base}/scenes/{scene_id}",
            },
            "source": self.plan.source,
            "rules": list(self.plan.rules),
            "changes": {
                change.field.value: [change.before, change.after] for change in self.plan.changes
            },
            "organized": self.plan.organize,
        }
        try:
            await send_webhook(self.url, EVENT, payload, scrubber=self.context.services.redactor)
        except (DeliveryError, UsageError) as error:
            await self.context.store.failures.add(
                self.context.run_id,
                scene_id,
                phase="webhook",
                reason=type(error).__name__,
                detail=str(error),
            )
            return DeliveryResult(problem=error.message)
        return DeliveryResult()


def delivery_failures(deliveries: Sequence[DeliveryResult]) -> str:
    """Return which messages were not delivered, as a sentence; empty if all were."""
    problems = [delivery.problem for delivery in deliveries if delivery.problem]
    return f"saved; {' '.join(problems)}" if problems else ""
