"""Recording what a running Stash shows, to test the registry and the practice Stash against it.

There is a folder for each version, such as ``recordings/0.30.1``, with ``meta.json``;
``states/NAME.aria.yml`` and ``states/NAME.json`` (a tree of elements without their texts, and what
each key finds in it); ``fingerprints.json`` (what healing starts from); ``graphql/OPERATION.json``
(exchanges of the states and of stashbot itself). It does not show whose server it was: words,
addresses and paths are replaced, secrets are left out, and no picture is taken.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stashbot.browser.wire_guard import WritePolicy
from stashbot.errors import GraphQLError, ScrapeFailed
from stashbot.flows.checks.exchange_recorder import ExchangeRecorder
from stashbot.flows.checks.recording_files import (
    exchange_files,
    parse_version,
    state_files,
    write_recording,
)
from stashbot.flows.checks.selector_check import (
    DEFAULT_DISPLAY,
    DisplayConditions,
    apply_conditions,
    record_fingerprints,
)
from stashbot.flows.checks.tour.subjects import TourSubjects, gather_subjects
from stashbot.flows.checks.tour.tour import Captures, Tour
from stashbot.models import Model
from stashbot.recordings.anonymizer import Anonymizer
from stashbot.recordings.exchanges import MAX_LIST_ITEMS, RecordedExchange, recorded_exchange
from stashbot.recordings.transports import RecordingTransport
from stashbot.selectors import Registry
from stashbot.selectors.fingerprint_store import FingerprintStore
from stashbot.selectors.schema import release_name
from stashbot.selectors.ui_states import visit_order
from stashbot.services import open_pages
from stashbot.settings import Settings
from stashbot.stash.client import StashClient, open_stash
from stashbot.stash.library_snapshot import summarize_server


class RecordingReport(Model):
    """The folder of a recording, and its states and operations."""

    folder: Path
    version: str
    states: tuple[str, ...]
    unreached: dict[str, str]
    operations: tuple[str, ...]
    changed: tuple[str, ...] = ()


async def record(
    settings: Settings, out: Path, *, conditions: DisplayConditions = DEFAULT_DISPLAY
) -> RecordingReport:
    """Tour all states with writes blocked, and write a recording below ``out``.

    An older recording of the same version is replaced when the new recording is whole.

    Raises:
        UnreachableError: Stash or the browser is not there.
        RegistryError: the registry is damaged.
    """
    registry = Registry.load(settings.selectors.folder)
    async with open_stash(settings.stash) as client:
        selectors = registry.for_release(client.server.release)
        before = await summarize_server(client)
        subjects = await gather_subjects(client, before)
        anonymizer = await _learn_library(client)
        async with open_pages(settings, client, selectors) as pool:
            session = await pool.acquire(WritePolicy.BLOCKED)
            await apply_conditions(session, conditions)
            recorder = ExchangeRecorder(session, anonymizer)
            captures = Captures(fingerprints=True, outlines=True)
            tour = Tour(session, subjects, captures, on_state=recorder.enter)
            checks = [check async for check in tour.visit(visit_order(registry.states))]
            await pool.discard(session)
        changed = before.changes(await summarize_server(client))
        own = await _own_exchanges(settings, subjects, anonymizer)
        version = parse_version(client.server.version)
    exchanges = [*recorder.exchanges, *own]
    meta = {
        "version": version,
        "release": release_name(selectors.release),
        "viewport": [settings.browser.width, settings.browser.height],
        "profile": settings.browser.profile,
        "language": conditions.language or "en-GB",
    }
    fingerprints = FingerprintStore()
    record_fingerprints(
        fingerprints, checks, release=selectors.release, profile=settings.browser.profile
    )
    files = {
        "meta.json": json.dumps(meta, indent=1) + "\n",
        **dict(state_files(checks, anonymizer, {source.name for source in subjects.sources})),
        **dict(exchange_files(exchanges)),
    }
    write_recording(out / version, files, fingerprints)
    return RecordingReport(
        folder=out / version,
        version=version,
        states=tuple(check.state for check in checks if check.reached),
        unreached={check.state: check.why for check in checks if not check.reached},
        operations=tuple(sorted({exchange.operation for exchange in exchanges})),
        changed=changed,
    )


async def _learn_library(client: StashClient) -> Anonymizer:
    """Return an anonymizer that knows the words of the whole library."""
    anonymizer = Anonymizer()
    async for scene in client.iter_scenes():
        anonymizer.learn([scene.title], "title")
        anonymizer.learn([scene.code, scene.director, scene.details, *scene.urls], "text")
        for file in scene.files:
            anonymizer.learn([file.path, file.basename, Path(file.basename).stem], "file")
        entities = (*scene.performers, *scene.tags, *scene.groups)
        anonymizer.learn([entity.name for entity in entities], "name")
        anonymizer.learn([scene.studio.name if scene.studio else None], "name")
    return anonymizer


async def _own_exchanges(
    settings: Settings, subjects: TourSubjects, anonymizer: Anonymizer
) -> list[RecordedExchange]:
    """Record stashbot's own requests: server, sources, scenes, and a real scrape."""
    exchanges: list[RecordedExchange] = []

    def add(body: Mapping[str, Any], status: int, kind: str, payload: Any) -> None:
        exchange = recorded_exchange(
            body,
            status=status,
            content_type=kind,
            response=payload,
            anonymizer=anonymizer,
            state="",
        )
        if exchange is not None:
            exchanges.append(exchange)

    async with open_stash(settings.stash, http=RecordingTransport(add)) as client:
        await client.configuration()
        await client.sources()
        ids = await client.scene_ids()
        await client.find_scenes(ids[:MAX_LIST_ITEMS])
        if subjects.scene is not None:
            await client.find_scene(subjects.scene.id)
            if source := subjects.fragment_source:
                with contextlib.suppress(GraphQLError, ScrapeFailed):
                    await client.scrape_single_scene(source, subjects.scene.id)
    return exchanges
