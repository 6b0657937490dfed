"""Ways around the guard: scripts of a page that try to write, with the guard and without.

The control run opens the same pages without stashbot's door: it shows which ways would have worked.
Each way creates a tag of its own; the tags are looked for after a moment, and removed.

::

    python bench/ways_around.py --url http://127.0.0.1:9999

Writes ``bench/out/ways_around.json``. Use a practice server without a login.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from stashbot.browser.launch import BrowserHost
from stashbot.browser.session import Session
from stashbot.browser.wire_guard import WritePolicy
from stashbot.logs import set_up_logging
from stashbot.models import EntityKind
from stashbot.redaction import Scrubber
from stashbot.selectors import Registry
from stashbot.settings import load_settings
from stashbot.stash.client import StashClient, open_stash
from stashbot.stash.entity_library import delete_entity, iter_entities
from stashbot.testing.ways_to_write import WAYS

OUT = Path(__file__).parent / "out" / "ways_around.json"
WAY_S = 2.0
#: What is sent arrives within this time, on loopback.
SETTLE_S = 2.0


async def attempt(page: Page, script: str, argument: dict[str, str]) -> str:
    """Run a way in the page; return what it was answered, shortened."""
    try:
        async with asyncio.timeout(WAY_S):
            return str(await page.evaluate(script, argument))[:80]
    except (PlaywrightError, TimeoutError) as error:
        return type(error).__name__


async def written(page: Page, client: StashClient, url: str) -> dict[str, bool]:
    """Try every way in the page, and return which of them made their tag."""
    prefix = f"way {secrets.token_hex(4)}"
    names = {way: f"{prefix} {number}" for number, way in enumerate(WAYS)}
    for way, script in WAYS.items():
        document = f'mutation Evil {{ tagCreate(input: {{ name: "{names[way]}" }}) {{ id }} }}'
        body = json.dumps({"operationName": "Evil", "query": document, "variables": {}})
        await attempt(page, script, {"body": body, "document": document, "stash": url})
    await asyncio.sleep(SETTLE_S)
    tags = [tag async for tag in iter_entities(client, EntityKind.TAG, search=f'"{prefix}"')]
    for tag in tags:
        await delete_entity(client, EntityKind.TAG, tag.id)
    made = {tag.name for tag in tags}
    return {way: name in made for way, name in names.items()}


@asynccontextmanager
async def guarded(
    host: BrowserHost, client: StashClient, profile: str, policy: WritePolicy
) -> AsyncIterator[Page]:
    """Open a page of a session."""
    settings = load_settings(None, {"browser": {"profile": profile}}).browser
    session = await Session.open(
        await host.ensure(),
        upstream=client.transport,
        selectors=Registry.load().for_release(client.server.release),
        settings=settings,
        write_policy=policy,
    )
    try:
        await session.load("/scenes")
        yield session.page
    finally:
        await session.close()


async def measure(url: str) -> dict[str, dict[str, bool]]:
    """Return, for the control and each kind of session, which ways wrote."""
    settings = load_settings(None, {"stash": {"url": url}})
    results: dict[str, dict[str, bool]] = {}
    async with open_stash(settings.stash) as client, BrowserHost(settings.browser) as host:
        context = await (await host.ensure()).new_context()
        page = await context.new_page()
        await page.goto(f"{url}/scenes")
        results["without the door"] = await written(page, client, url)
        await context.close()
        for profile in ("session", "user"):
            for policy in WritePolicy:
                async with guarded(host, client, profile, policy) as page:
                    results[f"{profile}, {policy}"] = await written(page, client, url)
    return results


def main() -> None:
    """Measure, print the table and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    args = parser.parse_args()
    set_up_logging(scrubber=Scrubber(), level="WARNING")
    results: dict[str, Any] = asyncio.run(measure(args.url.rstrip("/")))
    columns = list(results)
    print(f"{'':42}" + "".join(f"{column:>20}" for column in columns))
    for way in WAYS:
        marks = ("wrote" if results[column][way] else "-" for column in columns)
        print(f"{way:42}" + "".join(f"{mark:>20}" for mark in marks))
    print(f"{'sum':42}" + "".join(f"{sum(results[c].values()):>20}" for c in columns))
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
