"""The words that all layers share: scenes, proposals, plans, outcomes.

All models are frozen and keyword-only. Durations are seconds, times are aware UTC datetimes,
elapsed times are milliseconds. Ids are Stash's own, as strings.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue


class Model(BaseModel):
    """Base of all models: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldName(StrEnum):
    """The fields of a scene that stashbot may change, in the order of Stash's edit form."""

    TITLE = "title"
    CODE = "code"
    URLS = "urls"
    DATE = "date"
    DIRECTOR = "director"
    STUDIO = "studio"
    PERFORMERS = "performers"
    GROUPS = "groups"
    TAGS = "tags"
    STASH_IDS = "stash_ids"
    DETAILS = "details"
    COVER = "cover"
    ORGANIZED = "organized"


TEXT_FIELDS = (
    FieldName.TITLE,
    FieldName.CODE,
    FieldName.DATE,
    FieldName.DIRECTOR,
    FieldName.DETAILS,
)
ENTITY_LIST_FIELDS = (FieldName.PERFORMERS, FieldName.GROUPS, FieldName.TAGS)


class FieldPolicy(StrEnum):
    """What a proposal may do to a field.

    ``fill`` sets it only where it is empty, ``overwrite`` replaces it, ``union`` adds to it
    (lists only), ``keep`` never touches it. No policy ever empties a field.
    """

    FILL = "fill"
    OVERWRITE = "overwrite"
    UNION = "union"
    KEEP = "keep"


class Entity(Model):
    """A studio, performer, tag or group that Stash has."""

    id: str
    name: str


class GroupEntry(Entity):
    """A group that a scene belongs to, with the scene's number in it."""

    scene_index: int | None = None


class StashId(Model):
    """The id of a scene in a stash-box."""

    endpoint: str
    stash_id: str


class VideoFile(Model):
    """A file of a scene. ``duration`` in seconds, ``width`` and ``height`` in pixels."""

    id: str
    path: str
    basename: str
    duration: float = 0.0
    width: int = 0
    height: int = 0
    size: int = 0
    fingerprints: dict[str, str] = Field(default_factory=dict)


class Scene(Model):
    """A scene as Stash holds it. Empty texts are ``None``."""

    id: str
    title: str | None = None
    code: str | None = None
    details: str | None = None
    director: str | None = None
    date: str | None = None
    urls: tuple[str, ...] = ()
    studio: Entity | None = None
    performers: tuple[Entity, ...] = ()
    tags: tuple[Entity, ...] = ()
    groups: tuple[GroupEntry, ...] = ()
    stash_ids: tuple[StashId, ...] = ()
    organized: bool = False
    rating100: int | None = None
    files: tuple[VideoFile, ...] = ()
    cover_url: str | None = None
    created_at: str | None = None
    updated_at: str | None = None

    @property
    def file(self) -> VideoFile | None:
        """The primary file, if there is one."""
        return self.files[0] if self.files else None

    @property
    def display_name(self) -> str:
        """What Stash shows as the scene's header: the title, else the file name."""
        return self.title or (self.file.basename if self.file else f"scene {self.id}")

    def value(self, field: FieldName) -> JsonValue:
        """The field in the JSON form that plans, audit rows and reports use.

        Texts are strings or null, ``urls`` a list of strings, ``studio`` ``{id, name}`` or null,
        entity lists are lists of ``{id, name}`` (groups with ``scene_index``), ``stash_ids`` a
        list of ``{endpoint, stash_id}``. The cover is not held by the scene: its value is null.
        """
        if field is FieldName.COVER:
            return None
        dumped: JsonValue = self.model_dump(mode="json", include={field.value})[field.value]
        return dumped


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
    cover: str | None = Field(default=None, description="SHA-256 of the proposed image, hex")

    @property
    def is_empty(self) -> bool:
        """Whether the source said nothing at all."""
        return not self.model_dump(exclude={"source", "asked"}, exclude_defaults=True)


class Known(Model):
    """What is known of a scene before scraping, and where each piece was read from."""

    title: str | None = None
    date: str | None = None
    studio: str | None = None
    performers: tuple[str, ...] = ()
    duration: float | None = None
    urls: tuple[str, ...] = ()
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


class Change(Model):
    """One field of a plan, in the JSON form of ``Scene.value``.

    ``source`` is who won the field where several sources were merged, else ``None``.
    """

    field: FieldName
    before: JsonValue
    after: JsonValue
    policy: FieldPolicy = FieldPolicy.FILL
    source: str | None = None


#: How the reason begins for what is left out because Stash does not have it.
NOT_IN_STASH = "not in Stash"


class LeftOut(Model):
    """Something that a source proposed and the plan does not carry out, and why."""

    field: FieldName
    name: str
    reason: str


class NewEntity(Model):
    """A performer, studio, tag or group that is to be created first, and what speaks for it."""

    field: FieldName
    name: str
    why: str = ""

    @property
    def told(self) -> str:
        """Kind and name, such as ``performers Ada Sample``."""
        return f"{self.field.value} {self.name}"


class Plan(Model):
    """The changes that a run intends for one scene; nothing else may be written to it.

    ``create`` are entities to be created first; until then changes name them without a real id.
    ``rules`` are those that matched, ``webhooks`` the addresses to be told of the save.
    """

    scene_id: str
    source: str
    create: tuple[NewEntity, ...] = ()
    changes: tuple[Change, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    organize: bool = False
    rules: tuple[str, ...] = ()
    webhooks: tuple[str, ...] = ()

    def change(self, field: FieldName) -> Change | None:
        """The planned change of ``field``, if there is one."""
        return next((change for change in self.changes if change.field is field), None)

    def without(self, field: FieldName) -> Self:
        """The same plan with ``field`` left as it is."""
        kept = tuple(change for change in self.changes if change.field is not field)
        return self.model_copy(update={"changes": kept})


class Outcome(StrEnum):
    """How a scene came out of a run."""

    APPLIED = "applied"
    TRIAGED = "triaged"
    SKIPPED = "skipped"
    FAILED = "failed"
    PLANNED = "planned"


class Attempt(Model):
    """What one source gave for one scene, and how it was ``asked``."""

    source: str
    asked: Question = Question()
    result: Literal["accepted", "low", "nothing", "failed"]
    score: float | None = None
    detail: str = ""
    elapsed_ms: int = 0


class SceneResult(Model):
    """The line of a run's report for one scene."""

    id: str
    name: str = ""
    outcome: Outcome
    source: str | None = None
    score: float | None = None
    evidence: tuple[Evidence, ...] = ()
    changes: dict[str, tuple[JsonValue, JsonValue]] = Field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    created: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    elapsed_ms: int = 0
    reason: str = ""
    evidence_dir: str | None = None


class BudgetReport(Model):
    """Elapsed times of one phase over a run, in milliseconds."""

    phase: str
    budget_ms: int
    count: int = 0
    over: int = 0
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    max_ms: float = 0.0


class RunReport(Model):
    """What ``run --json`` prints."""

    run: str
    dry_run: bool = False
    scenes: tuple[SceneResult, ...] = ()
    totals: dict[str, int] = Field(default_factory=dict)
    budgets: dict[str, BudgetReport] = Field(default_factory=dict)


class ServerInfo(Model):
    """The Stash server that answered."""

    version: str
    hash: str = ""
    build_time: str = ""
    status: str = "OK"
    has_login: bool = False

    @property
    def release(self) -> tuple[int, int]:
        """Major and minor version, ``(0, 30)`` for ``v0.30.1-5-gabc``; ``(0, 0)`` if unreadable."""
        parts = self.version.lstrip("v").split(".")
        try:
            return int(parts[0]), int(parts[1])
        except (IndexError, ValueError):
            return 0, 0


def to_json(value: Any) -> JsonValue:
    """A model, or a tuple of them, in JSON form."""
    if isinstance(value, BaseModel):
        dumped: JsonValue = value.model_dump(mode="json")
        return dumped
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    plain: JsonValue = value
    return plain
