"""Decide whether an entity that a source names is created, linked, or left alone.

A performer, studio, tag or group is created if independent signals for it add up to the threshold
of its gate (playbook 2.4) and if nothing in the library looks like it. A name that differs from a
name in the library by case, accents or punctuation, or is an alias there, is linked and never gets
a twin. Where several look alike, or the likeness is weak, the choice is left to a person. The
signals are those of ``creation_evidence``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from stashbot.decide.intake.studios import without_kind
from stashbot.decide.matching.names import Likeness, fold_case, fold_punctuation, same_name
from stashbot.decide.matching.scoring import explain_score
from stashbot.decide.planning.creation_evidence import (
    CreationContext,
    EntityCandidate,
    creation_signals,
    why_no_name,
)
from stashbot.decide.planning.entity_index import EntityIndex, LibraryEntity, LookAlike
from stashbot.models import EntityKind, Evidence, Model, StashId
from stashbot.settings import POINT_DIGITS, CreationSettings, GateSettings


class CreationOutcome(StrEnum):
    """A way to deal with a name that Stash did not match.

    ``ask`` leaves the choice to a person; ``leave`` is for a name with too few signals. A
    ``namesake`` is another entity of the same name: the scene is left to a person.
    """

    LINK = "link"
    CREATE = "create"
    ASK = "ask"
    LEAVE = "leave"
    NAMESAKE = "namesake"


class CreationDecision(Model):
    """The decision on a candidate, the score of its gate, and the reason.

    A candidate that is linked has a single look-alike. ``same_as`` is an earlier
    candidate of the same proposal that has the same name in another spelling; its decision holds
    for both.
    """

    kind: EntityKind
    name: str
    outcome: CreationOutcome
    score: float = 0.0
    evidence: tuple[Evidence, ...] = ()
    look_alikes: tuple[LookAlike, ...] = ()
    same_as: str | None = None
    reason: str


def decide_creations(
    candidates: Sequence[EntityCandidate],
    library: EntityIndex,
    context: CreationContext,
    settings: CreationSettings,
) -> tuple[CreationDecision, ...]:
    """Return a decision for each candidate of a kind, in their order.

    ``candidates`` are those that Stash did not match; ``library`` has all entities of their kind.
    If more than ``settings.max_new_entities`` would be created, none is, and all are left to a
    person.
    """
    earlier = EntityIndex()
    decisions: list[CreationDecision] = []
    for position, candidate in enumerate(candidates):
        twins = [twin for twin in earlier.look_alikes(candidate.name) if twin.is_certain]
        if twins:
            decisions.append(_repeat(decisions[int(twins[0].id)], candidate))
            continue
        decisions.append(_decide(candidate, library, context, settings))
        earlier.add(LibraryEntity(id=str(position), name=candidate.name))
    created = [decision for decision in decisions if decision.outcome is CreationOutcome.CREATE]
    count = sum(decision.same_as is None for decision in created)
    if count <= settings.max_new_entities:
        return tuple(decisions)
    reason = f"the proposal would create {count} at once, more than {settings.max_new_entities}"
    to_person = {"outcome": CreationOutcome.ASK, "reason": reason}
    return tuple(
        decision.model_copy(update=to_person)
        if decision.outcome is CreationOutcome.CREATE
        else decision
        for decision in decisions
    )


def gate_for(kind: EntityKind, settings: CreationSettings) -> GateSettings:
    """Return the gate of a kind."""
    gates: dict[EntityKind, GateSettings] = {
        EntityKind.PERFORMER: settings.performer,
        EntityKind.STUDIO: settings.studio,
        EntityKind.TAG: settings.tag,
        EntityKind.GROUP: settings.group,
    }
    return gates[kind]


def _decide(
    candidate: EntityCandidate,
    library: EntityIndex,
    context: CreationContext,
    settings: CreationSettings,
) -> CreationDecision:
    gate = gate_for(candidate.kind, settings)
    evidence = tuple(creation_signals(candidate, context, settings, gate))
    score = round(min(1.0, sum(signal.points for signal in evidence)), POINT_DIGITS)
    name = " ".join(candidate.name.split())
    look_alikes = _told_apart(library.look_alikes(name), candidate)
    if candidate.kind is EntityKind.STUDIO and not any(alike.is_certain for alike in look_alikes):
        look_alikes = library.same_site(name) or look_alikes
    if not fold_punctuation(name):
        look_alikes = ()
        outcome, reason = CreationOutcome.LEAVE, "the name has no letters"
    elif look_alikes:
        outcome, reason = _decide_link(candidate, look_alikes, library)
    elif look_alikes := _alias_owners(candidate, library):
        outcome = CreationOutcome.ASK
        reason = f"its alias is a name in Stash: {_labels(look_alikes)}"
    elif doubt := why_no_name(candidate, context):
        outcome, reason = CreationOutcome.ASK, doubt
    elif not gate.create:
        outcome = CreationOutcome.LEAVE
        reason = f"the settings create no {candidate.kind.plural}"
    else:
        is_reached = score >= round(gate.threshold, POINT_DIGITS)
        outcome = CreationOutcome.CREATE if is_reached else CreationOutcome.LEAVE
        earned = ", ".join(signal.signal for signal in evidence if signal.points)
        reason = f"{explain_score(score, gate.threshold)}: {earned or 'no signal for it'}"
    return CreationDecision(
        kind=candidate.kind,
        name=name,
        outcome=outcome,
        score=score,
        evidence=evidence,
        look_alikes=look_alikes,
        reason=reason,
    )


def _decide_link(
    candidate: EntityCandidate, look_alikes: tuple[LookAlike, ...], library: EntityIndex
) -> tuple[CreationOutcome, str]:
    labels = _labels(look_alikes)
    only = look_alikes[0]
    foreign = other_stash_id(candidate.stash_id, library.entity(only.id))
    if len(look_alikes) == 1 and foreign:
        return CreationOutcome.NAMESAKE, f"{labels} is another: {foreign}"
    if doubt := _why_not_the_same(candidate, look_alikes, library):
        return CreationOutcome.ASK, doubt
    if only.alias is not None:
        return CreationOutcome.LINK, f"it is {labels}: the name is an alias there"
    return CreationOutcome.LINK, f"it is {labels}: the names differ by {only.by.value}"


def _why_not_the_same(
    candidate: EntityCandidate, look_alikes: tuple[LookAlike, ...], library: EntityIndex
) -> str:
    """Return why a person has to decide whether a look-alike is meant; empty if it certainly is."""
    labels = _labels(look_alikes)
    if len(look_alikes) > 1:
        return f"several entities in Stash look like it: {labels}"
    only = look_alikes[0]
    # A word such as "(Network)" may also tell the network from its site.
    is_site = only.by is Likeness.SITE and without_kind(candidate.name) == candidate.name
    if not only.is_certain and not is_site:
        return f"it may be {labels}: the names differ by {only.by.value}"
    known = library.entity(only.id)
    born = known.birthdate
    if born and candidate.birthdate and born != candidate.birthdate:
        return f"{labels} was born {born}, not {candidate.birthdate}"
    by_alias = candidate.disambiguation in candidate.aliases and any(
        same_name(candidate.disambiguation, name) for name in (known.name, *known.aliases)
    )
    if fold_case(only.disambiguation) != fold_case(candidate.disambiguation) and not by_alias:
        said = f": the source says {candidate.disambiguation!r}" if candidate.disambiguation else ""
        return f"it may be {labels} or a namesake{said}"
    return ""


def other_stash_id(stash_id: StashId | None, entity: LibraryEntity) -> str:
    """Return how an entity's stash id differs from that of the same stash-box; empty if not."""
    known = entity.id_at(stash_id.endpoint) if stash_id else None
    if stash_id is None or known is None or known == stash_id.stash_id:
        return ""
    return f"its stash id is {known}, not {stash_id.stash_id}"


def _told_apart(
    look_alikes: tuple[LookAlike, ...], candidate: EntityCandidate
) -> tuple[LookAlike, ...]:
    """Return the look-alike that the disambiguation means, if it means a single one; else all."""
    meant = [
        alike
        for alike in look_alikes
        if fold_case(alike.disambiguation) == fold_case(candidate.disambiguation)
    ]
    return tuple(meant) if candidate.disambiguation and len(meant) == 1 else look_alikes


def _alias_owners(candidate: EntityCandidate, library: EntityIndex) -> tuple[LookAlike, ...]:
    """Return the entities of the library that certainly have an alias of the candidate's."""
    owners = {
        look_alike.id: look_alike
        for alias in candidate.aliases
        for look_alike in library.look_alikes(alias)
        if look_alike.is_certain
    }
    return tuple(owners.values())


def _labels(look_alikes: Iterable[LookAlike]) -> str:
    return ", ".join(look_alike.label for look_alike in look_alikes)


def _repeat(first: CreationDecision, candidate: EntityCandidate) -> CreationDecision:
    """Return the decision on an earlier candidate for another spelling of it."""
    return first.model_copy(
        update={
            "name": " ".join(candidate.name.split()),
            "same_as": first.name,
            "reason": f"another spelling of {first.name}, which the proposal names too",
        }
    )
