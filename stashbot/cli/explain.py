"""``stashbot explain``: everything known of a scene, and what a run would do with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from stashbot.cli.formatting import (
    EMPTY,
    STYLES,
    clean,
    cleanings_list,
    format_change,
    format_score,
    format_time,
    format_value,
    indent,
    judgement_view,
    make_table,
)
from stashbot.cli.invocation import Invocation, run_async
from stashbot.cli.options import SceneArgument

if TYPE_CHECKING:
    from rich.console import RenderableType

    from stashbot.views.explain import Explanation, LiveScrape, SceneReading
    from stashbot.views.source_history import LatestAnswer


def explain(
    invocation: Invocation,
    scene: SceneArgument,
    *,
    source: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Ask this source now. By default none is answer."),
    ] = None,
) -> None:
    """Show what is known of a scene, the sources a run would ask, and their last answers.

    Reads Stash and stashbot's own records; writes nothing.
    """
    from stashbot.views.explain import explain as explain_scene

    found = run_async(explain_scene(invocation.settings(), scene, source=source))
    invocation.output.show(found, *_explanation(found))


def _explanation(found: Explanation) -> Iterator[RenderableType]:
    organized = ", organized" if found.organized else ""
    yield Text.assemble((f"Scene {found.scene}", "bold"), f"  {clean(found.name)}{organized}")
    yield from _known_facts(found.reading)
    yield from _source_order(found)
    if found.asked is not None:
        yield from _live_answer(found.asked)
    yield Text("\nLast answer of each source:", "bold")
    if not found.said:
        yield indent(Text("none yet"))
    for answer in found.said:
        yield from _past_answer(answer)
    yield from _history(found)


def _known_facts(reading: SceneReading) -> Iterator[RenderableType]:
    yield Text("\nKnown facts:", "bold")
    facts = Table.grid(padding=(0, 2))
    for piece in reading.pieces:
        origin = f"from its {piece.origin}" if piece.origin else ""
        if piece.pattern:
            origin += f", pattern {piece.pattern}"
        unit = " s" if piece.name == "duration" and piece.value else ""
        value = Text(f"{format_value(piece.value)}{unit}")
        facts.add_row(Text(piece.name, "cyan"), value, Text(clean(origin), "dim"))
    yield indent(facts)
    if reading.file is None:
        yield indent(Text("The scene has no file."))
        return
    yield Text.assemble("\nRead from the file name ", (clean(reading.file), "bold"), ":")
    if reading.is_uninformative:
        yield indent(Text("A camera or a download named it, so no pattern is tried."))
        return
    tried = Table.grid(padding=(0, 2))
    for pattern in reading.patterns:
        verdict = Text("fits", "green") if pattern.fits else Text("no", "dim")
        values = ", ".join(f"{name} {format_value(value)}" for name, value in pattern.read.items())
        tried.add_row(verdict, Text(clean(pattern.name)), Text(values))
    yield indent(tried)
    if not any(pattern.fits for pattern in reading.patterns):
        yield indent(Text("No pattern fits. Add your own to [filenames] patterns.", "yellow"))


def _source_order(found: Explanation) -> Iterator[RenderableType]:
    yield Text("\nSources in the order in which a run asks them:", "bold")
    keys = ", ".join(clean(key) for key in found.keys.all_keys)
    yield indent(Text(f"answers count for {keys}", "dim"))
    for source in found.order:
        yield indent(Text(clean(source.reason)))
    if not found.order:
        yield indent(Text("Stash has no source that could answer."))
    if found.questions:
        yield Text("\nIf none of them knows the scene by its file:", "bold")
        sources_by_question: dict[str, list[str]] = {}
        for asking in found.questions:
            sources_by_question.setdefault(asking.question.description, []).append(
                asking.source.name
            )
        for question, names in sources_by_question.items():
            yield indent(Text(clean(f"{question}: {', '.join(names)}")))


def _live_answer(answer: LiveScrape) -> Iterator[RenderableType]:
    yield Text(f"\nAnswer of {clean(answer.source)} now:", "bold")
    yield indent(Text(clean(answer.why)))
    if answer.judgement is not None:
        yield indent(Text(f"recommendation: {answer.judgement.recommendation.value}", "dim"))
        found = answer.judgement
        yield from map(indent, judgement_view(found.evidence, found.contradictions, found.name))
    if answer.proposal is not None:
        yield from map(indent, cleanings_list(answer.proposal.cleanings))
    if answer.plan is None:
        return
    plan = Table.grid(padding=(0, 2))
    for change in answer.plan.changes:
        plan.add_row(Text(change.field.value, "cyan"), format_change(change.before, change.after))
    for left in answer.plan.omitted:
        why = f"without {clean(left.name)} ({clean(left.reason)})"
        plan.add_row(Text(left.field.value, "dim"), Text(why, "dim"))
    yield Text("  It would change:" if answer.plan.changes else "  It would change nothing.")
    yield indent(plan, 4)


def _past_answer(answer: LatestAnswer) -> Iterator[RenderableType]:
    head = Text.assemble((clean(answer.source), "bold"), f"  {answer.result}")
    if answer.score is not None:
        recommendation = answer.recommendation.value if answer.recommendation else EMPTY
        head.append(f"  {format_score(answer.score)} {recommendation}")
    dry = ", dry run" if answer.dry_run else ""
    yield indent(head.append(f"  {format_time(answer.at)}  run {answer.run}{dry}", "dim"))
    yield indent(Text(clean(answer.why)), 4)
    if answer.evidence:
        view = judgement_view(answer.evidence, answer.contradictions, answer.name_parts)
        yield from (indent(part, 4) for part in view)
    if answer.triage is not None and answer.status is not None:
        changed = "; the scene has changed since" if answer.changed else ""
        entry = f"triage entry {answer.triage}: {answer.status.value}{changed}"
        yield indent(Text(entry, "dim"), 4)
    if answer.now is not None and answer.now.score != answer.score:
        now = f"{format_score(answer.now.score)}, {answer.now.recommendation.value}"
        yield indent(Text(f"today it would score {now}", "yellow"), 4)


def _history(found: Explanation) -> Iterator[RenderableType]:
    yield Text("\nHistory:", "bold")
    state = found.state
    facts = Table.grid(padding=(0, 2))
    for name, at in (("last scraped", state.scraped_at), ("organized", state.organized_at)):
        facts.add_row(Text(name, "cyan"), Text(format_time(at) if at else "never"))
    facts.add_row(Text("outcome", "cyan"), state.last_outcome.value if state.last_outcome else "")
    yield indent(facts)
    for past in found.results:
        dry = ", dry run" if past.dry_run else ""
        line = Text(f"{format_time(past.at)}  run {past.run}{dry}  ", "dim")
        line.append(past.result.outcome.value, STYLES[past.result.outcome])
        yield indent(line.append(f"  {clean(past.result.reason)}", "dim"))
    if found.left_out:
        yield Text("\nLeft out, because Stash did not have it:", "bold")
        missing = Table.grid(padding=(0, 2))
        for left in found.left_out:
            row = (Text(left.field.value, "cyan"), Text(clean(left.name)))
            missing.add_row(*row, Text(clean(left.reason), "dim"))
        yield indent(missing)
    if not found.changes:
        return
    table = make_table("audit", "when", "source", "field", "change", right=("audit",))
    for entry in found.changes:
        table.add_row(
            str(entry.id),
            Text(format_time(entry.at), "dim"),
            Text(clean(entry.source or "")),
            entry.field,
            format_change(entry.before, entry.after),
        )
    yield indent(table)
