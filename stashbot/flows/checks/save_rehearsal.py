"""One scrape, apply and save through the real page, of which nothing is let out.

All that a run does for a scene is done here, in a session that only reads: the source is really
asked, the scrape dialog is really applied, and Save is really clicked. What the page then tries to
send is stopped at the wire and compared with the plan: so the way is proven, and nothing written.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from loguru import logger

from stashbot.browser import actions
from stashbot.browser.session import Session
from stashbot.decide.planning.dialog_plan import choose, surely_opens
from stashbot.errors import (
    AnswerTimeout,
    BadAnswer,
    GraphQLError,
    PageError,
    RegistryError,
    ScrapeFailed,
    StashbotError,
    UnplannedWrite,
    UnsupportedStash,
)
from stashbot.flows.checks.form_assertions import expect_form, expect_sent
from stashbot.flows.enrich.build_plan import planned
from stashbot.flows.enrich.steps.ask_source import proposal_of
from stashbot.models import Change, FieldName, Model, Plan, Proposal, Scene, Source
from stashbot.pages.edit_form import EditForm
from stashbot.pages.scene_page import ScenePage
from stashbot.pages.scrape_dialog import OPEN_MS, ScrapeDialog
from stashbot.pages.scrape_menu import ScraperMenus
from stashbot.settings import Settings
from stashbot.stash.client import StashClient

#: Scenes that sources are asked about until one says something new, and how long that may take.
SCENES = 5
SEARCH_S = 120.0
#: A source that takes longer is passed over.
SCRAPE_MS = 20_000
#: The steps in their order.
STEPS = ("open", "scrape", "apply", "form", "buttons", "save")

Verdict = Literal["ok", "failed", "skipped"]


class SmokeStep(Model):
    """One step of a smoke test; ``detail`` says what was seen, or why not."""

    name: str
    verdict: Verdict
    detail: str = ""
    elapsed_ms: int = 0


class Skip(StashbotError):
    """A step that this server gives no occasion for."""


@dataclass(frozen=True)
class _Found:
    scene: Scene
    source: Source
    proposal: Proposal
    plan: Plan


@dataclass
class DryRun:
    """One dry run over the first of ``scenes`` that one of ``sources`` says something new about.

    ``chosen`` marks a source that was asked for by name: then its failure is one of the dry run.
    """

    session: Session
    client: StashClient
    settings: Settings
    scenes: Sequence[Scene]
    sources: Sequence[Source]
    chosen: bool = False
    steps: list[SmokeStep] = field(default_factory=list)
    scene: Scene | None = None
    source: Source | None = None
    _found: _Found | None = None
    _plan: Plan | None = None

    async def carry_out(self) -> tuple[SmokeStep, ...]:
        """All steps. After one that failed the others are skipped.

        Raises:
            UnreachableError: Stash or the browser is gone.
        """
        works = (self._open, self._scrape, self._apply, self._form, self._buttons, self._save)
        for name, work in zip(STEPS, works, strict=True):
            self.steps.append(await self._step(name, work))
        return tuple(self.steps)

    async def _step(self, name: str, work: Callable[[], Awaitable[str]]) -> SmokeStep:
        started = time.monotonic()
        failed = next((one.name for one in self.steps if one.verdict == "failed"), None)
        verdict: Verdict = "ok"
        if failed is not None:
            return SmokeStep(name=name, verdict="skipped", detail=f"{failed} failed")
        try:
            detail = await work()
        except (Skip, UnsupportedStash) as error:
            verdict, detail = "skipped", error.message
        except (PageError, RegistryError, GraphQLError, BadAnswer) as error:
            verdict, detail = "failed", str(error)
        elapsed_ms = round((time.monotonic() - started) * 1000)
        logger.debug("dry run, {}: {} ({}) in {} ms", name, verdict, detail, elapsed_ms)
        return SmokeStep(name=name, verdict=verdict, detail=detail, elapsed_ms=elapsed_ms)

    # The steps

    async def _open(self) -> str:
        if not self.scenes:
            raise Skip("Stash has no scene: add one file to its library and scan it")
        self.scene = self.scenes[0]
        await ScenePage(self.session).open(self.scene)
        return f"the edit form of scene {self.scene.id} ({self.scene.display_name})"

    async def _scrape(self) -> str:
        self._expect_scene()
        if not self.sources:
            raise Skip("no scraper is installed that scrapes a scene by itself")
        self._found = found = await self._search()
        self.scene, self.source = found.scene, found.source
        changes = ", ".join(change.field.value for change in found.plan.changes)
        return f"{found.source.name} has something new for scene {found.scene.id}: {changes}"

    async def _apply(self) -> str:
        found = self._found
        if found is None:
            raise Skip("there is nothing to apply")
        dialog, form = ScrapeDialog(self.session), EditForm(self.session)
        choice = choose(found.plan, found.proposal)
        await self.session.run(
            actions.race(
                actions.present(self.session.target("scrape_dialog.dialog"), "viewport"),
                actions.present(self.session.target("shell.toast_error")),
                timeout=OPEN_MS,
            )
        )
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
        scene, form = self._expect_scene(), EditForm(self.session)
        how = "as planned"
        if self._plan is None:
            self._plan = _typed(scene)
            await ScenePage(self.session).open(scene, fresh=True)
            await self.session.run(*form.fill_ops(self._plan))
            how = "a title that was typed"
        await expect_form(form, self._plan, scene)
        names = ", ".join(change.field.value for change in self._plan.changes)
        return f"holds {names} {how}" if how == "as planned" else f"holds {how}"

    async def _buttons(self) -> str:
        self._expect_scene()
        save = self.session.target("edit_form.save")
        organize = self.session.target("scene.organized")
        await self.session.run(
            actions.wait(save, "enabled"), actions.wait(organize, "click"), actions.wait(save)
        )
        return "Save is there, once, and enabled; so is organized"

    async def _save(self) -> str:
        scene, guard = self._expect_scene(), self.session.guard
        assert self._plan is not None  # noqa: S101 # made by the form's step, which did not fail
        before = len(guard.stopped)
        exchange = await EditForm(self.session).save(
            scene.id, timeout=self.settings.browser.save_ms
        )
        stopped = [one for one in guard.stopped[before:] if one.operation == "SceneUpdate"]
        if exchange.state != "failed" or len(stopped) != 1:
            raise UnplannedWrite(
                f"Save sent {len(stopped)} updates that were stopped, and it must be one "
                f"(the page's own request ended as {exchange.state}).",
                operation="SceneUpdate",
                why="not stopped",
            )
        values: Any = stopped[0].variables.get("input")
        expect_sent(values, self._plan, scene)
        names = ", ".join(change.field.value for change in self._plan.changes)
        return f"the page sent {names} of scene {scene.id} as planned, and it was stopped"

    # Searching

    async def _search(self) -> _Found:
        """The first proposal with something new; its dialog is open, or about to.

        Raises:
            Skip: there is none.
            PageError: the page, not a source, is what failed.
        """
        told: dict[str, str] = {}
        fresh, ends = False, time.monotonic() + SEARCH_S
        for scene in self.scenes[:SCENES]:
            for source in self.sources:
                left_ms = round((ends - time.monotonic()) * 1000)
                if left_ms < 1:
                    raise Skip(f"no source said anything new in {SEARCH_S:.0f} s{_told(told)}")
                await ScenePage(self.session).open(scene, fresh=fresh)
                fresh, limit = False, min(left_ms, SCRAPE_MS, self.settings.browser.scrape_ms)
                try:
                    found = await self._ask(source, scene, limit)
                except ScrapeFailed as error:
                    told[source.name] = error.message
                except AnswerTimeout as error:
                    if error.fields.get("sent") is False:
                        raise
                    told[source.name], fresh = error.message, True
                else:
                    if found is not None:
                        return found
                    told.setdefault(source.name, "nothing new")
        if self.chosen and "nothing new" not in told.values():
            raise ScrapeFailed("; ".join(told.values()), source=self.sources[0].name)
        raise Skip(f"no source says anything new about a scene{_told(told)}")

    async def _ask(self, source: Source, scene: Scene, limit: int) -> _Found | None:
        menus, dialog = ScraperMenus(self.session), ScrapeDialog(self.session)
        proposal = proposal_of(source, await menus.scrape(source, scene.id, limit))
        if proposal is None:
            return None
        plan = await planned(
            self.client, self.settings.fields, scene, proposal, organize=self.settings.run.organize
        )
        if plan.changes:
            return _Found(scene=scene, source=source, proposal=proposal, plan=plan)
        if surely_opens(plan, proposal):
            await dialog.wait()
            await dialog.cancel()
        elif await menus.settled():
            await dialog.cancel()
        return None

    def _expect_scene(self) -> Scene:
        if self.scene is None:
            raise Skip("there is no scene")
        return self.scene


def _typed(scene: Scene) -> Plan:
    """A plan that needs no source: another title."""
    after = f"{scene.display_name} (stashbot smoke)"
    change = Change(field=FieldName.TITLE, before=scene.title, after=after)
    return Plan(scene_id=scene.id, source="", changes=(change,))


def _told(told: dict[str, str]) -> str:
    return f" ({'; '.join(f'{name}: {what}' for name, what in told.items())})" if told else ""
