"""Fixtures on top of pytest-playwright, for tests with ``--stash-url``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserType, Page

from stashbot.browser.finder import find_browser
from stashbot.browser.profile import patches_of
from stashbot.browser.wire_guard import BlockedWrite, WireGuard, WritePolicy
from stashbot.settings import Settings
from stashbot.testing.access import Access


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any],
    browser_type: BrowserType,
    stash_settings: Settings,
) -> dict[str, Any]:
    """Return pytest-playwright's own, with a browser if Playwright has none installed.

    A channel or executable that the user chose stays, and so do other browsers than Chromium.
    """
    given = browser_type_launch_args
    if browser_type.name != "chromium" or given.keys() & {"channel", "executable_path"}:
        return given
    playwright_path = browser_type.executable_path
    found = find_browser(
        configured=stash_settings.browser.path,
        headless=given.get("headless", True),
        playwright_path=Path(playwright_path) if playwright_path else None,
        environ=os.environ,
        which=shutil.which,
    )
    if found.origin == "playwright":
        return given
    return {**given, "executable_path": str(found.path)}


@pytest.fixture
def stash_page(
    request: pytest.FixtureRequest,
    new_context: Any,
    browser_context_args: dict[str, Any],
    stash_access: Access,
    stash_blocked_writes: list[BlockedWrite],
) -> Iterator[Page]:
    """Return a page of Stash that is logged in; paths are relative to Stash's address.

    It reaches Stash through a door, and nothing else. No mutation leaves it: the writes that were
    stopped are in ``stash_blocked_writes``. Release notes do not show. Options, tracing and
    screenshots are pytest-playwright's.
    """
    marker = request.node.get_closest_marker("browser_context_args")
    given = {**browser_context_args, **(marker.kwargs if marker else {})}
    guard = WireGuard(
        policy=WritePolicy.BLOCKED,
        patches=patches_of(stash_access.settings.browser.profile, WritePolicy.BLOCKED),
        blocked_writes=stash_blocked_writes,
    )
    with stash_access.door(guard) as door:
        wanted = {"base_url": door.url, "service_workers": "block", "proxy": door.proxy}
        context = new_context(**{key: value for key, value in wanted.items() if key not in given})
        context.add_cookies([door.cookie])
        yield context.new_page()
