"""Plan a scene from its merged and linked proposal.

The stages of a scene, each a value::

    facts = read_scene_facts(scene, ...)
    judgement = score_proposal(proposal, facts, ...)        # for each proposal
    merged = merge_proposals(scene, proposals, ...)         # those that are trusted
    wanted = select_entities(merged.proposal, ...)          # needs names, the library
    linked = link_entities(wanted.proposal, facts, ...)     # needs the library: kinds_to_link
    plan = plan_scene(scene, merged, linked, ...)           # needs names: ids_to_name, needs_cover
    plan = with_rules(plan, scene, rules, ...)              # needs the library: kinds_of_rules
    dialog = choose_dialog(plan, proposals)
    choice = choose_rows(plan, dialog)
"""

from __future__ import annotations

from stashbot.decide.planning.change_plan import EntityNames, make_plan
from stashbot.decide.planning.dialog_plan import with_one_dialog, without_dialog
from stashbot.decide.planning.entity_linking import LinkedProposal, entities_of
from stashbot.decide.planning.proposal_merge import FieldWinner, MergedProposal
from stashbot.models import (
    SOURCE_JOINT,
    EntityKind,
    FieldName,
    FieldPolicy,
    OmissionKind,
    Plan,
    Proposal,
    Scene,
)
from stashbot.settings import FieldSettings, OrganizeWhen

#: The fields without whose entities a scene is not complete; tags are a matter of taste.
COMPLETING = frozenset({FieldName.PERFORMERS, FieldName.STUDIO, FieldName.GROUPS})


def ids_to_name(proposal: Proposal) -> dict[EntityKind, tuple[str, ...]]:
    """Return the ids of the linked entities by kind, whose names in Stash a plan shows."""
    return {
        kind: tuple(entity.stored_id for entity in entities_of(proposal, kind) if entity.stored_id)
        for kind in EntityKind
    }


def needs_cover(proposal: Proposal, policies: FieldSettings) -> bool:
    """Return whether a plan compares the scene's cover with a proposed cover."""
    return bool(proposal.cover) and policies.cover is not FieldPolicy.KEEP


def plan_scene(
    scene: Scene,
    merged: MergedProposal,
    linked: LinkedProposal,
    *,
    organize: OrganizeWhen,
    names: EntityNames,
    cover: str | None = None,
    dialog_has_names: bool = True,
) -> Plan:
    """Return the plan of a linked proposal, without what the rules want.

    Each change of several merged proposals names the source that won it, and changes that need the
    dialog of a second source are omitted. ``names``, ``organize`` and ``cover`` are those of
    ``make_plan``. Before Stash 0.30 the dialog's rows have no names (``dialog_has_names``), and the
    changes that only a dialog can make are omitted too.
    """
    plan = make_plan(
        scene,
        linked.proposal,
        merged.policies,
        organize=organize != "never",
        names=names,
        cover=cover,
    )
    if not dialog_has_names:
        plan = without_dialog(plan)
    plan = _with_links(plan, linked)
    if organize == "complete" and not is_complete(plan):
        plan = plan.model_copy(update={"organize": False})
    return with_one_dialog(_with_sources(plan, merged)) if merged.winners else plan


def is_complete(plan: Plan) -> bool:
    """Return whether the scene gets every performer, studio and group that its source named."""
    return not any(
        omission.kind in {OmissionKind.NOT_IN_STASH, OmissionKind.NAMESAKE}
        and omission.field in COMPLETING
        for omission in plan.omitted
    )


def _with_links(plan: Plan, linked: LinkedProposal) -> Plan:
    """Return the plan with the entities to create for its changes, and the reasons for the rest."""
    changed = {change.field for change in plan.changes}
    unlinked = {(name.field, name.name): name for name in linked.unlinked}
    omitted = (unlinked.get((omission.field, omission.name), omission) for omission in plan.omitted)
    create = tuple(new for new in linked.create if new.field in changed)
    return plan.model_copy(update={"create": create, "omitted": tuple(omitted)})


def _with_sources(plan: Plan, merged: MergedProposal) -> Plan:
    """Return the plan in which each change names the source that won its field.

    A list that several sources gave members of names all of them.
    """
    changes = (
        change.model_copy(update={"source": _givers(merged.winners[change.field])})
        if change.field in merged.winners
        else change
        for change in plan.changes
    )
    return plan.model_copy(update={"changes": tuple(changes)})


def _givers(winner: FieldWinner) -> str:
    """Return the source that won a field, or the names of all that gave members of its list."""
    if winner.by != "all":
        return winner.source
    givers = set(winner.members.values())
    return SOURCE_JOINT.join(name for name in winner.sources if name in givers) or winner.source
