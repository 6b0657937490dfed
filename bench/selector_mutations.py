"""``bench/selectors.py mutations``: keys whose elements are changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any

from stashbot.browser.launch import BrowserHost
from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.selectors.fingerprint_store import FingerprintStore
from stashbot.settings import BrowserSettings, load_settings
from stashbot.testing.mutation_catalog import ALL
from stashbot.testing.page_mutation import MutationResult, PageMutator
from stashbot.testing.tour_helpers import View, server_at, session_at

HEADER = f"{'key':32}{'change':50}{'check':>9}{'tour':>10}{'healed':>7}{'named':>7}{'click':>7}"

_WIDE = 49


async def measure(beginning: str) -> AsyncIterator[MutationResult]:
    """Yield the result of each mutation of keys that start with ``beginning``."""
    wanted = [mutation for mutation in ALL if mutation.key.startswith(beginning)]
    async with AsyncExitStack() as stack:
        sandbox = stack.enter_context(Sandbox(SandboxOptions(release_notes=False)))
        host = await stack.enter_async_context(BrowserHost(BrowserSettings()))
        settings = load_settings(None, {"stash": {"url": sandbox.url}})
        server = await stack.enter_async_context(server_at(settings))
        session = await stack.enter_async_context(session_at(server, host, View()))
        mutator = PageMutator(
            server=server, session=session, faults=sandbox.faults, book=FingerprintStore()
        )
        await mutator.learn(sorted({mutation.state for mutation in wanted}))
        for mutation in wanted:
            yield await mutator.apply(mutation, toured=True)


def line(result: MutationResult) -> str:
    """Return a row of the table; ``*`` marks a key that writes."""
    fault = result.mutation.fault
    key = f"{result.mutation.key}{'*' if result.access == 'write' else ''}"
    change = f"{fault.kind} {fault.selector}"
    if len(change) >= _WIDE:
        change = f"{change[: _WIDE - 4]}..."
    return (
        f"{key:32}{change:50}{result.verdict:>9}{result.toured:>10}"
        f"{result.healed:>7}{result.named:>7}{result.clicked:>7}"
    )


def as_json(results: Sequence[MutationResult]) -> dict[str, Any]:
    """Return the content of the JSON file."""
    reads = [result for result in results if result.access == "read"]
    writes = [result for result in results if result.access == "write"]
    lost = [result for result in reads if result.verdict == "red"]
    stopped = [result for result in writes if result.verdict == "red"]
    totals = {
        "mutations": len(results),
        "of keys that write": len(writes),
        "detected": sum(result.detected for result in results),
        "  found by the first strategy still": _count(results, "verdict", "first"),
        "  found by another strategy": _count(results, "verdict", "fallback"),
        "  red": _count(results, "verdict", "red"),
        "another element taken for it": _count(results, "verdict", "taken in"),
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
    return {"totals": totals, "rows": [result.as_json() for result in results]}


def _count(results: Sequence[MutationResult], field: str, value: str) -> int:
    return sum(getattr(result, field) == value for result in results)
