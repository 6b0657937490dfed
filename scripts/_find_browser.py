"""Exit with 0 if stashbot finds a browser, else with 3 and the command that installs it."""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from stashbot.browser.finder import find_browser
from stashbot.errors import BrowserError, StashbotError
from stashbot.settings import load_settings


def main() -> int:
    """Look where ``stashbot`` would look, a configured path included."""
    try:
        with sync_playwright() as playwright:
            own = Path(playwright.chromium.executable_path)
        find_browser(
            configured=load_settings().browser.path,
            headless=True,
            playwright_path=own,
            environ=os.environ,
            which=shutil.which,
        )
    except BrowserError as error:
        if "--quiet" not in sys.argv:
            sys.stderr.write(f"{error}\n")
        return 3
    except StashbotError:
        pass  # a settings file that cannot be read: the command itself will say so
    return 0


if __name__ == "__main__":
    sys.exit(main())
