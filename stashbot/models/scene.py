"""What Stash holds: scenes with their files and entities."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, JsonValue

from stashbot.models.base import Model


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
