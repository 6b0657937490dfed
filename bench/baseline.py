"""The script that a competent user would write by hand, to compare stashbot's speed with.

Per scene: in-app navigation, edit tab, scrape from a single source, Apply, Save, organized. Plain
Playwright clicks and waits, a single load per page, media blocked, no fixed sleeps. It does not
score or create, and verifies only the server's answers, so the source must know every scene.

Prints JSON::

    python bench/baseline.py --url http://127.0.0.1:9999 --source AlphaSource 3 4 5
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from playwright.async_api import BrowserContext, Page, Response, async_playwright, expect
from reset import blank, hush

BLOCKED = ["*gstatic.com*", "*/stream*", "*/screenshot*", "*/preview*", "*/webp*", "*_thumbs.vtt*"]
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
FORM = "#scene-edit-details"


async def run(
    url: str,
    scene_ids: Sequence[str],
    source: str,
    pages: int = 1,
    *,
    browser: str | None = None,
) -> list[float]:
    """Return the seconds of each scene, in the order of ``scene_ids``.

    The first scene of a page includes the load of the app. The server's release notes must have
    been seen (``reset.hush``), or their dialog takes the clicks. With several ``pages`` each takes
    the next scene when it is free, and their seconds overlap.

    Raises:
        RuntimeError: the source had no answer, or Stash refused the save.
        playwright.async_api.Error, AssertionError: the page did not reach the expected state.
    """
    seconds: dict[str, float] = {}
    left = iter(dict.fromkeys(scene_ids))
    path = browser or next(filter(None, map(shutil.which, BROWSERS)), None)
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=path)
        context = await running.new_context(viewport={"width": 1280, "height": 800})
        async with asyncio.TaskGroup() as group:
            for _ in range(pages):
                group.create_task(_work(context, url.rstrip("/"), left, source, seconds))
        await running.close()
    return [seconds[scene_id] for scene_id in scene_ids]


async def _work(
    context: BrowserContext, url: str, left: Iterator[str], source: str, seconds: dict[str, float]
) -> None:
    page = await context.new_page()
    cdp = await context.new_cdp_session(page)
    await cdp.send("Network.enable")
    await cdp.send("Network.setBlockedURLs", {"urls": BLOCKED})
    loaded = False
    for scene_id in left:
        began = time.perf_counter()
        await _open(page, url, scene_id, loaded=loaded)
        await _scrape(page, scene_id, source)
        await _save(page, scene_id)
        await _organize(page, scene_id)
        seconds[scene_id] = time.perf_counter() - began
        loaded = True


async def _open(page: Page, url: str, scene_id: str, *, loaded: bool) -> None:
    # The address changes before the scene does, so wait for the scene's own header.
    async with page.expect_response(_answers("FindScene", id=scene_id)) as answer:
        if loaded:
            await page.evaluate(
                """path => {
                    history.pushState({}, '', path);
                    dispatchEvent(new PopStateEvent('popstate', {state: {}}));
                }""",
                f"/scenes/{scene_id}",
            )
        else:
            await page.goto(f"{url}/scenes/{scene_id}")
    scene = (await _data(await answer.value))["findScene"]
    title = scene["title"] or re.split(r"[\\/]", scene["files"][0]["path"])[-1]
    await expect(page.locator(".scene-header").first).to_have_text(title)


async def _scrape(page: Page, scene_id: str, source: str) -> None:
    # Stay while the scrape runs: its answer would open on the next scene.
    await page.locator('[data-rb-event-key="scene-edit-panel"]').click()
    menu = page.locator(f"{FORM} .scraper-menu").first
    await menu.locator("button").first.click()
    exact = re.compile(f"^{re.escape(source)}$")
    item = menu.locator(".dropdown-menu.show .dropdown-item").filter(has_text=exact)
    async with page.expect_response(_answers("ScrapeSingleScene", scene_id=scene_id)) as answer:
        await item.click()
    if not (await _data(await answer.value))["scrapeSingleScene"]:
        raise RuntimeError(f"scene {scene_id}: {source} found nothing")
    dialog = page.locator(".scrape-dialog")
    await dialog.locator(".modal-footer .btn-primary").click()
    await dialog.wait_for(state="detached")


async def _save(page: Page, scene_id: str) -> None:
    save = page.locator(f"{FORM} .edit-buttons .edit-button.btn-primary")
    async with page.expect_response(_answers("SceneUpdate", id=scene_id)) as answer:
        await save.click()
    await _data(await answer.value)
    await expect(save).to_be_disabled()


async def _organize(page: Page, scene_id: str) -> None:
    async with page.expect_response(_answers("SceneUpdate", id=scene_id)) as answer:
        await page.locator(".organized-button").click()
    await _data(await answer.value)
    await page.locator(".organized-button.organized").wait_for()


def _answers(operation: str, **wanted: str) -> Callable[[Response], bool]:
    """Return a predicate for the response to this operation with these variables."""

    def matches(response: Response) -> bool:
        if not response.url.endswith("/graphql"):
            return False
        sent = response.request.post_data_json or {}
        variables = sent.get("variables") or {}
        fields = {**variables, **(variables.get("input") or {})}
        named = all(fields.get(name) == value for name, value in wanted.items())
        return named and sent.get("operationName") == operation

    return matches


async def _data(response: Response) -> dict[str, Any]:
    answer = await response.json()
    if answer.get("errors"):
        raise RuntimeError(answer["errors"][0]["message"])
    data: dict[str, Any] = answer["data"]
    return data


def main() -> None:
    """Run over the scenes given on the command line, and print the JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("scenes", nargs="+", metavar="ID")
    parser.add_argument("--url", default="http://127.0.0.1:9999")
    parser.add_argument("--source", required=True, help="name of the scraper, as in the menu")
    parser.add_argument("--pages", type=int, default=1)
    parser.add_argument("--browser", help="executable; the default is Chromium's headless shell")
    parser.add_argument("--blank", action="store_true", help="DELETES the scenes' metadata first")
    given = parser.parse_args()
    hush(given.url)
    if given.blank:
        blank(given.url, given.scenes)
    began = time.perf_counter()
    seconds = asyncio.run(
        run(given.url, given.scenes, given.source, given.pages, browser=given.browser)
    )
    wall = time.perf_counter() - began
    report = {
        "scenes": len(seconds),
        "pages": given.pages,
        "seconds": [round(value, 3) for value in seconds],
        "median": round(statistics.median(seconds), 3),
        "mean": round(statistics.fmean(seconds), 3),
        "wall": round(wall, 3),
        "wall_per_scene": round(wall / len(seconds), 3),
    }
    json.dump(report, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
