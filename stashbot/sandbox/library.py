"""The practice library: data in memory, changed only through the methods here.

It follows Stash's rules: names of studios, performers and tags are unique, ignoring case; aliases
count as names; names of groups may repeat; dates must exist. Each change advances the library's
clock by a second, so that equal runs give equal answers.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from stashbot.errors import StashbotError
from stashbot.sandbox import seeding
from stashbot.sandbox.catalog import scene_facts
from stashbot.sandbox.options import NEWEST, SandboxOptions
from stashbot.sandbox.records import (
    EntityRecord,
    GalleryRecord,
    GroupEntry,
    GroupRecord,
    PerformerRecord,
    SceneRecord,
    StashIdRecord,
    StudioRecord,
    TagRecord,
)
from stashbot.sandbox.sources import SceneTruth, truth_of

_Record = TypeVar("_Record", bound=EntityRecord)
_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")


class LibraryError(StashbotError):
    """A change that the library refuses; ``message`` is Stash's."""


class PracticeLibrary:
    """Scenes and the objects they refer to. Safe to use from several threads."""

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.lock = threading.RLock()
        self.truth: dict[str, SceneTruth] = {}
        self.scenes: dict[str, SceneRecord] = {}
        self.studios: dict[str, StudioRecord] = {}
        self.performers: dict[str, PerformerRecord] = {}
        self.tags: dict[str, TagRecord] = {}
        self.groups: dict[str, GroupRecord] = {}
        self.galleries: dict[str, GalleryRecord] = {}
        self.ui: dict[str, Any] = {}
        self.interface: dict[str, Any] = {}
        self.skin: dict[str, Any] = {}
        self._clock = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)
        self.reset()

    def reset(self) -> None:
        """Restore everything as it was at the start."""
        with self.lock:
            self._clock = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)
            facts = scene_facts(self.options.scenes, self.options.seed)
            self.truth = truth_of(facts, self.options.seed)
            self.scenes = _by_id(seeding.scenes(facts, self.options.seed))
            self.studios = _by_id(seeding.studios())
            self.performers = _by_id(seeding.performers())
            self.tags = _by_id(seeding.tags())
            self.groups = _by_id(seeding.groups())
            self.galleries = _by_id(seeding.galleries())
            self.ui = {} if self.options.release_notes else {"lastNoteSeen": 99999999}
            self.interface = {"language": self.options.language}
            for scene in self.scenes.values():
                scene.created_at = scene.updated_at = seeding.FIRST_MOMENT
            for entity in self._all_entities():
                entity.created_at = entity.updated_at = seeding.FIRST_MOMENT

    def now(self) -> str:
        """Return the library's time, a second later than at the last call."""
        self._clock += dt.timedelta(seconds=1)
        return self._clock.strftime("%Y-%m-%dT%H:%M:%SZ")

    # Scenes

    def scene(self, scene_id: str) -> SceneRecord | None:
        """Return the scene of that id, or None.

        Raises:
            LibraryError: the id is no number.
        """
        return self.scenes.get(number_text(scene_id))

    def update_scene(self, scene_id: str, changes: Mapping[str, Any]) -> SceneRecord:
        """Set the given fields, named as in ``SceneUpdateInput``."""
        with self.lock:
            scene = self.scene(scene_id)
            if scene is None:
                raise LibraryError(f"scene with id {scene_id} not found")
            values = {name: self._scene_value(name, value) for name, value in changes.items()}
            for name, value in values.items():
                setattr(scene, name, value)
            scene.updated_at = self.now()
            return scene

    def destroy_scene(self, scene_id: str) -> None:
        """Remove a scene.

        Raises:
            LibraryError: there is no such scene.
        """
        with self.lock:
            if self.scenes.pop(number_text(scene_id), None) is None:
                raise LibraryError(f"scene with id {scene_id} not found")

    def _scene_value(self, name: str, value: Any) -> Any:
        if name in {"title", "code", "details", "director"}:
            return (value or "").strip()
        readers: dict[str, Callable[[Any], Any]] = {
            "date": self._checked_date,
            "performer_ids": lambda ids: self._known(ids or (), self.performers),
            "tag_ids": lambda ids: self._known(ids or (), self.tags),
            "gallery_ids": lambda ids: self._known(ids or (), self.galleries),
            "studio_id": lambda studio: self._known((studio,), self.studios)[0] if studio else None,
            "groups": lambda entries: [self._group_entry(entry) for entry in entries or ()],
            "stash_ids": lambda ids: self._stash_ids(ids or ()),
            "urls": lambda urls: list(urls or ()),
        }
        return readers[name](value) if name in readers else value

    def _checked_date(self, value: str | None) -> str | None:
        """Return a valid date; a year or a month alone counts from 0.30 on."""
        date = checked_date(value)
        if date and self.options.release != NEWEST and len(date) < len("2024-01-13"):
            failed = f"ParseDateStringAsTime failed: dateString <{date}>"
            raise LibraryError(f"converting date: {failed}")
        return date

    def _group_entry(self, entry: Mapping[str, Any]) -> GroupEntry:
        group_id = self._known((entry["group_id"],), self.groups)[0]
        return GroupEntry(group_id=group_id, scene_index=entry.get("scene_index"))

    def _known(self, ids: Sequence[str], records: Mapping[str, EntityRecord]) -> list[str]:
        wanted = list(dict.fromkeys(number_text(value) for value in ids))
        if any(value not in records for value in wanted):
            raise LibraryError("FOREIGN KEY constraint failed")
        return wanted

    def _stash_ids(self, values: Sequence[Mapping[str, Any]]) -> list[StashIdRecord]:
        return [
            StashIdRecord(
                endpoint=value["endpoint"],
                stash_id=value["stash_id"],
                updated_at=value.get("updated_at") or seeding.FIRST_MOMENT,
            )
            for value in values
        ]

    # Studios, performers, tags, groups

    def create(self, records: dict[str, _Record], kind: type[_Record], **fields: Any) -> _Record:
        """Add an object.

        Raises:
            LibraryError: its name is taken.
        """
        with self.lock:
            record = kind(id=self._next_id(records), **self._entity_values(fields))
            self._check_names(record, records)
            record.created_at = record.updated_at = self.now()
            records[record.id] = record
            return record

    def update(self, records: dict[str, _Record], record_id: str, **fields: Any) -> _Record:
        """Change an object.

        Raises:
            LibraryError: it is missing, or its name is taken.
        """
        with self.lock:
            record = records.get(number_text(record_id))
            if record is None:
                raise LibraryError(f"{kind_name(records, self)} with id {record_id} not found")
            changed = dataclasses.replace(record, **self._entity_values(fields))
            self._check_names(changed, records)
            changed.updated_at = self.now()
            records[record.id] = changed
            return changed

    def destroy(self, records: dict[str, _Record], record_id: str) -> None:
        """Remove an object and every reference to it."""
        with self.lock:
            gone = number_text(record_id)
            if records.pop(gone, None) is None:
                raise LibraryError(f"{kind_name(records, self)} with id {record_id} not found")
            for scene in self.scenes.values():
                if records is self.studios and scene.studio_id == gone:
                    scene.studio_id = None
                if records is self.performers:
                    scene.performer_ids = [kept for kept in scene.performer_ids if kept != gone]
                if records is self.tags:
                    scene.tag_ids = [kept for kept in scene.tag_ids if kept != gone]
                if records is self.groups:
                    scene.groups = [entry for entry in scene.groups if entry.group_id != gone]

    def _entity_values(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, value in fields.items():
            if name == "stash_ids":
                values[name] = self._stash_ids(value or ())
            elif name in {"birthdate", "death_date", "date"}:
                values[name] = self._checked_date(value)
            elif name == "url":
                values["urls"] = [value] if value else []
            elif name in {"urls", "aliases", "alias_list", "tag_ids"} and not isinstance(
                value, str
            ):
                values[name] = list(value or ())
            elif value is None and name in _TEXTS:
                values[name] = ""
            else:
                values[name] = value
        return values

    def _check_names(self, record: EntityRecord, records: Mapping[str, EntityRecord]) -> None:
        if isinstance(record, GroupRecord | GalleryRecord):
            return
        kind = _KINDS[type(record)]
        wanted = [name.casefold() for name in record.names()]
        for other in records.values():
            if other.id == record.id:
                continue
            if other.name.casefold() == wanted[0] and not _are_distinct(record, other):
                raise LibraryError(f"{kind} with name '{record.name}' already exists")
            if isinstance(record, PerformerRecord):
                continue
            for name in record.names():
                if name.casefold() in (known.casefold() for known in other.names()):
                    raise LibraryError(f"name '{name}' is used as alias for '{other.name}'")

    def _next_id(self, records: Mapping[str, EntityRecord]) -> str:
        return str(max((int(number) for number in records), default=0) + 1)

    def _all_entities(self) -> list[EntityRecord]:
        return [
            *self.studios.values(),
            *self.performers.values(),
            *self.tags.values(),
            *self.groups.values(),
            *self.galleries.values(),
        ]


_KINDS: dict[type[EntityRecord], str] = {
    StudioRecord: "studio",
    PerformerRecord: "performer",
    TagRecord: "tag",
    GroupRecord: "group",
    GalleryRecord: "gallery",
}
_TEXTS = frozenset(
    (
        *("disambiguation", "ethnicity", "country", "eye_color", "hair_color", "measurements"),
        *("fake_tits", "career_length", "tattoos", "piercings", "details", "sort_name"),
        *("description", "aliases", "director", "synopsis"),
    )
)


def kind_name(records: object, library: PracticeLibrary) -> str:
    """Return the name that Stash's messages use for the kind of entity in ``records``."""
    named: Mapping[str, Callable[[], object]] = {
        "studio": lambda: library.studios,
        "performer": lambda: library.performers,
        "tag": lambda: library.tags,
        "group": lambda: library.groups,
    }
    return next((name for name, holder in named.items() if holder() is records), "gallery")


def number_text(value: object) -> str:
    """Return an id in its canonical form.

    Raises:
        LibraryError: it is no number.
    """
    text = str(value)
    if not text.lstrip("-").isdigit():
        raise LibraryError(f'strconv.Atoi: parsing "{text}": invalid syntax')
    return str(int(text))


def checked_date(value: str | None) -> str | None:
    """Return a valid date: a year, a month or a day; ``None`` if it is empty.

    Raises ``LibraryError`` if the date does not exist.
    """
    if not value:
        return None
    refusal = LibraryError(f'converting date: failed to parse date "{value}"')
    if not _DATE.fullmatch(value):
        raise refusal
    try:
        dt.date.fromisoformat(f"{value}-01-01"[:10])
    except ValueError:
        raise refusal from None
    return value


def _are_distinct(record: EntityRecord, other: EntityRecord) -> bool:
    """Return whether a disambiguation lets two performers have the same name."""
    if isinstance(record, PerformerRecord) and isinstance(other, PerformerRecord):
        return record.disambiguation != other.disambiguation
    return False


def _by_id(records: Sequence[Any]) -> dict[str, Any]:
    return {record.id: record for record in records}
