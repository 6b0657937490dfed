"""``stashbot rules``: whether rules are right, and what they make of a scene."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from stashbot.cli.formatting import counted
from stashbot.cli.invocation import Invocation
from stashbot.cli.output import safe
from stashbot.cli.state import listing

if TYPE_CHECKING:
    from stashbot.decide.rules.rule_set import RuleOutcome
    from stashbot.flows.enrich.apply_rules import Ruling


def check_rules(
    invocation: Invocation,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE...", help="These; else those of [rules] files."),
    ] = None,
) -> None:
    """Read rules, macros and collections; name the first mistake by file, rule, line and column."""
    from stashbot.flows.runs.rule_snapshot import rulebook

    found = rulebook(invocation.settings(), files or ()).read()
    rows = [
        {
            "name": rule.name,
            "file": rule.file,
            "line": rule.line,
            "on": rule.event,
            "priority": rule.priority,
            "when": rule.when,
            "then": [action.told for action in rule.then],
        }
        for rule in found.rules
    ]
    if not rows:
        invocation.output.show([], Text("There are no rules."))
        return
    table = listing("rule", "on", "priority", "when", "then", right=("priority",))
    for rule in found.rules:
        told = "; ".join(action.told for action in rule.then)
        table.add_row(
            Text(safe(rule.name)), rule.event, str(rule.priority), Text(safe(rule.when)), told
        )
    invocation.output.show(rows, table, Text(f"\n{counted(len(rows), 'rule')}, all of them right."))


def explain_rules(
    invocation: Invocation,
    scene: Annotated[str, typer.Argument(metavar="ID", help="The scene's number.")],
) -> None:
    """Show which rules match a scene, by which values, and what they want. Nothing is done."""
    from stashbot.flows.enrich.apply_rules import explain_rules as explain

    found = asyncio.run(explain(invocation.settings(), scene))
    invocation.output.show(found, *_told(found))


def _told(found: Ruling) -> Iterator[RenderableType]:
    yield Text.assemble((f"Scene {found.scene}", "bold"), f"  {safe(found.name)}")
    for outcome in found.outcomes:
        yield Text(f"\nOn {outcome.event}:", "bold")
        if not outcome.traces:
            yield Text("  no rules", "dim")
            continue
        table = listing("rule", "", "when", "it saw", "so")
        for trace in outcome.traces:
            saw = ", ".join(f"{name} {value!r}" for name, value in trace.values.items())
            result = trace.result if not trace.by else f"stopped by {trace.by}"
            table.add_row(
                Text(safe(trace.rule)),
                Text(safe(result), "green" if trace.result == "matched" else "dim"),
                Text(safe(trace.when)),
                Text(safe(saw)),
                "; ".join(action.told for action in trace.actions),
            )
        yield table
        yield Text(f"  together: {_wanted(outcome)}")


def _wanted(outcome: RuleOutcome) -> str:
    wanted = {
        "ask": outcome.sources,
        "add tags": outcome.tags,
        "collections": outcome.collections,
        "call": outcome.webhooks,
    }
    told = [f"{what} {safe(', '.join(names))}" for what, names in wanted.items() if names]
    if outcome.organize is not None:
        told.append("organize" if outcome.organize else "do not organize")
    return "; ".join(told) or "nothing"
