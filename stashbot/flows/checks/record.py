"""Recording what a running Stash shows, to hold the registry and the practice Stash to it.

One folder a version, such as ``recordings/0.30.1``: ``meta.json``; ``states/NAME.aria.yml`` and
``states/NAME.json`` (a tree of elements without their texts, and what each key finds in it);
``fingerprints.json`` (what healing begins with); ``graphql/OPERATION.json`` (exchanges of the
states and of stashbot itself). Nothing in it tells whose server it was: words, addresses and paths
are replaced, secrets are left out, and no picture is taken.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stashbot.errors import GraphQLError, ScrapeFailed
from stashbot.flows.checks.exchange_recorder import Listener
from stashbot.flows.checks.recording_files import exchange_files, state_files, version_of, write
from stashbot.flows.checks.selector_check import AS_IT_IS, Conditions, prepare, write_down
from stashbot.flows.checks.tour.subject_queries import gather_facts
from stashbot.flows.checks.tour.subjects import Facts
from stashbot.flows.checks.tour.tour import Looks, Tour
from stashbot.flows.runs.context import open_pages
from stashbot.models import Model
from stashbot.recordings.exchanges import LISTED, Exchange, Neutral, exchange_of
from stashbot.recordings.replay import Overhearing
from stashbot.selectors import Registry
from stashbot.selectors.fingerprint_store import FingerprintBook
from stashbot.selectors.schema import release_name
from stashbot.selectors.ui_states import ordered
from stashbot.settings import Settings
from stashbot.stash.client import StashClient, open_stash
from stashbot.stash.server_summary import survey


class Recorded(Model):
    """What was recorded, and where."""

    folder: Path
    version: str
    states: tuple[str, ...]
    unreached: dict[str, str]
    operations: tuple[str, ...]
    changed: tuple[str, ...] = ()


async def record(settings: Settings, out: Path, *, conditions: Conditions = AS_IT_IS) -> Recorded:
    """Takes a tour of all states with the guard shut, and writes what it saw below ``out``.

    An older recording of the same version is replaced once the new one is whole.

    Raises:
        UnreachableError: Stash or the browser is not there.
        RegistryError: the registry is damaged.
    """
    registry = Registry.load(settings.selectors.folder)
    async with open_stash(settings.stash) as client:
        selectors = registry.for_release(client.server.release)
        before = await survey(client)
        facts = await gather_facts(client, before)
        neutral = await _learnt(client)
        async with open_pages(settings, client, selectors, read_only=True) as pool:
            session = await pool.acquire()
            await prepare(session, conditions)
            listener = Listener(session, neutral)
            looks = Looks(fingerprints=True, outlines=True)
            tour = Tour(session, facts, looks, on_state=listener.enter)
            checks = [check async for check in tour.visit(ordered(registry.states))]
            await pool.discard(session)
        changed = before.changes(await survey(client))
        own = await _own_exchanges(settings, facts, neutral)
        version = version_of(client.server.version)
    exchanges = [*listener.exchanges, *own]
    meta = {
        "version": version,
        "release": release_name(selectors.release),
        "viewport": [settings.browser.width, settings.browser.height],
        "profile": settings.browser.profile,
        "language": conditions.language or "en-GB",
    }
    book = FingerprintBook()
    write_down(book, checks, release=selectors.release, profile=settings.browser.profile)
    files = {
        "meta.json": json.dumps(meta, indent=1) + "\n",
        **dict(state_files(checks, neutral, {source.name for source in facts.sources})),
        **dict(exchange_files(exchanges)),
    }
    write(out / version, files, book)
    return Recorded(
        folder=out / version,
        version=version,
        states=tuple(check.state for check in checks if check.reached),
        unreached={check.state: check.why for check in checks if not check.reached},
        operations=tuple(sorted({one.operation for one in exchanges})),
        changed=changed,
    )


async def _learnt(client: StashClient) -> Neutral:
    """The words of the whole library, so that none of them stays in running text."""
    neutral = Neutral()
    async for scene in client.iter_scenes():
        neutral.learn([scene.title], "title")
        neutral.learn([scene.code, scene.director, scene.details, *scene.urls], "text")
        for file in scene.files:
            neutral.learn([file.path, file.basename, Path(file.basename).stem], "file")
        entities = (*scene.performers, *scene.tags, *scene.groups)
        neutral.learn([one.name for one in entities], "name")
        neutral.learn([scene.studio.name if scene.studio else None], "name")
    return neutral


async def _own_exchanges(settings: Settings, facts: Facts, neutral: Neutral) -> list[Exchange]:
    """What stashbot itself asks of Stash: the server, its sources, scenes, one real scrape."""
    heard: list[Exchange] = []

    def hear(body: Mapping[str, Any], status: int, kind: str, payload: Any) -> None:
        taken = exchange_of(
            body, status=status, content_type=kind, response=payload, neutral=neutral, state=""
        )
        if taken is not None:
            heard.append(taken)

    async with open_stash(settings.stash, http=Overhearing(hear)) as client:
        await client.configuration()
        await client.sources()
        ids = await client.scene_ids()
        await client.find_scenes(ids[:LISTED])
        if facts.scene is not None:
            await client.find_scene(facts.scene.id)
            if source := facts.fragment_source:
                with contextlib.suppress(GraphQLError, ScrapeFailed):
                    await client.scrape_single_scene(source, facts.scene.id)
    return heard
