"""Visibility-aware actions: programs of small operations that run inside the page.

A phase of a flow (open a menu, choose a source, wait for the answer) is a list of operations that
the injected helper carries out in one round trip. It waits on mutations and answers, never on
time; it scrolls to the centre, lets a frame pass, checks that nothing covers the element, focuses
and clicks. What does not get ready is named: absent, hidden, off-screen, covered by what, disabled.

``click_visible``, ``wait_visible`` and ``batch_clicks`` are the playbook's helpers (section U and
6.3) on the same engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any

from stashbot.errors import (
    AmbiguousElement,
    AnswerTimeout,
    DirtyPage,
    ElementNotReady,
    PageError,
    RequestNotSent,
    SaveRefused,
    UnsavedForm,
)
from stashbot.selectors import Target

Op = dict[str, Any]

#: Playbook: waitVisible gives up after 4 s, 1.5 s within a batch.
WAIT_MS = 4000
BATCH_WAIT_MS = 1500


def helper_script() -> str:
    """The source of the in-page helper, to be installed before any script of a page.

    It is one function over the files of ``inpage/`` in order; a page that has it is left alone.
    """
    folder = resources.files("stashbot.browser") / "inpage"
    parts = sorted(folder.iterdir(), key=lambda part: part.name)
    body = "\n".join(part.read_text(encoding="utf-8") for part in parts)
    return f'(() => {{\n"use strict";\nif (window.__stashbot) return;\n{body}\n}})();\n'


def click(target: Target, timeout: int = WAIT_MS) -> Op:
    """Waits until ``target`` is in the viewport, uncovered and enabled; then clicks it once."""
    return {"do": "click", "target": target.to_page(), "timeout": timeout}


def click_nth(target: Target, nth: int, timeout: int = WAIT_MS) -> Op:
    """Clicks the match at place ``nth`` (from 0) of a key that may match many."""
    wire = target.to_page()
    placed = [{**strategy, "nth": nth} for strategy in wire["strategies"]]
    return {"do": "click", "target": {**wire, "strategies": placed}, "timeout": timeout}


def click_if_present(target: Target, timeout: int = WAIT_MS) -> Op:
    """One click on ``target`` if it is ready at this moment; nothing otherwise."""
    return {"do": "clickIfPresent", "target": target.to_page(), "timeout": timeout}


def wait(target: Target, need: str = "viewport", timeout: int = WAIT_MS) -> Op:
    """Waits for ``target``: ``attached``, ``enabled``, ``viewport`` or ready for a ``click``."""
    return {"do": "wait", "target": target.to_page(), "need": need, "timeout": timeout}


def gone(target: Target, timeout: int = WAIT_MS) -> Op:
    """Waits until no strategy of ``target`` matches any more."""
    return {"do": "gone", "target": target.to_page(), "timeout": timeout}


def set_value(target: Target, value: str, timeout: int = WAIT_MS) -> Op:
    """Sets the value of an input as typing would; says whether it was another one before."""
    return {"do": "set", "target": target.to_page(), "value": value, "timeout": timeout}


def wait_for_answer(operation: str, match: Mapping[str, Any], timeout: int) -> Op:
    """Waits for the app's own answer to ``operation`` whose variables hold ``match``.

    ``match`` maps dotted paths into the variables to values (``{"input.scene_id": "12"}``). Only
    operations sent since the program began count.
    """
    return {"do": "answer", "operation": operation, "match": dict(match), "timeout": timeout}


def answer_or_refusal(
    operation: str, match: Mapping[str, Any], refused: Target, timeout: int
) -> Op:
    """Wait as ``wait_for_answer`` does, or raise ``SaveRefused`` once ``refused`` shows."""
    return {**wait_for_answer(operation, match, timeout), "refused": refused.to_page()}


def race(*conditions: Op, timeout: int = WAIT_MS) -> Op:
    """Waits for the first of several conditions and gives its index."""
    return {"do": "race", "conditions": list(conditions), "timeout": timeout}


def unless(condition: Op, *ops: Op) -> Op:
    """Runs ``ops`` only where ``condition`` does not hold already."""
    return {"do": "unless", "condition": condition, "ops": list(ops)}


def present(target: Target, need: str = "attached") -> Op:
    """Condition: an element is there (``attached``, ``viewport``, ``enabled``)."""
    return {"present": target.to_page(), "need": need}


def absent(target: Target) -> Op:
    """Condition: no strategy of ``target`` matches."""
    return {"gone": target.to_page()}


def shows(target: Target, text: str) -> Op:
    """Condition: ``target``'s trimmed text is exactly ``text``."""
    return {"text": {"target": target.to_page(), "value": text}}


def answered(operation: str, match: Mapping[str, Any]) -> Op:
    """Condition: the app has its answer to ``operation``."""
    return {"answer": {"operation": operation, "match": dict(match)}}


def query(what: str, target: Target, **fields: Any) -> Op:
    """A question without waiting: ``texts``, ``count``, ``text``, ``present`` or ``value``."""
    return {"do": what, "target": target.to_page(), "timeout": WAIT_MS, **fields}


def wait_until_idle(ms: int, timeout: int) -> Op:
    """Waits until the document has not changed for ``ms``; false when it still did at the end."""
    return {"do": "quiet", "ms": ms, "timeout": timeout}


def navigate(path: str) -> Op:
    """Moves inside the app by history, as the back button does: no reload, no autoplay."""
    return {"do": "go", "path": path}


def error_of(failure: Mapping[str, Any]) -> PageError:
    """The error for what the helper reported."""
    build = _FAILURES.get(str(failure.get("kind")), _script_failure)
    return build(failure, f"on {failure.get('path', 'the page')}")


def _ambiguous(failure: Mapping[str, Any], where: str) -> PageError:
    return AmbiguousElement(
        f"Several elements match {failure['key']} {where}: {failure.get('count')}.",
        hint="Nothing was clicked. Run `stashbot selectors check` and override the key.",
        key=failure["key"],
        count=int(failure.get("count") or 0),
        reasons=failure.get("reasons", {}),
    )


def _not_ready(failure: Mapping[str, Any], where: str) -> PageError:
    reasons: Mapping[str, str] = failure.get("reasons", {})
    told = "; ".join(f"{css}: {reason}" for css, reason in reasons.items())
    candidate = failure.get("candidate") or None
    return ElementNotReady(
        f"{failure['key']} did not get ready {where} within {failure.get('timeout')} ms ({told})."
        + (f" {candidate}" if candidate else ""),
        key=failure["key"],
        reasons=reasons,
        candidate=candidate,
    )


def _still_there(failure: Mapping[str, Any], where: str) -> PageError:
    return ElementNotReady(
        f"{failure['key']} did not go away {where} within {failure.get('timeout')} ms.",
        key=failure["key"],
    )


def _not_held(failure: Mapping[str, Any], where: str) -> PageError:
    return ElementNotReady(
        f"{failure['key']} {where} holds {failure.get('held')}, not {failure.get('wanted')}.",
        key=failure["key"],
    )


def _no_answer(failure: Mapping[str, Any], where: str) -> PageError:
    operation, timeout = str(failure.get("operation")), int(failure.get("timeout") or 0)
    if not failure.get("sent"):
        return RequestNotSent(
            f"{operation} {where}: the page did not send it within {timeout} ms.",
            operation=operation,
            waited_ms=timeout,
        )
    return AnswerTimeout(
        f"{operation} {where}: no answer came within {timeout} ms.",
        operation=operation,
        waited_ms=timeout,
    )


def _none_of(failure: Mapping[str, Any], where: str) -> PageError:
    return ElementNotReady(
        f"None of the expected states came {where} within {failure.get('timeout')} ms: "
        f"{', '.join(failure.get('conditions', ()))}.",
    )


def _refused(failure: Mapping[str, Any], where: str) -> PageError:
    values = ", ".join(repr(value) for value in failure.get("held", ()))
    return SaveRefused(
        f"The form {where} refuses {values or 'a value'}.",
        detail="the form marks it as invalid",
    )


def _dirty(failure: Mapping[str, Any], where: str) -> PageError:
    return DirtyPage(f"{failure['key']} lies over the page {where}.", found=failure["key"])


def _unsaved_form(failure: Mapping[str, Any], where: str) -> PageError:
    return UnsavedForm(f"The edit form {where} holds unsaved values.", found=failure["key"])


def _script_failure(failure: Mapping[str, Any], where: str) -> PageError:
    return PageError(f"The in-page helper failed {where}: {failure.get('detail', failure)}.")


_FAILURES: dict[str, Callable[[Mapping[str, Any], str], PageError]] = {
    "ambiguous": _ambiguous,
    "not-ready": _not_ready,
    "still-there": _still_there,
    "not-held": _not_held,
    "no-answer": _no_answer,
    "none-of": _none_of,
    "dirty": _dirty,
    "unsaved-form": _unsaved_form,
    "refused": _refused,
}
