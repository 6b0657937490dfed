"""A failed scene leaves artifacts without secrets, and a lost artifact fails nothing."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import zipfile
from collections.abc import Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.async_api import Browser, Page

from stashbot.browser.failure_artifacts import FOLDER, TEXT_MAX, FailureArtifacts
from stashbot.browser.launch import BrowserHost
from stashbot.browser.tracing import start_trace, stop_trace
from stashbot.errors import ElementNotReady
from stashbot.redaction import HIDDEN, Scrubber
from stashbot.settings import ArtifactSettings, BrowserSettings

T = TypeVar("T")
SECRET = 'pass/w"ord 1'
KEY = "key-1234567890"
ANSWER = {"data": {"configuration": {"apiKey": "unknown-key", "echo": SECRET}}}
FIELDS = f"<body><h1>Scene one</h1><p>{KEY}</p><input type=password value=zzz><button>Save</button>"


class _Bench:
    """A loop and a browser for the whole module."""

    def __init__(self, runner: asyncio.Runner, browser: Browser, url: str) -> None:
        self.runner = runner
        self.browser = browser
        self.url = url

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(coroutine)


class _Handler(BaseHTTPRequestHandler):
    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "session=never|seen==; Path=/")
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self._answer(FIELDS.encode(), "text/html")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(json.dumps(ANSWER).encode(), "application/json")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def bench() -> Iterator[_Bench]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with asyncio.Runner() as runner:
        host = BrowserHost(BrowserSettings())
        try:
            browser = runner.run(host.ensure())
            yield _Bench(runner, browser, f"http://127.0.0.1:{server.server_port}/")
        finally:
            runner.run(host.close())
            server.shutdown()
            thread.join()
            server.server_close()


def artifacts(root: Path, **settings: Any) -> FailureArtifacts:
    scrubber = Scrubber([SECRET, KEY])
    return FailureArtifacts(root, ArtifactSettings(**settings), scrubber, part_s=2)


async def capture(keeper: FailureArtifacts, page: Page | None, **more: Any) -> Path | None:
    given: dict[str, Any] = {
        "run_id": "run-1",
        "scene_id": "7",
        "phase": "save",
        "error": ElementNotReady(f"no button {SECRET}", hint="Look.", key="edit_form.save"),
        "console": [f"error: {KEY}"],
        "exchanges": [{"operation": "SceneUpdate", "status": 200, "body": {"code": SECRET}}],
    }
    return await keeper.capture(page, **(given | more))


def texts(folder: Path) -> dict[str, str]:
    """Return all that was kept, as text: files, and the entries of archives."""
    found = {}
    for file in folder.iterdir():
        if file.suffix == ".zip":
            with zipfile.ZipFile(file) as archive:
                for name in archive.namelist():
                    found[f"trace:{name}"] = archive.read(name).decode(errors="replace")
        else:
            found[file.name] = file.read_text(errors="replace")
    return found


def test_everything_is_kept_without_secrets(bench: _Bench, tmp_path: Path) -> None:
    """All files are there and say what happened; known and named secrets are in none of them.

    The trace holds URLs, headers, cookies, typed values, request and answer bodies.
    """

    async def scenario() -> Path | None:
        context = await bench.browser.new_context(extra_http_headers={"ApiKey": KEY})
        try:
            assert await start_trace(context)
            page = await context.new_page()
            await page.goto(f"{bench.url}?apikey={KEY}")
            await page.fill("input", SECRET)
            await page.evaluate(
                "s => fetch('/graphql', {method: 'POST', body: JSON.stringify({password: s})})"
                ".then(answer => answer.text())",
                SECRET,
            )
            return await capture(artifacts(tmp_path), page, trace=True)
        finally:
            await context.close()

    folder = bench.run(scenario())
    assert folder == tmp_path / FOLDER / "run-1" / "7"
    assert folder.stat().st_mode & 0o077 == 0
    kept = texts(folder)
    names = {name for name in kept if not name.startswith("trace:")}
    assert names == {
        *("aria.yml", "console.txt", "error.txt", "exchanges.json", "page.html", "screenshot.png")
    }
    assert "Scene one" in kept["page.html"]
    assert 'button "Save"' in kept["aria.yml"]
    assert kept["console.txt"] == f"error: {HIDDEN}\n"
    assert json.loads(kept["exchanges.json"])[0]["operation"] == "SceneUpdate"
    for words in ("phase   save", "ElementNotReady: no button", "edit_form.save", "Look."):
        assert words in kept["error.txt"]
    assert "lost" not in kept["error.txt"]
    assert any("/graphql" in text for name, text in kept.items() if name.startswith("trace:"))
    forms = (
        KEY,
        "unknown-key",
        "never|seen",
        *('pass/w"ord', 'pass/w\\"ord', "pass%2Fw", "w%22ord"),
    )
    for name, text in kept.items():
        assert [form for form in forms if form in text] == [], name


def test_a_dead_page_leaves_the_rest(bench: _Bench, tmp_path: Path) -> None:
    """With the page closed, error, console and exchanges are kept, and what was lost is named."""

    async def scenario() -> Path | None:
        context = await bench.browser.new_context()
        page = await context.new_page()
        await context.close()
        return await capture(artifacts(tmp_path), page, trace=True)

    folder = bench.run(scenario())
    assert folder is not None
    assert {file.name for file in folder.iterdir()} == {
        *("console.txt", "error.txt", "exchanges.json")
    }
    said = (folder / "error.txt").read_text()
    for part in ("trace.zip", "screenshot.png", "page.html", "aria.yml"):
        assert f"lost    {part}: " in said


def test_without_a_page_the_error_is_kept(tmp_path: Path) -> None:
    """A failure without a page has its report too."""
    folder = asyncio.run(capture(artifacts(tmp_path), None))
    assert folder is not None
    assert "ElementNotReady" in (folder / "error.txt").read_text()


def test_a_disk_that_takes_nothing_fails_nothing(tmp_path: Path) -> None:
    """Where no folder can be made, capture gives ``None`` and raises nothing."""
    (tmp_path / FOLDER).write_text("in the way")
    assert asyncio.run(capture(artifacts(tmp_path), None)) is None


def test_a_file_that_cannot_be_written_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part that meets a full disk is named; the others are kept."""
    write = Path.write_text

    def full(self: Path, *args: Any, **named: Any) -> int:
        if self.name == "console.txt":
            raise OSError(28, "No space left on device")
        return write(self, *args, **named)

    monkeypatch.setattr(Path, "write_text", full)
    folder = asyncio.run(capture(artifacts(tmp_path), None))
    assert folder is not None
    assert "lost    console.txt: OSError" in (folder / "error.txt").read_text()
    assert (folder / "exchanges.json").exists()


def test_failures_of_one_scene_do_not_overwrite_each_other(tmp_path: Path) -> None:
    """A second failure has its own folder, and no name leads out of the folder."""

    async def scenario() -> list[Path | None]:
        keeper = artifacts(tmp_path)
        return [await capture(keeper, None, scene_id=each) for each in ("7", "7", "../../x")]

    names = [folder.name for folder in asyncio.run(scenario()) if folder]
    assert names == ["7", "7.2", "______x"]
    assert {path.name for path in tmp_path.iterdir()} == {FOLDER}


def test_long_texts_are_cut_after_their_secrets(tmp_path: Path) -> None:
    """A cover's data URI is cut; a secret on the edge of the cut leaves no beginning behind."""
    body = "x" * (TEXT_MAX - 5) + KEY + "y" * 5000
    folder = asyncio.run(capture(artifacts(tmp_path), None, exchanges=[{"body": body}]))
    assert folder is not None
    text = json.loads((folder / "exchanges.json").read_text())[0]["body"]
    assert len(text) < TEXT_MAX + 30
    assert "key-1" not in text
    assert "more)" in text


def fill(root: Path, name: str, *, days: float, kb: int) -> Path:
    folder = root / FOLDER / "old" / name
    folder.mkdir(parents=True)
    (folder / "page.html").write_bytes(b"x" * kb * 1000)
    at = (datetime.now(UTC) - timedelta(days=days)).timestamp()
    os.utime(folder, (at, at))
    return folder


def test_old_evidence_goes_first_by_age_then_by_size(tmp_path: Path) -> None:
    """Artifacts beyond ``keep_days`` go, beyond ``keep_mb`` the oldest; raw traces always."""
    ancient = fill(tmp_path, "ancient", days=31, kb=1)
    older = fill(tmp_path, "older", days=20, kb=600)
    newer = fill(tmp_path, "newer", days=10, kb=600)
    raw = newer / "trace.zip.raw"
    raw.write_text("x")
    os.utime(newer, (at := (datetime.now(UTC) - timedelta(days=10)).timestamp(), at))
    empty = tmp_path / FOLDER / "empty"
    empty.mkdir()
    asyncio.run(artifacts(tmp_path, keep_days=30, keep_mb=1).prune())
    assert [path.exists() for path in (ancient, older, newer, raw, empty)] == [
        *(False, False, True, False, False)
    ]


@pytest.mark.parametrize(("days", "kept"), [(29.9, True), (30.1, False)])
def test_the_limit_in_days(tmp_path: Path, days: float, *, kept: bool) -> None:
    """Artifacts stay up to ``keep_days`` and go after it; within both limits nothing goes."""
    folder = fill(tmp_path, "7", days=days, kb=1000)
    asyncio.run(artifacts(tmp_path, keep_days=30, keep_mb=1).prune())
    assert folder.exists() is kept


def test_a_run_that_fails_a_lot_does_not_fill_the_disk(tmp_path: Path) -> None:
    """The size limit holds while a run goes on; the newest failure is always kept."""
    old = fill(tmp_path, "old", days=1, kb=999)

    async def scenario() -> list[Path | None]:
        keeper = artifacts(tmp_path, keep_mb=1)
        lines = ["x" * 1000] * 1200
        return [await capture(keeper, None, console=lines, scene_id=each) for each in "12"]

    first, second = asyncio.run(scenario())
    assert first is not None
    assert second is not None
    assert [path.exists() for path in (old, first, second)] == [False, False, True]


@pytest.mark.parametrize("settings", [{"keep_days": 0}, {"keep_mb": 0}])
def test_zero_keeps_nothing(tmp_path: Path, settings: dict[str, int]) -> None:
    """With a limit of 0 nothing is written, and older artifacts go."""
    fill(tmp_path, "7", days=0.1, kb=1)
    keeper = artifacts(tmp_path, **settings)
    assert asyncio.run(capture(keeper, None)) is None
    asyncio.run(keeper.prune())
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_a_trace_may_be_thrown_away_or_fail(bench: _Bench, tmp_path: Path) -> None:
    """A missing or double trace raises an error only where a file is wanted."""

    async def scenario() -> None:
        context = await bench.browser.new_context()
        assert await start_trace(context)
        assert not await start_trace(context)
        await stop_trace(context, None, Scrubber())
        assert await start_trace(context)
        await stop_trace(context, tmp_path / "trace.zip", Scrubber())
        await context.close()
        assert not await start_trace(context)
        await stop_trace(context, None, Scrubber())

    bench.run(scenario())
    assert [file.name for file in tmp_path.iterdir()] == ["trace.zip"]


def test_a_hanging_page_costs_limited_time(bench: _Bench, tmp_path: Path) -> None:
    """A page whose script never ends delays the run by a few seconds, and the rest is kept."""

    async def scenario() -> Path | None:
        context = await bench.browser.new_context()
        page = await context.new_page()
        await page.goto(bench.url)
        hanging = asyncio.ensure_future(
            page.evaluate("for (const end = Date.now() + 8000; Date.now() < end; );")
        )
        await asyncio.sleep(0.2)
        keeper = FailureArtifacts(tmp_path, ArtifactSettings(), Scrubber(), part_s=0.3)
        async with asyncio.timeout(5):
            folder = await capture(keeper, page)
        hanging.cancel()
        return folder

    folder = bench.run(scenario())
    assert folder is not None
    assert "lost    screenshot.png" in (folder / "error.txt").read_text()
