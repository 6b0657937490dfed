"""The pytest plugin: ``--stash-url``, fixtures for tests on a Stash, and built-in smoke tests.

Without ``--stash-url`` it does nothing. With it, ``-m smoke`` collects the smoke test of that
Stash in any folder, with an item for each state of its pages, and your own tests have the fixtures
``stash_url``, ``stash_settings``, ``stash_selectors``, ``stash_page`` and ``stash_blocked_writes``.
Nothing that a page of these fixtures does can change Stash.

Heavy modules are imported when they are needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from stashbot.browser.wire_guard import BlockedWrite
    from stashbot.selectors import SelectorSet
    from stashbot.settings import Settings
    from stashbot.testing.access import Access

_NEEDS_URL = "it needs a Stash: give --stash-url"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options ``--stash-url`` and ``--stash-quick``."""
    group = parser.getgroup("stashbot", "tests on a running Stash")
    group.addoption(
        "--stash-url",
        metavar="URL",
        default=None,
        help="the Stash to test; -m smoke runs stashbot's own smoke tests on it. A login comes "
        "from STASHBOT_STASH__USERNAME, ..._PASSWORD, ..._API_KEY, or stashbot.toml.",
    )
    group.addoption(
        "--stash-quick",
        action="store_true",
        help="smoke tests: visit the states of a scene's page only",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the fixtures and smoke tests for ``--stash-url``."""
    config.addinivalue_line("markers", "smoke: stashbot's smoke tests of the Stash at --stash-url")
    if not config.getoption("--stash-url"):
        return
    if config.pluginmanager.has_plugin("playwright"):
        from stashbot.testing import pages

        config.pluginmanager.register(pages, "stashbot-pages")
    if re.search(r"\bsmoke\b", config.getoption("markexpr", "") or ""):
        from stashbot.testing.smoke import SmokeTests

        config.pluginmanager.register(SmokeTests(config), "stashbot-smoke")


@pytest.fixture(scope="session")
def stash_url(pytestconfig: pytest.Config) -> str:
    """Return the address given with ``--stash-url``, without a slash at its end."""
    url: str | None = pytestconfig.getoption("--stash-url")
    if not url:
        pytest.skip(_NEEDS_URL)
    return url.rstrip("/")


@pytest.fixture(scope="session")
def stash_settings(pytestconfig: pytest.Config, stash_url: str) -> Settings:
    """Return the settings for that server, with the login of file and environment."""
    from stashbot.testing.access import settings_of

    return settings_of(pytestconfig, stash_url)


@pytest.fixture(scope="session")
def stash_access(stash_settings: Settings) -> Iterator[Access]:
    """Return the access to that server: its selectors, and doors for pages."""
    from stashbot.testing.access import Access

    access = Access.open(stash_settings)
    yield access
    access.close()


@pytest.fixture(scope="session")
def stash_selectors(stash_access: Access) -> SelectorSet:
    """Return the selectors for that server's release."""
    return stash_access.selectors


@pytest.fixture
def stash_blocked_writes() -> list[BlockedWrite]:
    """Return the writes of ``stash_page`` that were stopped so far in this test."""
    return []


@pytest.fixture
def stash_page(stash_url: str) -> Iterator[Page]:
    """Fail: ``testing.pages`` overrides this fixture where pytest-playwright is."""
    pytest.fail(
        f"A page of {stash_url} needs pytest-playwright: pip install 'stashbot[pytest]'",
        pytrace=False,
    )
