"""Operations for the in-page helper, and their outcome.

A program is a list of operations that the helper (the JavaScript in ``inpage/``) carries out in a
single round trip, in order, until an operation fails. The functions of ``actions`` make operations
and conditions; ``to_page`` is the only place that serializes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from stashbot.browser.failures import Failure
from stashbot.selectors import Target

T_co = TypeVar("T_co", covariant=True)


def _unchanged(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Operation(Generic[T_co]):
    """An operation of a program, with the type of its result.

    ``do`` names an operation of the in-page helper and ``arguments`` are what it reads: targets,
    conditions, other operations, and plain JSON values. A ``timeout`` of ``None`` stands for the
    session's own. ``parse`` makes the result of what the page returned.
    """

    do: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    parse: Callable[[Any], T_co] = _unchanged


@dataclass(frozen=True)
class Condition:
    """Something that holds in the page or does not, for ``actions.race`` and ``actions.unless``."""

    kind: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The outcome of a program.

    ``results`` are the values that the page returned, not yet parsed, for the operations that
    finished; ``failure`` is about the next operation, ``None`` when all finished. ``since`` marks
    when the program began: answers that the app received before do not count for it.
    """

    results: tuple[Any, ...]
    failure: Failure | None
    since: int

    @classmethod
    def from_page(cls, reported: Mapping[str, Any]) -> Outcome:
        """Return the outcome that the in-page helper reported."""
        failure = reported.get("failure")
        return cls(
            results=tuple(reported["results"]),
            failure=None if failure is None else Failure.from_page(failure),
            since=reported["since"],
        )


def to_page(value: Any, *, timeout: int) -> Any:
    """Return ``value`` as the JSON that the in-page helper reads.

    An operation becomes ``{"do": name, **arguments}``, a condition ``{"is": kind, **arguments}``,
    a target what ``Target.to_page`` says. ``timeout`` takes the place of those that are ``None``.
    """
    if isinstance(value, Operation | Condition):
        named = {"do": value.do} if isinstance(value, Operation) else {"is": value.kind}
        arguments = dict(value.arguments)
        if "timeout" in arguments and arguments["timeout"] is None:
            arguments["timeout"] = timeout
        return {**named, **to_page(arguments, timeout=timeout)}
    if isinstance(value, Target):
        return value.to_page()
    if isinstance(value, Mapping):
        return {name: to_page(item, timeout=timeout) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_page(item, timeout=timeout) for item in value]
    return value


def targets_of(value: Any) -> Iterator[Target]:
    """Yield all targets of an operation, nested ones too."""
    if isinstance(value, Target):
        yield value
    elif isinstance(value, Operation | Condition):
        yield from targets_of(value.arguments)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from targets_of(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from targets_of(item)


def with_targets(value: Any, change: Callable[[Target], Target]) -> Any:
    """Return an operation with ``change`` applied to all of its targets."""
    if isinstance(value, Target):
        return change(value)
    if isinstance(value, Operation | Condition):
        return replace(value, arguments=with_targets(value.arguments, change))
    if isinstance(value, Mapping):
        return {name: with_targets(item, change) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [with_targets(item, change) for item in value]
    return value
