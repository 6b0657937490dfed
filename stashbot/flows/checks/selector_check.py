"""Checking the selector registry against a running Stash, without changing anything there."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import computed_field

from stashbot.browser.element_search import ReplacementSearch
from stashbot.browser.profile import interface_of
from stashbot.browser.session import Session
from stashbot.browser.wire_guard import AnswerPatch, WritePolicy
from stashbot.errors import RegistryError, UsageError
from stashbot.flows.checks.tour.key_check import Finding, StateCheck
from stashbot.flows.checks.tour.subjects import gather_subjects
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

#: The states of a scene's page, for a quick check.
QUICK_STATES = ("shell", "scene", "edit-form", "fragment-menu")


class DisplayConditions(Model):
    """How Stash is shown during a tour; the server's settings stay as they are.

    ``language`` is a locale of Stash's, ``None`` for the profile's. With ``direction`` ``rtl`` the
    page is laid out from right to left.
    """

    language: str | None = None
    direction: Literal["ltr", "rtl"] = "ltr"


DEFAULT_DISPLAY = DisplayConditions()
CAPTURE_NOTHING = Captures(fingerprints=False)


class SelectorReport(Model):
    """The findings of a check of the selectors.

    ``exact`` is false for a Stash that is newer than the registry. ``blocked_writes`` names the
    writes that the page tried and the guard stopped, ``changed`` says what differs in Stash after
    the check, ``problems`` what is wrong with selector files.
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
        """The states that were not reached though the server has all that they need."""
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

        States that need what the server does not have, such as a scraper, do not count.
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
    """Take a page through the states, with writes blocked, and check every key there.

    Without ``scene_id`` a scene that has much to show is taken, without ``states`` all that this
    release has. ``captures`` with fingerprints records those of keys that hold, for healing.

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
        report = await check.run(scene_id, known if states is None else states)
    messages = tuple(f"{error.message} {error.hint}".strip() for error in problems)
    return report.model_copy(update={"problems": messages})


class _Check:
    """A check of a server."""

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
        self._fingerprint_file = settings.state.dir / "selectors" / FILE
        self._fingerprints = FingerprintStore.load(self._fingerprint_file)

    async def run(self, scene_id: str | None, states: Sequence[str]) -> SelectorReport:
        client, browser = self._client, self._settings.browser
        started, clock = datetime.now(UTC), time.monotonic()
        before = await summarize_server(client)
        subjects = await gather_subjects(client, before, scene_id)
        search = ReplacementSearch(self._fingerprints, browser.profile)
        async with open_pages(self._settings, client, self._selectors) as pool:
            session = await pool.acquire(WritePolicy.BLOCKED)
            await apply_conditions(session, self._conditions)
            tour = Tour(session, subjects, self._captures, search)
            try:
                checks = [check async for check in tour.visit(states)]
            finally:
                await pool.discard(session)
            blocked = tuple(
                f"{write.operation}: {write.why}" for write in session.guard.blocked_writes
            )
        self._record_fingerprints(checks)
        return SelectorReport(
            version=client.server.version,
            release=release_name(self._selectors.release),
            exact=self._selectors.exact,
            url=self._settings.stash.url,
            profile=browser.profile,
            language=self._conditions.language,
            direction=self._conditions.direction,
            viewport=(browser.width, browser.height),
            started=started.isoformat(timespec="seconds"),
            elapsed_ms=round((time.monotonic() - clock) * 1000),
            scene=subjects.scene.id if subjects.scene else "",
            name=subjects.scene.display_name if subjects.scene else "",
            states=tuple(checks),
            blocked_writes=blocked,
            changed=before.changes(await summarize_server(client)),
        )

    def _record_fingerprints(self, checks: Sequence[StateCheck]) -> None:
        if self._captures.fingerprints:
            release, profile = self._selectors.release, self._settings.browser.profile
            record_fingerprints(self._fingerprints, checks, release=release, profile=profile)
            self._fingerprints.save(self._fingerprint_file)


def record_fingerprints(
    fingerprints: FingerprintStore,
    checks: Sequence[StateCheck],
    *,
    release: tuple[int, int],
    profile: str,
) -> None:
    """Add the fingerprints of the keys that hold to ``fingerprints``."""
    for check in checks:
        for finding in check.findings:
            if finding.ok and finding.fingerprints:
                fingerprints.record(
                    release=release,
                    profile=profile,
                    state=check.state,
                    key=finding.key,
                    values=finding.values,
                    fingerprints=finding.fingerprints,
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


def with_language(payload: dict[str, Any], language: str) -> dict[str, Any]:
    """Set the UI's language in ``Configuration``'s answer."""
    if (interface := interface_of(payload)) is not None:
        interface["language"] = language
    return payload


def _as_is(payload: dict[str, Any]) -> dict[str, Any]:
    return payload
