"""Scenes, changes and evidence in words for a terminal."""

from __future__ import annotations

import re
from datetime import datetime

from pydantic import JsonValue
from rich.table import Table
from rich.text import Text

from stashbot.cli.output import safe
from stashbot.models import Evidence, FieldName, Outcome, SceneResult

STYLES = {
    Outcome.APPLIED: "green",
    Outcome.PLANNED: "cyan",
    Outcome.TRIAGED: "yellow",
    Outcome.SKIPPED: "dim",
    Outcome.FAILED: "bold red",
}
NOTHING = "\N{EN DASH}"
ARROW = "\N{RIGHTWARDS ARROW}"
_UNKNOWN = "unknown"
_MINUTE_S = 60
_HOUR_S = 3600
_LONG = 60
#: How a cover is told.
_SHA256 = re.compile("[0-9a-f]{64}")


def shortened(text: str, limit: int = _LONG) -> str:
    """At most ``limit`` characters, cut at the end."""
    text = safe(text)
    return text if len(text) <= limit else f"{text[: limit - 1]}\N{HORIZONTAL ELLIPSIS}"


def seconds(value: float) -> str:
    """``0.4 s``, ``1:05``, ``2:03:04``."""
    if value < _MINUTE_S:
        return f"{value:.1f} s"
    whole = round(value)
    minutes, rest = divmod(whole, _MINUTE_S)
    if whole < _HOUR_S:
        return f"{minutes}:{rest:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def moment(at: datetime) -> str:
    """Local date and time to the second."""
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def score(value: float | None) -> str:
    """Two digits."""
    return NOTHING if value is None else f"{value:.2f}"


def counted(number: int, noun: str) -> str:
    """``1 scene``, ``2 scenes``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def shown(value: JsonValue, limit: int = _LONG) -> str:
    """A field's value: names of entities, URLs, texts."""
    if value is None or value in ("", []):
        return NOTHING
    if isinstance(value, str) and _SHA256.fullmatch(value):
        return f"picture {value[:8]}"
    if isinstance(value, list):
        return shortened(", ".join(_item(one) for one in value), limit)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return shortened(f"{value:g}" if isinstance(value, float) else _item(value), limit)


def change(before: JsonValue, after: JsonValue, limit: int = _LONG) -> Text:
    """What a field becomes; of lists, only what comes and goes."""
    if isinstance(before, list) and isinstance(after, list):
        new = [f"+{_item(one)}" for one in after if one not in before]
        gone = [f"-{_item(one)}" for one in before if one not in after]
        return Text(shortened(", ".join(new + gone), 2 * limit))
    if before in (None, "", [], False):
        return Text(shown(after, limit))
    return Text(f"{shown(before, limit)} {ARROW} {shown(after, limit)}")


def fields_of(result: SceneResult) -> list[str]:
    """The names of the fields that a scene's result changes, in the order of the edit form."""
    return sorted(result.changes, key=[field.value for field in FieldName].index)


def gist(result: SceneResult) -> str:
    """What to say of a result in one line: the changes, or why there are none."""
    if result.outcome in {Outcome.APPLIED, Outcome.PLANNED}:
        return ", ".join(fields_of(result))
    return safe(result.reason)


def result_line(result: SceneResult, *, place: str) -> Text:
    """One line a scene."""
    asked = f"{safe(result.source)} {score(result.score)}" if result.source else NOTHING
    return Text.assemble(
        (f"{place}  ", "dim"),
        (f"{result.outcome.value:<8}", STYLES[result.outcome]),
        f" {result.id:>5}  {shortened(result.name, 48):<48}  {shortened(asked, 24):<24}  ",
        (f"{result.elapsed_ms / 1000:5.1f} s  ", "dim"),
        gist(result),
    )


def why_not(evidence: tuple[Evidence, ...]) -> str:
    """The signals that did not earn their points, in a few words."""
    notes = [one.note.partition(":")[0] for one in evidence if one.note and not one.points]
    unknown = [one.signal for one in evidence if one.note == _UNKNOWN]
    told = [note for note in notes if note != _UNKNOWN]
    return "; ".join(told + ([f"nothing to compare for {', '.join(unknown)}"] if unknown else []))


def evidence_table(evidence: tuple[Evidence, ...]) -> Table:
    """Both values of each signal, and the points that they earned."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("signal", "the scene", "the proposal"):
        table.add_column(heading, overflow="ellipsis", no_wrap=True, max_width=44)
    table.add_column("points", justify="right")
    table.add_column("", overflow="fold")
    for one in evidence:
        origin = f" ({one.origin})" if one.origin else ""
        unit = " s" if one.signal == "duration" else ""
        earned = f"{one.points:.2f} of {one.weight:.2f}"
        table.add_row(
            Text(one.signal),
            Text(f"{shown(one.scene)}{unit if one.scene else ''}{origin}"),
            Text(f"{shown(one.proposal)}{unit if one.proposal else ''}"),
            Text(earned, "green" if one.points else "dim"),
            Text(safe(one.note.partition(":")[0]), "dim"),
        )
    return table


def _item(value: JsonValue) -> str:
    if isinstance(value, dict):
        for key in ("name", "stash_id"):
            if value.get(key):
                return str(value[key])
    return str(value)
