"""Leave out or rename what a source names, by ``[people]`` and ``[tags]``, before it is linked."""

from __future__ import annotations

from collections.abc import Mapping

from stashbot.decide.intake.entities import distinct_entities
from stashbot.decide.matching.names import fold_case
from stashbot.decide.planning.change_plan import EntityNames
from stashbot.decide.planning.entity_index import EntityIndex
from stashbot.models import (
    FieldName,
    Model,
    Omission,
    OmissionKind,
    Proposal,
    ScrapedEntity,
)
from stashbot.settings import PeopleSettings, TagSettings


class SelectedProposal(Model):
    """A proposal with the wanted performers and tags, and what was left out, a line a setting."""

    proposal: Proposal
    omitted: tuple[Omission, ...] = ()


def select_entities(
    proposal: Proposal,
    people: PeopleSettings,
    tags: TagSettings,
    *,
    names: EntityNames,
    performers: EntityIndex | None = None,
) -> SelectedProposal:
    """Return the proposal with the performers and tags that the settings want.

    ``names`` are those that Stash has for the tags it matched, ``performers`` is the library, which
    knows genders that the source does not give; it is needed only with ``people.genders``.
    """
    omitted: list[Omission] = []
    values: dict[str, tuple[ScrapedEntity, ...]] = {}
    if people.genders:
        kept = tuple(
            person
            for person in proposal.performers
            if _gender(person, performers) in {None, *people.genders}
        )
        values["performers"] = kept
        omitted += _omissions(FieldName.PERFORMERS, proposal.performers, kept, "[people] genders")
    if tags.map:
        mapping = {fold_case(key): targets for key, targets in tags.map.items()}
        values["tags"] = distinct_entities(
            mapped for tag in proposal.tags for mapped in _mapped(tag, mapping)
        )
        gone = [tag for tag in proposal.tags if mapping.get(fold_case(tag.name)) == ()]
        omitted += _omissions(FieldName.TAGS, tuple(gone), (), "[tags] map")
    if tags.only:
        wanted = {fold_case(name) for name in tags.only}
        given = values.get("tags", proposal.tags)
        kept = tuple(tag for tag in given if _names_of(tag, names) & wanted)
        values["tags"] = kept
        omitted += _omissions(FieldName.TAGS, given, kept, "[tags] only")
    if not values:
        return SelectedProposal(proposal=proposal)
    return SelectedProposal(proposal=proposal.model_copy(update=values), omitted=tuple(omitted))


def _gender(person: ScrapedEntity, performers: EntityIndex | None) -> str | None:
    """Return the gender that the source gives, else that of the library; in lower case."""
    known = performers.find(person.stored_id) if performers and person.stored_id else None
    gender = person.gender or (known.gender if known else None)
    return gender.lower() if gender else None


def _mapped(
    tag: ScrapedEntity, mapping: Mapping[str, tuple[str, ...]]
) -> tuple[ScrapedEntity, ...]:
    """Return the tag under its own names; those are looked up in the library anew."""
    targets = mapping.get(fold_case(tag.name))
    if targets is None:
        return (tag,)
    return tuple(ScrapedEntity(name=name, shown_as="") for name in targets)


def _names_of(tag: ScrapedEntity, names: EntityNames) -> set[str]:
    """Return the name that the source gives, and the name that Stash has for it."""
    own = names.get((FieldName.TAGS, tag.stored_id)) if tag.stored_id else None
    return {fold_case(name) for name in (tag.name, own) if name}


def _omissions(
    field: FieldName,
    given: tuple[ScrapedEntity, ...],
    kept: tuple[ScrapedEntity, ...],
    setting: str,
) -> list[Omission]:
    gone = [entity.name for entity in given if entity not in kept]
    if not gone:
        return []
    return [
        Omission(
            field=field,
            name=", ".join(gone),
            kind=OmissionKind.UNWANTED,
            reason=f"{setting} leaves it out",
        )
    ]
