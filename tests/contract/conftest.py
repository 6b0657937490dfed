"""The recorded releases, and a browser that rebuilds their states as pages."""

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

FOLDERS = sorted(
    folder for folder in recordings_folder().iterdir() if (folder / "meta.json").is_file()
)
#: Elements without a size get a minimum size, unless they were hidden.
STYLE = (
    "<style>* { min-width: 9px; min-height: 9px; } [hidden] { display: none !important; }</style>"
)
BUILD = """([tree]) => {
  const make = (node) => {
    const ns = node.tag === "svg" || node.tag === "path" ? "http://www.w3.org/2000/svg" : null;
    const element = ns ? document.createElementNS(ns, node.tag) : document.createElement(node.tag);
    if (node.id) element.id = node.id;
    if (node.classes) element.setAttribute("class", node.classes);
    for (const pair of Object.entries(node.attributes || {})) element.setAttribute(...pair);
    if (node.disabled) element.disabled = true;
    if (node.checked) element.checked = true;
    element.style.visibility = node.hidden ? "hidden" : "visible";
    if (node.text) element.append(node.text);
    for (const child of node.children || []) element.append(make(child));
    return element;
  };
  document.body.replaceChildren(...(tree.children || []).map(make));
}"""


@dataclass(frozen=True)
class RecordedState:
    """A recorded state of a release: its elements as a tree, and the findings of its keys."""

    folder: Path
    name: str

    def __str__(self) -> str:
        return f"{self.folder.name}-{self.name}"

    @property
    def release(self) -> tuple[int, int]:
        """The release of the recording."""
        major, minor = json.loads((self.folder / "meta.json").read_text())["release"].split(".")
        return int(major), int(minor)

    def read(self) -> dict[str, Any]:
        """Read the recording."""
        found: dict[str, Any] = json.loads(
            (self.folder / "states" / f"{self.name}.json").read_text()
        )
        return found


def recorded_states() -> list[RecordedState]:
    """Return all recorded states of all releases."""
    return [
        RecordedState(folder, file.stem)
        for folder in FOLDERS
        for file in sorted((folder / "states").glob("*.json"))
    ]


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    """Yield the event loop of the browser."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="session")
def stage(runner: asyncio.Runner) -> Iterator[Page]:
    """Yield a page whose requests get empty answers."""
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
    """Rebuild a state in the page, and return its recording."""

    def build(state: RecordedState) -> dict[str, Any]:
        recorded = state.read()
        runner.run(stage.evaluate(BUILD, [recorded["outline"]]))
        return recorded

    return build
