"""Failures of operations, as the in-page helper reports them, and the errors they become."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from stashbot.errors import (
    AmbiguousElement,
    AnswerTimeout,
    DirtyPage,
    ElementAbsent,
    ElementCovered,
    ElementNotReady,
    PageBroken,
    PageError,
    RequestNotSent,
    SaveRefused,
    UnsavedForm,
)

#: What the app shows, in English always, of a request of its own that failed: for data, or for a
#: part of its code ("Unexpected end of JSON input" is an empty answer in place of data).
REQUEST_FAILED = (
    r"failed to fetch|dynamically imported module|unable to preload|network ?error"
    r"|status code (5\d\d|429)|\bjson\b|without data|database is locked"
)
#: Reasons of ``2-finding.js`` for a strategy: it finds no element, or one that is covered.
ABSENT = "absent"
_COVERED = "covered by "
#: Characters of an error screen that a message shows; a stack follows.
_SHOWN = 300


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why an operation failed, as the in-page helper reports it.

    ``kind`` decides which of the other fields are set: ``ambiguous`` and ``not-ready`` have a
    ``key``, the ``reasons`` by strategy and a ``count``; ``still-there``, ``dirty`` and
    ``unsaved-form`` a ``key``; ``not-filled`` a ``key`` with the values ``shown`` and ``wanted``;
    ``refused`` the values ``shown``; ``no-answer`` an ``operation`` and whether it was ``sent``;
    ``none-of`` the ``conditions``; ``script`` a ``detail``; ``broken`` a ``key`` or an
    ``operation``, and the text that is ``shown``. ``path`` is the page's; ``timeout`` and
    ``waited`` are in milliseconds, and differ where a wait ended early. ``candidate`` is added by
    healing: a sentence about the element that may be the lost one.
    """

    kind: str
    path: str = "the page"
    key: str = ""
    timeout: int = 0
    waited: int = 0
    reasons: Mapping[str, str] = field(default_factory=dict)
    count: int = 0
    shown: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    operation: str = ""
    sent: bool = False
    conditions: tuple[str, ...] = ()
    detail: str = ""
    candidate: str = ""

    @classmethod
    def from_page(cls, reported: Mapping[str, Any]) -> Failure:
        """Return the failure that the in-page helper reported."""
        known = {spec.name for spec in fields(cls)}
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in reported.items()
            if name in known
        }
        return cls(**given)


def page_broken(text: str, where: str, *, waited_ms: int = 0) -> PageBroken:
    """Return the error for a page that shows ``text`` in place of what belongs there."""
    shown = " ".join(text.split())[:_SHOWN]
    waited = f" after {waited_ms} ms" if waited_ms else ""
    return PageBroken(
        f"Stash shows an error {where}{waited}: {shown}",
        shown=shown,
        waited_ms=waited_ms,
        passes=re.search(REQUEST_FAILED, shown, re.IGNORECASE) is not None,
    )


def error_of(failure: Failure) -> PageError:
    """Return the error for what the helper reported."""
    build = _ERRORS.get(failure.kind, _script_failure)
    return build(failure, f"on {failure.path}")


def _ambiguous(failure: Failure, where: str) -> PageError:
    return AmbiguousElement(
        f"Several elements match {failure.key} {where}: {failure.count}.",
        hint="Nothing was clicked. Run `stashbot selectors check` and override the key.",
        key=failure.key,
        count=failure.count,
        reasons=failure.reasons,
    )


def _not_ready(failure: Failure, where: str) -> PageError:
    reasons = "; ".join(f"{css}: {reason}" for css, reason in failure.reasons.items())
    candidate = f" {failure.candidate}" if failure.candidate else ""
    return _not_ready_kind(failure)(
        f"{failure.key} did not get ready {where} within {failure.waited} ms ({reasons})."
        f"{candidate}",
        key=failure.key,
        reasons=failure.reasons,
        candidate=failure.candidate or None,
    )


def _not_ready_kind(failure: Failure) -> type[ElementNotReady]:
    """Return the class of the error: a strategy that finds the element decides."""
    reasons = set(failure.reasons.values())
    if reasons == {ABSENT}:
        return ElementAbsent
    is_covered = any(reason.startswith(_COVERED) for reason in reasons)
    return ElementCovered if is_covered else ElementNotReady


def _still_there(failure: Failure, where: str) -> PageError:
    return ElementNotReady(
        f"{failure.key} did not go away {where} within {failure.waited} ms.", key=failure.key
    )


def _not_filled(failure: Failure, where: str) -> PageError:
    return ElementNotReady(
        f"{failure.key} {where} holds {list(failure.shown)}, not {list(failure.wanted)}.",
        key=failure.key,
    )


def _no_answer(failure: Failure, where: str) -> PageError:
    if not failure.sent:
        return RequestNotSent(
            f"{failure.operation} {where}: the page did not send it within {failure.waited} ms.",
            operation=failure.operation,
            waited_ms=failure.waited,
        )
    return AnswerTimeout(
        f"{failure.operation} {where}: no answer came within {failure.waited} ms.",
        operation=failure.operation,
        waited_ms=failure.waited,
    )


def _none_of(failure: Failure, where: str) -> PageError:
    return ElementNotReady(
        f"None of the expected states came {where} within {failure.waited} ms: "
        f"{', '.join(failure.conditions)}."
    )


def _refused(failure: Failure, where: str) -> PageError:
    values = ", ".join(map(repr, failure.shown))
    return SaveRefused(
        f"The form {where} refuses {values or 'a value'}.",
        detail="the form marks it as invalid",
    )


def _dirty(failure: Failure, where: str) -> PageError:
    return DirtyPage(f"{failure.key} lies over the page {where}.", found=failure.key)


def _unsaved_form(failure: Failure, where: str) -> PageError:
    return UnsavedForm(f"The edit form {where} holds unsaved values.", found=failure.key)


def _broken(failure: Failure, where: str) -> PageError:
    shown = " ".join(failure.shown)
    if failure.operation:
        shown = f"{failure.operation}: {shown}"
    return page_broken(shown, where, waited_ms=failure.waited)


def _script_failure(failure: Failure, where: str) -> PageError:
    return PageError(f"The in-page helper failed {where}: {failure.detail or failure.kind}.")


_ERRORS: Mapping[str, Callable[[Failure, str], PageError]] = {
    "ambiguous": _ambiguous,
    "not-ready": _not_ready,
    "still-there": _still_there,
    "not-filled": _not_filled,
    "no-answer": _no_answer,
    "none-of": _none_of,
    "dirty": _dirty,
    "unsaved-form": _unsaved_form,
    "refused": _refused,
    "broken": _broken,
}
