"""``stashbot calibrate``: past decisions in triage, counted at other thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from stashbot.cli.formatting import EMPTY, make_table, pluralize
from stashbot.cli.invocation import Invocation
from stashbot.cli.options import parse_list
from stashbot.cli.store_query import query_store
from stashbot.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from stashbot.decide.matching.calibration import ThresholdRow
    from stashbot.decide.matching.decision_review import Review
    from stashbot.views.calibration import CalibrationReport


def calibrate(
    invocation: Invocation,
    *,
    thresholds: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="Thresholds to show besides your own; tenths by default."),
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only proposals of this source.")
    ] = None,
    applied: Annotated[
        bool,
        typer.Option(
            "--applied",
            metavar="",
            help="Count what runs applied, too: as right unless all of it was undone.",
        ),
    ] = False,
) -> None:
    """Show what each threshold would have got right and wrong, by your decisions in triage.

    Also which contradictions you overrode and which signals misled. Proposes settings as a diff,
    and changes nothing.
    """
    from stashbot.views.calibration import calibration_report

    settings = invocation.settings()
    steps = tuple(_parse_threshold(text) for text in parse_list("--thresholds", thresholds))
    found = query_store(
        invocation,
        lambda store: calibration_report(
            store, settings, steps=steps, source=source, applied=applied
        ),
    )
    invocation.output.show(_document(found), *_report(found))


def _parse_threshold(text: str) -> float:
    hint = "Write thresholds like --thresholds 0.5,0.6."
    try:
        value = float(text)
    except ValueError as error:
        raise UsageError(f"--thresholds: {text!r} is no number.", hint=hint) from error
    if not 0 < value <= 1:
        message = f"--thresholds: {text} is not above 0 and at most 1."
        raise UsageError(message, hint=hint)
    return value


def _document(found: CalibrationReport) -> dict[str, Any]:
    calibration = found.calibration
    return {
        "decided": calibration.decided,
        "counted": found.counted,
        "threshold": calibration.current.threshold,
        "current": _row(calibration.current),
        "suggested": calibration.suggested,
        "reason": calibration.reason,
        "rows": [_row(row) for row in calibration.rows],
        "contradictions": found.review.contradictions,
        "signals": found.review.signals,
        "changes": found.review.changes,
    }


def _row(row: ThresholdRow) -> dict[str, Any]:
    return {**row.model_dump(), "precision": row.precision, "recall": row.recall}


def _report(found: CalibrationReport) -> list[RenderableType]:
    calibration, counts = found.calibration, found.counted
    if not calibration.decided:
        return [Text("No decisions yet. Accept or skip proposals of `stashbot triage list` first.")]
    headings = ("threshold", "applied right", "applied wrong", "triaged right", "triaged wrong")
    shares = ("precision", "recall")
    table = make_table(*headings, *shares, "", right=(*headings, *shares))
    for row in calibration.rows:
        mark = "in use" if row == calibration.current else ""
        if row.threshold == calibration.suggested:
            mark = f"{mark}, suggested" if mark else "suggested"
        table.add_row(
            f"{row.threshold:g}",
            str(row.applied_right),
            Text(str(row.applied_wrong), "yellow" if row.applied_wrong else ""),
            str(row.triaged_right),
            str(row.triaged_wrong),
            _percent(row.precision),
            _percent(row.recall),
            Text(mark, "cyan"),
        )
    decisions = f"\n{pluralize(calibration.decided, 'decision')}: "
    decisions += f"{counts.accepted} accepted, {counts.skipped} skipped in triage"
    if counts.kept or counts.undone:
        decisions += f"; {counts.kept} applied by runs and kept, {counts.undone} undone"
    advice = "No threshold is suggested"
    if calibration.suggested is not None:
        advice = f"Suggested {calibration.suggested:g}"
    return [
        table,
        Text(f"{decisions}."),
        Text(f"{advice}: {calibration.reason}."),
        *_review(found.review),
    ]


def _review(review: Review) -> Iterator[RenderableType]:
    from stashbot.decide.matching.decision_review import settings_diff

    for heading, counts in (
        ("contradiction", review.contradictions),
        ("signal with points", review.signals),
    ):
        if counts:
            table = make_table(heading, "accepted", "skipped", right=("accepted", "skipped"))
            for count in counts:
                table.add_row(count.name, str(count.right), str(count.wrong))
            yield Text("")
            yield table
    if diff := settings_diff(review.changes, name="stashbot.toml"):
        yield Text("\nProposed by these decisions; nothing was changed:")
        yield Text(diff, "cyan")


def _percent(share: float | None) -> str:
    return EMPTY if share is None else f"{share:.0%}"
