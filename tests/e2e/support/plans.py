"""Plans that a test makes, and saving by them."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from stashbot.browser.session import Session
from stashbot.browser.wire_guard import PermittedWrite
from stashbot.flows.enrich.write_permits import SavePermit
from stashbot.models import Change, FieldName, Plan, Scene
from stashbot.pages.edit_form import EditForm
from stashbot.stash.client import StashClient

SAVE_MS = 15_000


def plan_of(scene: Scene, values: Mapping[FieldName, JsonValue]) -> Plan:
    """Return a plan that changes the scene's fields to ``values``."""
    changes = (
        Change(field=field, before=scene.value(field), after=after)
        for field, after in values.items()
    )
    return Plan(scene_id=scene.id, source="a test", changes=tuple(changes))


async def save(session: Session, client: StashClient, plan: Plan) -> PermittedWrite:
    """Fill the open form by the plan, save it, and return the write that was let out."""
    permit, form = SavePermit(client, plan), EditForm(session)
    with session.guard.allow(permit) as write:
        await form.save(plan.scene_id, *form.fill_ops(plan), timeout=SAVE_MS)
    return write
