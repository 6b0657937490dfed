"""Which entity each name of a proposal means: linked, created, or left to a person.

What Stash matched by itself stays. A name that Stash did not match may still be one that the
library has, written otherwise; and one that it lacks may be created where enough speaks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stashbot.decide.matching.filename_parser import known_of
from stashbot.decide.planning.creation_evidence import Candidate, Surroundings
from stashbot.decide.planning.entity_creation import Creation, CreationDecision, decide_creations
from stashbot.decide.planning.entity_index import Library
from stashbot.decide.planning.plan_edits import NEW
from stashbot.decide.rules.rule_set import ActionKind
from stashbot.flows.runs.context import Runtime
from stashbot.flows.runs.rule_snapshot import named
from stashbot.models import (
    NOT_IN_STASH,
    FieldName,
    NewEntity,
    Proposal,
    Scene,
    ScrapedEntity,
)

KINDS = (FieldName.STUDIO, FieldName.PERFORMERS, FieldName.TAGS, FieldName.GROUPS)
#: The key of the button that creates.
CREATES = "scrape_dialog.new_named"


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """A proposal whose names mean entities of the library as far as they can.

    ``create`` are those to be created, which bear ids that begin with ``NEW`` meanwhile;
    ``reasons`` say of the others, by field and name, why they stay out.
    """

    proposal: Proposal
    create: tuple[NewEntity, ...] = ()
    reasons: Mapping[tuple[FieldName, str], str] = field(default_factory=dict)


async def resolve(
    runtime: Runtime, scene: Scene, proposal: Proposal, proposals: Sequence[Proposal]
) -> Resolved:
    """The proposal with the library's ids; ``proposals`` are all that sources say of the scene."""
    settings = runtime.options.creation
    if CREATES not in runtime.selectors.keys:  # before 0.30 the dialog's rows have no names
        settings = settings.never
    values: dict[str, Any] = {}
    create: list[NewEntity] = []
    reasons: dict[tuple[FieldName, str], str] = {}
    for kind in KINDS:
        entities = entities_of(proposal, kind)
        unknown = [one for one in entities if one.stored_id is None]
        if not unknown:
            continue
        around = await _surroundings(runtime, scene, proposal, proposals, kind)
        library = await runtime.libraries.of(kind)
        candidates = [
            _candidate(kind, _first_source(one, kind, proposal, proposals), one) for one in unknown
        ]
        decisions = decide_creations(candidates, library, around, settings)
        ids: dict[str, str] = {}
        for entity, decision in zip(unknown, decisions, strict=True):
            if decision.outcome is Creation.LINK:
                ids[entity.name] = decision.alike[0].id
            elif decision.outcome is Creation.CREATE:
                name = decision.same_as or entity.name
                ids[entity.name] = f"{NEW}{name}"
                if decision.same_as is None:
                    create.append(NewEntity(field=kind, name=name, why=decision.reason))
            else:
                reasons[kind, entity.name] = _told(decision)
        found = tuple(
            one.model_copy(update={"stored_id": one.stored_id or ids.get(one.name)})
            for one in entities
        )
        values[kind.value] = found[0] if kind is FieldName.STUDIO else found
    resolved = proposal.model_copy(update=values)
    return Resolved(proposal=resolved, create=tuple(create), reasons=reasons)


def entities_of(proposal: Proposal, kind: FieldName) -> tuple[ScrapedEntity, ...]:
    """What a proposal names of a kind."""
    if kind is FieldName.STUDIO:
        return (proposal.studio,) if proposal.studio else ()
    found: tuple[ScrapedEntity, ...] = getattr(proposal, kind.value)
    return found


def _first_source(
    entity: ScrapedEntity, kind: FieldName, proposal: Proposal, proposals: Iterable[Proposal]
) -> str:
    """Who names the entity: the first of the sources that were merged."""
    naming = (one.source for one in proposals if entity in entities_of(one, kind))
    return next(naming, proposal.source)


def _told(decision: CreationDecision) -> str:
    return f"{NOT_IN_STASH}: {decision.reason}"


def _candidate(kind: FieldName, source: str, entity: ScrapedEntity) -> Candidate:
    return Candidate(
        kind=kind,
        source=source,
        name=entity.name,
        aliases=entity.aliases,
        urls=entity.urls,
        birthdate=entity.birthdate,
        parent=entity.parent,
    )


async def _surroundings(
    runtime: Runtime,
    scene: Scene,
    proposal: Proposal,
    proposals: Iterable[Proposal],
    kind: FieldName,
) -> Surroundings:
    parents = {one.parent for one in entities_of(proposal, kind) if one.parent}
    studios = await runtime.libraries.of(FieldName.STUDIO) if parents else Library()
    stem = scene.file.basename.rsplit(".", 1)[0] if scene.file else ""
    others = [
        _candidate(kind, one.source, entity)
        for one in proposals
        for entity in entities_of(one, kind)
    ]
    return Surroundings(
        known=known_of(scene, runtime.options.filenames),
        urls=(*scene.urls, *proposal.urls),
        stem=stem,
        others=tuple(others),
        scenes=runtime.proposed_tags,
        listed=(*runtime.rules.macros.tags, *named(runtime.rules, ActionKind.TAG)),
        studios=tuple(sorted(name for name in parents if studios.has(name))),
    )
