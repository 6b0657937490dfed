"""Finding the browser to start, for the whole program.

The order is: the configured path, Playwright's own download, the system's browsers. Of those
Debian's ``chromium-headless-shell`` comes first where no window is wanted: it starts and works
about a tenth faster than the full browser.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from stashbot.errors import BrowserError
from stashbot.models import Model

HEADLESS_NAMES = ("chromium-headless-shell",)
FULL_NAMES = ("chromium", "google-chrome", "chrome")
_SHELLS = ("*/chrome-headless-shell*", "*/headless_shell*")


class FoundBrowser(Model):
    """The executable of a browser, and where it was found."""

    path: Path
    origin: Literal["configured", "playwright", "system"]


def find_browser(
    *,
    configured: Path | None,
    headless: bool,
    playwright_path: Path | None,
    environ: Mapping[str, str],
    which: Callable[[str], str | None],
    platform: str = sys.platform,
) -> FoundBrowser:
    """Return the browser to start.

    ``playwright_path`` is where Playwright would look for its own full Chromium, installed or not.
    With a configured path no other is tried.

    Raises:
        BrowserError: no browser was found (the error lists what was tried and the command that
            installs a browser), a window is wanted and there is no screen, or the configured
            browser cannot show a window.
    """
    if not headless:
        _check_screen(environ, platform)
    if configured is not None:
        return _configured(configured.expanduser(), headless=headless)
    tried: list[str] = []
    for candidate in _playwright_paths(playwright_path, headless=headless):
        if _is_executable(candidate):
            return FoundBrowser(path=candidate, origin="playwright")
        tried.append(str(candidate))
    for name in (*HEADLESS_NAMES, *FULL_NAMES) if headless else FULL_NAMES:
        found = which(name)
        if found is not None:
            return FoundBrowser(path=Path(found), origin="system")
        tried.append(name)
    raise BrowserError(
        f"No browser was found. Looked for: {', '.join(tried)}.",
        hint=f"Run: {install_command(which)}",
        tried=tried,
    )


def install_command(which: Callable[[str], str | None]) -> str:
    """Return the command that installs a browser on this machine.

    It installs Debian's package where apt is; and Playwright's download on other systems and where
    Chromium is a snap, which Playwright cannot drive.
    """
    if which("apt-get") and not which("snap"):
        return "apt-get install chromium"
    return f"{sys.executable} -m playwright install chromium"


def _configured(path: Path, *, headless: bool) -> FoundBrowser:
    hint = "Correct [browser] path, or leave it out to have a browser found."
    if not _is_executable(path):
        raise BrowserError(f"{path} is not an executable file.", hint=hint, tried=[str(path)])
    if not headless and "headless" in path.name:
        raise BrowserError(f"{path} cannot show a window.", hint=hint, tried=[str(path)])
    return FoundBrowser(path=path, origin="configured")


def _playwright_paths(own: Path | None, *, headless: bool) -> list[Path]:
    """Return Playwright's full Chromium, and the headless shell of the same revision.

    Playwright keeps that in a sibling folder.
    """
    if own is None:
        return []
    paths = [own]
    revision = next(
        (part for part in own.parents if re.fullmatch(r"chromium-\d+", part.name)), None
    )
    if headless and revision is not None:
        number = revision.name.removeprefix("chromium-")
        folder = revision.with_name(f"chromium_headless_shell-{number}")
        shells = [file for pattern in _SHELLS for file in sorted(folder.glob(pattern))]
        paths = [file for file in shells if _is_executable(file)] + paths
    return paths


def _is_executable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _check_screen(environ: Mapping[str, str], platform: str) -> None:
    if platform == "linux" and not environ.get("DISPLAY") and not environ.get("WAYLAND_DISPLAY"):
        raise BrowserError(
            "A browser window is wanted, but there is no screen.",
            hint="Run without --headed, or under xvfb-run.",
            tried=[],
        )
