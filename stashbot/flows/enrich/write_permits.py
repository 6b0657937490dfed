"""What a page may write: a plan for a scene, nothing else, and only over its before-image.

Stash's form sends every field it has, filled from what the app had cached. So each save is
checked here on its way out: it must be for the announced scene, the planned fields must hold the
planned values and still be at their before-image on the server, and all other fields are taken
out of the request (Stash leaves an omitted field alone), so that nobody's edit is put back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stashbot.browser.graphql_request import Variables
from stashbot.decide.planning.change_plan import stale_fields
from stashbot.errors import FormMismatch, RequestNotSent, StaleForm, UnplannedWrite
from stashbot.models import TEXT_FIELDS, Change, EntityKind, FieldName, Plan
from stashbot.stash.client import StashClient
from stashbot.stash.scene_input import INPUT_KEYS
from stashbot.stash.scraped_scene import image_sha256

#: Raises unless this worker still owns the scene: see ``Execution.check_ownership``.
CheckOwnership = Callable[[], Awaitable[None]]
#: Writes the record of a write that is about to be sent.
Record = Callable[[], Awaitable[None]]


async def still_owned() -> None:
    """Accept any worker: the check of a permit outside a workflow."""


async def no_record() -> None:
    """Keep no record: for a permit outside a workflow."""


async def always() -> bool:
    """Return that a lease is ours: the check of a permit outside a workflow."""
    return True


@dataclass
class SavePermit:
    """Lets a single save of a plan out, without the fields that the plan does not name.

    ``record`` is called last but for the look at Stash: whatever is sent has its record.
    """

    client: StashClient
    plan: Plan
    check_ownership: CheckOwnership = still_owned
    record: Record = no_record

    async def check(self, operation: str, variables: Variables) -> Variables:
        """See ``Permit``.

        Raises:
            UnplannedWrite: another operation, or another scene.
            FormMismatch: a planned field is about to be sent with another value.
            StaleForm: a planned field is no longer at its before-image.
        """
        values = _input_of(operation, variables, self.plan.scene_id)
        for change in self.plan.changes:
            assert_planned(change, values, self.plan.scene_id)
        await self.check_ownership()
        await self.record()
        fresh = await self.client.get_scene(self.plan.scene_id)
        if stale := stale_fields(self.plan, fresh):
            raise StaleForm(
                f"Scene {fresh.id} was changed by someone else: {', '.join(stale)}.",
                hint="Nothing was written; the scene is read and judged anew.",
                scene_id=fresh.id,
                changed=[name.value for name in stale],
            )
        kept = {INPUT_KEYS[change.field] for change in self.plan.changes}
        trimmed = {key: value for key, value in values.items() if key == "id" or key in kept}
        return {"input": trimmed}


@dataclass
class OrganizePermit:
    """Permits the click on a scene's organized button, in one direction."""

    scene_id: str
    organized: bool = True
    check_ownership: CheckOwnership = still_owned
    record: Record = no_record

    async def check(self, operation: str, variables: Variables) -> Variables:
        """See ``Permit``.

        Raises:
            UnplannedWrite: anything but ``{id, organized}`` of this scene.
        """
        values = _input_of(operation, variables, self.scene_id)
        if values != {"id": self.scene_id, "organized": self.organized}:
            raise UnplannedWrite(
                f"The page tried to change more than organized: {', '.join(sorted(values))}.",
                operation=operation,
                why="more than organized",
            )
        await self.check_ownership()
        await self.record()
        return {"input": dict(values)}


@dataclass
class CreatePermit:
    """Lets a single entity of a name be created.

    The page sends the name that its dialog shows, ``shown_as``; the door sends the planned name.
    """

    kind: EntityKind
    name: str
    shown_as: str | None = None
    check_ownership: CheckOwnership = still_owned
    holds_lease: Callable[[], Awaitable[bool]] = always
    record: Record = no_record

    async def check(self, operation: str, variables: Variables) -> Variables:
        """See ``Permit``.

        Raises:
            UnplannedWrite: another operation, or another name.
            RequestNotSent: another worker may be creating it.
        """
        values = variables.get("input")
        named = values.get("name") if isinstance(values, dict) else None
        shown = self.name if self.shown_as is None else self.shown_as
        if (
            not isinstance(values, dict)
            or operation != self.kind.create_operation
            or named != shown
        ):
            raise UnplannedWrite(
                f"The page tried to send {operation} of {named!r}, where {self.name!r} was to be "
                "created once.",
                hint="It was stopped; nothing was written.",
                operation=operation,
                why="not in the plan",
            )
        await self.check_ownership()
        if not await self.holds_lease():
            raise RequestNotSent(
                f"Another worker may be creating {self.kind.value} {self.name}.",
                operation=operation,
            )
        await self.record()
        return {"input": {**values, "name": self.name}}


def _input_of(operation: str, variables: Variables, scene_id: str) -> Mapping[str, Any]:
    values = variables.get("input")
    if operation != "SceneUpdate" or not isinstance(values, dict):
        raise UnplannedWrite(
            f"The page tried to send {operation}, which this step does not do.",
            hint="It was stopped; nothing was written.",
            operation=operation,
            why="not in the plan",
        )
    if values.get("id") != scene_id:
        raise UnplannedWrite(
            f"The page tried to save scene {values.get('id')} in the step of scene {scene_id}.",
            hint="It was stopped; nothing was written.",
            operation=operation,
            why="another scene",
        )
    return values


def assert_planned(change: Change, values: Mapping[str, Any], scene_id: str) -> None:
    """Raise unless ``values``, a scene's update, hold the change.

    Raises:
        FormMismatch: they hold something else, or nothing.
    """
    key = INPUT_KEYS[change.field]
    sent = values.get(key)
    if key not in values or _sent_form(change.field, sent) != _planned_form(change):
        raise FormMismatch(
            f"Scene {scene_id}: the form was about to send {change.field.value} = {_short(sent)}, "
            f"the plan says {_short(change.after)}.",
            hint="It was stopped; the page is loaded anew before the next try.",
            scene_id=scene_id,
            field=change.field.value,
        )


def _planned_form(change: Change) -> Any:
    after: Any = change.after
    match change.field:
        case name if name in TEXT_FIELDS:
            return after
        case FieldName.STUDIO:
            return after["id"]
        case FieldName.PERFORMERS | FieldName.TAGS:
            return frozenset(entity["id"] for entity in after)
        case FieldName.GROUPS:
            return frozenset((entity["id"], entity["scene_index"]) for entity in after)
        case FieldName.STASH_IDS:
            return frozenset((entry["endpoint"], entry["stash_id"]) for entry in after)
        case _:
            return after


def _sent_form(name: FieldName, sent: Any) -> Any:
    match name:
        case _ if name in TEXT_FIELDS:
            return sent.replace("\r\n", "\n").strip() if isinstance(sent, str) else sent
        case FieldName.PERFORMERS | FieldName.TAGS:
            return frozenset(sent or ())
        case FieldName.GROUPS:
            return frozenset((entry["group_id"], entry.get("scene_index")) for entry in sent or ())
        case FieldName.STASH_IDS:
            return frozenset((entry["endpoint"], entry["stash_id"]) for entry in sent or ())
        case FieldName.COVER:
            return image_sha256(sent)
        case _:
            return sent


def _short(value: Any, limit: int = 120) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}…"
