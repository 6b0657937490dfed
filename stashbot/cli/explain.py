"""``stashbot explain``: why a scene is where it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from stashbot.cli.formatting import NOTHING, STYLES, change, evidence_table, moment, score, shown
from stashbot.cli.invocation import Invocation
from stashbot.cli.output import safe
from stashbot.cli.state import listing

if TYPE_CHECKING:
    from stashbot.views.explain import Asked, Explanation, Reading
    from stashbot.views.source_history import LastWord


def explain(
    invocation: Invocation,
    scene: Annotated[str, typer.Argument(metavar="ID", help="The scene's number.")],
    *,
    source: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Ask this source now; else none is asked."),
    ] = None,
) -> None:
    """Tell what is known of a scene, whom a run would ask, and what sources last said of it.

    Reads Stash and stashbot's own records; writes nothing.
    """
    from stashbot.views.explain import explain as look

    found = asyncio.run(look(invocation.settings(), scene, source=source))
    invocation.output.show(found, *_told(found))


def _told(found: Explanation) -> Iterator[RenderableType]:
    organized = ", organized" if found.organized else ""
    yield Text.assemble((f"Scene {found.scene}", "bold"), f"  {safe(found.name)}{organized}")
    yield from _reading(found.reading)
    yield from _order(found)
    if found.asked is not None:
        yield from _asked(found.asked)
    yield Text("\nWhat sources last said:", "bold")
    if not found.said:
        yield _inside(Text("nothing yet"))
    for word in found.said:
        yield from _word(word)
    yield from _done(found)


def _reading(reading: Reading) -> Iterator[RenderableType]:
    yield Text("\nWhat is known of it:", "bold")
    pieces = Table.grid(padding=(0, 2))
    for one in reading.pieces:
        origin = f"from its {one.origin}" if one.origin else ""
        if one.pattern:
            origin += f", pattern {one.pattern}"
        unit = " s" if one.name == "duration" and one.value else ""
        value = Text(f"{shown(one.value)}{unit}")
        pieces.add_row(Text(one.name, "cyan"), value, Text(safe(origin), "dim"))
    yield _inside(pieces)
    if reading.file is None:
        yield _inside(Text("It has no file."))
        return
    yield Text.assemble("\nRead from the file name ", (safe(reading.file), "bold"), ":")
    if reading.says_nothing:
        yield _inside(Text("A camera or a download named it: no pattern is tried."))
        return
    tried = Table.grid(padding=(0, 2))
    for pattern in reading.patterns:
        verdict = Text("fits", "green") if pattern.fits else Text("no", "dim")
        read = ", ".join(f"{name} {shown(value)}" for name, value in pattern.read.items())
        tried.add_row(verdict, Text(safe(pattern.name)), Text(read))
    yield _inside(tried)
    if not any(pattern.fits for pattern in reading.patterns):
        yield _inside(Text("No pattern fits; [filenames] patterns takes your own.", "yellow"))


def _order(found: Explanation) -> Iterator[RenderableType]:
    yield Text("\nSources in the order in which a run asks them:", "bold")
    yield _inside(Text(f"answers count for {', '.join(map(safe, found.keys.together))}", "dim"))
    for one in found.order:
        yield _inside(Text(safe(one.reason)))
    if not found.order:
        yield _inside(Text("Stash has none that can be asked."))
    if found.questions:
        yield Text("\nIf none of them knows it by its file:", "bold")
        asked: dict[str, list[str]] = {}
        for asking in found.questions:
            asked.setdefault(asking.question.told, []).append(asking.source.name)
        for told, names in asked.items():
            yield _inside(Text(safe(f"{told}: {', '.join(names)}")))


def _asked(asked: Asked) -> Iterator[RenderableType]:
    yield Text(f"\nWhat {safe(asked.source)} says now:", "bold")
    yield _inside(Text(safe(asked.why)))
    if asked.judgement is not None:
        yield _inside(Text(f"recommendation: {asked.judgement.recommendation.value}", "dim"))
        yield _inside(evidence_table(asked.judgement.evidence))
    if asked.plan is None:
        return
    plan = Table.grid(padding=(0, 2))
    for one in asked.plan.changes:
        plan.add_row(Text(one.field.value, "cyan"), change(one.before, one.after))
    for left in asked.plan.left_out:
        why = f"without {safe(left.name)} ({safe(left.reason)})"
        plan.add_row(Text(left.field.value, "dim"), Text(why, "dim"))
    yield Text("  It would change:" if asked.plan.changes else "  It would change nothing.")
    yield Padding(plan, (0, 0, 0, 4))


def _word(word: LastWord) -> Iterator[RenderableType]:
    head = Text.assemble("  ", (safe(word.source), "bold"), f"  {word.result}")
    if word.score is not None:
        trust = word.recommendation.value if word.recommendation else NOTHING
        head.append(f"  {score(word.score)} {trust}")
    dry = ", dry" if word.dry_run else ""
    yield head.append(f"  {moment(word.at)}  run {word.run}{dry}", "dim")
    yield _inside(Text(safe(word.why)), 4)
    if word.evidence:
        yield _inside(evidence_table(word.evidence), 4)
    if word.triage is not None and word.status is not None:
        changed = "; the scene has changed since" if word.changed else ""
        yield _inside(Text(f"triage entry {word.triage}: {word.status.value}{changed}", "dim"), 4)
    if word.now is not None and word.now.score != word.score:
        today = f"judged today it would score {score(word.now.score)}"
        yield _inside(Text(f"{today}, {word.now.recommendation.value}", "yellow"), 4)


def _done(found: Explanation) -> Iterator[RenderableType]:
    yield Text("\nWhat stashbot did:", "bold")
    state = found.state
    facts = Table.grid(padding=(0, 2))
    for name, at in (("last scraped", state.scraped_at), ("organized", state.organized_at)):
        facts.add_row(Text(name, "cyan"), Text(moment(at) if at else "never"))
    facts.add_row(Text("outcome", "cyan"), state.last_outcome.value if state.last_outcome else "")
    yield _inside(facts)
    for past in found.results:
        result, dry = past.result, ", dry" if past.dry_run else ""
        line = Text(f"  {moment(past.at)}  run {past.run}{dry}  ", "dim")
        line.append(result.outcome.value, STYLES[result.outcome])
        yield line.append(f"  {safe(result.reason)}", "dim")
    if not found.changes:
        return
    table = listing("audit", "when", "source", "field", "change", right=("audit",))
    for one in found.changes:
        values = change(one.before, one.after)
        source = Text(safe(one.source or ""))
        table.add_row(str(one.id), Text(moment(one.at), "dim"), source, one.field, values)
    yield _inside(table)


def _inside(part: RenderableType, left: int = 2) -> Padding:
    return Padding(part, (0, 0, 0, left))
