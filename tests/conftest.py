"""Options of the whole suite."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--stash-url``: run the end-to-end tests on a server of one's own."""
    parser.addoption(
        "--stash-url",
        default=None,
        help="a Stash to run the end-to-end tests on (it is written to, and put back); "
        "default: the sandbox. A login comes from STASHBOT_STASH__USERNAME, ..._PASSWORD, "
        "..._API_KEY.",
    )
