"""Sources, their proposals for a scene, and how far a proposal is trusted."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field, JsonValue

from stashbot.models.base import Model
from stashbot.models.scene import FieldName, StashId

#: How a source finds a scene: by what Stash knows of it, by its URL, or by a search.
ScrapeMethod = Literal["fragment", "url", "query"]
SCRAPE_METHODS: tuple[ScrapeMethod, ...] = ("fragment", "url", "query")


class SourceKind(StrEnum):
    """The kind of a source."""

    SCRAPER = "scraper"
    STASH_BOX = "stash-box"


class Source(Model):
    """A scraper or a stash-box as Stash offers it in the scrape menu.

    ``key`` is the scraper's id or the stash-box's endpoint, ``name`` the text in the menu.
    ``position`` is the number of entries of the same name before it in the fragment menu,
    ``query_position`` in the query menu. An empty key stands for several scrapers that read the
    same address, of which Stash picks any without saying so.
    """

    kind: SourceKind
    key: str
    name: str
    fragment: bool = True
    query: bool = False
    urls: tuple[str, ...] = ()
    position: int = 0
    query_position: int = 0

    def supports(self, method: ScrapeMethod) -> bool:
        """Return whether the source can be scraped by that method."""
        return {"fragment": self.fragment, "query": self.query, "url": bool(self.urls)}[method]

    def reads_url(self, url: str) -> bool:
        """Return whether the source reads that address: it contains a pattern of the source's."""
        return any(pattern and pattern in url for pattern in self.urls)


class ScrapeQuery(Model):
    """How a source is queried for a scene.

    By ``fragment`` the source gets what Stash knows of the scene, by ``url`` it reads the page at
    ``text``, a URL of the scene, and by ``query`` it is searched for ``text``.
    """

    method: ScrapeMethod = "fragment"
    text: str = ""

    @property
    def description(self) -> str:
        """The query in words, such as ``searched for 'Tidal Clock'``; empty for a fragment."""
        if self.method == "fragment":
            return ""
        return f"searched for {self.text!r}" if self.method == "query" else f"read from {self.text}"


class ScrapedEntity(Model):
    """An entity that a source names.

    ``stored_id`` is the id of the entity that Stash matched by name or alias; ``None`` if Stash has
    no such entity. ``stash_id`` is the entity's own id in the stash-box that names it.
    ``disambiguation`` tells performers of the same name apart, ``gender`` is in Stash's form, such
    as ``FEMALE``. ``parent`` is the studio above a studio, or the studio of a group. ``remote_id``
    is its id at the source, whatever the source. ``shown_as`` is the name under which the results
    dialog shows it, where cleaning changed the name; it is empty if the dialog cannot create it.
    """

    name: str
    stored_id: str | None = None
    stash_id: StashId | None = None
    disambiguation: str = ""
    aliases: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    birthdate: str | None = None
    gender: str | None = None
    parent: str | None = None
    remote_id: str | None = None
    shown_as: str | None = None

    @property
    def dialog_name(self) -> str | None:
        """The name whose button in the results dialog creates it, if there is one."""
        return self.name if self.shown_as is None else self.shown_as or None


class FileFingerprint(Model):
    """A fingerprint of a file; the kind is, for example, ``oshash``, the duration in seconds."""

    kind: str
    value: str
    duration: float | None = None


class Cleaning(Model):
    """A change that cleaning made to what a source returned.

    ``after`` is ``None`` for a value that was left out. Of a list both name what changed in it.
    """

    field: FieldName
    before: str
    after: str | None = None
    reason: str

    @property
    def description(self) -> str:
        """The change in words, such as ``title: 'A &amp; B' became 'A & B' (entities)``."""
        became = f"became {self.after!r}" if self.after is not None else "left out"
        return f"{self.field.value}: {self.before!r} {became} ({self.reason})"


class Proposal(Model):
    """The values that a source proposes for a scene, read from the answer that the UI received.

    ``query`` is the query that it answers; the same query opens its results dialog again.
    ``cleanings`` are the changes that cleaning made; ``in_dialog`` is then the proposal as the
    source gave it, which the results dialog shows. A proposal with ``doubts`` is left to a person,
    whatever its score.
    """

    source: str
    query: ScrapeQuery = ScrapeQuery()
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
    fingerprints: tuple[FileFingerprint, ...] = ()
    cover: str | None = Field(default=None, description="SHA-256 of the proposed image, hex")
    cleanings: tuple[Cleaning, ...] = ()
    in_dialog: Proposal | None = None
    doubts: tuple[str, ...] = ()

    @property
    def as_shown(self) -> Proposal:
        """The proposal as its results dialog shows it."""
        return self.in_dialog or self

    @property
    def is_empty(self) -> bool:
        """Whether the source proposes nothing at all."""
        proposed = self.model_dump(
            exclude={"source", "query", "fingerprints", "cleanings", "in_dialog", "doubts"},
            exclude_defaults=True,
        )
        return not proposed


class KnownFacts(Model):
    """The facts that are known of a scene before scraping, and the origin of each."""

    title: str | None = None
    date: str | None = None
    studio: str | None = None
    performers: tuple[str, ...] = ()
    duration: float | None = None
    urls: tuple[str, ...] = ()
    fingerprints: dict[str, str] = Field(
        default_factory=dict, description="the file's fingerprints by kind"
    )
    origin: dict[str, Literal["metadata", "file name", "folder", "file"]] = Field(
        default_factory=dict
    )
    pattern: str | None = Field(default=None, description="name of the file-name pattern")


class Evidence(Model):
    """A signal of a score: the values of both sides, and the points it earned out of its weight."""

    signal: str
    scene: JsonValue = None
    proposal: JsonValue = None
    origin: str = ""
    points: float = 0.0
    weight: float = 0.0
    note: str = ""


class ContradictionKind(StrEnum):
    """A way in which a proposal contradicts a scene; each can be turned off in the settings."""

    TITLE = "title"
    NUMBER = "number"
    MARKER = "marker"
    DATE = "date"
    DURATION = "duration"
    PERFORMERS = "performers"
    STUDIO = "studio"
    CODE = "code"


class Contradiction(Model):
    """A fact about a scene that cannot be true if the proposal is; no score outweighs it.

    ``text`` is a sentence without its period, such as ``the file says 2024-05-08, AlphaSource says
    2014-05-08``. ``origin`` is where the scene's side was read.
    """

    kind: ContradictionKind
    text: str
    scene: JsonValue = None
    proposal: JsonValue = None
    origin: str = ""


class NamePart(Model):
    """A part of a file name, and what explains it: a field of the proposal, or ``left over``.

    ``by`` is empty for what joins two parts.
    """

    text: str
    by: str = ""


class Recommendation(StrEnum):
    """How far a score can be trusted."""

    STRONG = "strong"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"


class Judgement(Model):
    """A proposal's score from 0 to 1, the evidence for and against it, and whether it is accepted.

    With a contradiction it is not, whatever its score. ``name`` is the file name in parts, if facts
    were read from it. ``rivals`` are other scenes of a search that fit nearly as well.
    """

    score: float
    evidence: tuple[Evidence, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    name: tuple[NamePart, ...] = ()
    rivals: tuple[Proposal, ...] = ()
    recommendation: Recommendation = Recommendation.NONE
    accepted: bool = False
