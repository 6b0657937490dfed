"""Checking the selector registry against a running Stash, without changing anything there."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import computed_field

from stashbot.browser.session import Session
from stashbot.browser.wire_guard import Patch
from stashbot.errors import RegistryError, UsageError
from stashbot.flows.checks.tour.heal_offers import Healer
from stashbot.flows.checks.tour.key_check import Finding, StateCheck
from stashbot.flows.checks.tour.subject_queries import gather_facts
from stashbot.flows.checks.tour.tour import Looks, Tour
from stashbot.flows.runs.context import open_pages
from stashbot.models import Model
from stashbot.selectors import Registry, SelectorSet
from stashbot.selectors.fingerprint_store import FILE, FingerprintBook
from stashbot.selectors.schema import release_name
from stashbot.selectors.ui_states import ordered
from stashbot.settings import Settings
from stashbot.stash.client import StashClient, open_stash
from stashbot.stash.server_summary import survey

#: The states of a scene's page that a quick look takes in.
QUICK_STATES = ("shell", "scene", "edit-form", "fragment-menu")


class Conditions(Model):
    """How Stash is shown to the tour; the server's settings stay as they are.

    ``language`` is a locale of Stash's, ``None`` for the profile's. With ``direction`` ``rtl`` the
    page is laid out from right to left.
    """

    language: str | None = None
    direction: Literal["ltr", "rtl"] = "ltr"


AS_IT_IS = Conditions()
KEYS_ONLY = Looks(fingerprints=False)


class SelectorReport(Model):
    """What a check found. ``stopped`` names writes that the page tried and the guard stopped.

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
    stopped: tuple[str, ...] = ()
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
        return tuple(state for state in self.unreached if not state.lacking)

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
    conditions: Conditions = AS_IT_IS,
    looks: Looks = KEYS_ONLY,
) -> SelectorReport:
    """Takes a page through the states, with the guard shut, and checks every key there.

    Without ``scene_id`` it takes a scene that has much to show. ``states`` are all that this
    release has, unless given. What a key that holds looks like is taken down for healing if
    ``looks`` say so.

    Raises:
        UnknownScene: Stash has no such scene.
        UsageError: there is no such state.
        RegistryError: the built-in registry is damaged.
        UnreachableError: Stash or the browser is not there.
    """
    problems: list[RegistryError] = []
    registry = Registry.load(settings.selectors.folder, problems=problems)
    known = ordered(registry.states)
    if unknown := sorted(set(states or ()) - set(known)):
        raise UsageError(
            f"There is no check of the state {unknown[0]!r}.",
            hint=f"States: {', '.join(known)}.",
            state=unknown[0],
        )
    async with open_stash(settings.stash) as client:
        selectors = registry.for_release(client.server.release)
        check = _Check(settings, client, selectors, conditions, looks)
        report = await check.carry_out(scene_id, known if states is None else states)
    told = tuple(f"{error.message} {error.hint}".strip() for error in problems)
    return report.model_copy(update={"problems": told})


class _Check:
    def __init__(
        self,
        settings: Settings,
        client: StashClient,
        selectors: SelectorSet,
        conditions: Conditions,
        looks: Looks,
    ) -> None:
        self._settings = settings
        self._client = client
        self._selectors = selectors
        self._conditions = conditions
        self._looks = looks
        self._book_file = settings.state.dir / "selectors" / FILE
        self._book = FingerprintBook.load(self._book_file)

    async def carry_out(self, scene_id: str | None, states: Sequence[str]) -> SelectorReport:
        client, settings = self._client, self._settings
        started, clock = datetime.now(UTC), time.monotonic()
        before = await survey(client)
        facts = await gather_facts(client, before, scene_id)
        healer = Healer(
            book=self._book, release=self._selectors.release, profile=settings.browser.profile
        )
        async with open_pages(settings, client, self._selectors, read_only=True) as pool:
            session = await pool.acquire()
            await prepare(session, self._conditions)
            tour = Tour(session, facts, self._looks, healer)
            try:
                checks = [check async for check in tour.visit(states)]
            finally:
                await pool.discard(session)
            stopped = tuple(f"{one.operation}: {one.why}" for one in session.guard.stopped)
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
            scene=facts.scene.id if facts.scene else "",
            name=facts.scene.display_name if facts.scene else "",
            states=tuple(checks),
            stopped=stopped,
            changed=before.changes(await survey(client)),
        )

    def _take_down(self, checks: Sequence[StateCheck]) -> None:
        """Keeps what the keys that hold look like, for the day on which they do not."""
        if self._looks.fingerprints:
            release, profile = self._selectors.release, self._settings.browser.profile
            write_down(self._book, checks, release=release, profile=profile)
            self._book.save(self._book_file)


def write_down(
    book: FingerprintBook, checks: Sequence[StateCheck], *, release: tuple[int, int], profile: str
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


async def prepare(session: Session, conditions: Conditions) -> None:
    """Makes the pages of ``session`` show Stash under ``conditions``."""
    if language := conditions.language:
        patches = session.guard.patches
        before: Patch = patches.get("Configuration", _as_is)
        patches["Configuration"] = lambda payload: speak(before(payload), language)
    if conditions.direction == "rtl":
        await session.context.add_init_script(
            "addEventListener('DOMContentLoaded', () => { document.documentElement.dir = 'rtl'; })"
        )


def _as_is(payload: dict[str, Any]) -> dict[str, Any]:
    return payload


def speak(payload: dict[str, Any], language: str) -> dict[str, Any]:
    """``Configuration``'s answer with the UI's language set."""
    data = payload.get("data")
    configuration = data.get("configuration") if isinstance(data, dict) else None
    interface = configuration.get("interface") if isinstance(configuration, dict) else None
    if isinstance(interface, dict):
        interface["language"] = language
    return payload
