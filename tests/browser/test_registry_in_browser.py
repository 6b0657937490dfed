"""A browser understands the selectors of the registry as the registry does."""

from __future__ import annotations

import asyncio

import pytest

from stashbot.browser.launch import BrowserHost
from stashbot.selectors import Registry
from stashbot.selectors.css_syntax import escape_css
from stashbot.settings import BrowserSettings

VALUES = ["12", "-1", "-", "a b", '"]', "é日", "a{b}:c", "\n\x7f", "--x", "_1", "ß\\"]


@pytest.mark.browser
def test_a_browser_understands_what_the_registry_gives() -> None:
    """Every packaged selector parses, and values are escaped exactly as by ``CSS.escape``."""
    registry = Registry.load()
    shipped = []
    for release in (registry.releases.oldest, registry.releases.newest):
        selectors = registry.for_release(release)
        for key in selectors.keys:
            values = dict.fromkeys(selectors.entry(key).placeholders, '1"]')
            shipped += [way.css for way in selectors.target(key, **values).strategies]

    async def scenario() -> tuple[list[str], list[str]]:
        async with BrowserHost(BrowserSettings()) as host:
            page = await host.browser.new_page()
            broken = await page.evaluate(
                "all => all.filter(css => {"
                "try { document.querySelectorAll(css); return false } catch { return true } })",
                shipped,
            )
            return broken, await page.evaluate("all => all.map(v => CSS.escape(v))", VALUES)

    broken, escaped = asyncio.run(scenario())
    assert shipped
    assert broken == []
    assert [escape_css(value) for value in VALUES] == escaped
