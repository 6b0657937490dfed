"""``stashbot calibrate``: what other thresholds would have done with what you decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from stashbot.cli.formatting import NOTHING, counted
from stashbot.cli.invocation import Invocation
from stashbot.cli.options import listed
from stashbot.cli.state import ask, listing
from stashbot.errors import UsageError

if TYPE_CHECKING:
    from stashbot.decide.matching.calibration import ThresholdRow
    from stashbot.views.calibration import Calibrated


def calibrate(
    invocation: Invocation,
    *,
    thresholds: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="Thresholds to show besides your own; tenths by default."),
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only what this source proposed.")
    ] = None,
    applied: Annotated[
        bool,
        typer.Option(
            "--applied",
            metavar="",
            help="Count what runs applied too: right unless all of it was undone.",
        ),
    ] = False,
) -> None:
    """Show what each threshold would have got right and wrong, by your decisions in triage.

    Nothing is changed; [weights] threshold is yours to set.
    """
    from stashbot.views.calibration import calibrated

    current = invocation.settings().weights.threshold
    steps = tuple(_threshold(one) for one in listed("--thresholds", thresholds))
    found = ask(
        invocation,
        lambda store: calibrated(store, current, steps=steps, source=source, applied=applied),
    )
    invocation.output.show(_document(found), *_told(found))


def _threshold(text: str) -> float:
    hint = "Write thresholds like --thresholds 0.5,0.6."
    try:
        value = float(text)
    except ValueError as error:
        raise UsageError(f"--thresholds: {text!r} is no number.", hint=hint) from error
    if not 0 < value <= 1:
        message = f"--thresholds: {text} is not above 0 and at most 1."
        raise UsageError(message, hint=hint)
    return value


def _document(found: Calibrated) -> dict[str, Any]:
    calibration = found.calibration
    return {
        "decided": calibration.decided,
        "counted": found.counted,
        "threshold": calibration.current.threshold,
        "current": _row(calibration.current),
        "proposed": calibration.proposed,
        "why": calibration.why,
        "rows": [_row(one) for one in calibration.rows],
    }


def _row(row: ThresholdRow) -> dict[str, Any]:
    return {**row.model_dump(), "precision": row.precision, "recall": row.recall}


def _told(found: Calibrated) -> list[RenderableType]:
    calibration, counts = found.calibration, found.counted
    if not calibration.decided:
        return [Text("Nothing was decided yet: accept or skip what `stashbot triage list` shows.")]
    heads = ("threshold", "applied right", "applied wrong", "asked right", "asked wrong")
    shares = ("precision", "recall")
    table = listing(*heads, *shares, "", right=(*heads, *shares))
    for row in calibration.rows:
        mark = "in use" if row == calibration.current else ""
        if row.threshold == calibration.proposed:
            mark = f"{mark}, proposed" if mark else "proposed"
        table.add_row(
            f"{row.threshold:g}",
            str(row.applied_right),
            Text(str(row.applied_wrong), "yellow" if row.applied_wrong else ""),
            str(row.asked_right),
            str(row.asked_wrong),
            *(NOTHING if one is None else f"{one:.0%}" for one in (row.precision, row.recall)),
            Text(mark, "cyan"),
        )
    told = f"\n{counted(calibration.decided, 'decision')}: "
    told += f"{counts.accepted} accepted, {counts.skipped} skipped in triage"
    if counts.kept or counts.undone:
        told += f"; {counts.kept} applied by runs and kept, {counts.undone} undone"
    advice = "No threshold is proposed" if calibration.proposed is None else "Proposed"
    value = "" if calibration.proposed is None else f" {calibration.proposed:g}"
    return [table, Text(f"{told}."), Text(f"{advice}{value}: {calibration.why}.")]
