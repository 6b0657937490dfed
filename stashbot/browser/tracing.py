"""Playwright traces, without secrets.

The cost of a trace, from ``bench/trace_cost.py`` (medians of 15 scenes on two busy cores, headless
shell 156): ten evaluates that each change a page of 2000 elements take

==============  ============  ============  ===========  ==============
traced          scene         start + stop  trace.zip    scene, untraced
==============  ============  ============  ===========  ==============
actions only    320-390 ms    16-20 ms      1 kB         350-370 ms
screenshots     420-490 ms    70-150 ms     260-290 kB
snapshots       550-790 ms    60-80 ms      25 kB
both            770-920 ms    150-200 ms    310 kB
==============  ============  ============  ===========  ==============

So a full trace more than doubles a phase. It is for the retry of a failed step, where milliseconds
do not matter, not for every scene.
"""

from __future__ import annotations

import asyncio
import zipfile
from pathlib import Path

from loguru import logger
from playwright.async_api import BrowserContext
from playwright.async_api import Error as PlaywrightError

from stashbot.redaction import Scrubber


async def start_trace(
    context: BrowserContext, *, screenshots: bool = True, snapshots: bool = True
) -> bool:
    """Begin to trace a context, and return whether it is traced now. Never raises."""
    try:
        await context.tracing.start(screenshots=screenshots, snapshots=snapshots)
    except PlaywrightError as error:
        logger.debug("No trace: {}", error.message)
        return False
    return True


async def stop_trace(context: BrowserContext, path: Path | None, scrubber: Scrubber) -> None:
    """End a trace and write it to ``path`` without secrets; ``None`` throws it away.

    Raises:
        PlaywrightError: there is no trace, for instance because the browser is gone; only with a
            path.
        OSError: it cannot be written.
    """
    if path is None:
        try:
            await context.tracing.stop()
        except PlaywrightError as error:
            logger.debug("No trace to throw away: {}", error.message)
        return
    raw = path.with_name(f"{path.name}.raw")
    try:
        await context.tracing.stop(path=raw)
        await asyncio.to_thread(scrub_zip, raw, path, scrubber)
    finally:
        raw.unlink(missing_ok=True)


def scrub_zip(source: Path, target: Path, scrubber: Scrubber) -> None:
    """Copy a ZIP archive with every entry scrubbed; a failure leaves no ``target``.

    Raises:
        OSError: a file cannot be read or written.
        zipfile.BadZipFile: ``source`` is not an archive.
    """
    try:
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
            for entry in old.infolist():
                data = scrubber.data(old.read(entry))
                new.writestr(scrubber.text(entry.filename), data, zipfile.ZIP_DEFLATED)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
