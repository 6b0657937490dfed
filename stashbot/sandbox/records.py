"""The records of the practice Stash: mutable dataclasses, named like Stash's own types.

Records refer to each other by id, and readers look the id up in the library. Times are ISO 8601 in
UTC, as in the API.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(kw_only=True)
class StashIdRecord:
    """A stash-box id of a scene, performer, studio or tag."""

    endpoint: str
    stash_id: str
    updated_at: str = ""


@dataclass(kw_only=True)
class EntityRecord:
    """The fields that studios, performers, tags, groups and galleries share."""

    id: str
    name: str
    urls: list[str] = field(default_factory=list)
    details: str = ""
    rating100: int | None = None
    favorite: bool = False
    ignore_auto_tag: bool = False
    tag_ids: list[str] = field(default_factory=list)
    stash_ids: list[StashIdRecord] = field(default_factory=list)
    image: str | None = None
    created_at: str = ""
    updated_at: str = ""

    def names(self) -> list[str]:
        """Return the names that match a scraped name."""
        return [self.name]


@dataclass(kw_only=True)
class StudioRecord(EntityRecord):
    """A studio."""

    aliases: list[str] = field(default_factory=list)
    parent_id: str | None = None

    def names(self) -> list[str]:
        """Return the name and all aliases."""
        return [self.name, *self.aliases]


@dataclass(kw_only=True)
class PerformerRecord(EntityRecord):
    """A performer."""

    disambiguation: str = ""
    alias_list: list[str] = field(default_factory=list)
    gender: str | None = None
    birthdate: str | None = None
    death_date: str | None = None
    ethnicity: str = ""
    country: str = ""
    eye_color: str = ""
    hair_color: str = ""
    height_cm: int | None = None
    weight: int | None = None
    measurements: str = ""
    fake_tits: str = ""
    penis_length: float | None = None
    circumcised: str | None = None
    career_length: str = ""
    tattoos: str = ""
    piercings: str = ""
    custom_fields: dict[str, Any] = field(default_factory=dict)

    def names(self) -> list[str]:
        """Return the name and all aliases."""
        return [self.name, *self.alias_list]


@dataclass(kw_only=True)
class TagRecord(EntityRecord):
    """A tag."""

    sort_name: str = ""
    description: str = ""
    aliases: list[str] = field(default_factory=list)
    parent_ids: list[str] = field(default_factory=list)
    child_ids: list[str] = field(default_factory=list)

    def names(self) -> list[str]:
        """Return the name and all aliases."""
        return [self.name, *self.aliases]


@dataclass(kw_only=True)
class GroupRecord(EntityRecord):
    """A group of scenes, such as a film or a series. Names of groups may repeat."""

    aliases: str = ""
    duration: int | None = None
    date: str | None = None
    director: str = ""
    synopsis: str = ""
    studio_id: str | None = None
    front_image: str | None = None
    back_image: str | None = None


@dataclass(kw_only=True)
class GalleryRecord(EntityRecord):
    """A gallery; ``name`` is its title."""

    date: str | None = None
    code: str = ""

    @property
    def title(self) -> str:
        """The name, under the name that the API uses."""
        return self.name


@dataclass(kw_only=True)
class FileRecord:
    """An imaginary video file. ``duration`` in seconds, ``size`` in bytes."""

    id: str
    path: str
    size: int
    duration: float
    width: int
    height: int
    frame_rate: float
    bit_rate: int
    oshash: str
    phash: str
    video_codec: str = "h264"
    audio_codec: str = "aac"
    format: str = "mp4"
    mod_time: str = ""
    created_at: str = ""
    updated_at: str = ""

    @property
    def basename(self) -> str:
        """The file's name without its folder."""
        return self.path.rsplit("/", 1)[-1]


@dataclass(kw_only=True)
class GroupEntry:
    """A scene's place in a group."""

    group_id: str
    scene_index: int | None = None


@dataclass(kw_only=True)
class SceneRecord:
    """A scene. Empty texts are empty strings, an empty date is ``None``, as in Stash."""

    id: str
    title: str = ""
    code: str = ""
    details: str = ""
    director: str = ""
    urls: list[str] = field(default_factory=list)
    date: str | None = None
    rating100: int | None = None
    organized: bool = False
    studio_id: str | None = None
    gallery_ids: list[str] = field(default_factory=list)
    performer_ids: list[str] = field(default_factory=list)
    groups: list[GroupEntry] = field(default_factory=list)
    tag_ids: list[str] = field(default_factory=list)
    stash_ids: list[StashIdRecord] = field(default_factory=list)
    files: list[FileRecord] = field(default_factory=list)
    captions: list[dict[str, str]] = field(default_factory=list)
    interactive: bool = False
    cover: bytes | None = None
    resume_time: float = 0.0
    play_duration: float = 0.0
    play_history: list[str] = field(default_factory=list)
    o_history: list[str] = field(default_factory=list)
    last_played_at: str | None = None
    created_at: str = ""
    updated_at: str = ""

    @property
    def label(self) -> str:
        """The title or, without a title, the file name, as lists and headers show it."""
        return self.title or (self.files[0].basename if self.files else "")
