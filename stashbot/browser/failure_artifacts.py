"""Artifacts of a failed scene: enough to see what happened without running it again.

Each failure has a folder, ``<state>/artifacts/<run>/<scene>/``: ``screenshot.png``, ``page.html``
and ``aria.yml`` (the page as its DOM and as its roles and names), ``console.txt``,
``exchanges.json`` (the GraphQL operations seen), ``error.txt`` and, if the step was traced,
``trace.zip`` for ``playwright show-trace``. A second failure of the same scene goes to
``<scene>.2``.

No part has a secret that is known or that Stash names as such; a screenshot shows no password
field. Losing an artifact never fails a scene: ``error.txt`` and the log say what is missing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shutil
import traceback
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from loguru import logger
from playwright.async_api import Page

from stashbot.browser.tracing import stop_trace
from stashbot.errors import StashbotError
from stashbot.redaction import Scrubber
from stashbot.settings import ArtifactSettings

FOLDER = "artifacts"
#: The longest time for an artifact, in seconds; a page that hangs costs a few of these.
PART_S = 5.0
#: The same for the trace, which is written, read and written again.
TRACE_S = 30.0
#: Longer texts in exchanges are cut: covers travel as data URIs of megabytes.
TEXT_MAX = 4000
_MB = 1_000_000


def _now() -> datetime:
    return datetime.now(UTC)


class FailureArtifacts:
    """Writes and prunes the artifacts of a state folder.

    ``keep_days`` or ``keep_mb`` of 0 keeps nothing at all.
    """

    def __init__(
        self,
        state_dir: Path,
        settings: ArtifactSettings,
        secrets: Scrubber,
        *,
        now: Callable[[], datetime] = _now,
        part_s: float = PART_S,
    ) -> None:
        self.folder = state_dir / FOLDER
        self._settings = settings
        self._scrubber = secrets
        self._now = now
        self._part_s = part_s
        self._written: int | None = None

    async def capture(
        self,
        page: Page | None,
        *,
        run_id: str,
        scene_id: str,
        phase: str,
        error: BaseException,
        console: Iterable[str] = (),
        exchanges: Iterable[Mapping[str, Any]] = (),
        trace: bool = False,
    ) -> Path | None:
        """Write what can be written, and return the folder; ``None`` if there is none.

        With ``trace`` the page's context is being traced; the trace ends here, kept or not. Raises
        nothing but cancellation.
        """
        folder = self._new_folder(run_id, scene_id)
        lost: list[str] = []
        if trace and page is not None:
            # First, because the other parts would only add to it.
            file = folder / "trace.zip" if folder else None
            await self._part(
                lost, "trace.zip", stop_trace(page.context, file, self._scrubber), TRACE_S
            )
        if folder is None:
            return None
        if page is not None:
            await self._keep_page(page, folder, lost)
        with _noting(lost, "console.txt"):
            self._write(folder / "console.txt", "".join(f"{line}\n" for line in console))
        with _noting(lost, "exchanges.json"):
            lines = [json.dumps(_bounded(each, self._scrubber), default=str) for each in exchanges]
            self._write(folder / "exchanges.json", "[\n" + ",\n".join(lines) + "\n]\n")
        with _noting(lost, "error.txt"):
            self._write(folder / "error.txt", self._report(phase, scene_id, error, lost))
        for part in lost:
            logger.warning("Artifacts of scene {}: {}", scene_id, part)
        with _noting(lost, "counting"):
            await asyncio.to_thread(self._count, folder)
        return folder

    async def prune(self) -> None:
        """Remove what is older than ``keep_days``, then the oldest beyond ``keep_mb``.

        To be called when a run starts; within a run ``capture`` applies the second limit.
        """
        await asyncio.to_thread(self._clean_up)

    async def _keep_page(self, page: Page, folder: Path, lost: list[str]) -> None:
        await self._part(
            lost,
            "screenshot.png",
            page.screenshot(
                path=folder / "screenshot.png",
                mask=[page.locator("input[type=password]")],
                animations="disabled",
                timeout=self._part_s * 1000,
            ),
        )
        content = await self._part(lost, "page.html", page.content())
        with _noting(lost, "page.html"):
            self._write(folder / "page.html", content)
        aria = await self._part(
            lost,
            "aria.yml",
            page.locator("body").aria_snapshot(timeout=self._part_s * 1000),
        )
        with _noting(lost, "aria.yml"):
            self._write(folder / "aria.yml", aria)

    async def _part(
        self, lost: list[str], name: str, part: Awaitable[Any], limit_s: float | None = None
    ) -> Any:
        with _noting(lost, name):
            async with asyncio.timeout(limit_s or self._part_s):
                return await part
        return None

    def _write(self, file: Path, text: str | None) -> None:
        if text is not None:
            file.write_text(self._scrubber.text(text), encoding="utf-8", errors="replace")

    def _new_folder(self, run_id: str, scene_id: str) -> Path | None:
        if not self._settings.keep_days or not self._settings.keep_mb:
            return None
        parent = self.folder / _file_name(run_id)
        name = _file_name(scene_id)
        number = 1
        try:
            parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            while True:
                folder = parent / (name if number == 1 else f"{name}.{number}")
                try:
                    folder.mkdir(mode=0o700)
                except FileExistsError:
                    number += 1
                else:
                    return folder
        except OSError as error:
            logger.warning("No artifacts are kept of scene {}: {}", scene_id, error)
            return None

    def _report(self, phase: str, scene_id: str, error: BaseException, lost: list[str]) -> str:
        lines = [
            f"scene   {scene_id}",
            f"phase   {phase}",
            f"time    {self._now().isoformat(timespec='milliseconds')}",
            f"error   {type(error).__name__}: {error}",
        ]
        if isinstance(error, StashbotError):
            lines += [f"        {name}: {value!r}" for name, value in error.details.items()]
        lines += [f"lost    {part}" for part in lost]
        return "\n".join([*lines, "", "".join(traceback.format_exception(error))])

    def _count(self, folder: Path) -> None:
        if self._written is None:
            self._written = sum(size for size, _, _ in self._kept())
        else:
            self._written += _size(folder)
        if self._written > self._settings.keep_mb * _MB:
            self._prune(spare=folder)

    def _kept(self) -> list[tuple[int, float, Path]]:
        """Return size in bytes, time of change and folder of each failure, oldest first."""
        found = []
        for folder in self.folder.glob("*/*"):
            try:
                found.append((_size(folder), folder.stat().st_mtime, folder))
            except OSError as error:
                logger.debug("Artifacts {}: {}", folder, error)
        return sorted(found, key=lambda each: each[1])

    def _prune(self, *, spare: Path | None = None) -> None:
        oldest = (self._now() - timedelta(days=self._settings.keep_days)).timestamp()
        kept = self._kept()
        total = sum(size for size, _, _ in kept)
        for size, changed, folder in kept:
            if changed >= oldest and total <= self._settings.keep_mb * _MB:
                break
            if folder != spare:
                shutil.rmtree(folder, ignore_errors=True)
                total -= size
        self._written = total

    def _clean_up(self) -> None:
        """Prune, and remove what a killed process left: raw traces and empty folders."""
        for raw in self.folder.glob("*/*/*.raw"):
            raw.unlink(missing_ok=True)
        self._prune()
        for run in self.folder.glob("*"):
            with contextlib.suppress(OSError):
                run.rmdir()


@contextlib.contextmanager
def _noting(lost: list[str], name: str) -> Iterator[None]:
    """Note any error: a lost artifact never fails a scene."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 # see above
        lines = str(error).splitlines()
        lost.append(f"{name}: {type(error).__name__}{': ' + lines[0] if lines else ''}")


def _bounded(value: Any, scrubber: Scrubber) -> Any:
    """Return a JSON value with secrets hidden and long texts cut."""
    if isinstance(value, Mapping):
        return {str(name): _bounded(each, scrubber) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_bounded(each, scrubber) for each in value]
    if isinstance(value, str):
        text = scrubber.text(value)
        more = len(text) - TEXT_MAX
        return text if more <= 0 else f"{text[:TEXT_MAX]}… ({more} more)"
    return value


def _file_name(text: str) -> str:
    """Return ``text`` as the name of a folder, whatever it contains."""
    return re.sub(r"[^0-9A-Za-z_-]", "_", text)[:100] or "_"


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
