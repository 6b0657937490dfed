"""What the scrape dialog will show and do: which rows to take, and what is left for the form.

Stash's dialog, measured on 0.30: a row is there only where scraped and existing differ; Apply
replaces the lists of performers, tags and groups by those scraped entities that Stash has, and
unites the URLs, existing ones first.
"""

from __future__ import annotations

from typing import Any

from stashbot.decide.planning.plan_edits import RULES
from stashbot.models import (
    ENTITY_LIST_FIELDS,
    TEXT_FIELDS,
    Change,
    FieldName,
    LeftOut,
    Model,
    Plan,
    Proposal,
    ScrapedEntity,
)

#: Fields whose scraped side the form cannot be given in any other way.
DIALOG_ONLY = frozenset({FieldName.STASH_IDS, FieldName.COVER})
UNTOLD_ROWS = "only the results dialog sets it, whose rows have names from Stash 0.30 on"


class DialogChoice(Model):
    """Rows to take the scraped side of, and changes that the form has to make up for."""

    use: frozenset[FieldName]
    fill: tuple[Change, ...]


def choose(plan: Plan, proposal: Proposal) -> DialogChoice:
    """How the dialog carries out ``plan``.

    A row is used when it yields what is planned, or comes nearer to it than the existing side
    does: for lists that is measured in entities to pick by hand afterwards.
    """
    use: set[FieldName] = set()
    fill: list[Change] = []
    for change in plan.changes:
        exact, nearer = _yields(change, proposal)
        if exact or nearer:
            use.add(change.field)
        if not exact:
            fill.append(change)
    return DialogChoice(use=frozenset(use), fill=tuple(fill))


def needs_dialog(plan: Plan) -> bool:
    """Whether the form alone cannot carry out ``plan``."""
    return any(change.field in DIALOG_ONLY for change in plan.changes)


def without_dialog(plan: Plan) -> Plan:
    """The plan as the form alone can carry it out, where the dialog's rows have no names."""
    lost = tuple(one for one in plan.changes if one.field in DIALOG_ONLY)
    kept = tuple(one for one in plan.changes if one.field not in DIALOG_ONLY)
    left = tuple(LeftOut(field=one.field, name=one.field.value, reason=UNTOLD_ROWS) for one in lost)
    return plan.model_copy(update={"changes": kept, "left_out": (*plan.left_out, *left)})


def from_source(plan: Plan) -> bool:
    """Whether a source gives anything of the plan, and not rules alone."""
    return any(change.source != RULES for change in plan.changes)


def surely_opens(plan: Plan, proposal: Proposal) -> bool:
    """Whether Stash must open the dialog for this proposal.

    It surely does when the plan changes something, or when the proposal names something that Stash
    does not have. Otherwise it may or may not: rows that the plan leaves alone can differ too.
    """
    if from_source(plan):
        return True
    studio = (proposal.studio,) if proposal.studio else ()
    named = (*studio, *proposal.performers, *proposal.tags, *proposal.groups)
    return any(entity.stored_id is None for entity in named)


def _yields(change: Change, proposal: Proposal) -> tuple[bool, bool]:
    """Whether the scraped side gives exactly what is planned, and whether it is at least nearer."""
    after: Any = change.after
    before: Any = change.before
    name = change.field
    if name in TEXT_FIELDS:
        same = getattr(proposal, name.value) == after
        return same, same
    if name is FieldName.URLS:
        united = list(dict.fromkeys([*(before or ()), *proposal.urls]))
        return united == after, len({*united} ^ {*after}) <= len({*(before or ())} ^ {*after})
    if name is FieldName.STUDIO:
        same = proposal.studio is not None and proposal.studio.stored_id == after["id"]
        return same, same
    if name in ENTITY_LIST_FIELDS:
        wanted = {entity["id"] for entity in after}
        scraped = _stored(getattr(proposal, name.value))
        existing = {entity["id"] for entity in before or ()}
        plain = name is not FieldName.GROUPS or not existing
        by_dialog, by_form = len(wanted ^ scraped), len(wanted ^ existing)
        return wanted == scraped and plain, by_dialog <= by_form and plain
    return True, True


def _stored(entities: tuple[ScrapedEntity, ...]) -> set[str]:
    return {entity.stored_id for entity in entities if entity.stored_id is not None}
