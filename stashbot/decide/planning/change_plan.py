"""From a proposal to a plan: which fields change, to what, and what is left out and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import JsonValue

from stashbot.decide.matching.dates import read_date
from stashbot.models import (
    TEXT_FIELDS,
    Change,
    FieldName,
    FieldPolicy,
    LeftOut,
    Plan,
    Proposal,
    Scene,
    ScrapedEntity,
)
from stashbot.settings import FieldSettings

Lookups = Mapping[tuple[FieldName, str], str]

NOT_IN_STASH = "not in Stash"
#: Stash gives these back in an order of its own.
_UNORDERED = frozenset(
    {FieldName.PERFORMERS, FieldName.TAGS, FieldName.GROUPS, FieldName.STASH_IDS}
)


def make_plan(
    scene: Scene,
    proposal: Proposal,
    policies: FieldSettings,
    *,
    organize: bool,
    lookups: Lookups,
    cover: str | None = None,
) -> Plan:
    """The changes that carry ``proposal`` into ``scene`` under the policies.

    ``cover`` is the SHA-256 of the scene's cover, which a scene does not hold itself.

    No field is ever emptied, and what is the same already is no change. Entities are linked where
    Stash matched them (``stored_id``), under the names of ``lookups`` or else the scraped ones;
    the others are left out. ``organize`` asks for organizing a scene that is not organized.
    """
    left_out: list[LeftOut] = []
    changes: list[Change] = []
    for name in FieldName:
        if name is FieldName.ORGANIZED:
            continue
        policy = policies.policy(name)
        before = cover if name is FieldName.COVER else scene.value(name)
        if policy is FieldPolicy.KEEP or (policy is FieldPolicy.FILL and before):
            continue
        proposed = _proposed(name, proposal, lookups, left_out)
        after = _merged(name, policy, before, proposed, left_out)
        if after != before and not same_value(name, before, after):
            changes.append(Change(field=name, before=before, after=after, policy=policy))
    return Plan(
        scene_id=scene.id,
        source=proposal.source,
        changes=tuple(changes),
        left_out=tuple(left_out),
        organize=organize and not scene.organized,
    )


def stale_fields(plan: Plan, fresh: Scene) -> tuple[FieldName, ...]:
    """Planned fields that ``fresh`` no longer holds as the plan's before-image has them."""
    return tuple(
        change.field
        for change in plan.changes
        if change.field is not FieldName.COVER
        and not same_value(change.field, change.before, fresh.value(change.field))
    )


def unmet_fields(plan: Plan, fresh: Scene) -> tuple[FieldName, ...]:
    """Planned fields that ``fresh`` does not hold as planned. The cover cannot be seen here."""
    return tuple(
        change.field
        for change in plan.changes
        if change.field is not FieldName.COVER
        and not same_value(change.field, change.after, fresh.value(change.field))
    )


def same_value(name: FieldName, one: Any, other: Any) -> bool:
    """Whether two values of a field are the same to Stash: names and list order do not count."""
    if name in TEXT_FIELDS:
        return clean_text(one or "") == clean_text(other or "")
    if name is FieldName.STUDIO:
        return bool((one and one["id"]) == (other and other["id"]))
    if name in _UNORDERED:
        return members(name, one).keys() == members(name, other).keys()
    return bool(one == other)


def members(name: FieldName, values: Any) -> dict[Any, Any]:
    """The members of a list field, in order, by what makes two of them the same."""
    return {_key(name, value): value for value in values or ()}


def clean_text(text: str) -> str:
    """A text as Stash's form holds it: line feeds only, no white space around."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _proposed(
    name: FieldName, proposal: Proposal, lookups: Lookups, left_out: list[LeftOut]
) -> JsonValue:
    """What the source proposes for a field in the form of ``Scene.value``; empty if nothing."""
    if name is FieldName.DATE:
        return _date(proposal, left_out)
    if name in TEXT_FIELDS:
        return clean_text(getattr(proposal, name.value) or "") or None
    if name is FieldName.URLS:
        return list(_urls(proposal.urls, left_out))
    if name is FieldName.STASH_IDS:
        return [proposal.stash_id.model_dump()] if proposal.stash_id else []
    if name is FieldName.STUDIO:
        return next(_linked(name, (proposal.studio,), lookups, left_out), None)
    value: Any = getattr(proposal, name.value)
    return value if name is FieldName.COVER else list(_linked(name, value, lookups, left_out))


def _date(proposal: Proposal, left_out: list[LeftOut]) -> str | None:
    if not (proposal.date or "").strip():
        return None
    try:
        return read_date(str(proposal.date))
    except ValueError as error:
        left_out.append(LeftOut(field=FieldName.DATE, name=str(proposal.date), reason=str(error)))
        return None


def _urls(urls: tuple[str, ...], left_out: list[LeftOut]) -> Iterator[str]:
    for url in dict.fromkeys(url.strip() for url in urls):
        if url.lower().startswith(("http://", "https://")):
            yield url
        elif url:
            left_out.append(LeftOut(field=FieldName.URLS, name=url, reason="no http(s) address"))


def _linked(
    name: FieldName,
    entities: tuple[ScrapedEntity | None, ...],
    lookups: Lookups,
    left_out: list[LeftOut],
) -> Iterator[JsonValue]:
    seen: set[str] = set()
    for entity in entities:
        if entity is None:
            continue
        if entity.stored_id is None:
            left_out.append(LeftOut(field=name, name=entity.name, reason=NOT_IN_STASH))
        elif entity.stored_id not in seen:
            seen.add(entity.stored_id)
            shown = lookups.get((name, entity.stored_id), entity.name)
            number = {"scene_index": None} if name is FieldName.GROUPS else {}
            yield {"id": entity.stored_id, "name": shown, **number}


def _merged(
    name: FieldName,
    policy: FieldPolicy,
    before: Any,
    proposed: Any,
    left_out: list[LeftOut],
) -> JsonValue:
    """The field after the policy; ``before`` itself where nothing is to change."""
    unchanged: JsonValue = before
    if not proposed:
        return unchanged
    if policy is not FieldPolicy.UNION:
        return _replaced(name, before, proposed)
    if name is FieldName.STASH_IDS:
        return [*before, *_new_stash_ids(before, proposed, left_out)]
    held = {_member(name, one) for one in before}
    return [*before, *(one for one in proposed if _member(name, one) not in held)]


def _replaced(name: FieldName, before: Any, proposed: Any) -> JsonValue:
    """The proposed value. What a source cannot know stays: a group's number, other boxes' ids."""
    after: JsonValue = proposed
    if name is FieldName.GROUPS:
        numbers = {one["id"]: one["scene_index"] for one in before}
        after = [{**one, "scene_index": numbers.get(one["id"])} for one in proposed]
    elif name is FieldName.STASH_IDS:
        endpoints = {one["endpoint"] for one in proposed}
        after = [*(one for one in before if one["endpoint"] not in endpoints), *proposed]
    return after


def _new_stash_ids(
    before: list[dict[str, str]], proposed: list[dict[str, str]], left_out: list[LeftOut]
) -> Iterator[JsonValue]:
    for one in proposed:
        present = [held["stash_id"] for held in before if held["endpoint"] == one["endpoint"]]
        if not present:
            yield {**one}
        elif one["stash_id"] not in present:
            reason = f"the scene has another id there: {', '.join(present)}"
            left_out.append(LeftOut(field=FieldName.STASH_IDS, name=one["stash_id"], reason=reason))


def _member(name: FieldName, value: Any) -> Any:
    """What a union adds only once: a group is not added again for another number in it."""
    return value["id"] if name is FieldName.GROUPS else _key(name, value)


def _key(name: FieldName, value: Any) -> Any:
    """What makes two members of a list the same."""
    if name is FieldName.URLS:
        return value
    if name is FieldName.STASH_IDS:
        return value["endpoint"], value["stash_id"]
    if name is FieldName.GROUPS:
        return value["id"], value.get("scene_index")
    return value["id"]
