"""Whether an entity that a source names is created, linked to one that Stash has, or left alone.

A performer, studio, tag or group is created when independent signals for it add up to its gate's
threshold (playbook 2.4), and when nothing in the library looks like it: a name that differs from
one there by case, accents or punctuation, or is an alias of one, is a proposal to link, never a
twin. Where several look alike, or the likeness is weak, a person is asked. What counts as a signal
is told in ``signals``.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from stashbot.decide.matching.names import by_punctuation
from stashbot.decide.planning.creation_evidence import Candidate, Surroundings, signals
from stashbot.decide.planning.entity_index import Library, LibraryEntity, LookAlike
from stashbot.models import Evidence, FieldName, Model
from stashbot.settings import POINT_DIGITS, CreationSettings, GateSettings


class Creation(StrEnum):
    """What to do with a name that Stash did not match.

    ``ask`` leaves a choice to a person; ``leave`` is a name for which too little speaks.
    """

    LINK = "link"
    CREATE = "create"
    ASK = "ask"
    LEAVE = "leave"


class CreationDecision(Model):
    """What to do with a candidate, the score of its gate, and why.

    To ``link`` there is exactly one of ``alike``. ``same_as`` is an earlier candidate of the same
    proposal that this one is another spelling of: what becomes of that one holds for both.
    """

    kind: FieldName
    name: str
    outcome: Creation
    score: float = 0.0
    evidence: tuple[Evidence, ...] = ()
    alike: tuple[LookAlike, ...] = ()
    same_as: str | None = None
    reason: str


def decide_creations(
    candidates: Sequence[Candidate],
    library: Library,
    around: Surroundings,
    settings: CreationSettings,
) -> tuple[CreationDecision, ...]:
    """A decision for each candidate of one kind, in their order.

    ``candidates`` are those of a proposal that Stash did not match, ``library`` holds all of their
    kind. When more than ``settings.most`` would be created, each of those is asked for instead.
    """
    fresh = Library()
    decisions: list[CreationDecision] = []
    for number, candidate in enumerate(candidates):
        earlier = [one for one in fresh.look_alikes(candidate.name) if one.sure]
        if earlier:
            first = decisions[int(earlier[0].id)]
            decisions.append(_repeated(candidate, first))
            continue
        decisions.append(_decide(candidate, library, around, settings))
        fresh.add(LibraryEntity(id=str(number), name=candidate.name))
    created = [one for one in decisions if one.outcome is Creation.CREATE and one.same_as is None]
    if len(created) <= settings.most:
        return tuple(decisions)
    why = f"the proposal would create {len(created)} at once, more than {settings.most}"
    return tuple(
        one.model_copy(update={"outcome": Creation.ASK, "reason": why})
        if one.outcome is Creation.CREATE
        else one
        for one in decisions
    )


def gate_of(kind: FieldName, settings: CreationSettings) -> GateSettings:
    """The gate of a kind.

    Raises:
        ValueError: entities of this kind are never created.
    """
    gates = {
        FieldName.PERFORMERS: settings.performer,
        FieldName.STUDIO: settings.studio,
        FieldName.TAGS: settings.tag,
        FieldName.GROUPS: settings.group,
    }
    if kind not in gates:
        raise ValueError(f"there is nothing to create for {kind.value}")
    return gates[kind]


def _decide(
    candidate: Candidate, library: Library, around: Surroundings, settings: CreationSettings
) -> CreationDecision:
    name = " ".join(candidate.name.split())
    gate = gate_of(candidate.kind, settings)
    evidence = tuple(signals(candidate, around, settings, gate))
    score = round(min(1.0, sum(one.points for one in evidence)), POINT_DIGITS)

    def decided(
        outcome: Creation, reason: str, alike: tuple[LookAlike, ...] = ()
    ) -> CreationDecision:
        return CreationDecision(
            kind=candidate.kind,
            name=name,
            outcome=outcome,
            score=score,
            evidence=evidence,
            alike=alike,
            reason=reason,
        )

    if not by_punctuation(name):
        return decided(Creation.LEAVE, "the name has no letters")
    if alike := library.look_alikes(name):
        return decided(*_link(candidate, alike, library), alike)
    claimed = {
        one.id: one for alias in candidate.aliases for one in library.look_alikes(alias) if one.sure
    }
    if claimed:
        told = ", ".join(one.told for one in claimed.values())
        return decided(
            Creation.ASK, f"its alias is a name that Stash has: {told}", tuple(claimed.values())
        )
    if not gate.create:
        return decided(Creation.LEAVE, "the settings create none of this kind")
    passed = score >= round(gate.threshold, POINT_DIGITS)
    found = ", ".join(one.signal for one in evidence if one.points) or "nothing"
    return decided(
        Creation.CREATE if passed else Creation.LEAVE,
        f"{found} speaks for it: {score:g} of the {gate.threshold:g} that it takes",
    )


def _link(
    candidate: Candidate, alike: tuple[LookAlike, ...], library: Library
) -> tuple[Creation, str]:
    told = ", ".join(one.told for one in alike)
    if len(alike) > 1:
        return Creation.ASK, f"several in Stash look like it: {told}"
    only = alike[0]
    if not only.sure:
        return Creation.ASK, f"it may be {told}: they differ by {only.by.value}"
    born = library.entity(only.id).birthdate
    if born and candidate.birthdate and born != candidate.birthdate:
        return Creation.ASK, f"{told} was born {born}, not {candidate.birthdate}"
    if only.disambiguation:
        return Creation.ASK, f"it may be {told}, whom a name alone does not tell from a namesake"
    by = "it is an alias there" if only.alias is not None else f"they differ by {only.by.value}"
    return Creation.LINK, f"it is {told}: {by}"


def _repeated(candidate: Candidate, first: CreationDecision) -> CreationDecision:
    return first.model_copy(
        update={
            "name": " ".join(candidate.name.split()),
            "same_as": first.name,
            "reason": f"another spelling of {first.name}, which the proposal names too",
        }
    )
