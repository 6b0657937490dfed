"""Accept triage entries: apply and save the stored proposal as if it had been trusted."""

from __future__ import annotations

from collections.abc import Sequence

from stashbot.decide.planning.dialog_plan import DIALOG_ONLY
from stashbot.decide.sources.questions import combined_source
from stashbot.engine import Execution, scene_workflow
from stashbot.errors import EntryClosed, UsageError
from stashbot.flows.enrich.build_plan import build_plan
from stashbot.flows.enrich.scene_workflow import SceneWorkflow
from stashbot.flows.runs.options import RunOptions
from stashbot.flows.runs.rule_snapshot import RuleSnapshot, snapshot_rules
from stashbot.flows.runs.selection import RunTask
from stashbot.flows.triage.entry_changes import changed_fields, is_changed, proposes
from stashbot.models import (
    SCRAPE_METHODS,
    FieldName,
    FieldPolicy,
    Model,
    Omission,
    OmissionKind,
    Outcome,
    Plan,
    Proposal,
    Scene,
    SceneResult,
    Source,
)
from stashbot.services import Services
from stashbot.settings import LIST_FIELDS
from stashbot.stash.client import StashClient
from stashbot.store import TriageEntry, TriageStatus

_UNITED = frozenset({*LIST_FIELDS, FieldName.STASH_IDS})


class Entries(Model):
    """Triage entries, as a step records them."""

    entries: tuple[TriageEntry, ...]


async def prepare_accept(
    services: Services,
    entries: Sequence[int],
    *,
    only: tuple[FieldName, ...] = (),
    even_if_changed: bool = False,
    dry_run: bool = False,
) -> RunTask:
    """Return the task of a run that accepts these entries, or ``only`` some of their fields.

    A field that is named is taken: a text replaces the scene's, a list is added to it. The scene is
    not organized then, for the rest of the proposal was not accepted.

    Raises:
        UnknownEntry: there is no entry of that id.
        EntryClosed: an entry was accepted or skipped before.
        UsageError: a proposal holds nothing for a field that is named.
    """
    settings, stash = services.settings, services.stash
    by_scene: dict[str, tuple[int, ...]] = {}
    proposals: list[Proposal] = []
    for number in dict.fromkeys(entries):
        entry = await services.store.triage.get(number)
        if entry.status is not TriageStatus.OPEN:
            raise EntryClosed(
                f"Triage entry {number} is {entry.status.value} already.",
                hint="See it with `stashbot triage show`.",
                entry=number,
            )
        for name in only:
            _raise_unless_proposed(entry, name)
        by_scene[entry.scene] = (*by_scene.get(entry.scene, ()), number)
        proposals.append(entry.proposal)
    sources = await installed_sources(stash, proposals)
    installed = {source.name for source in sources}
    # Only the results dialog of its source can create an entity.
    can_create = all(proposal.source in installed for proposal in proposals)
    policies = {
        name.value: FieldPolicy.UNION if name in _UNITED else FieldPolicy.OVERWRITE for name in only
    }
    options = RunOptions.from_settings(
        settings,
        "accept",
        sources=sources,
        dry_run=dry_run,
        organize="never" if only else settings.run.organize,
        fields=settings.fields.model_copy(update=policies),
        creation=settings.creation if can_create else settings.creation.without_creation,
        rules=RuleSnapshot() if only else await snapshot_rules(settings, stash),
        entries=by_scene,
        only=only,
        even_if_changed=even_if_changed,
    )
    return RunTask(scenes=tuple(by_scene), options=options)


async def installed_sources(
    client: StashClient, proposals: Sequence[Proposal]
) -> tuple[Source, ...]:
    """Return the sources of these proposals that Stash still has, with the questions of then."""
    installed = await client.resolve_sources(methods=SCRAPE_METHODS)
    found = {source.name: source for source in installed}
    for proposal in proposals:
        if proposal.source not in found and proposal.query.method == "url":
            able = [source for source in installed if source.reads_url(proposal.query.text)]
            if able and combined_source(able).name == proposal.source:
                found[proposal.source] = combined_source(able)
    names = dict.fromkeys(proposal.source for proposal in proposals)
    return tuple(found[name] for name in names if name in found)


@scene_workflow("accept")
async def accept_scene(execution: Execution, run_id: str, scene_id: str) -> SceneResult:
    """Apply the accepted entries of a scene, and close them."""
    return await AcceptWorkflow.execute(execution, run_id, scene_id)


class AcceptWorkflow(SceneWorkflow):
    """Applies what a person accepted."""

    async def work(self, scene: Scene) -> SceneResult:
        """Plan and apply the accepted entries of the scene."""
        options = self.context.options
        numbers = options.entries[self.scene_id]
        entries = (await self.execution.step("entries", lambda: self._entries(numbers))).entries
        if reason := _refusal(entries, scene, even_if_changed=options.even_if_changed):
            return self.result(Outcome.SKIPPED, reason=reason)
        proposals = tuple(entry.proposal for entry in entries)

        async def plan_over(fresh: Scene) -> Plan:
            return _restricted(
                await build_plan(self.context, self.context.facts(fresh), proposals), options
            )

        async def plan_anew(fresh: Scene) -> Plan:
            return _without_edits(await plan_over(fresh), scene, fresh)

        plan = await self.execution.step("plan", lambda: plan_over(scene))
        if reason := _nothing_applicable(plan, options.only):
            return self.result(Outcome.SKIPPED, plan=plan, reason=reason)
        result = await self.apply_plan(scene, plan, replan=plan_anew, proposals=proposals)
        result = result.model_copy(update={"score": max(entry.score for entry in entries)})
        done = result.outcome is Outcome.APPLIED or (
            result.outcome is Outcome.SKIPPED and not plan.changes
        )
        if done and not options.dry_run:
            await self.execution.step("close", lambda: self._close(numbers))
        return result

    async def _entries(self, numbers: Sequence[int]) -> Entries:
        triage = self.context.store.triage
        return Entries(entries=tuple([await triage.get(number) for number in numbers]))

    async def _close(self, numbers: Sequence[int]) -> bool:
        for number in numbers:
            await self.context.store.triage.close(
                number,
                TriageStatus.ACCEPTED,
                accepted_fields=self.context.options.only,
                run_id=self.run_id,
            )
        return True


def _refusal(entries: Sequence[TriageEntry], scene: Scene, *, even_if_changed: bool) -> str:
    """Return why the entries cannot be applied to the scene as it is; empty if they can."""
    for entry in entries:
        if entry.status is not TriageStatus.OPEN:
            return f"triage entry {entry.id} is {entry.status.value} already"
    if even_if_changed or not any(is_changed(entry, scene) for entry in entries):
        return ""
    names = dict.fromkeys(name for entry in entries for name in changed_fields(entry, scene))
    fields = f" ({', '.join(names)})" if names else ""
    return f"the scene changed since it was judged{fields}: it takes --even-if-changed"


def _restricted(plan: Plan, options: RunOptions) -> Plan:
    """Return the plan with the requested fields only, and without what its source cannot give."""
    changes = tuple(c for c in plan.changes if not options.only or c.field in options.only)
    installed = {source.name for source in options.sources}
    lost = [
        change
        for change in changes
        if change.field in DIALOG_ONLY and (change.source or plan.source) not in installed
    ]
    omitted = tuple(
        Omission(
            field=change.field,
            name=change.source or plan.source,
            kind=OmissionKind.NEEDS_DIALOG,
            reason="it takes a scrape, and the source is no longer in Stash",
        )
        for change in lost
    )
    kept = tuple(change for change in changes if change not in lost)
    return plan.model_copy(update={"changes": kept, "omitted": (*plan.omitted, *omitted)})


def _nothing_applicable(plan: Plan, only: tuple[FieldName, ...]) -> str:
    """Return why nothing of what was accepted can be applied; empty if something can."""
    omitted = [entity for entity in plan.omitted if not only or entity.field in only]
    if plan.changes or plan.organize or not omitted:
        return ""
    reasons = "; ".join(f"{o.field.value} {o.name} ({o.reason})" for o in omitted)
    return f"nothing of it can be applied: {reasons}"


def _without_edits(plan: Plan, judged: Scene, fresh: Scene) -> Plan:
    """Return the plan without what would replace an edit that was made meanwhile."""
    for change in plan.changes:
        edited = judged.value(change.field) != fresh.value(change.field)
        if edited and change.policy is FieldPolicy.OVERWRITE:
            plan = plan.without(change.field)
    return plan


def _raise_unless_proposed(entry: TriageEntry, name: FieldName) -> None:
    if not proposes(entry.proposal, name):
        raise UsageError(
            f"The proposal of triage entry {entry.id} has no {name.value}.",
            hint="See what it has with `stashbot triage show`.",
        )
