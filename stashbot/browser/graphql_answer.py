"""The answer that the app in a page received to its own GraphQL operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class GraphQLAnswer:
    """An answer of Stash as the app received it.

    ``state`` is ``done`` for an answer that is JSON, ``garbled`` for any other answer (``detail``
    is its beginning), and ``failed`` where none arrived (``detail`` says why). ``payload`` is the
    JSON document, ``None`` unless ``state`` is ``done``. ``elapsed_ms`` counts from the request;
    ``retry_after`` is the answer's header of that name.
    """

    operation: str
    state: Literal["done", "garbled", "failed"]
    status: int = 0
    payload: dict[str, Any] | None = None
    detail: str = ""
    elapsed_ms: int = 0
    retry_after: str = ""

    @property
    def error_message(self) -> str:
        """Stash's error messages, or what came in place of an answer."""
        errors = (self.payload or {}).get("errors") or ()
        messages = "; ".join(str(error.get("message")) for error in errors)
        return messages or self.detail or f"HTTP {self.status}"

    @classmethod
    def from_page(cls, entry: dict[str, Any]) -> GraphQLAnswer:
        """Return the answer that the in-page helper recorded as ``entry``."""
        return cls(
            operation=entry["operation"],
            state=entry["state"],
            status=entry["status"],
            payload=entry["payload"],
            detail=entry["detail"],
            elapsed_ms=entry["elapsed"],
            retry_after=entry["retryAfter"],
        )
