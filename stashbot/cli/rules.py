"""``stashbot rules``: check rules, and explain their effect on a scene."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from stashbot.cli.formatting import clean, make_table, pluralize
from stashbot.cli.invocation import Invocation, run_async
from stashbot.cli.options import SceneArgument

if TYPE_CHECKING:
    from rich.console import RenderableType

    from stashbot.decide.rules.rule_set import RuleOutcome
    from stashbot.views.rules_preview import RulesPreview


def check_rules(
    invocation: Invocation,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE...", help="Rule files; those of [rules] files by default."),
    ] = None,
) -> None:
    """Read rules, macros and collections, and report the first mistake with its position."""
    from stashbot.flows.runs.rule_snapshot import read_rule_files

    rules = read_rule_files(invocation.settings(), files or ()).compile().rules
    document = [
        {
            "name": rule.name,
            "file": rule.file,
            "line": rule.line,
            "on": rule.event,
            "priority": rule.priority,
            "when": rule.when,
            "then": [action.label for action in rule.then],
        }
        for rule in rules
    ]
    if not rules:
        invocation.output.show([], Text("There are no rules."))
        return
    table = make_table("rule", "on", "priority", "when", "then", right=("priority",))
    for rule in rules:
        table.add_row(
            Text(clean(rule.name)),
            rule.event,
            str(rule.priority),
            Text(clean(rule.when)),
            "; ".join(action.label for action in rule.then),
        )
    count = Text(f"\n{pluralize(len(rules), 'rule')}, no mistakes.")
    invocation.output.show(document, table, count)


def explain_rules(invocation: Invocation, scene: SceneArgument) -> None:
    """Show which rules match a scene, by which values, and their effect. Changes nothing."""
    from stashbot.views.rules_preview import preview_rules

    found = run_async(preview_rules(invocation.settings(), scene))
    invocation.output.show(found, *_explanation(found))


def _explanation(found: RulesPreview) -> Iterator[RenderableType]:
    yield Text.assemble((f"Scene {found.scene}", "bold"), f"  {clean(found.name)}")
    for outcome in found.outcomes:
        yield Text(f"\nOn {outcome.event}:", "bold")
        if not outcome.traces:
            yield Text("  no rules", "dim")
            continue
        table = make_table("rule", "result", "when", "values", "actions")
        for trace in outcome.traces:
            values = ", ".join(f"{name} {value!r}" for name, value in trace.values.items())
            result = f"stopped by {trace.by}" if trace.by else trace.result
            table.add_row(
                Text(clean(trace.rule)),
                Text(clean(result), "green" if trace.result == "matched" else "dim"),
                Text(clean(trace.when)),
                Text(clean(values)),
                "; ".join(action.label for action in trace.actions),
            )
        yield table
        yield Text(f"  in total: {_effects(outcome)}")


def _effects(outcome: RuleOutcome) -> str:
    names_by_effect = {
        "ask": outcome.sources,
        "add tags": outcome.tags,
        "add to collections": outcome.collections,
        "call": outcome.webhooks,
    }
    effects = [
        f"{effect} {clean(', '.join(names))}" for effect, names in names_by_effect.items() if names
    ]
    if outcome.organize is not None:
        effects.append("organize" if outcome.organize else "do not organize")
    return "; ".join(effects) or "nothing"
