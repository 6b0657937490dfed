"""Read from the name of a file what it certainly says, for scenes that no source knows.

A name is read part by part: brackets, separated dashes and dates cut it. A part counts only as a
whole: it is a studio or performers of the library, a date, a code or technical tags, or it is not
known. The title is the only part that is not known, beside a studio or performers that are: of two
such parts, either may be the name of somebody whom the library lacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from itertools import groupby

from stashbot.decide.intake.dates import is_filler
from stashbot.decide.intake.people import people_in
from stashbot.decide.intake.studios import bare_studio
from stashbot.decide.intake.texts import clean_line, strip_separators
from stashbot.decide.matching.filename_parser import is_uninformative
from stashbot.decide.matching.folding import fold_phrase
from stashbot.decide.matching.library_names import LibraryNames, NameIndex
from stashbot.decide.matching.name_text import NameText, Piece, read_name
from stashbot.decide.matching.scene_facts import SceneFacts
from stashbot.decide.planning.cleanup import SOURCE, clean_title, is_file_name
from stashbot.models import (
    Change,
    Entity,
    FieldName,
    FieldPolicy,
    Model,
    Omission,
    OmissionKind,
    Plan,
    Scene,
)
from stashbot.settings import CleanupSettings

#: Letters, a hyphen and a number, as catalogues give them: ``NL-0107``.
_CODE = re.compile(r"[A-Z]{2,6}-\d{2,6}[A-Z]?")
#: A part that numbers the title before it.
_NUMBERED = re.compile(
    r"(?:part|pt|vol|volume|scene|episode|ep|chapter|disc|cd)[\s._]*(?:\d{1,4}|[ivx]{1,5})",
    re.IGNORECASE,
)
_HYPHENATED = re.compile(r"[^\W\d_]-[^\W\d_]")
#: Words that are joined without anything between them.
_JOINED = re.compile(r"[^\W\d_]*[a-z\u00df-\u00ff][A-Z]\w*")


class CertainName(Model):
    """What a name certainly says, with entities of the library; ``doubts`` say what it may say."""

    title: str | None = None
    date: str | None = None
    code: str | None = None
    studio: Entity | None = None
    performers: tuple[Entity, ...] = ()
    doubts: tuple[Omission, ...] = ()


def read_certainly(facts: SceneFacts, library: LibraryNames, *, today: date) -> CertainName:
    """Return what the name of the scene's file certainly says.

    The user's own patterns count as they read, except that entities must be in the library.
    """
    if facts.file_name.pattern is not None and facts.certain and facts.certain.pattern is not None:
        return _by_pattern(facts, library)
    if not facts.name or facts.name_origin != "file name" or is_uninformative(facts.basename):
        return CertainName()
    # Underscores are spaces, unless hyphens join the words of each part.
    is_joined = " " in facts.name or _HYPHENATED.search(facts.name)
    name = facts.name if is_joined else facts.name.replace("_", " ")
    return _Parts(read_name(name, facts.date_order), library, today).read()


def fill_from_name(scene: Scene, certain: CertainName, settings: CleanupSettings) -> Plan:
    """Return the plan that fills the scene's empty fields with what its file's name says.

    A title that is the name of the file counts as empty.
    """
    values: dict[FieldName, object] = {
        FieldName.TITLE: certain.title and clean_title(certain.title, settings),
        FieldName.DATE: certain.date,
        FieldName.CODE: certain.code,
        FieldName.STUDIO: certain.studio and certain.studio.model_dump(mode="json"),
        FieldName.PERFORMERS: [person.model_dump(mode="json") for person in certain.performers],
    }
    is_open = {name: not scene.value(name) for name in values}
    is_open[FieldName.TITLE] |= bool(scene.title) and is_file_name(scene.title or "", scene)
    changes = (
        Change.model_validate(
            {
                "field": name,
                "before": scene.value(name),
                "after": values[name],
                "policy": FieldPolicy.OVERWRITE if name is FieldName.TITLE else FieldPolicy.FILL,
            }
        )
        for name in FieldName
        if values.get(name) and is_open[name]
    )
    doubts = tuple(doubt for doubt in certain.doubts if is_open.get(doubt.field))
    return Plan(scene_id=scene.id, source=SOURCE, changes=tuple(changes), omitted=doubts)


def _by_pattern(facts: SceneFacts, library: LibraryNames) -> CertainName:
    known = facts.certain or facts.known
    from_name = {fact for fact, origin in known.origin.items() if origin == "file name"}
    doubts: list[Omission] = []
    studio, performers = None, []
    if "studio" in from_name and known.studio:
        studio = _only(library.studios, known.studio)
        if studio is None:
            doubts.append(_doubt(FieldName.STUDIO, known.studio, "Stash has no single such studio"))
    for name in known.performers if "performers" in from_name else ():
        if (performer := _only(library.performers, name)) is not None:
            performers.append(performer)
        else:
            doubts.append(_doubt(FieldName.PERFORMERS, name, "Stash has no single such performer"))
    return CertainName(
        title=known.title if "title" in from_name else None,
        date=known.date if "date" in from_name else None,
        studio=studio,
        performers=tuple(performers),
        doubts=tuple(doubts),
    )


class _Parts:
    """The parts of a name, by what they are."""

    def __init__(self, name: NameText, library: LibraryNames, today: date) -> None:
        self._name = name
        self._library = library
        self._today = today
        self._studios: dict[str, Entity] = {}
        self._performers: dict[str, Entity] = {}
        self._codes: list[str] = []
        self._unknown: list[str] = []
        self._doubts: list[Omission] = []

    def read(self) -> CertainName:
        """Return what the parts certainly say together."""
        for text in self._texts():
            self._sort(text)
        return CertainName(
            title=self._title(),
            date=self._date(),
            code=self._codes[0] if len(self._codes) == 1 else None,
            studio=self._studio(),
            performers=tuple(self._performers.values()),
            doubts=tuple(self._doubts),
        )

    def _texts(self) -> Iterable[str]:
        """Yield the text of each part without dates, ids and technical tags."""
        dates = [piece for piece in self._name.dates if piece.is_certain]

        def says_something(piece: Piece) -> bool:
            in_date = any(day.start <= piece.start and piece.end <= day.end for day in dates)
            return not (piece.is_tag or piece.is_id or in_date)

        for _, group in groupby(self._name.pieces, key=lambda piece: piece.part):
            pieces = [piece for piece in group if says_something(piece)]
            if pieces:
                yield self._name.text[pieces[0].start : pieces[-1].end]

    def _sort(self, raw: str) -> None:
        text = _spaced(raw)
        studio = _only(self._library.studios, text) or _only(self._library.studios, raw)
        people = [_only(self._library.performers, name) for name in people_in(text)]
        is_people = bool(people) and all(people)
        if studio is not None and not is_people:
            self._studios[studio.id] = studio
        elif is_people and studio is None:
            self._performers |= {person.id: person for person in people if person}
        elif _CODE.fullmatch(raw):
            self._codes.append(raw)
        elif _NUMBERED.fullmatch(text) and self._unknown:
            before = self._unknown.pop()
            self._unknown.append(f"{before} - {text}")
        else:
            self._unknown.append(text)

    def _studio(self) -> Entity | None:
        if len(self._studios) > 1:
            names = " or ".join(studio.name for studio in self._studios.values())
            self._doubts.append(_doubt(FieldName.STUDIO, names, "the name holds several studios"))
            return None
        return next(iter(self._studios.values()), None)

    def _date(self) -> str | None:
        days = [piece for piece in self._name.dates if piece.is_day and piece.is_certain]
        readings = {day for piece in days for day in piece.readings}
        if len(readings) > 1:
            text = " or ".join(sorted(readings))
            self._doubts.append(_doubt(FieldName.DATE, text, f"the date may be {text}"))
        if len(readings) != 1:
            return None
        (day,) = readings
        return None if is_filler(day, self._today) else day

    def _title(self) -> str | None:
        title = " - ".join(self._unknown)
        if not any(char.isalpha() for char in title):
            return None
        why = ""
        if len(self._unknown) > 1:
            parts = " or ".join(map(repr, self._unknown))
            why = f"the title may be {parts}: Stash has no studio or performer of these names"
        elif not self._studios and not self._performers:
            why = f"{title!r} may be a title, a studio or a performer"
        elif _JOINED.fullmatch(title):
            why = f"{title!r} may be several words"
        if why:
            self._doubts.append(_doubt(FieldName.TITLE, title, why))
            return None
        return None if is_uninformative(title) else title


def _only(index: NameIndex, name: str) -> Entity | None:
    """Return the only entity of an index that has this name or alias."""
    found: set[str] = set()
    for form in (name, bare_studio(name)):
        for phrase in fold_phrase(form):
            found |= index.ids.get(phrase, frozenset())
    if len(found) != 1:
        return None
    (entity_id,) = found
    return Entity(id=entity_id, name=index.names[entity_id][0])


def _spaced(text: str) -> str:
    """Return a part of a name with spaces in place of the dots or underscores between its words."""
    spaced = text if " " in text else re.sub(r"[._]+", " ", text)
    return strip_separators(clean_line(spaced))


def _doubt(field: FieldName, name: str, reason: str) -> Omission:
    return Omission(field=field, name=name, kind=OmissionKind.AMBIGUOUS, reason=reason)
