"""``bench/selectors.py mutations``: what becomes of keys whose elements are changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any

from stashbot.browser.launch import BrowserHost
from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.selectors.fingerprint_store import FingerprintBook
from stashbot.settings import BrowserSettings, load_settings
from tests.e2e.support.mutating import Fate, Laboratory
from tests.e2e.support.mutations import ALL
from tests.e2e.support.touring import View, server_at, session_at

HEADER = f"{'key':32}{'change':50}{'check':>9}{'tour':>10}{'healed':>7}{'named':>7}{'click':>7}"

_WIDE = 49


async def measure(beginning: str) -> AsyncIterator[Fate]:
    """The fates of all mutations of keys that begin so, one after another on one page."""
    wanted = [one for one in ALL if one.key.startswith(beginning)]
    async with AsyncExitStack() as stack:
        sandbox = stack.enter_context(Sandbox(SandboxOptions(release_notes=False)))
        host = await stack.enter_async_context(BrowserHost(BrowserSettings()))
        settings = load_settings(None, {"stash": {"url": sandbox.url}})
        server = await stack.enter_async_context(server_at(settings))
        session = await stack.enter_async_context(session_at(server, host, View()))
        laboratory = Laboratory(
            server=server, session=session, faults=sandbox.faults, book=FingerprintBook()
        )
        await laboratory.learn(sorted({one.state for one in wanted}))
        for mutation in wanted:
            yield await laboratory.fate(mutation, toured=True)


def line(fate: Fate) -> str:
    """A row of the table; ``*`` marks a key that writes."""
    fault = fate.mutation.fault
    key = f"{fate.mutation.key}{'*' if fate.access == 'write' else ''}"
    change = f"{fault.kind} {fault.selector}"
    if len(change) >= _WIDE:
        change = f"{change[: _WIDE - 4]}..."
    return (
        f"{key:32}{change:50}{fate.verdict:>9}{fate.toured:>10}"
        f"{fate.healed:>7}{fate.named:>7}{fate.clicked:>7}"
    )


def as_json(fates: Sequence[Fate]) -> dict[str, Any]:
    """The file's content."""
    reads = [one for one in fates if one.access == "read"]
    writes = [one for one in fates if one.access == "write"]
    lost = [one for one in reads if one.verdict == "red"]
    stopped = [one for one in writes if one.verdict == "red"]
    totals = {
        "mutations": len(fates),
        "of keys that write": len(writes),
        "detected": sum(one.detected for one in fates),
        "  found by the first strategy still": _count(fates, "verdict", "first"),
        "  found by another strategy": _count(fates, "verdict", "fallback"),
        "  red": _count(fates, "verdict", "red"),
        "another element taken for it": _count(fates, "verdict", "taken in"),
        "red keys that read": len(lost),
        "  healed right": _count(lost, "healed", "right"),
        "  healed wrong": _count(lost, "healed", "wrong"),
        "  not healed": _count(lost, "healed", "none"),
        "red keys that write": len(stopped),
        "  healed": len(stopped) - _count(stopped, "healed", "none"),
        "  shown with the right candidate": _count(stopped, "named", "right"),
        "  shown with a wrong candidate": _count(stopped, "named", "wrong"),
        "clicked wrongly, keys that write": _count(writes, "clicked", "wrong"),
        "clicked wrongly, keys that read": _count(reads, "clicked", "wrong"),
    }
    return {"totals": totals, "rows": [one.as_json() for one in fates]}


def _count(fates: Sequence[Fate], what: str, value: str) -> int:
    return sum(getattr(one, what) == value for one in fates)
