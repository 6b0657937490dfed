"""Checking the selector registry against a running Stash, without changing anything there."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import computed_field

from stashbot.browser.session import Session
from stashbot.browser.wire_guard import AnswerPatch
from stashbot.errors import RegistryError, UsageError
from stashbot.flows.checks.tour.heal_offers import HealingAdvisor
from stashbot.flows.checks.tour.key_check import Finding, StateCheck
from stashbot.flows.checks.tour.subject_queries import gather_subjects
from stashbot.flows.checks.tour.tour import Captures, Tour
from stashbot.models import Model
from stashbot.selectors import Registry, SelectorSet
from stashbot.selectors.fingerprint_store import FILE, FingerprintStore
from stashbot.selectors.schema import release_name
from stashbot.selectors.ui_states import visit_order
from stashbot.services import open_pages
from stashbot.settings import Settings
from stashbot.stash.client import StashClient, open_stash
from stashbot.stash.library_snapshot import summarize_server

#: The states of a scene's page that a quick look takes in.
QUICK_STATES = ("shell", "scene", "edit-form", "fragment-menu")


class DisplayConditions(Model):
    """How Stash is shown to the tour; the server's settings stay as they are.

    ``language`` is a locale of Stash's, ``None`` for the profile's. With ``direction`` ``rtl`` the
    page is laid out from right to left.
    """

    language: str | None = None
    direction: Literal["ltr", "rtl"] = "ltr"


DEFAULT_DISPLAY = DisplayConditions()
CAPTURE_NOTHING = Captures(fingerprints=False)


class SelectorReport(Model):
    """The findings of a check of the selectors.

    ``blocked_writes`` names the writes that the page tried and the guard stopped.
    ``exact`` is false for a Stash that is newer than the registry. ``changed`` says what was
    another in Stash after the check than before, ``problems`` what is wrong with selector files.
    """

    version: str
    release: str
    exact: bool
    url: str
    profile: str
    language: str | None = None
    direction: str = "ltr"
    viewport: tuple[int, int]
    started: str
    elapsed_ms: int = 0
    scene: str = ""
    name: str = ""
    states: tuple[StateCheck, ...]
    blocked_writes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The keys that do not find what they must."""
        return tuple(finding for state in self.states for finding in state.broken)

    @property
    def unreached(self) -> tuple[StateCheck, ...]:
        """The states that the page could not be brought to."""
        return tuple(state for state in self.states if not state.reached)

    @property
    def failed(self) -> tuple[StateCheck, ...]:
        """The states that the page could not be brought to though the server has all they need."""
        return tuple(state for state in self.unreached if not state.missing_prerequisite)

    @computed_field  # type: ignore[prop-decorator] # pydantic's own way
    @property
    def unchanged(self) -> bool:
        """Whether Stash is as it was before."""
        return not self.changed

    @computed_field  # type: ignore[prop-decorator] # pydantic's own way
    @property
    def ok(self) -> bool:
        """Whether all keys of all states hold, and nothing was written.

        A state that needs what the server does not have, such as a scraper, is nobody's fault.
        """
        return not (self.broken or self.failed or self.changed or self.problems)


async def check_selectors(
    settings: Settings,
    *,
    scene_id: str | None = None,
    states: Sequence[str] | None = None,
    conditions: DisplayConditions = DEFAULT_DISPLAY,
    captures: Captures = CAPTURE_NOTHING,
) -> SelectorReport:
    """Takes a page through the states, with the guard shut, and checks every key there.

    Without ``scene_id`` it takes a scene that has much to show. ``states`` are all that this
    release has, unless given. What a key that holds looks like is taken down for healing if
    ``captures`` say so.

    Raises:
        UnknownScene: Stash has no such scene.
        UsageError: there is no such state.
        RegistryError: the built-in registry is damaged.
        UnreachableError: Stash or the browser is not there.
    """
    problems: list[RegistryError] = []
    registry = Registry.load(settings.selectors.folder, problems=problems)
    known = visit_order(registry.states)
    if unknown := sorted(set(states or ()) - set(known)):
        raise UsageError(
            f"There is no check of the state {unknown[0]!r}.",
            hint=f"States: {', '.join(known)}.",
        )
    async with open_stash(settings.stash) as client:
        selectors = registry.for_release(client.server.release)
        check = _Check(settings, client, selectors, conditions, captures)
        report = await check.carry_out(scene_id, known if states is None else states)
    told = tuple(f"{error.message} {error.hint}".strip() for error in problems)
    return report.model_copy(update={"problems": told})


class _Check:
    def __init__(
        self,
        settings: Settings,
        client: StashClient,
        selectors: SelectorSet,
        conditions: DisplayConditions,
        captures: Captures,
    ) -> None:
        self._settings = settings
        self._client = client
        self._selectors = selectors
        self._conditions = conditions
        self._captures = captures
        self._book_file = settings.state.dir / "selectors" / FILE
        self._book = FingerprintStore.load(self._book_file)

    async def carry_out(self, scene_id: str | None, states: Sequence[str]) -> SelectorReport:
        client, settings = self._client, self._settings
        started, clock = datetime.now(UTC), time.monotonic()
        before = await summarize_server(client)
        subjects = await gather_subjects(client, before, scene_id)
        healer = HealingAdvisor(
            book=self._book, release=self._selectors.release, profile=settings.browser.profile
        )
        async with open_pages(settings, client, self._selectors) as pool:
            session = await pool.acquire(read_only=True)
            await apply_conditions(session, self._conditions)
            tour = Tour(session, subjects, self._captures, healer)
            try:
                checks = [check async for check in tour.visit(states)]
            finally:
                await pool.discard(session)
            stopped = tuple(f"{one.operation}: {one.why}" for one in session.guard.blocked_writes)
        self._take_down(checks)
        size = settings.browser
        return SelectorReport(
            version=client.server.version,
            release=release_name(self._selectors.release),
            exact=self._selectors.exact,
            url=settings.stash.url,
            profile=settings.browser.profile,
            language=self._conditions.language,
            direction=self._conditions.direction,
            viewport=(size.width, size.height),
            started=started.isoformat(timespec="seconds"),
            elapsed_ms=round((time.monotonic() - clock) * 1000),
            scene=subjects.scene.id if subjects.scene else "",
            name=subjects.scene.display_name if subjects.scene else "",
            states=tuple(checks),
            blocked_writes=stopped,
            changed=before.changes(await summarize_server(client)),
        )

    def _take_down(self, checks: Sequence[StateCheck]) -> None:
        """Keeps what the keys that hold look like, for the day on which they do not."""
        if self._captures.fingerprints:
            release, profile = self._selectors.release, self._settings.browser.profile
            record_fingerprints(self._book, checks, release=release, profile=profile)
            self._book.save(self._book_file)


def record_fingerprints(
    book: FingerprintStore, checks: Sequence[StateCheck], *, release: tuple[int, int], profile: str
) -> None:
    """Takes down in ``book`` what the keys that hold look like."""
    for check in checks:
        for found in check.findings:
            if found.ok and found.fingerprints:
                book.record(
                    release=release,
                    profile=profile,
                    state=check.state,
                    key=found.key,
                    values=found.values,
                    fingerprints=found.fingerprints,
                )


async def apply_conditions(session: Session, conditions: DisplayConditions) -> None:
    """Make the pages of ``session`` show Stash under ``conditions``."""
    if language := conditions.language:
        patches = session.guard.patches
        before: AnswerPatch = patches.get("Configuration", _as_is)
        patches["Configuration"] = lambda payload: with_language(before(payload), language)
    if conditions.direction == "rtl":
        await session.context.add_init_script(
            "addEventListener('DOMContentLoaded', () => { document.documentElement.dir = 'rtl'; })"
        )


def _as_is(payload: dict[str, Any]) -> dict[str, Any]:
    return payload


def with_language(payload: dict[str, Any], language: str) -> dict[str, Any]:
    """``Configuration``'s answer with the UI's language set."""
    data = payload.get("data")
    configuration = data.get("configuration") if isinstance(data, dict) else None
    interface = configuration.get("interface") if isinstance(configuration, dict) else None
    if isinstance(interface, dict):
        interface["language"] = language
    return payload
