"""Sources, what they are asked and say, and how far that is trusted."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field, JsonValue

from stashbot.models.base import Model
from stashbot.models.scene import StashId

#: The ways of asking a source about a scene: by its file, by one of its addresses, by words.
Way = Literal["fragment", "url", "query"]
WAYS: tuple[Way, ...] = ("fragment", "url", "query")


class SourceKind(StrEnum):
    """Where a proposal comes from."""

    SCRAPER = "scraper"
    STASH_BOX = "stash-box"


class Source(Model):
    """A scraper or a stash-box as Stash offers it in the scrape menu.

    ``key`` is the scraper's id or the stash-box's endpoint; ``name`` is the menu's text.
    ``position`` counts the entries of the fragment menu that bear the same name before it,
    ``query_position`` those of the query menu. A key that is empty stands for several scrapers that
    read one address, of which Stash picks one and does not say which.
    """

    kind: SourceKind
    key: str
    name: str
    fragment: bool = True
    query: bool = False
    urls: tuple[str, ...] = ()
    position: int = 0
    query_position: int = 0

    def answers(self, way: Way) -> bool:
        """Whether it can be asked in that way."""
        return {"fragment": self.fragment, "query": self.query, "url": bool(self.urls)}[way]

    def scrapes(self, url: str) -> bool:
        """Whether it reads that address: as in Stash, one that contains a pattern of its own."""
        return any(pattern and pattern in url for pattern in self.urls)


class Question(Model):
    """How a source is asked about a scene.

    By ``fragment`` it gets what Stash knows of the scene; by ``url`` it reads the page at ``text``,
    one of the scene's addresses; by ``query`` it is searched for ``text``.
    """

    by: Way = "fragment"
    text: str = ""

    @property
    def told(self) -> str:
        """In words, such as ``searched for 'Tidal Clock'``; empty for a fragment."""
        if self.by == "fragment":
            return ""
        return f"searched for {self.text!r}" if self.by == "query" else f"read from {self.text}"


class ScrapedEntity(Model):
    """A studio, performer, tag or group that a source named.

    ``stored_id`` is the entity that Stash itself matched by name or alias; ``None`` when Stash
    has no such entity. The rest is what the source says of it; ``parent`` is the studio above a
    studio, or a group's studio.
    """

    name: str
    stored_id: str | None = None
    aliases: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    birthdate: str | None = None
    parent: str | None = None


class FilePrint(Model):
    """A fingerprint of a file that a source knows: its kind, such as ``oshash``, and its value."""

    kind: str
    value: str


class Proposal(Model):
    """What a source says about a scene, taken from the answer that the UI received.

    ``asked`` is how it came to be; the same question opens its results dialog again.
    """

    source: str
    asked: Question = Question()
    title: str | None = None
    code: str | None = None
    details: str | None = None
    director: str | None = None
    date: str | None = None
    urls: tuple[str, ...] = ()
    studio: ScrapedEntity | None = None
    performers: tuple[ScrapedEntity, ...] = ()
    tags: tuple[ScrapedEntity, ...] = ()
    groups: tuple[ScrapedEntity, ...] = ()
    stash_id: StashId | None = None
    duration: float | None = None
    prints: tuple[FilePrint, ...] = ()
    cover: str | None = Field(default=None, description="SHA-256 of the proposed image, hex")

    @property
    def is_empty(self) -> bool:
        """Whether the source said nothing at all."""
        told = self.model_dump(exclude={"source", "asked", "prints"}, exclude_defaults=True)
        return not told


class Known(Model):
    """What is known of a scene before scraping, and where each piece was read from."""

    title: str | None = None
    date: str | None = None
    studio: str | None = None
    performers: tuple[str, ...] = ()
    duration: float | None = None
    urls: tuple[str, ...] = ()
    prints: dict[str, str] = Field(
        default_factory=dict, description="the file's fingerprints by kind"
    )
    origin: dict[str, Literal["metadata", "file name", "file"]] = Field(default_factory=dict)
    pattern: str | None = Field(default=None, description="name of the file-name pattern")


class Evidence(Model):
    """One signal of a score: both values, and the points it earned out of its weight."""

    signal: str
    scene: JsonValue = None
    proposal: JsonValue = None
    origin: str = ""
    points: float = 0.0
    weight: float = 0.0
    note: str = ""


class Recommendation(StrEnum):
    """How far a score may be trusted."""

    STRONG = "strong"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"


class Judgement(Model):
    """A proposal's score (0 to 1), its evidence, and what to do with it."""

    score: float
    evidence: tuple[Evidence, ...] = ()
    recommendation: Recommendation = Recommendation.NONE
    accepted: bool = False
