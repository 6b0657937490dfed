"""Rehearsing a scrape, apply and save through the real page, with every write stopped.

The source is really scraped, the scrape dialog really applied, and Save really clicked. The wire
guard stops what the page then tries to send, and it is compared with the plan: so the whole way is
proven, and nothing is written.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from loguru import logger

from stashbot.browser.door.door import STOPPED_STATUS
from stashbot.browser.session import Session
from stashbot.decide.planning.dialog_plan import choose_rows, dialog_will_open
from stashbot.errors import (
    AnswerTimeout,
    BadAnswer,
    GraphQLError,
    PageError,
    RegistryError,
    RequestNotSent,
    ScrapeFailed,
    StepSkipped,
    UnplannedWrite,
    UnsupportedStash,
)
from stashbot.flows.checks.form_assertions import assert_form, assert_sent
from stashbot.flows.enrich.build_plan import plan_single_proposal
from stashbot.flows.enrich.steps.ask_source import first_proposal
from stashbot.models import Change, FieldName, Model, Plan, Proposal, Scene, Source
from stashbot.pages.edit_form import EditForm
from stashbot.pages.scene_page import ScenePage
from stashbot.pages.scrape_dialog import ScrapeDialog
from stashbot.pages.scrape_menu import ScrapeMenu
from stashbot.settings import Settings
from stashbot.stash.client import StashClient

#: Scenes that are scraped until a source has something new, and how long that may take.
SCENES = 5
SEARCH_S = 120.0
#: A source that takes longer is passed over.
SCRAPE_MS = 20_000
#: The steps in their order.
STEPS = ("open", "scrape", "apply", "form", "buttons", "save")

_NO_NEWS = "nothing new"

StepVerdict = Literal["ok", "failed", "skipped"]


class SmokeStep(Model):
    """A step of a smoke test; ``detail`` says what was seen, or why the step did not succeed."""

    name: str
    verdict: StepVerdict
    detail: str = ""
    elapsed_ms: int = 0


@dataclass(frozen=True)
class _Found:
    """A proposal with something new, and the plan that it makes."""

    scene: Scene
    source: Source
    proposal: Proposal
    plan: Plan


@dataclass
class SaveRehearsal:
    """A rehearsal with the first of ``scenes`` that ``sources`` know something new about.

    The session's writes must be blocked. ``is_chosen`` marks a source that the user
    named: then its failure is a failure of the rehearsal.
    """

    session: Session
    client: StashClient
    settings: Settings
    scenes: Sequence[Scene]
    sources: Sequence[Source]
    is_chosen: bool = False
    steps: list[SmokeStep] = field(default_factory=list)
    scene: Scene | None = None
    source: Source | None = None
    _found: _Found | None = None
    _plan: Plan | None = None

    async def run(self) -> tuple[SmokeStep, ...]:
        """Carry out all steps; after a failed step the others are skipped.

        Raises:
            UnreachableError: Stash or the browser is gone.
        """
        works = (self._open, self._scrape, self._apply, self._form, self._buttons, self._save)
        for name, work in zip(STEPS, works, strict=True):
            self.steps.append(await self._step(name, work))
        return tuple(self.steps)

    async def _step(self, name: str, work: Callable[[], Awaitable[str]]) -> SmokeStep:
        started = time.monotonic()
        failed = next((step.name for step in self.steps if step.verdict == "failed"), None)
        verdict: StepVerdict = "ok"
        if failed is not None:
            return SmokeStep(name=name, verdict="skipped", detail=f"{failed} failed")
        try:
            detail = await work()
        except (StepSkipped, UnsupportedStash) as error:
            verdict, detail = "skipped", error.message
        except (PageError, RegistryError, GraphQLError, BadAnswer) as error:
            verdict, detail = "failed", str(error)
        elapsed_ms = round((time.monotonic() - started) * 1000)
        logger.debug("rehearsal, {}: {} ({}) in {} ms", name, verdict, detail, elapsed_ms)
        return SmokeStep(name=name, verdict=verdict, detail=detail, elapsed_ms=elapsed_ms)

    # The steps

    async def _open(self) -> str:
        if not self.scenes:
            raise StepSkipped("Stash has no scene: add a file to its library and scan it")
        self.scene = self.scenes[0]
        await ScenePage(self.session).open(self.scene)
        return f"the edit form of scene {self.scene.id} ({self.scene.display_name})"

    async def _scrape(self) -> str:
        self._require_scene()
        if not self.sources:
            raise StepSkipped("no scraper is installed that scrapes a scene by itself")
        self._found = found = await self._search()
        self.scene, self.source = found.scene, found.source
        return (
            f"{found.source.name} has something new for scene {found.scene.id}: "
            f"{_fields_of(found.plan)}"
        )

    async def _apply(self) -> str:
        found = self._found
        if found is None:
            raise StepSkipped("there is nothing to apply")
        dialog, form = ScrapeDialog(self.session), EditForm(self.session)
        choice = choose_rows(found.plan, found.proposal)
        await self.session.run(dialog.wait_or_error_op())
        try:
            ops = dialog.apply_ops(choice.use)
        except UnsupportedStash:
            await dialog.cancel()
            raise
        rest = found.plan.model_copy(update={"changes": choice.fill})
        await self.session.run(*ops, *form.fill_ops(rest))
        self._plan = found.plan
        rows = ", ".join(sorted(name.value for name in choice.use)) or "none"
        return f"rows taken from the scraped side: {rows}"

    async def _form(self) -> str:
        scene, form = self._require_scene(), EditForm(self.session)
        is_typed = self._plan is None
        if self._plan is None:
            self._plan = _plan_of_a_typed_title(scene)
            await ScenePage(self.session).open(scene, fresh=True)
            await self.session.run(*form.fill_ops(self._plan))
        await assert_form(form, self._plan, scene)
        return (
            "holds a title that was typed"
            if is_typed
            else f"holds {_fields_of(self._plan)} as planned"
        )

    async def _buttons(self) -> str:
        self._require_scene()
        await self.session.run(
            *EditForm(self.session).wait_savable_ops(),
            ScenePage(self.session).wait_organizable_op(),
        )
        return "Save is there, once, and enabled; so is organized"

    async def _save(self) -> str:
        scene, guard = self._require_scene(), self.session.guard
        assert self._plan is not None  # noqa: S101 # made by the form's step, which did not fail
        before = len(guard.blocked_writes)
        answer = await EditForm(self.session).save(scene.id, timeout=self.settings.browser.save_ms)
        blocked = [
            write for write in guard.blocked_writes[before:] if write.operation == "SceneUpdate"
        ]
        if answer.status != STOPPED_STATUS or len(blocked) != 1:
            raise UnplannedWrite(
                f"Save sent {len(blocked)} updates that were stopped, and not exactly 1 "
                f"(the page's own request was answered with HTTP {answer.status}).",
                operation="SceneUpdate",
                why="not stopped",
            )
        values: Any = blocked[0].variables.get("input")
        assert_sent(values, self._plan, scene)
        return (
            f"the page sent {_fields_of(self._plan)} of scene {scene.id} as planned, "
            "and it was stopped"
        )

    # Searching

    async def _search(self) -> _Found:
        """Return the first proposal with something new; its dialog is open, or about to.

        Raises:
            StepSkipped: there is none.
            PageError: the page failed, rather than a source.
        """
        answers: dict[str, str] = {}
        fresh, ends = False, time.monotonic() + SEARCH_S
        for scene in self.scenes[:SCENES]:
            for source in self.sources:
                left_ms = round((ends - time.monotonic()) * 1000)
                if left_ms < 1:
                    raise StepSkipped(
                        f"no source knew anything new in {SEARCH_S:.0f} s{_listed(answers)}"
                    )
                await ScenePage(self.session).open(scene, fresh=fresh)
                fresh, limit = False, min(left_ms, SCRAPE_MS, self.settings.browser.scrape_ms)
                try:
                    found = await self._scrape_with(source, scene, limit)
                except ScrapeFailed as error:
                    answers[source.name] = error.message
                except RequestNotSent:
                    raise
                except AnswerTimeout as error:
                    # The late answer would open its dialog on the next scene.
                    answers[source.name], fresh = error.message, True
                else:
                    if found is not None:
                        return found
                    answers.setdefault(source.name, _NO_NEWS)
        if self.is_chosen and _NO_NEWS not in answers.values():
            raise ScrapeFailed("; ".join(answers.values()), source=self.sources[0].name)
        raise StepSkipped(f"no source knows anything new about a scene{_listed(answers)}")

    async def _scrape_with(self, source: Source, scene: Scene, limit: int) -> _Found | None:
        """Scrape the open scene; without anything new the dialog is closed again."""
        menu, dialog = ScrapeMenu(self.session), ScrapeDialog(self.session)
        proposal = first_proposal(source, await menu.scrape(source, scene.id, limit))
        if proposal is None:
            return None
        plan = await plan_single_proposal(
            self.client,
            self.settings.fields,
            scene,
            proposal,
            organize=self.settings.run.organize != "never",
        )
        if plan.changes:
            return _Found(scene=scene, source=source, proposal=proposal, plan=plan)
        if dialog_will_open(plan, proposal):
            await dialog.wait()
            await dialog.cancel()
        elif await menu.wait_for_dialog_or_idle():
            await dialog.cancel()
        return None

    def _require_scene(self) -> Scene:
        if self.scene is None:
            raise StepSkipped("there is no scene")
        return self.scene


def _plan_of_a_typed_title(scene: Scene) -> Plan:
    """Return a plan that needs no source: another title."""
    after = f"{scene.display_name} (stashbot smoke)"
    change = Change(field=FieldName.TITLE, before=scene.title, after=after)
    return Plan(scene_id=scene.id, source="", changes=(change,))


def _fields_of(plan: Plan) -> str:
    return ", ".join(change.field.value for change in plan.changes)


def _listed(answers: dict[str, str]) -> str:
    if not answers:
        return ""
    return f" ({'; '.join(f'{source}: {answer}' for source, answer in answers.items())})"
