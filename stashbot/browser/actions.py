"""Operations for the in-page helper, each made by a function.

A phase of a workflow (open a menu, choose a source, wait for the answer) is a program of such
operations, and ``Session.run`` carries it out in a single round trip. The helper waits for
mutations and answers, never for a fixed time. Before a click it scrolls the element to the centre,
lets a frame pass, checks that nothing covers the element, and focuses it. An element that does not
get ready is reported with the reason: absent, hidden, off-screen, disabled, or covered and by what.

Timeouts are in milliseconds; ``None`` stands for the session's ``[browser] wait_ms``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

from stashbot.browser.graphql_answer import GraphQLAnswer
from stashbot.browser.operations import Condition, Operation
from stashbot.selectors import Target
from stashbot.selectors.element_fingerprint import (
    GENERIC,
    LAYOUT,
    STATE_ICONS,
    TRANSIENT,
    Fingerprint,
)
from stashbot.selectors.healing import ElementCandidate

Op = Operation[Any]
#: Attached: in the document. Enabled: and not disabled. Viewport: in view and uncovered. Click:
#: enabled, in view and uncovered.
Readiness = Literal["attached", "enabled", "viewport", "click"]
#: Left, top, width and height in CSS pixels of the viewport.
Box = tuple[int, int, int, int]

#: Classes and icons that the helper must know, to describe elements and to make selectors.
_NAME_KINDS = {
    "transient": TRANSIENT,
    "layout": LAYOUT,
    "generic": GENERIC,
    "stateIcons": STATE_ICONS,
}


def helper_script() -> str:
    """Return the source of the in-page helper.

    It is to be installed before any script of a page, and leaves a page alone that has it. The
    files of ``inpage/`` are its parts, in order.
    """
    folder = resources.files("stashbot.browser") / "inpage"
    parts = sorted(folder.iterdir(), key=lambda part: part.name)
    body = "\n".join(part.read_text(encoding="utf-8") for part in parts)
    return f'(() => {{\n"use strict";\nif (window.__stashbot) return;\n{body}\n}})();\n'


# Acts


def click(target: Target, timeout: int | None = None, *, nth: int | None = None) -> Operation[str]:
    """Click ``target`` once, when it is in the viewport, uncovered and enabled.

    ``nth`` (from 0) picks one of many matches. The result describes the element.
    """
    return Operation("click", {"target": target, "nth": nth, "timeout": timeout})


def click_if_present(target: Target, timeout: int | None = None) -> Operation[str | None]:
    """Click ``target`` once if it is ready at this moment; otherwise do nothing."""
    return Operation("clickIfPresent", {"target": target, "timeout": timeout})


def set_value(target: Target, value: str, timeout: int | None = None) -> Operation[bool]:
    """Set the value of an input as typing would; the result says if that changed it."""
    return Operation("setValue", {"target": target, "value": value, "timeout": timeout})


def fill_list(
    target: Target, values: Sequence[str], timeout: int | None = None
) -> Operation[tuple[str, ...]]:
    """Make a list of inputs, the last of which is blank, have exactly ``values``.

    The result is the values that the list then has.
    """
    arguments = {"target": target, "values": list(values), "timeout": timeout}
    return Operation("fillList", arguments, tuple)


@dataclass(frozen=True, kw_only=True)
class SelectTargets:
    """The parts of a select: chosen values, their remove buttons, the input, and its options.

    ``aside`` finds what Stash writes beside a name within an option or a value.
    """

    values: Target
    remove: Target
    input: Target
    option: Target
    aside: Target


@dataclass(frozen=True, kw_only=True)
class SelectChoice:
    """An entity to choose. ``link`` is the CSS selector of a link to it within its option."""

    name: str
    link: str


def fill_select(
    select: SelectTargets, choices: Sequence[SelectChoice], *, single: bool, timeout: int
) -> Operation[tuple[str, ...]]:
    """Make a select have exactly ``choices``, in any order.

    A ``single`` select is not emptied first: choosing replaces its value. Of options with the same
    name the option that links to the entity is chosen. The result is the names that the select then
    shows.
    """
    arguments = {
        "values": select.values,
        "remove": select.remove,
        "input": select.input,
        "option": select.option,
        "aside": select.aside,
        "choices": [{"name": choice.name, "link": choice.link} for choice in choices],
        "single": single,
        "timeout": timeout,
    }
    return Operation("fillSelect", arguments, tuple)


def navigate(path: str) -> Operation[bool]:
    """Move inside the app by history, as the back button does: no reload, no autoplay."""
    return Operation("navigate", {"path": path})


def assert_clean(covers: Sequence[Target], toast: Target) -> Operation[bool]:
    """Fail as ``DirtyPage`` if any of ``covers`` is found; close a notification."""
    return Operation("assertClean", {"covers": list(covers), "toast": toast})


def unless(condition: Condition, *operations: Op) -> Operation[tuple[object, ...]]:
    """Carry out ``operations`` only where ``condition`` does not hold already."""
    return Operation("unless", {"condition": condition, "operations": list(operations)}, tuple)


def fail_as_unsaved(key: str) -> Operation[None]:
    """Fail as ``UnsavedForm``, naming ``key``; of use within ``unless``."""
    return Operation("fail", {"kind": "unsaved-form", "key": key})


# Waits


def wait(
    target: Target,
    readiness: Readiness = "viewport",
    timeout: int | None = None,
    *,
    unless: Condition | None = None,
) -> Operation[bool]:
    """Wait until ``target`` is ready; fail before the timeout once ``unless`` holds."""
    arguments = {"target": target, "readiness": readiness, "timeout": timeout, "unless": unless}
    return Operation("wait", arguments)


def wait_until_gone(target: Target, timeout: int | None = None) -> Operation[bool]:
    """Wait until no strategy of ``target`` matches any more."""
    return Operation("waitUntilGone", {"target": target, "timeout": timeout})


def wait_for_fewer(target: Target, than: int, timeout: int) -> Operation[bool]:
    """Wait until ``target`` finds fewer than ``than`` elements."""
    return Operation("waitForFewer", {"target": target, "than": than, "timeout": timeout})


def wait_for_answer(
    operation: str, variables: Mapping[str, Any], timeout: int, *, refusal: Target | None = None
) -> Operation[GraphQLAnswer]:
    """Wait for the app's answer to its own GraphQL operation.

    ``variables`` maps dotted paths to values (``{"input.scene_id": "12"}``); others do not matter.
    Only operations that the app sent since the program began count. With ``refusal`` it fails as
    ``SaveRefused`` once that shows and nothing was sent.
    """
    arguments = {
        "operation": operation,
        "variables": dict(variables),
        "refusal": refusal,
        "timeout": timeout,
    }
    return Operation("waitForAnswer", arguments, GraphQLAnswer.from_page)


def wait_until_idle(idle_ms: int, timeout: int) -> Operation[bool]:
    """Wait until the document has not changed for ``idle_ms``; false at the timeout."""
    return Operation("waitUntilIdle", {"idleMs": idle_ms, "timeout": timeout})


def race(*conditions: Condition, timeout: int | None = None) -> Operation[int]:
    """Wait for the first of several conditions; the result is its place, from 0."""
    return Operation("race", {"conditions": list(conditions), "timeout": timeout})


# Conditions


def present(target: Target, readiness: Readiness = "attached") -> Condition:
    """Return the condition that ``target`` is ready."""
    return Condition("present", {"target": target, "readiness": readiness})


def absent(target: Target) -> Condition:
    """Return the condition that no strategy of ``target`` matches."""
    return Condition("absent", {"target": target})


def answered(operation: str, variables: Mapping[str, Any]) -> Condition:
    """Return the condition that the app has its answer, as in ``wait_for_answer``."""
    return Condition("answered", {"operation": operation, "variables": dict(variables)})


def negated(condition: Condition) -> Condition:
    """Return the condition that ``condition`` does not hold."""
    return Condition("not", {"condition": condition})


# Questions, answered without waiting


def is_present(target: Target, readiness: Readiness = "attached") -> Operation[bool]:
    """Say whether ``target`` is ready at this moment."""
    return Operation("isPresent", {"target": target, "readiness": readiness})


def count(target: Target) -> Operation[int]:
    """Count the elements that ``target`` finds, hidden ones included."""
    return Operation("count", {"target": target})


def read_text(target: Target) -> Operation[str | None]:
    """Read the trimmed text of ``target``; ``None`` where it is absent."""
    return Operation("readText", {"target": target})


def read_texts(target: Target) -> Operation[tuple[str, ...]]:
    """Read the text, or the value of an input, of each element that ``target`` finds."""
    return Operation("readTexts", {"target": target}, tuple)


def read_value(target: Target, timeout: int | None = None) -> Operation[str]:
    """Read the value of an input, once it is in the document."""
    return Operation("readValue", {"target": target, "timeout": timeout})


def read_path() -> Operation[str]:
    """Read the path and query of the page's address."""
    return Operation("readPath")


def read_video(target: Target, timeout: int) -> Operation[dict[str, Any]]:
    """Have a video element load its metadata, and nothing more, and read it.

    The result has ``duration`` in seconds (``None`` for a live stream), ``width`` and ``height``
    in pixels, and ``error``: why the browser cannot play it, or ``None``.
    """
    return Operation("readVideo", {"target": target, "timeout": timeout})


# Checks of selector keys


@dataclass(frozen=True, kw_only=True)
class StrategyCount:
    """The number of elements that a strategy finds, and of visible ones; the first of all."""

    count: int
    visible: int
    first: str | None


@dataclass(frozen=True, kw_only=True)
class KeyCount:
    """The counts of a key by strategy; ``held_ms`` is when it began to hold, if it does."""

    strategies: tuple[StrategyCount, ...]
    held_ms: int | None


@dataclass(frozen=True, kw_only=True)
class KeyCounts:
    """The counts of several keys; ``settled`` is false if the page did not come to rest."""

    keys: tuple[KeyCount, ...]
    settled: bool

    @classmethod
    def from_page(cls, reported: dict[str, Any]) -> KeyCounts:
        """Return what the in-page helper counted."""
        return cls(
            keys=tuple(
                KeyCount(
                    strategies=tuple(StrategyCount(**counted) for counted in key["strategies"]),
                    held_ms=key["heldMs"],
                )
                for key in reported["keys"]
            ),
            settled=reported["settled"],
        )


def count_keys(
    expected: Sequence[tuple[Target, int | None]], idle_ms: int, timeout: int
) -> Operation[KeyCounts]:
    """Count what each strategy of the targets finds.

    Each target comes with the number of elements that it must find, ``None`` for at least one. The
    operation ends when all find what they must, or when the document has not changed for
    ``idle_ms``.
    """
    keys = [{"target": target, "expected": number} for target, number in expected]
    arguments = {"keys": keys, "idleMs": idle_ms, "timeout": timeout}
    return Operation("countKeys", arguments, KeyCounts.from_page)


def read_boxes(targets: Sequence[Target], limit: int) -> Operation[tuple[tuple[Box, ...], ...]]:
    """Read where the visible elements of each target are, at most ``limit`` a target."""

    def parse(reported: list[list[list[int]]]) -> tuple[tuple[Box, ...], ...]:
        return tuple(
            tuple((left, top, width, height) for left, top, width, height in boxes)
            for boxes in reported
        )

    return Operation("readBoxes", {"targets": list(targets), "limit": limit}, parse)


def read_page_height() -> Operation[int]:
    """Read how tall the window must be for nothing in the page to need scrolling."""
    return Operation("readPageHeight")


def read_outline(targets: Sequence[Target], limit: int) -> Operation[dict[str, Any]]:
    """Read a tree of what the targets find, and of what is around.

    At most ``limit`` elements of each target are in it. A node has ``tag`` and, where they are set,
    ``id``, ``classes`` (a string), ``attributes``, ``disabled``, ``checked``, ``hidden``, ``text``
    (only of elements that a strategy finds by their text) and ``children``.
    """
    return Operation("readOutline", {"targets": list(targets), "limit": limit})


# Healing


def read_fingerprints(target: Target) -> Operation[tuple[Fingerprint, ...]]:
    """Read the fingerprints of the elements that ``target`` finds at this moment."""

    def parse(reported: list[dict[str, Any]]) -> tuple[Fingerprint, ...]:
        return tuple(Fingerprint.model_validate(each) for each in reported)

    return Operation("readFingerprints", {"target": target, "nameKinds": _NAME_KINDS}, parse)


@dataclass(frozen=True, kw_only=True)
class Sought:
    """A lost element that is looked for.

    ``many`` is set for a group of similar elements, ``visible`` where it must be seen. It has the
    exact ``text``, if that is given, and its address names each of ``numbers``. A selector for it
    uses the names ``prefer`` where it can.
    """

    many: bool
    visible: bool
    text: str | None
    numbers: tuple[str, ...]
    prefer: tuple[str, ...]

    def arguments(self) -> dict[str, Any]:
        """Return the arguments that the helper reads."""
        return {
            "many": self.many,
            "visible": self.visible,
            "text": self.text,
            "numbers": list(self.numbers),
            "prefer": list(self.prefer),
            "nameKinds": _NAME_KINDS,
        }


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The elements of another key, which cannot be the lost element.

    With ``all_strategies`` these are the elements of every strategy, not only of the first that
    serves.
    """

    target: Target
    all_strategies: bool


def find_candidates(
    sought: Sought, fingerprints: Sequence[Fingerprint], claims: Sequence[Claim], limit: int
) -> Operation[list[ElementCandidate]]:
    """Find up to ``limit`` elements, or groups, similar to any of ``fingerprints``."""

    def parse(reported: list[dict[str, Any]]) -> list[ElementCandidate]:
        return [ElementCandidate.model_validate(each) for each in reported]

    arguments = {
        **sought.arguments(),
        "like": [fingerprint.model_dump(mode="json") for fingerprint in fingerprints],
        "claims": [
            {"target": claim.target, "allStrategies": claim.all_strategies} for claim in claims
        ],
        "limit": limit,
    }
    return Operation("findCandidates", arguments, parse)


def make_selectors(sought: Sought, places: Sequence[int]) -> Operation[list[str | None]]:
    """Make CSS selectors for candidates of the page's last ``find_candidates``.

    ``places`` are the candidates'; the selector of each finds it and nothing else, and is ``None``
    where the page can make none.
    """
    return Operation("makeSelectors", {**sought.arguments(), "places": list(places)})
