"""Plan the changes of a scene: which fields change, to what, and what is omitted and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import JsonValue

from stashbot.decide.intake.addresses import page_key
from stashbot.decide.matching.dates import read_date
from stashbot.models import (
    TEXT_FIELDS,
    Change,
    FieldName,
    FieldPolicy,
    Omission,
    OmissionKind,
    Plan,
    Proposal,
    Scene,
    ScrapedEntity,
)
from stashbot.settings import FieldSettings

#: The names that Stash has for entities, by their kind and id.
EntityNames = Mapping[tuple[FieldName, str], str]

#: Stash returns these lists in an order of its own.
_UNORDERED = frozenset(
    {FieldName.PERFORMERS, FieldName.TAGS, FieldName.GROUPS, FieldName.STASH_IDS}
)


def make_plan(
    scene: Scene,
    proposal: Proposal,
    policies: FieldSettings,
    *,
    organize: bool,
    names: EntityNames,
    cover: str | None = None,
) -> Plan:
    """Return the changes that carry ``proposal`` into ``scene`` under the policies.

    No field is ever emptied, and a value that is the same already is no change. Entities are linked
    if they have a ``stored_id``, under the name that ``names`` has for it, else the scraped name;
    the others are omitted. ``cover`` is the SHA-256 of the scene's cover, which a scene does not
    hold itself. ``organize`` marks a scene organized that is not.
    """
    omitted: list[Omission] = []
    changes: list[Change] = []
    for name in FieldName:
        if name is FieldName.ORGANIZED:
            continue
        policy = policies.policy(name)
        before = cover if name is FieldName.COVER else scene.value(name)
        if policy is FieldPolicy.KEEP or (policy is FieldPolicy.FILL and before):
            continue
        proposed = _proposed_value(name, proposal, names, omitted)
        after = _apply_policy(name, policy, before, proposed, omitted)
        if after != before and not same_value(name, before, after):
            changes.append(Change(field=name, before=before, after=after, policy=policy))
    return Plan(
        scene_id=scene.id,
        source=proposal.source,
        changes=tuple(changes),
        omitted=tuple(omitted),
        organize=organize and not scene.organized,
    )


def stale_fields(plan: Plan, fresh: Scene) -> tuple[FieldName, ...]:
    """Return the planned fields whose value in ``fresh`` is no longer the plan's before-image."""
    return tuple(
        change.field
        for change in plan.changes
        if change.field is not FieldName.COVER
        and not same_value(change.field, change.before, fresh.value(change.field))
    )


def unsaved_fields(plan: Plan, fresh: Scene) -> tuple[FieldName, ...]:
    """Return the planned fields that ``fresh`` does not have as planned, except for the cover."""
    return tuple(
        change.field
        for change in plan.changes
        if change.field is not FieldName.COVER
        and not same_value(change.field, change.after, fresh.value(change.field))
    )


def same_value(name: FieldName, value: Any, other: Any) -> bool:
    """Return whether two values of a field are the same to Stash.

    The names of entities do not count, nor does the order of their lists.
    """
    if name in TEXT_FIELDS:
        return clean_text(value or "") == clean_text(other or "")
    if name is FieldName.STUDIO:
        return bool((value and value["id"]) == (other and other["id"]))
    if name in _UNORDERED:
        return members(name, value).keys() == members(name, other).keys()
    return bool(value == other)


def members(name: FieldName, values: Any) -> dict[Any, Any]:
    """Return the members of a list field in their order, by the key that identifies each."""
    return {_key(name, value): value for value in values or ()}


def clean_text(text: str) -> str:
    """Return the text as Stash's form holds it: with line feeds only, and stripped."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _proposed_value(
    name: FieldName, proposal: Proposal, names: EntityNames, omitted: list[Omission]
) -> JsonValue:
    """Return what the source proposes for a field in the form of ``Scene.value``, or empty."""
    if name is FieldName.DATE:
        return _date(proposal, omitted)
    if name in TEXT_FIELDS:
        return clean_text(getattr(proposal, name.value) or "") or None
    if name is FieldName.URLS:
        return list(_urls(proposal.urls, omitted))
    if name is FieldName.STASH_IDS:
        return [proposal.stash_id.model_dump()] if proposal.stash_id else []
    if name is FieldName.STUDIO:
        studio = (proposal.studio,) if proposal.studio else ()
        return next(_entities(name, studio, names, omitted), None)
    value: Any = getattr(proposal, name.value)
    return value if name is FieldName.COVER else list(_entities(name, value, names, omitted))


def _date(proposal: Proposal, omitted: list[Omission]) -> str | None:
    if not (proposal.date or "").strip():
        return None
    try:
        return read_date(str(proposal.date))
    except ValueError as error:
        omitted.append(
            _omit(FieldName.DATE, str(proposal.date), OmissionKind.INVALID_VALUE, str(error))
        )
        return None


def _urls(urls: tuple[str, ...], omitted: list[Omission]) -> Iterator[str]:
    for url in dict.fromkeys(url.strip() for url in urls):
        if url.lower().startswith(("http://", "https://")):
            yield url
        elif url:
            omitted.append(
                _omit(FieldName.URLS, url, OmissionKind.INVALID_VALUE, "not an http(s) address")
            )


def _entities(
    name: FieldName,
    entities: tuple[ScrapedEntity, ...],
    names: EntityNames,
    omitted: list[Omission],
) -> Iterator[JsonValue]:
    seen: set[str] = set()
    for entity in entities:
        if entity.stored_id is None:
            omitted.append(_omit(name, entity.name, OmissionKind.NOT_IN_STASH, "not in Stash"))
        elif entity.stored_id not in seen:
            seen.add(entity.stored_id)
            shown = names.get((name, entity.stored_id), entity.name)
            number = {"scene_index": None} if name is FieldName.GROUPS else {}
            yield {"id": entity.stored_id, "name": shown, **number}


def _apply_policy(
    name: FieldName,
    policy: FieldPolicy,
    before: Any,
    proposed: Any,
    omitted: list[Omission],
) -> JsonValue:
    """Return the value of a field after the policy; ``before`` itself if nothing changes."""
    unchanged: JsonValue = before
    if not proposed:
        return unchanged
    if policy is not FieldPolicy.UNION:
        return _replace(name, before, proposed)
    if name is FieldName.STASH_IDS:
        return [*before, *_new_stash_ids(before, proposed, omitted)]
    present = {_union_key(name, member) for member in before}
    return [*before, *(new for new in proposed if _union_key(name, new) not in present)]


def _replace(name: FieldName, before: Any, proposed: Any) -> JsonValue:
    """Return the proposed value, with what a source cannot know of the old value.

    That is the scene's number in a group, and its ids in other stash-boxes.
    """
    after: JsonValue = proposed
    if name is FieldName.GROUPS:
        numbers = {group["id"]: group["scene_index"] for group in before}
        after = [{**group, "scene_index": numbers.get(group["id"])} for group in proposed]
    elif name is FieldName.STASH_IDS:
        endpoints = {new["endpoint"] for new in proposed}
        after = [*(old for old in before if old["endpoint"] not in endpoints), *proposed]
    return after


def _new_stash_ids(
    before: list[dict[str, str]], proposed: list[dict[str, str]], omitted: list[Omission]
) -> Iterator[JsonValue]:
    for new in proposed:
        present = [old["stash_id"] for old in before if old["endpoint"] == new["endpoint"]]
        if not present:
            yield {**new}
        elif new["stash_id"] not in present:
            reason = f"the scene has another id there: {', '.join(present)}"
            kind = OmissionKind.OTHER_VALUE
            omitted.append(_omit(FieldName.STASH_IDS, new["stash_id"], kind, reason))


def _omit(field: FieldName, name: str, kind: OmissionKind, reason: str) -> Omission:
    return Omission(field=field, name=name, kind=kind, reason=reason)


def _union_key(name: FieldName, member: Any) -> Any:
    """Return the key that a union adds once only.

    It is that of a group, whatever the scene's number in it, and of a page, whichever its address.
    """
    if name is FieldName.URLS:
        return page_key(member)
    return member["id"] if name is FieldName.GROUPS else _key(name, member)


def _key(name: FieldName, member: Any) -> Any:
    """Return what makes two members of a list the same."""
    if name is FieldName.URLS:
        return member
    if name is FieldName.STASH_IDS:
        return member["endpoint"], member["stash_id"]
    if name is FieldName.GROUPS:
        return member["id"], member.get("scene_index")
    return member["id"]
