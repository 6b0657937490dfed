"""The recorded releases, and a browser in which their outlines are pages again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from stashbot.browser.launch import BrowserHost
from stashbot.selectors.fingerprint_store import recordings_folder
from stashbot.settings import load_settings

FOLDERS = sorted(one for one in recordings_folder().iterdir() if (one / "meta.json").is_file())
#: Elements without a size of their own are given one, unless they were hidden.
STYLE = (
    "<style>* { min-width: 9px; min-height: 9px; } [hidden] { display: none !important; }</style>"
)
BUILD = """([tree]) => {
  const make = (node) => {
    const ns = node.tag === "svg" || node.tag === "path" ? "http://www.w3.org/2000/svg" : null;
    const one = ns ? document.createElementNS(ns, node.tag) : document.createElement(node.tag);
    if (node.id) one.id = node.id;
    if (node.classes) one.setAttribute("class", node.classes);
    for (const pair of Object.entries(node.attributes || {})) one.setAttribute(...pair);
    if (node.disabled) one.disabled = true;
    if (node.checked) one.checked = true;
    one.style.visibility = node.hidden ? "hidden" : "visible";
    if (node.text) one.append(node.text);
    for (const child of node.children || []) one.append(make(child));
    return one;
  };
  document.body.replaceChildren(...(tree.children || []).map(make));
}"""


@dataclass(frozen=True)
class RecordedState:
    """One state of one release: what its keys found, and the tree in which they found it."""

    folder: Path
    name: str

    def __str__(self) -> str:
        return f"{self.folder.name}-{self.name}"

    @property
    def release(self) -> tuple[int, int]:
        """The release that it was recorded from."""
        major, minor = json.loads((self.folder / "meta.json").read_text())["release"].split(".")
        return int(major), int(minor)

    def read(self) -> dict[str, Any]:
        """The file's content."""
        found: dict[str, Any] = json.loads(
            (self.folder / "states" / f"{self.name}.json").read_text()
        )
        return found


def recorded_states() -> list[RecordedState]:
    """All states of all releases."""
    return [
        RecordedState(folder, file.stem)
        for folder in FOLDERS
        for file in sorted((folder / "states").glob("*.json"))
    ]


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    """The loop on which the browser lives."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="session")
def stage(runner: asyncio.Runner) -> Iterator[Page]:
    """A page that loads nothing: every request of it is answered with nothing."""
    host = BrowserHost(load_settings(None, {}).browser)

    async def start() -> Page:
        await host.__aenter__()
        context = await host.browser.new_context()
        await context.route(
            "**/*", lambda route: route.fulfill(body=STYLE, content_type="text/html")
        )
        page = await context.new_page()
        await page.goto("http://stash.test/")
        return page

    yield runner.run(start())
    runner.run(host.close())


@pytest.fixture
def show(stage: Page, runner: asyncio.Runner) -> Callable[[RecordedState], dict[str, Any]]:
    """Makes the page look as the state did, and gives the recording."""

    def build(state: RecordedState) -> dict[str, Any]:
        recorded = state.read()
        runner.run(stage.evaluate(BUILD, [recorded["outline"]]))
        return recorded

    return build
