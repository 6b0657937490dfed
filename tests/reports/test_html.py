"""The HTML report shows what the check found, by itself, with and without scripts."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

from stashbot.flows.checks.selector_check import SelectorReport
from stashbot.reports.html import duration, html
from tests.reports.build import (
    HEIGHT,
    LIST,
    MENU,
    WHOLE,
    WIDTH,
    finding,
    healed,
    report,
    state,
    unreached,
)
from tests.reports.conftest import Look


async def visible(page: Page, css: str) -> list[str]:
    """Return the first line of each visible element."""
    return [
        (await element.inner_text()).split("\n")[0].strip()
        for element in await page.locator(css).all()
        if await element.is_visible()
    ]


@pytest.mark.parametrize("width", [1280, 390])
def test_marks_lie_on_the_boxes(look: Look, width: int) -> None:
    """At any width of the window each rectangle covers its element's part of the picture."""

    async def measure(page: Page) -> list[list[float]]:
        await page.locator("#s1 img").scroll_into_view_if_needed()
        return list(
            await page.evaluate(
                "() => { const of = e => e.getBoundingClientRect();"
                "const img = of(document.querySelector('#s1 img'));"
                f"const by = {WIDTH} / img.width;"
                "return [...document.querySelectorAll('#s1 .mark rect')].map(of).map(r => ["
                "r.left - img.left, r.top - img.top, r.width, r.height].map(n => n * by)); }"
            )
        )

    placed = look(WHOLE, measure, viewport={"width": width, "height": 800})
    wanted = [box for key in LIST.findings for box in key.boxes]
    assert sorted(placed) == [pytest.approx(box, abs=1) for box in sorted(wanted)]


def test_broken_keys_come_first_and_then_healed_ones(look: Look) -> None:
    """In the table, and in the list on top, which leads to them."""

    async def read(page: Page) -> tuple[list[str], list[str], str]:
        keys = await page.locator("#s1 tbody .key").all_inner_texts()
        listed = await page.locator(".troubles a").all_inner_texts()
        await page.locator(".troubles a").first.click()
        return keys, listed, await page.locator("tr:target .key").inner_text()

    keys, listed, reached = look(WHOLE, read)
    assert keys == ["list.gone", "list.menu", "list.logo", "list.card"]
    assert listed == ["list.gone", "list.menu"]
    assert reached == "list.gone"


@pytest.mark.parametrize("scripts", [True, False])
def test_rows_and_rectangles_light_up_together(look: Look, scripts: bool) -> None:
    """By pointing at either or focusing either, also without scripts."""

    async def lit(page: Page) -> list[str]:
        return list(
            await page.evaluate(
                "() => [...document.querySelectorAll('#s1 .mark')]"
                ".filter(m => getComputedStyle(m.querySelector('rect')).fillOpacity === '0.28')"
                ".map(m => m.dataset.n)"
            )
        )

    async def point(page: Page) -> list[list[str]]:
        await page.emulate_media(reduced_motion="reduce")
        await page.locator("#s1 img").scroll_into_view_if_needed()
        seen = [await lit(page)]
        await page.locator("#s1 tr[data-n='4'] .key").hover()
        seen.append(await lit(page))
        await page.locator("#m1-3 rect").hover()
        seen.append(await lit(page))
        await page.mouse.move(0, 0)
        await page.locator("#s1 tr[data-n='2'] .n a").focus()
        seen.append(await lit(page))
        await page.locator("#m1-3").focus()
        seen.append(await lit(page))
        background = "e => getComputedStyle(e).backgroundColor"
        rows = [page.locator(f"#s1 tr[data-n='{n}']") for n in (3, 4)]
        seen.append([str(await row.evaluate(background)) for row in rows])
        return seen

    seen = look(WHOLE, point, java_script_enabled=scripts)
    nothing, row, mark, focused, focused_mark, rows = seen
    assert nothing == []
    assert row == ["4", "4"]
    assert mark == ["3"]
    assert focused == ["2"]
    assert focused_mark == ["3"]
    assert rows[0] != rows[1]


def test_clicking_leads_from_the_row_to_the_picture_and_back(look: Look) -> None:
    """A rectangle leads to its row, a row's number to its first rectangle."""

    async def click(page: Page) -> tuple[str, str]:
        await page.locator("#m1-4 rect").click()
        first = page.url.partition("#")[2]
        await page.locator("#s1-4 .n a").click()
        return first, page.url.partition("#")[2]

    assert look(WHOLE, click) == ("s1-4", "m1-4")


def test_the_filter_keeps_rows_with_every_word(look: Look) -> None:
    """Other rows, their rectangles, and states without rows go; Escape brings them back."""

    async def type_in(page: Page) -> list[Any]:
        await page.keyboard.press("/")
        await page.keyboard.type("LIST. write")
        seen: list[Any] = [await visible(page, "tbody .key"), await visible(page, "h2")]
        seen.append(await page.locator("#s1 .mark:visible").count())
        seen.append(await page.locator("#shown").inner_text())
        await page.keyboard.press("Escape")
        seen.append(len(await visible(page, "tbody .key")))
        return seen

    assert look(WHOLE, type_in) == [["list.card"], ["list"], 2, "1 of 5 keys", 5]


@pytest.mark.parametrize("scripts", [True, False])
def test_only_broken_leaves_the_broken(look: Look, scripts: bool) -> None:
    """Also without scripts, where the filter box is not there."""

    async def toggle(page: Page) -> list[Any]:
        box = await page.locator("#filter").is_visible()
        await page.get_by_label("Only broken").check()
        return [box, await visible(page, "tbody .key"), await visible(page, "h2")]

    shown = look(WHOLE, toggle, java_script_enabled=scripts)
    assert shown == [scripts, ["list.gone"], ["list"]]


def test_the_summary_says_it_all(look: Look) -> None:
    """Version, set, language, viewport, profile, figures, time, stopped writes, changes."""
    given = WHOLE.model_copy(
        update={
            "exact": False,
            "language": "ja-JP",
            "blocked_writes": ("SceneUpdate: outside a step",),
            "changed": ("scenes: 4 to 5",),
        }
    )

    async def read(page: Page) -> tuple[str, dict[str, str], str]:
        facts = await page.locator(".facts > div").all()
        pairs = [(await fact.inner_text()).split("\n", 1) for fact in facts]
        notes = " ".join(await page.locator(".note").all_inner_texts())
        return (
            await page.locator("h1").inner_text(),
            {name: value.strip() for name, value in pairs},
            notes,
        )

    title, facts, notes = look(given, read)
    assert title == "1 broken key"
    assert facts == {
        "Keys": "3 of 5 hold",
        "States": "2 of 3 reached",
        "Stash": "v0.30.1",
        "Selectors": "for 0.30",
        "Language": "ja-JP",
        "Viewport": "1280x800",
        "Profile": "session",
        "Started": "2026-03-04 05:07 UTC",
        "Took": "1 min 5 s",
        "Writes stopped": "1",
        "Stash afterwards": "changed",
    }
    for note in ("newer than the selectors", "SceneUpdate: outside a step", "scenes: 4 to 5"):
        assert note in notes


@pytest.mark.parametrize(
    ("given", "title"),
    [
        (report(MENU), "Every key holds"),
        (report(), "No key was checked"),
        (report(state("list", healed())), "1 healed key"),
        (report(MENU, unreached("dialog")), "1 state not reached"),
        (report(MENU, changed=("scenes: 4 to 5",)), "Stash was changed"),
        (report(MENU, problems=("list.toml is damaged",)), "1 damaged selector file"),
    ],
)
def test_the_title_is_the_worst_of_it(look: Look, given: SelectorReport, title: str) -> None:
    """Only a report that is all well says so."""

    async def read(page: Page) -> str:
        return await page.locator("h1").inner_text()

    assert look(given, read) == title


def test_boxes_that_the_picture_does_not_show_are_not_marked(look: Look) -> None:
    """Below the picture, or without extent; a box that sticks out is cut at the edge."""
    boxes = ((0, HEIGHT, 50, 50), (-80, 10, 80, 20), (5, 5, 0, 9), (WIDTH - 10, 10, 90, 20))
    shown = LIST.model_copy(update={"findings": (finding(boxes=boxes), finding("list.far"))})

    async def read(page: Page) -> tuple[list[str | None], int]:
        rects = await page.locator(".mark rect").all()
        widths = [await rect.get_attribute("width") for rect in rects]
        return widths, await page.locator(".undrawn").count()

    assert look(report(shown), read) == (["1.0%"], 1)


@pytest.mark.parametrize(
    ("elapsed_ms", "text"),
    [
        (0, "0 ms"),
        (999, "999 ms"),
        (1000, "1.0 s"),
        (59_949, "59.9 s"),
        (59_951, "1 min 0 s"),
        (125_400, "2 min 5 s"),
    ],
)
def test_times_read_well(elapsed_ms: int, text: str) -> None:
    """In a suitable unit, never as 60.0 s."""
    assert duration(elapsed_ms) == text


def test_the_same_report_gives_the_same_page() -> None:
    """So that two can be compared as files."""
    assert html(WHOLE) == html(WHOLE)
