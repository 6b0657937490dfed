"""The models of selector files, and of the targets that a look-up returns."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from stashbot.models import Model
from stashbot.selectors import css_syntax

Access = Literal["read", "write"]
Count = Literal["unique", "many"]


def _release(value: object) -> object:
    if isinstance(value, str) and (match := re.fullmatch(r"(\d+)\.(\d+)", value)):
        return int(match[1]), int(match[2])
    if isinstance(value, tuple):
        return value
    raise ValueError('write a release as "major.minor", such as "0.30"')


Release = Annotated[tuple[int, int], BeforeValidator(_release)]


def release_name(release: tuple[int, int]) -> str:
    """Return the name of a release: ``0.30`` for ``(0, 30)``."""
    return f"{release[0]}.{release[1]}"


class Strategy(Model):
    """A way to find an element, for releases from ``since`` up to but not including ``until``.

    ``text`` is the exact trimmed ``textContent``; ``nth`` counts the matches from 0.
    """

    css: str
    text: str | None = None
    nth: Annotated[int, Field(ge=0, strict=True)] | None = None
    since: Release | None = None
    until: Release | None = None

    @field_validator("css")
    @classmethod
    def _valid(cls, css: str) -> str:
        css_syntax.check_selector(css)
        return css

    @field_validator("text")
    @classmethod
    def _some_text(cls, text: str | None) -> str | None:
        if text is not None and not text.strip():
            raise ValueError("an empty text finds anything that is empty; leave it out")
        if text is not None:
            css_syntax.placeholders(text)
        return text

    @model_validator(mode="after")
    def _in_order(self) -> Strategy:
        if self.since and self.until and self.since >= self.until:
            since, until = release_name(self.since), release_name(self.until)
            raise ValueError(f"since {since} is not before until {until} (until is exclusive)")
        return self

    @property
    def placeholders(self) -> frozenset[str]:
        """The names that a look-up has to fill."""
        return css_syntax.placeholders(self.css) | css_syntax.placeholders(self.text or "")

    def covers(self, release: tuple[int, int]) -> bool:
        """Say whether the strategy is meant for that release."""
        return (self.since is None or self.since <= release) and (
            self.until is None or release < self.until
        )


class Releases(Model):
    """The oldest and the newest release of Stash that the registry was written for."""

    oldest: Release
    newest: Release
    why: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _in_order(self) -> Releases:
        if self.newest < self.oldest:
            raise ValueError("newest is before oldest")
        return self


class Entry(Model):
    """A key as its file describes it, with the strategies of all releases.

    ``opens`` marks a ``write`` key whose click only opens a confirmation, so that a tour may click
    it.
    """

    state: str
    count: Count
    access: Access
    visible: bool = True
    opens: bool = False
    why: Annotated[str, Field(min_length=1)]
    strategies: Annotated[tuple[Strategy, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check_placeholders(self) -> Entry:
        """Refuse a strategy that ignores a value: a write could hit another element."""
        if self.access == "write":
            for number, strategy in enumerate(self.strategies, 1):
                if missing := sorted(self.placeholders - strategy.placeholders):
                    named = ", ".join(missing)
                    raise ValueError(f"strategy {number} of a write key does not use {named}")
        return self

    @property
    def placeholders(self) -> frozenset[str]:
        """The names that every look-up has to fill, the same for all releases."""
        return frozenset().union(*(strategy.placeholders for strategy in self.strategies))

    @property
    def first(self) -> tuple[int, int] | None:
        """The release that the key came with; ``None`` if it was always there."""
        sinces = [strategy.since for strategy in self.strategies]
        return None if None in sinces else min(since for since in sinces if since)


class FilledStrategy(Model):
    """A strategy with its placeholders filled, ready for the page."""

    css: str
    text: str | None = None
    nth: int | None = None


class Target(Model):
    """A key ready for the page: the strategies of a release, in order.

    ``values`` are those that the key's placeholders were filled with.
    """

    key: str
    values: dict[str, str] = Field(default_factory=dict)
    access: Access
    count: Count
    visible: bool
    strategies: tuple[FilledStrategy, ...]

    def to_page(self) -> dict[str, Any]:
        """Return the JSON that the in-page helper reads.

        It has ``key``, ``values``, ``unique``, ``visible``, and ``strategies`` with ``css``,
        ``text`` and ``nth`` each.
        """
        return {
            "key": self.key,
            "values": self.values,
            "unique": self.count == "unique",
            "visible": self.visible,
            "strategies": [strategy.model_dump() for strategy in self.strategies],
        }
