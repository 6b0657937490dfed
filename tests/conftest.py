"""Options and marks of the whole suite."""

from __future__ import annotations

import gc
import signal
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
#: Folders and fixtures whose tests open a browser.
BROWSER_FOLDERS = (ROOT / "e2e",)
BROWSER_FIXTURES = frozenset({"bench", "chromium", "look", "stage"})


def pytest_configure() -> None:
    """Let Ctrl-C reach what tests start, also where the suite runs in the background of a script.

    A script lets its background jobs ignore the signal, and that is inherited.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--slow``; ``--stash-url`` comes with stashbot's own plugin."""
    parser.addoption(
        "--slow", action="store_true", help="run the long forms of tests too (marked slow)"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that open a browser, and deselect slow tests unless they are selected.

    ``--slow`` selects them, and so does a marker expression that names them.
    """
    for item in items:
        if _opens_a_browser(item):
            item.add_marker(pytest.mark.browser)
    if config.option.slow or "slow" in config.option.markexpr:
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


def pytest_collection_finish() -> None:
    """Leave what collecting has made to no later garbage collection, each of which looks at it."""
    gc.freeze()


def _opens_a_browser(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    return not BROWSER_FIXTURES.isdisjoint(fixtures) or any(
        item.path.is_relative_to(folder) for folder in BROWSER_FOLDERS
    )
