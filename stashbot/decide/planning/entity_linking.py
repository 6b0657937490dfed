"""Link the names of a proposal to entities: those of the library, or new ones to create.

Names that Stash matched by itself stay. A name that it did not match may still be in the library,
written otherwise; a name that the library lacks may be created if enough signals speak for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stashbot.decide.matching.scene_facts import SceneFacts
from stashbot.decide.planning.creation_evidence import CreationContext, EntityCandidate
from stashbot.decide.planning.entity_creation import (
    CreationDecision,
    CreationOutcome,
    decide_creations,
    other_stash_id,
)
from stashbot.decide.planning.entity_index import EntityIndex
from stashbot.decide.planning.plan_edits import NEW_ID_PREFIX
from stashbot.models import (
    EntityKind,
    Model,
    NewEntity,
    Omission,
    OmissionKind,
    Proposal,
    ScrapedEntity,
)
from stashbot.settings import CreationSettings

#: The entities of the library by their kind.
Libraries = Mapping[EntityKind, EntityIndex]


#: The kinds whose entities have ids in stash-boxes that tell namesakes apart.
WITH_STASH_IDS = frozenset({EntityKind.PERFORMER, EntityKind.STUDIO})


class LinkedProposal(Model):
    """A proposal whose names are linked to entities as far as possible.

    The entities to ``create`` have ids that begin with ``NEW_ID_PREFIX`` in it. ``unlinked`` are
    the other names, with the reason of each.
    """

    proposal: Proposal
    create: tuple[NewEntity, ...] = ()
    unlinked: tuple[Omission, ...] = ()


def entities_of(proposal: Proposal, kind: EntityKind) -> tuple[ScrapedEntity, ...]:
    """Return the entities of a kind that a proposal names."""
    if kind is EntityKind.STUDIO:
        return (proposal.studio,) if proposal.studio else ()
    entities: tuple[ScrapedEntity, ...] = getattr(proposal, kind.field.value)
    return entities


def kinds_to_link(proposal: Proposal) -> tuple[EntityKind, ...]:
    """Return the kinds of entities that linking the proposal looks up in the library.

    They are those with names that Stash did not match, or matched although a stash-box gives them
    an id that can tell namesakes apart; and the studios if any of these names has a parent.
    """
    named = {kind: entities_of(proposal, kind) for kind in EntityKind}
    kinds = {
        kind
        for kind, entities in named.items()
        if any(
            entity.stored_id is None or (entity.stash_id and kind in WITH_STASH_IDS)
            for entity in entities
        )
    }
    if any(entity.parent for kind in kinds for entity in entities_of(proposal, kind)):
        kinds.add(EntityKind.STUDIO)
    return tuple(kind for kind in EntityKind if kind in kinds)


def link_entities(
    proposal: Proposal,
    facts: SceneFacts,
    libraries: Libraries,
    settings: CreationSettings,
    *,
    proposals: Sequence[Proposal] = (),
    tag_counts: Mapping[str, int] | None = None,
    wanted_tags: Iterable[str] = (),
) -> LinkedProposal:
    """Link the names of a proposal that Stash did not match.

    ``libraries`` has the kinds of ``kinds_to_link``. ``proposals`` are those that ``proposal`` was
    merged from. ``tag_counts`` is the number of scenes for which each tag was proposed, by its name
    in ``fold_case``; ``wanted_tags`` are those of rules and macros.
    """
    sources = proposals or (proposal,)
    wanted = tuple(wanted_tags)
    values: dict[str, Any] = {}
    create: list[NewEntity] = []
    unlinked: list[Omission] = []
    proposal, namesakes = _without_namesakes(proposal, libraries)
    unlinked += namesakes
    known_namesakes = {(namesake.field, namesake.name) for namesake in namesakes}
    for kind in EntityKind:
        unmatched = [
            entity
            for entity in _unmatched(proposal, kind)
            if (kind.field, entity.name) not in known_namesakes
        ]
        if not unmatched:
            continue
        context = CreationContext(
            known=facts.known,
            urls=(*facts.scene.urls, *proposal.urls),
            stem=facts.stem,
            titles=tuple(title for title in (proposal.title, facts.known.title) if title),
            others=_candidates(kind, sources),
            scenes=dict(tag_counts or {}),
            listed=wanted,
            studios=_known_parents(proposal, kind, libraries),
        )
        candidates = [
            EntityCandidate.from_scraped(
                kind,
                _first_source(entity, kind, proposal, sources),
                entity,
            )
            for entity in unmatched
        ]
        ids: dict[str, str] = {}
        decisions = decide_creations(candidates, libraries[kind], context, settings)
        for entity, decision in zip(unmatched, decisions, strict=True):
            if entity_id := _linked_id(decision, entity.name):
                ids[entity.name] = entity_id
            else:
                unlinked.append(
                    Omission(
                        field=kind.field,
                        name=entity.name,
                        kind=_omission_kind(decision),
                        reason=f"not in Stash: {decision.reason}",
                    )
                )
            if decision.outcome is CreationOutcome.CREATE and decision.same_as is None:
                create.append(NewEntity(kind=kind, name=entity.name, why=decision.reason))
        values[kind.field.value] = _with_ids(proposal, kind, ids)
    return LinkedProposal(
        proposal=proposal.model_copy(update=values),
        create=tuple(create),
        unlinked=tuple(unlinked),
    )


def _without_namesakes(proposal: Proposal, libraries: Libraries) -> tuple[Proposal, list[Omission]]:
    """Return the proposal without the links of Stash that the ids of a stash-box refute.

    Stash matches by name what it cannot match by id, also where its entity of that name has
    another id at the same stash-box.
    """
    values: dict[str, Any] = {}
    found: list[Omission] = []
    for kind in EntityKind:
        entities = []
        for entity in entities_of(proposal, kind):
            reason = _namesake_reason(entity, libraries.get(kind))
            entities.append(entity.model_copy(update={"stored_id": None}) if reason else entity)
            if reason:
                found.append(
                    Omission(
                        field=kind.field,
                        name=entity.name,
                        kind=OmissionKind.NAMESAKE,
                        reason=reason,
                    )
                )
        if entities:
            values[kind.field.value] = tuple(entities) if kind.is_list else entities[0]
    return proposal.model_copy(update=values) if found else proposal, found


def _namesake_reason(entity: ScrapedEntity, library: EntityIndex | None) -> str:
    if entity.stored_id is None or entity.stash_id is None or library is None:
        return ""
    known = library.find(entity.stored_id)
    refuted = other_stash_id(entity.stash_id, known) if known else ""
    return f"Stash has another {entity.name} ({entity.stored_id}): {refuted}" if refuted else ""


def _omission_kind(decision: CreationDecision) -> OmissionKind:
    is_namesake = decision.outcome is CreationOutcome.NAMESAKE
    return OmissionKind.NAMESAKE if is_namesake else OmissionKind.NOT_IN_STASH


def _linked_id(decision: CreationDecision, name: str) -> str | None:
    """Return the id that a decision gives a name, or ``None`` if it is not linked.

    An entity that is to be created has an id that begins with ``NEW_ID_PREFIX``.
    """
    if decision.outcome is CreationOutcome.LINK:
        return decision.look_alikes[0].id
    if decision.outcome is CreationOutcome.CREATE:
        return f"{NEW_ID_PREFIX}{decision.same_as or name}"
    return None


def first_to_name(entity: NewEntity, proposals: Sequence[Proposal]) -> Proposal | None:
    """Return the first proposal whose dialog can create an entity."""
    shown = (proposal for proposal in proposals if dialog_name(entity, proposal) is not None)
    return next(shown, None)


def dialog_name(entity: NewEntity, proposal: Proposal) -> str | None:
    """Return the name by which a proposal's results dialog creates an entity, if it can."""
    named = (
        known.dialog_name
        for known in entities_of(proposal, entity.kind)
        if known.name == entity.name and known.stored_id is None
    )
    return next((name for name in named if name is not None), None)


def with_created_ids(proposal: Proposal, created: Mapping[tuple[EntityKind, str], str]) -> Proposal:
    """Return the proposal as its dialog shows it after entities were created.

    ``created`` has the id of each new entity by its kind and name.
    """
    values: dict[str, Any] = {}
    if proposal.in_dialog is not None:
        values["in_dialog"] = with_created_ids(proposal.in_dialog, created)
    for kind in EntityKind:
        if entities_of(proposal, kind):
            ids = {name: entity_id for (of, name), entity_id in created.items() if of is kind}
            values[kind.field.value] = _with_ids(proposal, kind, ids)
    return proposal.model_copy(update=values)


def _unmatched(proposal: Proposal, kind: EntityKind) -> list[ScrapedEntity]:
    return [entity for entity in entities_of(proposal, kind) if entity.stored_id is None]


def _with_ids(proposal: Proposal, kind: EntityKind, ids: Mapping[str, str]) -> Any:
    """Return the value of a field in which entities without an id have that of their name."""
    entities = tuple(
        entity.model_copy(update={"stored_id": entity.stored_id or ids.get(entity.name)})
        for entity in entities_of(proposal, kind)
    )
    return entities if kind.is_list else entities[0]


def _candidates(kind: EntityKind, proposals: Iterable[Proposal]) -> tuple[EntityCandidate, ...]:
    return tuple(
        EntityCandidate.from_scraped(kind, proposal.source, entity)
        for proposal in proposals
        for entity in entities_of(proposal, kind)
    )


def _first_source(
    entity: ScrapedEntity, kind: EntityKind, proposal: Proposal, proposals: Iterable[Proposal]
) -> str:
    """Return the first of the merged sources that names the entity."""
    sources = (other.source for other in proposals if entity in entities_of(other, kind))
    return next(sources, proposal.source)


def _known_parents(proposal: Proposal, kind: EntityKind, libraries: Libraries) -> tuple[str, ...]:
    """Return the parents of entities of a kind that are studios of the library."""
    parents = {entity.parent for entity in entities_of(proposal, kind) if entity.parent}
    return tuple(sorted(name for name in parents if libraries[EntityKind.STUDIO].has(name)))
