"""The finder takes the configured browser, else Playwright's own, else the system's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stashbot.browser.finder import FoundBrowser, find_browser, install_command
from stashbot.errors import BrowserError


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def offering(*names: str) -> Callable[[str], str | None]:
    return lambda name: f"/usr/bin/{name}" if name in names else None


def find(
    *names: str,
    configured: Path | None = None,
    headless: bool = True,
    playwright_path: Path | None = None,
) -> FoundBrowser:
    return find_browser(
        configured=configured,
        headless=headless,
        playwright_path=playwright_path,
        environ={"DISPLAY": ":1"},
        which=offering(*names),
        platform="linux",
    )


def test_the_configured_browser_wins(tmp_path: Path) -> None:
    """A configured path comes before every installed browser."""
    own = executable(tmp_path / "my-browser")
    found = find("chromium", configured=own, playwright_path=executable(tmp_path / "chrome"))
    assert found == FoundBrowser(path=own, origin="configured")


@pytest.mark.parametrize("kind", ["missing", "folder", "not executable"])
def test_a_configured_path_is_never_replaced(tmp_path: Path, kind: str) -> None:
    """A configured path that cannot be started is an error, even if others could be."""
    path = tmp_path / "browser"
    if kind == "folder":
        path.mkdir()
    elif kind == "not executable":
        path.write_text("")
    with pytest.raises(BrowserError, match="not an executable file") as caught:
        find("chromium", configured=path)
    assert caught.value.tried == [str(path)]


def test_playwrights_own_comes_before_the_systems(tmp_path: Path) -> None:
    """Playwright's browser is used where it is installed."""
    own = tmp_path / "chromium-1200" / "chrome-linux" / "chrome"
    assert find("chromium", playwright_path=own).origin == "system"
    executable(own)
    assert find("chromium", playwright_path=own).path == own


def test_playwrights_headless_shell_is_taken_without_a_window(tmp_path: Path) -> None:
    """The shell of the same revision serves headless runs only; another revision's never."""
    own = executable(tmp_path / "chromium-1200" / "chrome-linux64" / "chrome")
    executable(tmp_path / "chromium_headless_shell-1100" / "linux" / "headless_shell")
    assert find(playwright_path=own).path == own
    shell = executable(
        tmp_path / "chromium_headless_shell-1200" / "shell-linux64" / "chrome-headless-shell"
    )
    assert find(playwright_path=own).path == shell
    assert find(playwright_path=own, headless=False).path == own
    own.unlink()
    assert find(playwright_path=own).path == shell


def test_system_browsers_are_taken_in_order() -> None:
    """Headless: the headless shell first; with a window: never the shell."""
    shell, full = "chromium-headless-shell", "chromium"
    assert find(shell, full).path == Path("/usr/bin/chromium-headless-shell")
    assert find(shell, full, headless=False).path == Path("/usr/bin/chromium")
    assert find("chrome", "google-chrome").path == Path("/usr/bin/google-chrome")
    with pytest.raises(BrowserError):
        find(shell, headless=False)


def test_nothing_found_lists_what_was_tried(tmp_path: Path) -> None:
    """The error names every place that was tried, and the command to run."""
    with pytest.raises(BrowserError) as caught:
        find("apt-get", playwright_path=tmp_path / "chrome")
    assert caught.value.tried == [
        str(tmp_path / "chrome"),
        *("chromium-headless-shell", "chromium", "google-chrome", "chrome"),
    ]
    assert caught.value.hint == "Run: apt-get install chromium"


def test_the_command_fits_the_system() -> None:
    """apt-get where Chromium is a package; Playwright's download elsewhere and under snap."""
    assert install_command(offering("apt-get")) == "apt-get install chromium"
    for names in ((), ("apt-get", "snap")):
        assert install_command(offering(*names)).endswith("-m playwright install chromium")


def test_a_window_needs_a_screen_and_a_browser_that_has_one(tmp_path: Path) -> None:
    """Headed without a display, or with a headless shell, is refused before anything starts."""
    with pytest.raises(BrowserError, match="no screen"):
        find_browser(
            configured=None,
            headless=False,
            playwright_path=None,
            environ={},
            which=offering("chromium"),
            platform="linux",
        )
    shell = executable(tmp_path / "chromium-headless-shell")
    with pytest.raises(BrowserError, match="cannot show a window"):
        find(configured=shell, headless=False)
