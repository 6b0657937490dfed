"""What Playwright's tracing costs a scene: ten evaluates that change a page of 2000 elements.

``python bench/trace_cost.py`` prints a table and writes ``bench/out/trace_cost.json``. Times are
milliseconds a scene (median over the scenes), sizes kilobytes of ``trace.zip`` a scene.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page

from stashbot.browser.launch import BrowserHost
from stashbot.browser.tracing import start_trace, stop_trace
from stashbot.redaction import Scrubber
from stashbot.settings import BrowserSettings

SCENES = 15
EVALUATES = 10
HTML = "<main>" + "".join(
    f"<div class='row'><label>field {n}</label><input value='{n}'></div>" for n in range(650)
)
CHANGE = """n => new Promise(done => {
    document.querySelectorAll('label')[n].textContent = `changed ${n} ${Math.random()}`;
    document.body.style.background = `hsl(${36 * n} 50% 50%)`;
    requestAnimationFrame(() => requestAnimationFrame(() => done(n)));
})"""
MODES: dict[str, dict[str, bool] | None] = {
    "off": None,
    "actions only": {"screenshots": False, "snapshots": False},
    "screenshots": {"screenshots": True, "snapshots": False},
    "snapshots": {"screenshots": False, "snapshots": True},
    "both": {"screenshots": True, "snapshots": True},
}


async def scene(page: Page) -> float:
    """Milliseconds that the evaluates of one scene take."""
    started = time.perf_counter()
    for number in range(EVALUATES):
        await page.evaluate(CHANGE, number)
    return (time.perf_counter() - started) * 1000


async def measure(browser: Browser, mode: dict[str, bool] | None, folder: Path) -> dict[str, Any]:
    """The figures of one mode; each scene has a trace of its own."""
    context = await browser.new_context()
    page = await context.new_page()
    await page.set_content(HTML)
    await scene(page)
    file = folder / "trace.zip"
    starts, scenes, stops, sizes = [], [], [], []
    for _ in range(SCENES):
        at = time.perf_counter()
        if mode is not None:
            await start_trace(context, **mode)
        starts.append((time.perf_counter() - at) * 1000)
        scenes.append(await scene(page))
        at = time.perf_counter()
        if mode is not None:
            await stop_trace(context, file, Scrubber(["correct horse battery"]))
            sizes.append(file.stat().st_size / 1000)
        stops.append((time.perf_counter() - at) * 1000)
    await context.close()
    median = statistics.median
    return {
        "start_ms": round(median(starts), 1),
        "scene_ms": round(median(scenes), 1),
        "stop_ms": round(median(stops), 1),
        "kb": round(median(sizes), 1) if sizes else 0.0,
    }


async def main() -> None:
    """Prints and writes the table."""
    with tempfile.TemporaryDirectory() as folder:
        async with BrowserHost(BrowserSettings()) as host:
            rows = {
                name: await measure(host.browser, mode, Path(folder))
                for name, mode in MODES.items()
            }
    print(f"{'trace':14}{'start':>8}{'scene':>8}{'stop':>8}{'KB':>8}")
    for name, row in rows.items():
        print(f"{name:14}" + "".join(f"{value:8.1f}" for value in row.values()))
    out = Path(__file__).with_name("out")
    out.mkdir(exist_ok=True)
    (out / "trace_cost.json").write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    asyncio.run(main())
