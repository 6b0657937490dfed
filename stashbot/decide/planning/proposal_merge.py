"""Merge the proposals of several sources field by field, and record which source won each field.

A source takes part in a field if it proposes a value, and if its policy there is neither ``keep``
nor ``fill`` while the scene has a value. Among the sources that take part, the first in order wins,
or the value that most of them propose (``majority``; in a tie, the first in order). Lists may take
the members of all sources. An unreadable date takes part only if no source has a readable date.
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
    SOURCE_JOINT,
    TEXT_FIELDS,
    FieldName,
    FieldPolicy,
    Model,
    Proposal,
    Scene,
    ScrapedEntity,
    to_json,
)
from stashbot.settings import LIST_FIELDS, ConsensusSettings, FieldSettings, MergeRule

#: How a field was decided; with ``only``, a single source took part in it.
DecidedBy = Literal["only"] | MergeRule


class FieldWinner(Model):
    """The source that won a field, and what the others proposed.

    ``sources`` are all that propose the winning value, or that gave a member of the list.
    ``members`` has the first source of each member of a list; ``others`` are the values that lost,
    by source.
    """

    field: FieldName
    source: str
    sources: tuple[str, ...]
    by: DecidedBy
    policy: FieldPolicy
    members: dict[str, str] = Field(default_factory=dict)
    others: dict[str, JsonValue] = Field(default_factory=dict)


class MergedProposal(Model):
    """The merged proposal, the policies to plan it with, and the winner of each field.

    A single proposal that was not merged has no winners.
    """

    proposal: Proposal
    policies: FieldSettings
    winners: dict[FieldName, FieldWinner] = Field(default_factory=dict)


class _SourceValue(NamedTuple):
    """The value that a source proposes for a field; ``key`` is the same for equal values."""

    source: str
    policy: FieldPolicy
    value: Any
    key: Any


def merge_proposals(
    scene: Scene,
    proposals: Sequence[Proposal],
    policies: FieldSettings,
    settings: ConsensusSettings,
) -> MergedProposal:
    """Merge proposals, which are in the order of their sources.

    The source of the merged proposal names all that won a field, or the first. A single proposal
    stays as it is, unless its source has policies of its own.

    Raises:
        ValueError: There are no proposals.
    """
    if not proposals:
        raise ValueError("there are no proposals to merge")
    if len(proposals) == 1 and proposals[0].source not in settings.policies:
        return MergedProposal(proposal=proposals[0], policies=policies)
    merged: dict[str, Any] = {}
    chosen: dict[str, FieldPolicy] = {}
    winners: dict[FieldName, FieldWinner] = {}
    for name in FieldName:
        if name is FieldName.ORGANIZED:
            continue
        values = _source_values(name, scene, proposals, policies, settings)
        if not values:
            continue
        value, winner = _decide(name, values, settings)
        merged[_attribute(name)] = value
        chosen[name.value] = winner.policy
        winners[name] = winner
    winning = {winner.source for winner in winners.values()}
    sources = dict.fromkeys(proposal.source for proposal in proposals)
    named = SOURCE_JOINT.join(name for name in sources if name in winning)
    durations = (proposal.duration for proposal in proposals if proposal.duration)
    return MergedProposal(
        proposal=Proposal(
            source=named or proposals[0].source,
            duration=next(durations, None),
            **merged,
        ),
        policies=policies.model_copy(update=chosen),
        winners=winners,
    )


def _attribute(name: FieldName) -> str:
    return "stash_id" if name is FieldName.STASH_IDS else name.value


def _source_values(
    name: FieldName,
    scene: Scene,
    proposals: Sequence[Proposal],
    policies: FieldSettings,
    settings: ConsensusSettings,
) -> list[_SourceValue]:
    """Return the values of the sources that take part in a field, in the field's own order."""
    # A cover is never filled, so it does not matter that a scene does not hold its cover.
    is_filled = bool(scene.value(name))
    preferred = settings.order.get(name, ())
    position = {source: at for at, source in enumerate(preferred)}
    values: list[_SourceValue] = []
    for proposal in sorted(
        proposals, key=lambda proposal: position.get(proposal.source, len(position))
    ):
        own_policies = settings.policies.get(proposal.source, {})
        policy = own_policies.get(name, policies.policy(name))
        if policy is FieldPolicy.KEEP or (policy is FieldPolicy.FILL and is_filled):
            continue
        value = getattr(proposal, _attribute(name))
        if key := _key(name, value):
            values.append(_SourceValue(proposal.source, policy, value, key))
    if name is FieldName.DATE:
        values = [value for value in values if value.key.is_readable] or values
    return values


class _DateKey(NamedTuple):
    is_readable: bool
    date: str


def _key(name: FieldName, value: Any) -> Any:
    """Return what makes two sources' values the same; it is falsy for an empty value."""
    if name in LIST_FIELDS:
        return tuple(value)
    if name is FieldName.DATE:
        return _date_key(value or "")
    if name is FieldName.TITLE:
        return fold_case(value or "")
    if name in TEXT_FIELDS:
        return clean_text(value or "")
    return value


def _date_key(text: str) -> _DateKey | None:
    if not text.strip():
        return None
    try:
        return _DateKey(is_readable=True, date=read_date(text))
    except ValueError:
        return _DateKey(is_readable=False, date=text.strip())


def _decide(
    name: FieldName, values: list[_SourceValue], settings: ConsensusSettings
) -> tuple[Any, FieldWinner]:
    rule = settings.merge_rule(name)
    if name in LIST_FIELDS and len(values) > 1 and rule != "order":
        return _join_lists(name, values, rule)
    groups = _group_equal(name, values)
    best = max(groups, key=len) if rule == "majority" else groups[0]
    winner, value = best[0], best[0].value
    if name is FieldName.STUDIO:
        # Of equal studios, prefer the first that Stash has matched.
        value = next((same.value for same in best if same.value.stored_id), value)
    return value, FieldWinner(
        field=name,
        source=winner.source,
        sources=tuple(same.source for same in best),
        by="only" if len(values) == 1 else rule,
        policy=winner.policy,
        members={_label(member): winner.source for member in value} if name in LIST_FIELDS else {},
        others={other.source: to_json(other.value) for other in values if other not in best},
    )


def _group_equal(name: FieldName, values: list[_SourceValue]) -> list[list[_SourceValue]]:
    """Group equal values; the groups are in the order of their first members."""
    groups: list[list[_SourceValue]] = []
    for value in values:
        for group in groups:
            if _is_equal(name, group, value):
                group.append(value)
                break
        else:
            groups.append([value])
    return groups


def _is_equal(name: FieldName, group: list[_SourceValue], value: _SourceValue) -> bool:
    if name is not FieldName.STUDIO:
        return bool(group[0].key == value.key)
    return all(_same_entity(member.value, value.value) for member in group)


def _same_entity(entity: ScrapedEntity, other: ScrapedEntity) -> bool:
    if entity.stored_id and other.stored_id:
        return entity.stored_id == other.stored_id
    return same_name(entity.name, other.name)


def _join_lists(
    name: FieldName, values: list[_SourceValue], rule: MergeRule
) -> tuple[Any, FieldWinner]:
    """Join the members that any source gives, or with ``majority`` more than half of them."""
    members = _Members()
    for value in values:
        for member in value.value:
            members.add(member, value.source)
    taken = members.entries
    if rule == "majority":
        taken = [member for member in taken if 2 * len(member.sources) > len(values)]
    taken_ids = {id(member) for member in taken}
    lost = [member for member in members.entries if id(member) not in taken_ids]
    giving = {source for member in taken for source in member.sources}
    winner = next((value for value in values if value.source in giving), values[0])
    others: dict[str, JsonValue] = {}
    for value in values:
        refused = [_label(member.value) for member in lost if value.source in member.sources]
        if refused:
            others[value.source] = [*refused]
    return tuple(member.value for member in taken), FieldWinner(
        field=name,
        source=winner.source,
        sources=tuple(value.source for value in values if value.source in giving),
        by=rule,
        policy=winner.policy,
        members={_label(member.value): member.sources[0] for member in taken},
        others=others,
    )


def _label(member: str | ScrapedEntity) -> str:
    return member if isinstance(member, str) else member.name


@dataclass
class _Member:
    value: Any
    sources: list[str]


class _Members:
    """The members of a list, identified by Stash's id, else by their name."""

    def __init__(self) -> None:
        self.entries: list[_Member] = []
        self._by_id: dict[str, _Member] = {}
        self._by_name: dict[str, _Member] = {}

    def add(self, value: str | ScrapedEntity, source: str) -> None:
        """Record that a source gives a member."""
        name, stored_id = self._keys(value)
        member = self._by_id.get(stored_id) if stored_id else None
        namesake = self._by_name.get(name)
        if member is None and namesake is not None:
            # Two ids of the same name are two members; without an id the name decides.
            other_id = self._keys(namesake.value)[1]
            member = namesake if not (stored_id and other_id) else None
        if member is None:
            member = _Member(value, [])
            self.entries.append(member)
            self._by_name.setdefault(name, member)
        elif stored_id and not self._keys(member.value)[1]:
            member.value = value
        if stored_id:
            self._by_id[stored_id] = member
        if source not in member.sources:
            member.sources.append(source)

    @staticmethod
    def _keys(value: str | ScrapedEntity) -> tuple[str, str | None]:
        if isinstance(value, str):
            return value.strip(), None
        return fold_punctuation(value.name) or fold_case(value.name), value.stored_id
