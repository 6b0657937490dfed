"""Decide what the scrape dialog carries out of a plan, and what is left for the form.

Stash's dialog, as measured on 0.30, has a row only where the scraped value differs from the
existing value. Its Apply replaces the lists of performers, tags and groups by the scraped entities
that Stash has, and unites the URLs, existing ones first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stashbot.decide.planning.plan_edits import RULES
from stashbot.models import (
    ENTITY_LIST_FIELDS,
    TEXT_FIELDS,
    Change,
    FieldName,
    Model,
    Omission,
    OmissionKind,
    Plan,
    Proposal,
    ScrapedEntity,
)

#: Fields that the form alone cannot be given the scraped value of.
DIALOG_ONLY = frozenset({FieldName.STASH_IDS, FieldName.COVER})
UNNAMED_ROWS = "only the results dialog sets it, whose rows have names from Stash 0.30 on"


class DialogChoice(Model):
    """The dialog's rows to take the scraped side of, and the changes to fill in afterwards."""

    use: frozenset[FieldName]
    fill: tuple[Change, ...]


def choose_rows(plan: Plan, proposal: Proposal) -> DialogChoice:
    """Return how the dialog of ``proposal`` and the form together carry out the plan.

    A row is used if it gives what is planned, or comes nearer to it than the existing value does.
    For lists that is the number of members to pick by hand afterwards.
    """
    use: set[FieldName] = set()
    fill: list[Change] = []
    for change in plan.changes:
        is_exact, is_nearer = _compare_row(change, proposal.as_shown)
        if is_exact or is_nearer:
            use.add(change.field)
        if not is_exact:
            fill.append(change)
    return DialogChoice(use=frozenset(use), fill=tuple(fill))


def needs_dialog(plan: Plan) -> bool:
    """Return whether the form alone cannot carry out the plan."""
    return any(change.field in DIALOG_ONLY for change in plan.changes)


def without_dialog(plan: Plan) -> Plan:
    """Return the plan without the changes that only a dialog with named rows can make."""
    omitted = tuple(
        Omission(
            field=change.field,
            name=change.field.value,
            kind=OmissionKind.NEEDS_DIALOG,
            reason=UNNAMED_ROWS,
        )
        for change in plan.changes
        if change.field in DIALOG_ONLY
    )
    kept = tuple(change for change in plan.changes if change.field not in DIALOG_ONLY)
    return plan.model_copy(update={"changes": kept, "omitted": (*plan.omitted, *omitted)})


def with_one_dialog(plan: Plan) -> Plan:
    """Return the plan without the changes that need the dialog of a second source.

    A save goes through a single dialog: that of the first source whose dialog the plan needs.
    """
    needing = [change for change in plan.changes if change.field in DIALOG_ONLY]
    lost = [change for change in needing if change.source != needing[0].source]
    omitted = tuple(
        Omission(
            field=change.field,
            name=change.source or plan.source,
            kind=OmissionKind.NEEDS_DIALOG,
            reason=f"it needs the dialog of {change.source}, and a save uses a single dialog",
        )
        for change in lost
    )
    kept = tuple(change for change in plan.changes if change not in lost)
    return plan.model_copy(update={"changes": kept, "omitted": (*plan.omitted, *omitted)})


def choose_dialog(plan: Plan, proposals: Sequence[Proposal]) -> Proposal:
    """Return the proposal whose dialog carries out the plan as far as a dialog can.

    It is that of the source whose cover or stash id is planned, else the first.
    """
    needed = {change.source for change in plan.changes if change.field in DIALOG_ONLY}
    return next((proposal for proposal in proposals if proposal.source in needed), proposals[0])


def has_source_changes(plan: Plan) -> bool:
    """Return whether any change of the plan comes from a source, not from rules."""
    return any(change.source != RULES for change in plan.changes)


def dialog_will_open(plan: Plan, proposal: Proposal) -> bool:
    """Return whether Stash certainly opens its dialog for this proposal.

    It does if the plan changes something, or if the proposal names an entity that Stash lacks.
    Otherwise it may or may not: rows that the plan leaves alone can differ too, and a value that
    was cleaned may be in the scene as the source gave it.
    """
    shown = proposal.as_shown
    studio = (shown.studio,) if shown.studio else ()
    entities = (*studio, *shown.performers, *shown.tags, *shown.groups)
    if any(entity.stored_id is None for entity in entities):
        return True
    cleaned = {note.field for note in proposal.cleanings}
    return any(change.source != RULES and change.field not in cleaned for change in plan.changes)


def _compare_row(change: Change, proposal: Proposal) -> tuple[bool, bool]:
    """Return whether the scraped side is exactly as planned, and whether it is nearer to that."""
    after: Any = change.after
    before: Any = change.before
    field = change.field
    if field in TEXT_FIELDS:
        is_same = getattr(proposal, field.value) == after
        return is_same, is_same
    if field is FieldName.STUDIO:
        is_same = proposal.studio is not None and proposal.studio.stored_id == after["id"]
        return is_same, is_same
    if field is FieldName.URLS:
        united = list(dict.fromkeys([*(before or ()), *proposal.urls]))
        by_dialog = len({*united} ^ {*after})
        by_form = len({*(before or ())} ^ {*after})
        return united == after, by_dialog <= by_form
    if field in ENTITY_LIST_FIELDS:
        planned = {entity["id"] for entity in after}
        scraped = _stored_ids(getattr(proposal, field.value))
        existing = {entity["id"] for entity in before or ()}
        # The dialog's row would lose the scene's numbers in its groups.
        keeps_numbers = field is not FieldName.GROUPS or not existing
        by_dialog, by_form = len(planned ^ scraped), len(planned ^ existing)
        return planned == scraped and keeps_numbers, by_dialog <= by_form and keeps_numbers
    return True, True


def _stored_ids(entities: tuple[ScrapedEntity, ...]) -> set[str]:
    return {entity.stored_id for entity in entities if entity.stored_id is not None}
