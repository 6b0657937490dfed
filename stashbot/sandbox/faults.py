"""Faults on purpose, on the wire and in the page."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from stashbot.errors import ConfigError

WireKind = Literal[
    "latency", "http_500", "lost_answer", "graphql_error", "html", "truncated", "expired"
]
PageKind = Literal[
    "toast",
    "modal",
    "popup",
    "rename",
    "duplicate",
    "cover",
    "wrap",
    "reorder",
    "move",
    "text",
    "slow",
    "id",
    "attribute",
    "tag",
    "remove",
]

_ANNOUNCED = {"toast", "modal", "popup"}
#: The fields that a kind needs besides the selector, and those that it may have.
_NEEDS: dict[str, tuple[str, ...]] = {
    "rename": ("value",),
    "move": ("to",),
    "text": ("value",),
    "slow": ("ms",),
    "attribute": ("attribute",),
}
_MAY: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_ANNOUNCED | {"duplicate", "id", "attribute", "tag"}, ("value",)),
}
_DETAILS = ("value", "to", "attribute", "ms")
#: Attributes that have kinds of their own.
_OWN_KIND = {"class": "rename", "id": "id"}


class WireFault(BaseModel):
    """A fault of the answer to an operation.

    ``operation`` is an operation's name or ``*``; ``times`` is how often it happens, ``None`` for
    ever. ``latency`` waits ``seconds`` before anything else and goes with any other fault.
    ``lost_answer``, ``html`` and ``truncated`` carry the operation out and spoil the answer;
    ``http_500``, ``graphql_error`` and ``expired`` (all sessions end) do not carry it out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: WireKind
    operation: str = "*"
    times: int | None = Field(default=1, ge=1)
    seconds: float = Field(default=1.0, ge=0)
    message: str = "sandbox: broken on purpose"


class PageFault(BaseModel):
    """A fault of every element that ``selector`` finds in the page, from now on.

    ``toast``, ``modal`` and ``popup`` show ``value``, once, and take no selector. The others:

    - ``rename``: the class ``selector``, with or without its dot, becomes ``value``.
    - ``duplicate``: a copy that does nothing stands behind each match, as a plugin's button, with
      the text ``value`` if given.
    - ``cover``: a sheet lies over each match.
    - ``wrap``: each match stands in a ``div`` of its own.
    - ``reorder``: the children of each match stand in reversed order.
    - ``move``: each match stands at the end of what the selector ``to`` finds first.
    - ``text``: each match says ``value``; its icons and inputs stay.
    - ``slow``: each match comes ``ms`` milliseconds late, each time that it is mounted.
    - ``id``: the match's id becomes ``value``, or is removed without a ``value``.
    - ``attribute``: the attribute ``attribute`` is called ``value``, or is removed without it.
    - ``tag``: each match becomes a ``value`` (``div`` by default), a button or link with
      ``role="button"``.
    - ``remove``: the matches are gone.

    Faults last through every render, and the app goes on working: handlers, typed text and what
    the app renders into a changed element stay. Exceptions: events of a moved element bubble
    through its new ancestors; a late or removed element loses the focus; a label does not find a
    field whose id changed; form controls, pictures and players keep their tag; children that the
    app sorts again keep their reversed order. If several faults wrap, move, remove or delay the
    same element, only the first of them counts.

    Raises:
        ConfigError: when a kind lacks what it needs or has what it cannot use.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: PageKind
    selector: str = ""
    value: str | None = None
    to: str | None = None
    attribute: str | None = None
    ms: int | None = Field(default=None, ge=1, le=60_000, description="milliseconds")

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> PageFault:
        announced = self.kind in _ANNOUNCED
        if bool(self.selector.strip()) == announced:
            raise ConfigError(
                f"The page fault {self.kind!r} {'takes no' if announced else 'needs a'} selector.",
                hint="Give it a value only." if announced else "Name what it is to spoil, as CSS.",
            )
        needs = _NEEDS.get(self.kind, ())
        for name in _DETAILS:
            given = getattr(self, name) not in (None, "")
            if name in needs and not given:
                raise ConfigError(
                    f"The page fault {self.kind!r} needs {name!r}.", hint=f"Give it {name!r} too."
                )
            if given and name not in (*needs, *_MAY.get(self.kind, ())):
                raise ConfigError(
                    f"The page fault {self.kind!r} has no use for {name!r}.", hint="Leave it out."
                )
        own = _OWN_KIND.get(self.attribute or "")
        if own:
            raise ConfigError(
                f"The page fault 'attribute' does not change {self.attribute!r}.",
                hint=f"Use the kind {own!r}.",
            )
        return self


class Faults:
    """The active faults. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wire: list[WireFault] = []
        self._page: list[PageFault] = []
        self._changed: Callable[[], object] = lambda: None

    def on_change(self, changed: Callable[[], object]) -> None:
        """Call ``changed`` whenever the page's faults have changed."""
        self._changed = changed

    def add(self, kind: WireKind, operation: str = "*", **details: Any) -> WireFault:
        """Add a fault of the wire, with the fields of ``WireFault``."""
        fault = WireFault(kind=kind, operation=operation, **details)
        with self._lock:
            self._wire.append(fault)
        return fault

    def add_page(
        self, kind: PageKind, selector: str = "", value: str | None = None, **details: Any
    ) -> PageFault:
        """Add a fault of the page, with the fields of ``PageFault``; open pages show it at once.

        Raises:
            ConfigError: when the kind lacks what it needs or has what it cannot use.
        """
        fault = PageFault(kind=kind, selector=selector, value=value, **details)
        with self._lock:
            self._page.append(fault)
        self._changed()
        return fault

    def clear(self) -> None:
        """Remove all faults. Open pages keep theirs until they are loaded again."""
        with self._lock:
            self._wire.clear()
            self._page.clear()
        self._changed()

    def take(self, operation: str) -> list[WireFault]:
        """Use up and return the faults of this operation: latencies, then a single other fault."""
        with self._lock:
            hits: list[WireFault] = []
            for fault in list(self._wire):
                spoils = fault.kind != "latency"
                if fault.operation not in {"*", operation}:
                    continue
                if spoils and any(hit.kind != "latency" for hit in hits):
                    continue
                hits.append(fault)
                self._use_up(fault)
            return hits

    def _use_up(self, fault: WireFault) -> None:
        if fault.times is None:
            return
        index = next(i for i, known in enumerate(self._wire) if known is fault)
        if fault.times == 1:
            del self._wire[index]
        else:
            self._wire[index] = fault.model_copy(update={"times": fault.times - 1})

    @property
    def wire(self) -> tuple[WireFault, ...]:
        """The faults of the wire that are not used up."""
        with self._lock:
            return tuple(self._wire)

    @property
    def page(self) -> tuple[PageFault, ...]:
        """The faults of the page."""
        with self._lock:
            return tuple(self._page)
