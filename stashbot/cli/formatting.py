"""Formatting of values, changes, results and evidence for a terminal."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from pydantic import JsonValue
    from rich.console import RenderableType

    from stashbot.models import Cleaning, Contradiction, Evidence, NamePart, SceneResult

#: The style of each outcome, in the order in which outcomes are counted for people.
STYLES = {
    "applied": "green",
    "planned": "cyan",
    "triaged": "yellow",
    "skipped": "dim",
    "failed": "bold red",
}
#: The style of a part of a file name, by what explains it.
_PART_STYLES = {
    "title": "bold green",
    "studio": "green",
    "date": "green",
    "performer": "green",
    "code": "bold green",
    "left over": "bold yellow",
    "other performer": "bold red",
    "other studio": "bold red",
    "marker": "bold red",
}
EMPTY = "\N{EN DASH}"
ARROW = "\N{RIGHTWARDS ARROW}"
_UNKNOWN = "unknown"
_MINUTE_S = 60
_HOUR_S = 3600
_MAX_LENGTH = 60
#: Covers are stored as the SHA-256 of their bytes.
_SHA256 = re.compile("[0-9a-f]{64}")


def clean(value: object) -> str:
    """Return text from Stash or a source on a single line, without control characters.

    Space of any kind becomes a blank, other characters that do not print become U+FFFD.
    """
    return "".join(
        character
        if character.isprintable()
        else " "
        if character.isspace()
        else "\N{REPLACEMENT CHARACTER}"
        for character in str(value)
    )


def shorten(text: str, limit: int = _MAX_LENGTH) -> str:
    """Return ``text``, cleaned and cut to ``limit`` characters with an ellipsis."""
    text = clean(text)
    return text if len(text) <= limit else f"{text[: limit - 1]}\N{HORIZONTAL ELLIPSIS}"


def pluralize(number: int, noun: str) -> str:
    """Format a number with its noun: ``1 scene``, ``2 scenes``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def format_seconds(value: float) -> str:
    """Format a duration: ``0.4 s``, ``1:05``, ``2:03:04``."""
    if value < _MINUTE_S:
        return f"{value:.1f} s"
    whole = round(value)
    minutes, rest = divmod(whole, _MINUTE_S)
    if whole < _HOUR_S:
        return f"{minutes}:{rest:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def format_time(at: datetime) -> str:
    """Format a time as local date and time, to the second."""
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def format_score(value: float | None) -> str:
    """Format a score with two digits."""
    return EMPTY if value is None else f"{value:.2f}"


def format_value(value: JsonValue, limit: int = _MAX_LENGTH) -> str:
    """Format a field's value: entities by name, covers by the start of their hash."""
    if value is None or value in ("", []):
        return EMPTY
    if isinstance(value, str) and _SHA256.fullmatch(value):
        return f"picture {value[:8]}"
    if isinstance(value, list):
        return shorten(", ".join(_item(item) for item in value), limit)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return shorten(f"{value:g}" if isinstance(value, float) else _item(value), limit)


def format_change(before: JsonValue, after: JsonValue, limit: int = _MAX_LENGTH) -> Text:
    """Format the change of a field; of a list only the added and removed items."""
    if isinstance(before, list) and isinstance(after, list):
        added = [f"+{_item(item)}" for item in after if item not in before]
        removed = [f"-{_item(item)}" for item in before if item not in after]
        return Text(shorten(", ".join(added + removed), 2 * limit))
    if before in (None, "", [], False):
        return Text(format_value(after, limit))
    return Text(f"{format_value(before, limit)} {ARROW} {format_value(after, limit)}")


def changed_fields(result: SceneResult) -> list[str]:
    """Return the names of the fields that a result changes, in the order of the edit form."""
    from stashbot.models import FieldName

    return sorted(result.changes, key=[field.value for field in FieldName].index)


def summarize_result(result: SceneResult) -> str:
    """Return the changed fields of a result, or the reason why there are none."""
    if result.outcome in {"applied", "planned"}:
        return ", ".join(changed_fields(result))
    return clean(result.reason)


def result_line(result: SceneResult, *, position: str) -> Text:
    """Format a scene's result on a line; ``position`` is its place in the run, as ``3/10``."""
    source = f"{clean(result.source)} {format_score(result.score)}" if result.source else EMPTY
    return Text.assemble(
        (f"{position}  ", "dim"),
        (f"{result.outcome.value:<8}", STYLES[result.outcome]),
        f" {result.id:>5}  {shorten(result.name, 48):<48}  {shorten(source, 24):<24}  ",
        (f"{result.elapsed_ms / 1000:5.1f} s  ", "dim"),
        summarize_result(result),
    )


def weak_signals(evidence: tuple[Evidence, ...]) -> str:
    """Summarize the signals that earned no points: what differs, then what is unknown."""
    notes = [item.note.partition(" (")[0] for item in evidence if item.note and not item.points]
    differing = [note for note in notes if note != _UNKNOWN]
    unknown = [item.signal for item in evidence if item.note == _UNKNOWN]
    missing = [f"{', '.join(unknown)} unknown"] if unknown else []
    return "; ".join(differing + missing)


def evidence_table(evidence: tuple[Evidence, ...]) -> Table:
    """Build the table of signals: both values and the points that they earned."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", expand=True)
    table.add_column("signal", no_wrap=True)
    for heading in ("the scene", "the proposal"):
        table.add_column(heading, overflow="ellipsis", no_wrap=True, ratio=3)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("", overflow="fold", ratio=4)
    for item in evidence:
        origin = f" ({item.origin})" if item.origin and item.scene else ""
        unit = " s" if item.signal == "duration" else ""
        points = f"{item.points:.2f} of {item.weight:.2f}"
        table.add_row(
            Text(item.signal),
            Text(f"{format_value(item.scene)}{unit if item.scene else ''}{origin}"),
            Text(f"{format_value(item.proposal)}{unit if item.proposal else ''}"),
            Text(points, "green" if item.points else "dim"),
            Text(clean(item.note.partition(" (")[0]), "dim"),
        )
    return table


def cleanings_list(cleanings: tuple[Cleaning, ...]) -> list[Text]:
    """Format what cleaning changed in a source's answer, a line each; empty if nothing."""
    if not cleanings:
        return []
    notes = (Text(f"  {shorten(note.description, 160)}", "dim") for note in cleanings)
    return [Text("Cleaned in the source's answer:"), *notes]


def name_view(parts: tuple[NamePart, ...]) -> list[Text]:
    """Format a file name: its parts in the colours of what explains them, then each part by name.

    The second line says the same in words, for terminals without colours.
    """
    if not parts:
        return []
    marked = Text("name  ", "dim")
    found: dict[str, list[str]] = {}
    for part in parts:
        marked.append(clean(part.text), _PART_STYLES.get(part.by, "dim"))
        if part.by not in {"", "tag"}:
            found.setdefault(part.by, []).append(clean(part.text))
    legend = Text("      ")
    for by, texts in found.items():
        legend.append(f"{by} ", _PART_STYLES.get(by, "dim"))
        legend.append(f"{', '.join(texts)}   ")
    legend.rstrip()
    return [marked, legend]


def contradiction_list(contradictions: tuple[Contradiction, ...]) -> list[Text]:
    """Format each contradiction as a line: its kind, and its sentence."""
    return [
        Text.assemble((f"{found.kind.value} contradicts: ", "bold red"), clean(found.text))
        for found in contradictions
    ]


def judgement_view(
    evidence: tuple[Evidence, ...],
    contradictions: tuple[Contradiction, ...],
    name: tuple[NamePart, ...],
) -> list[RenderableType]:
    """Format the evidence of a judgement: the marked file name, contradictions, the signals."""
    parts: list[RenderableType] = [*name_view(name), *contradiction_list(contradictions)]
    return [*parts, evidence_table(evidence)] if evidence else parts


def make_table(*headings: str, right: tuple[str, ...] = ()) -> Table:
    """Build an empty table without lines; the columns in ``right`` are aligned right."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in headings:
        table.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
    return table


def indent(part: RenderableType, left: int = 2) -> Padding:
    """Indent a part of the output by ``left`` columns."""
    return Padding(part, (0, 0, 0, left))


def _item(value: JsonValue) -> str:
    if isinstance(value, dict):
        for key in ("name", "stash_id"):
            if value.get(key):
                return str(value[key])
    return str(value)
