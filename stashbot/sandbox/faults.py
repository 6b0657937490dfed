"""Breaks on purpose: what goes wrong on the wire and in the page, and how often."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

WireKind = Literal[
    "latency", "http_500", "lost_answer", "graphql_error", "html", "truncated", "expired"
]
PageKind = Literal["toast", "modal", "popup", "rename", "duplicate", "cover"]


class WireFault(BaseModel):
    """Something that goes wrong with an operation's answer.

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
    """Something that is wrong with the page, from the next render on.

    ``rename`` replaces the class ``selector`` by ``value`` everywhere; ``duplicate`` puts a
    copy beside each match (a plugin's button, with the text ``value`` if given); ``cover`` lays
    a sheet over each match; ``toast``, ``modal`` and ``popup`` show ``value``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: PageKind
    selector: str = ""
    value: str = "Sandbox"


class Faults:
    """The faults that are switched on. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wire: list[WireFault] = []
        self._page: list[PageFault] = []
        self._changed: Callable[[], object] = lambda: None

    def on_change(self, changed: Callable[[], object]) -> None:
        """Have ``changed`` called whenever the page's faults changed."""
        self._changed = changed

    def add(self, kind: WireKind, operation: str = "*", **details: Any) -> WireFault:
        """Switch a fault of the wire on; details as in ``WireFault``."""
        fault = WireFault(kind=kind, operation=operation, **details)
        with self._lock:
            self._wire.append(fault)
        return fault

    def add_page(self, kind: PageKind, selector: str = "", value: str = "Sandbox") -> PageFault:
        """Switch a fault of the page on, at once in all open pages."""
        fault = PageFault(kind=kind, selector=selector, value=value)
        with self._lock:
            self._page.append(fault)
        self._changed()
        return fault

    def clear(self) -> None:
        """Switch everything off. Open pages keep what was done to them until they are loaded."""
        with self._lock:
            self._wire.clear()
            self._page.clear()
        self._changed()

    def take(self, operation: str) -> list[WireFault]:
        """The faults that hit this operation now, used up by one: latencies, then one other."""
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
        index = next(i for i, one in enumerate(self._wire) if one is fault)
        if fault.times == 1:
            del self._wire[index]
        else:
            self._wire[index] = fault.model_copy(update={"times": fault.times - 1})

    @property
    def wire(self) -> tuple[WireFault, ...]:
        """The faults of the wire that are still to come."""
        with self._lock:
            return tuple(self._wire)

    @property
    def page(self) -> tuple[PageFault, ...]:
        """The faults of the page."""
        with self._lock:
            return tuple(self._page)
