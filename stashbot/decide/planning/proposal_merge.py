"""Proposals of several sources merged into one, field by field, with the source that won each.

A source has a voice in a field where it says something, where its policy is not ``keep``, and where
that is not ``fill`` while the scene holds a value. Among those voices the first in order wins, or
what most of them say (``majority``; equally many: the first in order); lists may take the members
of all. A date that cannot be read has a voice only where no readable one has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from pydantic import Field, JsonValue

from stashbot.decide.matching.dates import read_date
from stashbot.decide.matching.names import fold_case, fold_punctuation, same_name
from stashbot.decide.planning.change_plan import clean_text
from stashbot.models import (
    TEXT_FIELDS,
    FieldName,
    FieldPolicy,
    Model,
    Proposal,
    Scene,
    ScrapedEntity,
    to_json,
)
from stashbot.settings import LIST_FIELDS, ConsensusSettings, FieldSettings

By = Literal["only", "order", "majority", "all"]


class FieldWinner(Model):
    """Which source won a field, and what the others said.

    ``sources`` are all that say the same, or that gave a member; ``members`` says for a list which
    source named each first. ``others`` are values that lost, by source.
    """

    field: FieldName
    source: str
    sources: tuple[str, ...]
    by: By
    policy: FieldPolicy
    members: dict[str, str] = Field(default_factory=dict)
    others: dict[str, JsonValue] = Field(default_factory=dict)


class MergedProposal(Model):
    """The merged proposal, the policies to plan it with, and who won each field."""

    proposal: Proposal
    policies: FieldSettings
    winners: dict[FieldName, FieldWinner] = Field(default_factory=dict)


class _SourceValue(NamedTuple):
    source: str
    policy: FieldPolicy
    value: Any
    key: Any


def merge_proposals(
    scene: Scene,
    proposals: Sequence[Proposal],
    policies: FieldSettings,
    settings: ConsensusSettings,
    *,
    cover: str | None = None,
) -> MergedProposal:
    """One proposal of several, which are in the order in which their sources were asked.

    ``cover`` is the SHA-256 of the scene's cover. The merged proposal bears the names of the
    sources that won something, or of the first; merging a single proposal leaves it as it is.

    Raises:
        ValueError: there is no proposal.
    """
    if not proposals:
        raise ValueError("no proposals, no consensus")
    merged: dict[str, Any] = {}
    chosen: dict[str, FieldPolicy] = {}
    winners: dict[FieldName, FieldWinner] = {}
    for name in FieldName:
        if name is FieldName.ORGANIZED:
            continue
        held = cover if name is FieldName.COVER else scene.value(name)
        values = _source_values(name, proposals, policies, settings, held=bool(held))
        if not values:
            continue
        value, winner = _decide(name, values, settings)
        merged[_attribute(name)] = value
        chosen[name.value] = winner.policy
        winners[name] = winner
    winning = dict.fromkeys(one.source for one in winners.values())
    asked = dict.fromkeys(one.source for one in proposals)
    first = next((one.duration for one in proposals if one.duration), None)
    source = " + ".join(one for one in asked if one in winning) or proposals[0].source
    return MergedProposal(
        proposal=Proposal(source=source, duration=first, **merged),
        policies=policies.model_copy(update=chosen),
        winners=winners,
    )


def _attribute(name: FieldName) -> str:
    return "stash_id" if name is FieldName.STASH_IDS else name.value


def _source_values(
    name: FieldName,
    proposals: Sequence[Proposal],
    policies: FieldSettings,
    settings: ConsensusSettings,
    *,
    held: bool,
) -> list[_SourceValue]:
    """Who has a voice in a field, in the field's order of sources."""
    preferred = settings.order.get(name, ())
    places = {source: place for place, source in enumerate(preferred)}
    values: list[_SourceValue] = []
    for proposal in sorted(proposals, key=lambda one: places.get(one.source, len(places))):
        own = settings.policies.get(proposal.source, {})
        policy = own.get(name, policies.policy(name))
        silent = policy is FieldPolicy.KEEP or (policy is FieldPolicy.FILL and held)
        value = getattr(proposal, _attribute(name))
        if not silent and (key := _key(name, value)):
            values.append(_SourceValue(proposal.source, policy, value, key))
    if name is FieldName.DATE:
        values = [one for one in values if one.key[0]] or values
    return values


def _key(name: FieldName, value: Any) -> Any:
    """What makes two sources' values the same; empty for a value that says nothing."""
    if name in LIST_FIELDS:
        return tuple(value)
    if name is FieldName.DATE:
        return _date_key(value or "")
    if name is FieldName.TITLE:
        return fold_case(value or "")
    if name in TEXT_FIELDS:
        return clean_text(value or "")
    return value


def _date_key(text: str) -> tuple[bool, str] | None:
    if not text.strip():
        return None
    try:
        return True, read_date(text)
    except ValueError:
        return False, text.strip()


def _decide(
    name: FieldName, values: list[_SourceValue], settings: ConsensusSettings
) -> tuple[Any, FieldWinner]:
    merging = settings.merge_rule(name)
    if name in LIST_FIELDS and len(values) > 1 and merging != "order":
        return _joined(name, values, merging)
    groups = _groups(name, values)
    best = max(groups, key=len) if merging == "majority" else groups[0]
    # Of studios that are the same, one that Stash has is of more use.
    known = (one.value for one in best if getattr(one.value, "stored_id", None))
    value = next(known, best[0].value) if name is FieldName.STUDIO else best[0].value
    first = best[0]
    return value, FieldWinner(
        field=name,
        source=first.source,
        sources=tuple(one.source for one in best),
        by="only" if len(values) == 1 else merging,
        policy=first.policy,
        members={_label(one): first.source for one in value} if name in LIST_FIELDS else {},
        others={one.source: to_json(one.value) for one in values if one not in best},
    )


def _groups(name: FieldName, values: list[_SourceValue]) -> list[list[_SourceValue]]:
    """Voices that say the same, in the order in which each was said first."""
    groups: list[list[_SourceValue]] = []
    for given in values:
        for group in groups:
            if _same(name, group, given):
                group.append(given)
                break
        else:
            groups.append([given])
    return groups


def _same(name: FieldName, group: list[_SourceValue], given: _SourceValue) -> bool:
    if name is not FieldName.STUDIO:
        return bool(group[0].key == given.key)
    return all(_same_entity(one.value, given.value) for one in group)


def _same_entity(one: ScrapedEntity, other: ScrapedEntity) -> bool:
    if one.stored_id and other.stored_id:
        return one.stored_id == other.stored_id
    return same_name(one.name, other.name)


def _joined(name: FieldName, values: list[_SourceValue], merging: By) -> tuple[Any, FieldWinner]:
    """The members that any voice names, or that more than half of them do."""
    found = _Members()
    for given in values:
        for member in given.value:
            found.add(member, given.source)
    taken = found.entries
    if merging == "majority":
        taken = [one for one in taken if 2 * len(one.sources) > len(values)]
    kept = {id(one) for one in taken}
    lost = [one for one in found.entries if id(one) not in kept]
    giving = {source for one in taken for source in one.sources}
    first = next((one for one in values if one.source in giving), values[0])
    others: dict[str, JsonValue] = {}
    for given in values:
        turned_down = [_label(one.value) for one in lost if given.source in one.sources]
        if turned_down:
            others[given.source] = [*turned_down]
    return tuple(one.value for one in taken), FieldWinner(
        field=name,
        source=first.source,
        sources=tuple(one.source for one in values if one.source in giving),
        by=merging,
        policy=first.policy,
        members={_label(one.value): one.sources[0] for one in taken},
        others=others,
    )


def _label(member: str | ScrapedEntity) -> str:
    return member if isinstance(member, str) else member.name


@dataclass
class _Member:
    value: Any
    sources: list[str]


class _Members:
    """Members of a list by what makes them the same: Stash's id, else the name."""

    def __init__(self) -> None:
        self.entries: list[_Member] = []
        self._by_id: dict[str, _Member] = {}
        self._by_name: dict[str, _Member] = {}

    def add(self, value: str | ScrapedEntity, source: str) -> None:
        """Note that a source names a member."""
        name, stored_id = self._keys(value)
        held = self._by_id.get(stored_id) if stored_id else None
        named = self._by_name.get(name)
        if held is None and named is not None:
            other_id = self._keys(named.value)[1]
            held = named if not (stored_id and other_id) else None
        if held is None:
            held = _Member(value, [])
            self.entries.append(held)
            self._by_name.setdefault(name, held)
        elif stored_id and not self._keys(held.value)[1]:
            held.value = value
        if stored_id:
            self._by_id[stored_id] = held
        if source not in held.sources:
            held.sources.append(source)

    @staticmethod
    def _keys(value: str | ScrapedEntity) -> tuple[str, str | None]:
        if isinstance(value, str):
            return value.strip(), None
        return fold_punctuation(value.name) or fold_case(value.name), value.stored_id
