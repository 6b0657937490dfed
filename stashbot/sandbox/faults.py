"""Faults that tests inject into the sandbox's answers and pages."""

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
#: Attributes that have a kind of fault of their own.
_OWN_KIND = {"class": "rename", "id": "id"}


class WireFault(BaseModel):
    """A fault in the answer to an operation.

    ``operation`` is an operation's name or ``*``. ``times`` is the number of answers that the fault
    affects; ``None`` affects all. ``latency`` waits ``seconds`` before the operation is executed,
    and combines with other faults. ``lost_answer``, ``html`` and ``truncated`` execute the
    operation and change the answer; ``http_500``, ``graphql_error`` and ``expired`` (which ends all
    sessions) do not execute it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: WireKind
    operation: str = "*"
    times: int | None = Field(default=1, ge=1)
    seconds: float = Field(default=1.0, ge=0)
    message: str = "sandbox: broken on purpose"


class PageFault(BaseModel):
    """A fault in the page that changes all elements matching ``selector``.

    ``toast``, ``modal`` and ``popup`` show ``value`` once and take no selector. The other kinds:

    - ``rename``: replaces the class ``selector`` (with or without its dot) by ``value``.
    - ``duplicate``: inserts a copy after each match that does nothing, like a plugin's button,
      with the text ``value`` if given.
    - ``cover``: covers each match with another element.
    - ``wrap``: wraps each match in a ``div``.
    - ``reorder``: reverses the children of each match.
    - ``move``: appends each match to the first element that the selector ``to`` finds.
    - ``text``: replaces the text of each match by ``value``, but not its icons and inputs.
    - ``slow``: shows each match ``ms`` milliseconds late, every time that it is mounted.
    - ``id``: replaces the id of each match by ``value``; removes it without a ``value``.
    - ``attribute``: renames the attribute ``attribute`` to ``value``; removes it without a
      ``value``.
    - ``tag``: replaces the tag of each match by ``value`` (default: ``div``); a button or link
      gets ``role="button"``.
    - ``remove``: removes the matches.

    The changes survive every rendering, and the app keeps working: handlers, typed text and later
    content of a changed element stay. There are limits: the events of a moved element bubble
    through its new ancestors; a late or removed element loses the focus; a label does not find a
    field whose id changed; form controls, pictures and players keep their tag; children that the
    app sorts again keep their reversed order. If several faults wrap, move, remove or delay the
    same element, only the first fault applies.

    Raises:
        ConfigError: a required detail is missing, or the kind does not support a detail.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: PageKind
    selector: str = ""
    value: str | None = None
    to: str | None = None
    attribute: str | None = None
    ms: int | None = Field(default=None, ge=1, le=60_000, description="milliseconds")

    @model_validator(mode="after")
    def _has_valid_details(self) -> PageFault:
        announced = self.kind in _ANNOUNCED
        if bool(self.selector.strip()) == announced:
            raise ConfigError(
                f"The page fault {self.kind!r} {'takes no' if announced else 'needs a'} selector.",
                hint="Give only a value." if announced else "Give a CSS selector of the elements.",
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
        """Call ``changed`` whenever the faults of the page change."""
        self._changed = changed

    def add(self, kind: WireKind, operation: str = "*", **details: Any) -> WireFault:
        """Add a fault to the answers; details as in ``WireFault``."""
        fault = WireFault(kind=kind, operation=operation, **details)
        with self._lock:
            self._wire.append(fault)
        return fault

    def add_page(
        self, kind: PageKind, selector: str = "", value: str | None = None, **details: Any
    ) -> PageFault:
        """Add a fault to all open and later pages; details as in ``PageFault``.

        Raises:
            ConfigError: a required detail is missing, or the kind does not support a detail.
        """
        fault = PageFault(kind=kind, selector=selector, value=value, **details)
        with self._lock:
            self._page.append(fault)
        self._changed()
        return fault

    def clear(self) -> None:
        """Remove all faults. Open pages stay changed until they are reloaded."""
        with self._lock:
            self._wire.clear()
            self._page.clear()
        self._changed()

    def take(self, operation: str) -> list[WireFault]:
        """Return the faults for an operation's answer, and count each as used once.

        These are all its latencies, and at most a single fault of another kind.
        """
        with self._lock:
            hits: list[WireFault] = []
            for fault in list(self._wire):
                is_exclusive = fault.kind != "latency"
                if fault.operation not in {"*", operation}:
                    continue
                if is_exclusive and any(hit.kind != "latency" for hit in hits):
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
        """The faults that will affect later answers."""
        with self._lock:
            return tuple(self._wire)

    @property
    def page(self) -> tuple[PageFault, ...]:
        """The faults of the page."""
        with self._lock:
            return tuple(self._page)
