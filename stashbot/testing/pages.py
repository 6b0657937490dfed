"""Fixtures on top of pytest-playwright, for tests with ``--stash-url``."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserType, Page

from stashbot.browser.finder import find_browser
from stashbot.browser.profile import patches_of
from stashbot.browser.wire_guard import BlockedWrite, WritePolicy
from stashbot.browser.wire_guard_sync import install_sync_guard
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
) -> Page:
    """Return a page of Stash that is logged in and has its address as base URL.

    No mutation leaves it: the writes that were stopped are in ``stash_blocked_writes``. Release
    notes do not show. Options, tracing and screenshots are pytest-playwright's.
    """
    settings = stash_access.settings
    base = settings.stash.url.rstrip("/")
    marker = request.node.get_closest_marker("browser_context_args")
    given = {**browser_context_args, **(marker.kwargs if marker else {})}
    wanted = {"base_url": base, "service_workers": "block"}
    context = new_context(**{key: value for key, value in wanted.items() if key not in given})
    if stash_access.headers:
        headers = {**(given.get("extra_http_headers") or {}), **stash_access.headers}
        context.set_extra_http_headers(headers)
    if stash_access.cookies:
        context.add_cookies(stash_access.cookies)
    patches = patches_of(settings.browser.profile, WritePolicy.BLOCKED)
    install_sync_guard(context, base, patches, stash_blocked_writes)
    page: Page = context.new_page()
    return page
