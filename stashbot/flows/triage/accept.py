"""Accept what waited in triage: the stored proposal is applied and saved as a trusted one is."""

from __future__ import annotations

from collections.abc import Sequence

from stashbot.decide.planning.dialog_plan import DIALOG_ONLY
from stashbot.decide.sources.questions import either
from stashbot.engine import flow, step
from stashbot.errors import EntryClosed, UsageError
from stashbot.flows.enrich.build_plan import plan_for
from stashbot.flows.enrich.scene_workflow import SceneWork
from stashbot.flows.runs.context import Runtime
from stashbot.flows.runs.options import RunOptions
from stashbot.flows.runs.rule_snapshot import Rulebook, rulebook_of_run
from stashbot.flows.runs.selection import Task
from stashbot.flows.triage.entry_changes import changed_fields, is_changed, says
from stashbot.models import (
    WAYS,
    FieldName,
    FieldPolicy,
    LeftOut,
    Model,
    Outcome,
    Plan,
    Proposal,
    Scene,
    SceneResult,
    Source,
)
from stashbot.settings import (
    LISTS,
    Settings,
)
from stashbot.stash.client import StashClient
from stashbot.store import Store, TriageEntry, TriageStatus


class Entries(Model):
    """Triage entries, as a step keeps them."""

    entries: tuple[TriageEntry, ...]


async def accepting(
    settings: Settings,
    client: StashClient,
    store: Store,
    *,
    entries: Sequence[int],
    only: tuple[FieldName, ...] = (),
    even_if_changed: bool = False,
    dry_run: bool = False,
) -> Task:
    """The task of a run that accepts these entries, or ``only`` some fields of them.

    A field that is named is taken: texts in place of what the scene holds, lists in addition; the
    scene is not organized then, for the rest of the proposal was not accepted.

    Raises:
        UnknownEntry: there is none of that id.
        EntryClosed: an entry was accepted or skipped before.
        UsageError: a proposal says nothing of a field that is named.
    """
    by_scene: dict[str, tuple[int, ...]] = {}
    proposals: list[Proposal] = []
    for number in dict.fromkeys(entries):
        entry = await store.triage_entry(number)
        if entry.status is not TriageStatus.OPEN:
            raise EntryClosed(
                f"Triage entry {number} is {entry.status.value} already.",
                hint="See it with `stashbot triage show`.",
                entry=number,
            )
        for name in only:
            _refuse_nothing(entry, name)
        by_scene[entry.scene] = (*by_scene.get(entry.scene, ()), number)
        proposals.append(entry.proposal)
    sources = await sources_of(client, proposals)
    asked = {one.source for one in proposals}
    taken = {
        name.value: FieldPolicy.UNION if name in _UNITED else FieldPolicy.OVERWRITE for name in only
    }
    # what creates is the dialog of the source
    there = asked <= {one.name for one in sources}
    options = RunOptions(
        kind="accept",
        sources=sources,
        dry_run=dry_run,
        organize=settings.run.organize and not only,
        weights=settings.weights,
        fields=settings.fields.model_copy(update=taken),
        filenames=settings.filenames,
        consensus=settings.consensus,
        creation=settings.creation if there else settings.creation.never,
        rules=Rulebook() if only else await rulebook_of_run(settings, client),
        entries=by_scene,
        only=only,
        even_if_changed=even_if_changed,
    )
    return Task(scenes=tuple(by_scene), options=options)


async def sources_of(client: StashClient, proposals: Sequence[Proposal]) -> tuple[Source, ...]:
    """The sources of these proposals that Stash still has, to be asked as they were asked."""
    installed = await client.resolve_sources(by=WAYS)
    found = {one.name: one for one in installed}
    for proposal in proposals:
        if proposal.source not in found and proposal.asked.by == "url":
            able = [one for one in installed if one.scrapes(proposal.asked.text)]
            if able and either(able).name == proposal.source:
                found[proposal.source] = either(able)
    return tuple(found[name] for name in {one.source: None for one in proposals} if name in found)


_UNITED = frozenset({*LISTS, FieldName.STASH_IDS})


@flow("accept-scene")
async def accept_scene(run_id: str, scene_id: str) -> SceneResult:
    """Applies the accepted entries of one scene and closes them.

    Raises:
        UnreachableError: Stash or the browser is gone; the flow can be resumed.
    """
    runtime = Runtime.get()
    async with runtime.lease() as lease:
        return await _Acceptance(runtime, lease, run_id, scene_id).carry_out()


class _Acceptance(SceneWork):
    """Applies what a person accepted."""

    async def work(self, scene: Scene) -> SceneResult:
        options = self.runtime.options
        numbers = options.entries[self.scene_id]
        entries = (await step("entries", lambda: self._entries(numbers))).entries
        closed = next((one for one in entries if one.status is not TriageStatus.OPEN), None)
        if closed is not None:
            why = f"triage entry {closed.id} is {closed.status.value} already"
            return self.result(Outcome.SKIPPED, reason=why)
        if not options.even_if_changed and any(is_changed(one, scene) for one in entries):
            names = dict.fromkeys(name for one in entries for name in changed_fields(one, scene))
            what = f" ({', '.join(names)})" if names else ""
            why = f"the scene changed since it was judged{what}: it takes --even-if-changed"
            return self.result(Outcome.SKIPPED, reason=why)
        proposals = tuple(one.proposal for one in entries)

        async def plan_over(fresh: Scene) -> Plan:
            return _restricted(await plan_for(self.runtime, fresh, proposals), options)

        async def plan_anew(fresh: Scene) -> Plan:
            return _without_edits(await plan_over(fresh), scene, fresh)

        plan = await step("plan", lambda: plan_over(scene))
        if why := _nothing_of(plan, options.only):
            return self.result(Outcome.SKIPPED, plan=plan, reason=why)
        result = await self.carry(scene, plan, replan=plan_anew, proposals=proposals)
        result = result.model_copy(update={"score": max(one.score for one in entries)})
        done = result.outcome is Outcome.APPLIED or (
            result.outcome is Outcome.SKIPPED and not plan.changes
        )
        if done and not options.dry_run:
            await step("close", lambda: self._close(numbers))
        return result

    async def _entries(self, numbers: Sequence[int]) -> Entries:
        store = self.runtime.store
        return Entries(entries=tuple([await store.triage_entry(one) for one in numbers]))

    async def _close(self, numbers: Sequence[int]) -> bool:
        for number in numbers:
            await self.runtime.store.close_triage(
                number,
                TriageStatus.ACCEPTED,
                taken=self.runtime.options.only,
                run_id=self.run_id,
            )
        return True


def _restricted(plan: Plan, options: RunOptions) -> Plan:
    """The plan with the asked fields only, and without what its source can no longer give."""
    changes = tuple(one for one in plan.changes if not options.only or one.field in options.only)
    there = {source.name for source in options.sources}
    lost = [
        one
        for one in changes
        if one.field in DIALOG_ONLY and (one.source or plan.source) not in there
    ]
    left_out = tuple(
        LeftOut(
            field=one.field,
            name=one.source or plan.source,
            reason="it takes a scrape, and the source is no longer in Stash",
        )
        for one in lost
    )
    kept = tuple(one for one in changes if one not in lost)
    return plan.model_copy(update={"changes": kept, "left_out": (*plan.left_out, *left_out)})


def _nothing_of(plan: Plan, only: tuple[FieldName, ...]) -> str:
    """Why nothing of what was accepted can be applied; empty if something can, or is held."""
    lost = [one for one in plan.left_out if not only or one.field in only]
    if plan.changes or plan.organize or not lost:
        return ""
    told = "; ".join(f"{one.field.value} {one.name} ({one.reason})" for one in lost)
    return f"nothing of it can be applied: {told}"


def _without_edits(plan: Plan, judged: Scene, fresh: Scene) -> Plan:
    """The plan without what would replace somebody's edit of this very moment."""
    for change in plan.changes:
        edited = judged.value(change.field) != fresh.value(change.field)
        if edited and change.policy is FieldPolicy.OVERWRITE:
            plan = plan.without(change.field)
    return plan


def _refuse_nothing(entry: TriageEntry, name: FieldName) -> None:
    if not says(entry.proposal, name):
        raise UsageError(
            f"The proposal of triage entry {entry.id} has no {name.value}.",
            hint="See what it has with `stashbot triage show`.",
            entry=entry.id,
            field=name.value,
        )
