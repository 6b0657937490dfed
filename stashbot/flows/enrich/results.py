"""The results of scenes: what they changed, and whether they are due again."""

from __future__ import annotations

from pydantic import JsonValue

from stashbot.models import FieldName, Outcome, Plan, SceneResult


def was_scraped(result: SceneResult) -> bool:
    """Return whether sources answered about the scene, so that it is not due again soon.

    A scene that was not applied is still due if a source failed or was not asked: that source may
    know it.
    """
    answers = {attempt.result for attempt in result.attempts}
    if result.outcome is Outcome.APPLIED:
        return bool(answers - {"failed", "not_asked"})
    return bool(answers) and not answers & {"failed", "not_asked"}


def changes_of(plan: Plan) -> dict[str, tuple[JsonValue, JsonValue]]:
    """Return what a plan changes, as reports show it: before and after, by field."""
    changes = {change.field.value: (change.before, change.after) for change in plan.changes}
    if plan.organize:
        changes[FieldName.ORGANIZED.value] = (False, True)
    return changes
