"""A browser that opens reports from their files."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.async_api import Browser, Page

from stashbot.browser.launch import BrowserHost
from stashbot.flows.checks.selector_check import SelectorReport
from stashbot.reports.html import write_html
from stashbot.settings import BrowserSettings

T = TypeVar("T")
Look = Callable[..., Any]


@pytest.fixture(scope="session")
def look(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Look]:
    """Open a report from its file and return what the callback returns for its page.

    Fails if the page requests anything but the file, or writes to its console.
    """
    folder = tmp_path_factory.mktemp("html")
    with asyncio.Runner() as runner:
        host = BrowserHost(BrowserSettings())
        browser = runner.run(host.ensure())

        def open_report(
            given: SelectorReport, do: Callable[[Page], Awaitable[T]], **context: Any
        ) -> T:
            path = folder / "report.html"
            write_html(given, path)
            return runner.run(_open(browser, path, do, context))

        try:
            yield open_report
        finally:
            runner.run(host.close())


async def _open(
    browser: Browser, path: Path, do: Callable[[Page], Awaitable[T]], context: dict[str, Any]
) -> T:
    opened = await browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | context))
    try:
        page = await opened.new_page()
        requested: list[str] = []
        complaints: list[str] = []
        page.on("request", lambda request: requested.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(path.as_uri())
        result = await do(page)
        assert [url for url in requested if not url.startswith("data:image/jpeg")] == [
            path.as_uri()
        ]
        assert complaints == []
        return result
    finally:
        await opened.close()
