"""A sandbox and a browser for the tests of the sandbox itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from stashbot.sandbox import Sandbox, SandboxOptions

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    """Yield a sandbox without a login, for all tests of a module."""
    with Sandbox(SandboxOptions(release_notes=False)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    """Return the module's sandbox in its initial state."""
    running.reset()
    return running


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    """Yield an HTTP client for all tests."""
    with httpx.Client() as shared:
        yield shared


@pytest.fixture
def ask(sandbox: Sandbox, client: httpx.Client) -> Ask:
    """Return a function that sends a GraphQL document and return the body of the answer."""

    def send(query: str, **variables: Any) -> Any:
        body = {"query": query, "variables": variables}
        return client.post(f"{sandbox.url}/graphql", json=body).json()

    return send


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Yield a browser for the tests of a module: the system's headless shell, or Playwright's own.

    Playwright's synchronous API keeps an event loop running, and other tests could not start
    theirs, so the module closes the browser.
    """
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Page]:
    """Yield a new page without animations."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 800}, reduced_motion="reduce", locale="en-GB"
    )
    context.set_default_timeout(5000)
    page = context.new_page()
    yield page
    # handlers must not fail for requests that are still open when the test ends
    page.unroute_all(behavior="ignoreErrors")
    context.close()
