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
from stashbot.decide.matching.names import by_case, by_punctuation, same_name
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
from stashbot.settings import LISTS, ConsensusSettings, FieldSettings

By = Literal["only", "order", "majority", "all"]


class Won(Model):
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


class Consensus(Model):
    """The merged proposal, the policies to plan it with, and who won each field."""

    proposal: Proposal
    policies: FieldSettings
    won: dict[FieldName, Won] = Field(default_factory=dict)


class _Voice(NamedTuple):
    source: str
    policy: FieldPolicy
    value: Any
    key: Any


def merge(
    scene: Scene,
    proposals: Sequence[Proposal],
    policies: FieldSettings,
    settings: ConsensusSettings,
    *,
    cover: str | None = None,
) -> Consensus:
    """One proposal of several, which are in the order in which their sources were asked.

    ``cover`` is the SHA-256 of the scene's cover. The merged proposal bears the names of the
    sources that won something, or of the first; merging a single proposal leaves it as it is.

    Raises:
        ValueError: there is no proposal.
    """
    if not proposals:
        raise ValueError("no proposals, no consensus")
    values: dict[str, Any] = {}
    chosen: dict[str, FieldPolicy] = {}
    won: dict[FieldName, Won] = {}
    for name in FieldName:
        if name is FieldName.ORGANIZED:
            continue
        held = cover if name is FieldName.COVER else scene.value(name)
        voices = _voices(name, proposals, policies, settings, held=bool(held))
        if not voices:
            continue
        value, winner = _decide(name, voices, settings)
        values[_attribute(name)] = value
        chosen[name.value] = winner.policy
        won[name] = winner
    winners = dict.fromkeys(one.source for one in won.values())
    asked = dict.fromkeys(one.source for one in proposals)
    first = next((one.duration for one in proposals if one.duration), None)
    source = " + ".join(one for one in asked if one in winners) or proposals[0].source
    return Consensus(
        proposal=Proposal(source=source, duration=first, **values),
        policies=policies.model_copy(update=chosen),
        won=won,
    )


def _attribute(name: FieldName) -> str:
    return "stash_id" if name is FieldName.STASH_IDS else name.value


def _voices(
    name: FieldName,
    proposals: Sequence[Proposal],
    policies: FieldSettings,
    settings: ConsensusSettings,
    *,
    held: bool,
) -> list[_Voice]:
    """Who has a voice in a field, in the field's order of sources."""
    preferred = settings.order.get(name, ())
    places = {source: place for place, source in enumerate(preferred)}
    voices: list[_Voice] = []
    for proposal in sorted(proposals, key=lambda one: places.get(one.source, len(places))):
        own = settings.policies.get(proposal.source, {})
        policy = own.get(name, policies.policy(name))
        silent = policy is FieldPolicy.KEEP or (policy is FieldPolicy.FILL and held)
        value = getattr(proposal, _attribute(name))
        if not silent and (key := _key(name, value)):
            voices.append(_Voice(proposal.source, policy, value, key))
    if name is FieldName.DATE:
        voices = [one for one in voices if one.key[0]] or voices
    return voices


def _key(name: FieldName, value: Any) -> Any:
    """What makes two sources' values the same; empty for a value that says nothing."""
    if name in LISTS:
        return tuple(value)
    if name is FieldName.DATE:
        return _date_key(value or "")
    if name is FieldName.TITLE:
        return by_case(value or "")
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


def _decide(name: FieldName, voices: list[_Voice], settings: ConsensusSettings) -> tuple[Any, Won]:
    merging = settings.merging(name)
    if name in LISTS and len(voices) > 1 and merging != "order":
        return _joined(name, voices, merging)
    groups = _groups(name, voices)
    best = max(groups, key=len) if merging == "majority" else groups[0]
    # Of studios that are the same, one that Stash has is of more use.
    known = (one.value for one in best if getattr(one.value, "stored_id", None))
    value = next(known, best[0].value) if name is FieldName.STUDIO else best[0].value
    first = best[0]
    return value, Won(
        field=name,
        source=first.source,
        sources=tuple(one.source for one in best),
        by="only" if len(voices) == 1 else merging,
        policy=first.policy,
        members={_label(one): first.source for one in value} if name in LISTS else {},
        others={one.source: to_json(one.value) for one in voices if one not in best},
    )


def _groups(name: FieldName, voices: list[_Voice]) -> list[list[_Voice]]:
    """Voices that say the same, in the order in which each was said first."""
    groups: list[list[_Voice]] = []
    for voice in voices:
        for group in groups:
            if _same(name, group, voice):
                group.append(voice)
                break
        else:
            groups.append([voice])
    return groups


def _same(name: FieldName, group: list[_Voice], voice: _Voice) -> bool:
    if name is not FieldName.STUDIO:
        return bool(group[0].key == voice.key)
    return all(_same_entity(one.value, voice.value) for one in group)


def _same_entity(one: ScrapedEntity, other: ScrapedEntity) -> bool:
    if one.stored_id and other.stored_id:
        return one.stored_id == other.stored_id
    return same_name(one.name, other.name)


def _joined(name: FieldName, voices: list[_Voice], merging: By) -> tuple[Any, Won]:
    """The members that any voice names, or that more than half of them do."""
    found = _Members()
    for voice in voices:
        for member in voice.value:
            found.add(member, voice.source)
    taken = found.entries
    if merging == "majority":
        taken = [one for one in taken if 2 * len(one.sources) > len(voices)]
    kept = {id(one) for one in taken}
    lost = [one for one in found.entries if id(one) not in kept]
    giving = {source for one in taken for source in one.sources}
    first = next((one for one in voices if one.source in giving), voices[0])
    others: dict[str, JsonValue] = {}
    for voice in voices:
        turned_down = [_label(one.value) for one in lost if voice.source in one.sources]
        if turned_down:
            others[voice.source] = [*turned_down]
    return tuple(one.value for one in taken), Won(
        field=name,
        source=first.source,
        sources=tuple(one.source for one in voices if one.source in giving),
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
        return by_punctuation(value.name) or by_case(value.name), value.stored_id
