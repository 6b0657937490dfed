"""The HTML report fits every window and is safe with whatever a page says."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

from tests.reports.build import BOX, LIST, WHOLE, broken, report, state, unreached
from tests.reports.conftest import Look

NASTY = '"><img src=x onerror=alert(1)>{{ 7 * 7 }}</script><script>alert(2)</script>'


def test_what_a_page_says_is_text_and_nothing_else(look: Look) -> None:
    """Names, values and reasons may hold markup: it shows as it is, and nothing runs."""
    given = report(
        state(
            NASTY,
            broken(NASTY, why=NASTY, element=NASTY, values={NASTY: NASTY}, boxes=(BOX,)),
            screenshot=LIST.screenshot,
            width=LIST.width,
            height=LIST.height,
        ),
        unreached("dialog", NASTY),
        name=NASTY,
        scene="1",
        stopped=(NASTY,),
    )

    async def read(page: Page) -> tuple[str, int]:
        why = await page.locator("td .why, th .why").inner_text()
        return why, await page.locator("img:not([src^='data:image/jpeg'])").count()

    assert look(given, read) == (NASTY, 0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_every_window_in_light_and_dark(look: Look, width: int, scheme: str) -> None:
    """Nothing sticks out sideways, and all text stands out from what is behind it (WCAG AA)."""

    async def measure(page: Page) -> tuple[int, list[list[Any]]]:
        wide = await page.evaluate("document.documentElement.scrollWidth")
        return int(wide), list(await page.evaluate(_CONTRASTS))

    long = "x" * 300
    wordy = state("wordy", broken(why=long, element=long, values={"name": long}))
    given = report(*WHOLE.states, wordy, exact=False, stopped=(long,))
    viewport = {"width": width, "height": 800}
    wide, faint = look(given, measure, viewport=viewport, color_scheme=scheme)
    assert wide == width
    assert faint == []


#: Texts of less contrast than 4.5 to 1 with the paint behind them: [text, contrast].
_CONTRASTS = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const mix = (colors) => {
    canvas.fillStyle = "#fff"; canvas.fillRect(0, 0, 1, 1);
    for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => rgb.map(v => v / 255)
    .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, text = walker.currentNode.data.trim();
    if (!text || element.closest("script, svg") || !element.checkVisibility()) continue;
    const behind = [];
    for (let up = element; up; up = up.parentElement)
      behind.unshift(getComputedStyle(up).backgroundColor);
    const paint = light(mix(behind));
    const ink = light(mix([...behind, getComputedStyle(element).color]));
    const contrast = (Math.max(paint, ink) + .05) / (Math.min(paint, ink) + .05);
    if (contrast < 4.5) faint.push([text.slice(0, 40), contrast]);
  }
  return faint;
}"""
