"""Plan a clean-up of a scene's titles, dates and spaces (playbook 3.4).

A title gets capitals as a careful person would set them; of a title in another language than
English only the first letter is set, since those languages have rules of their own. Small words
stay lower-case within it; acronyms, names and words with capitals inside (``iPhone``, ``McDonald``,
``s02e05``) stay as they are; an English title all in capitals gets title case. Nothing uncertain is
changed: a date that may be two days is shown with both, and a title that is the name of the file is
shown too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from stashbot.decide.intake import dates as intake_dates
from stashbot.decide.intake.texts import decode_entities, remove_markup, strip_separators
from stashbot.decide.matching.filename_parser import stem_of
from stashbot.decide.matching.name_text import read_name
from stashbot.decide.planning.title_language import is_english
from stashbot.models import (
    Change,
    FieldName,
    FieldPolicy,
    Model,
    Omission,
    OmissionKind,
    Plan,
    Scene,
)
from stashbot.settings import CleanupSettings

SOURCE = "cleanup"
#: Letters with their marks and digits, with apostrophes between them.
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
#: After these signs a title begins anew.
_BEGINS = re.compile(
    r"(?:^|[:?!\u2026]\s*|\s[-\u2013\u2014]\s+|[\"\u201c\u201e\u00ab(\[/])[\"'\u2018\u201c(]*$"
)
_ROMAN = re.compile(r"x{0,3}(?:ix|iv|v?i{0,3})", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:part|pt|vol|volume|chapter|episode|act|book|no)\.?\s+$", re.IGNORECASE)
#: D'Artagnan, L'Amour, O'Neil; but not don't, it's.
_ELIDED = re.compile(r"([dlo]['\u2019])(\w{3,})", re.IGNORECASE)
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
#: Words of letters that are joined by underscores.
_JOINED = re.compile(r"(?<!\S)[^\w\s]*[^\W\d_]+(?:_[^\W\d_]+)+[^\w\s]*(?!\S)")
#: A title in capitals is not a list of acronyms if a word has as many letters.
_MIN_SHOUTED = 4
#: Setting capitals twice is enough for every known title; more rounds are a safety limit.
_MAX_ROUNDS = 4


class AmbiguousValue(Model):
    """A value with several readings, or with none; or a title that is the name of the file."""

    field: FieldName
    value: str
    readings: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """The readings in words."""
        if self.field is FieldName.TITLE:
            return f"{self.value!r} is the name of the file; --from-name reads it"
        if not self.readings:
            return f"{self.value!r} is not a date that exists"
        return f"{self.value!r} may be {' or '.join(self.readings)}"


class Cleanup(Model):
    """The changes of a clean-up, and the values that a person has to decide on."""

    scene_id: str
    changes: tuple[Change, ...] = ()
    ambiguous: tuple[AmbiguousValue, ...] = ()

    @property
    def plan(self) -> Plan:
        """The changes as a plan of the source ``cleanup``."""
        omitted = (
            Omission(
                field=value.field,
                name=value.value,
                kind=OmissionKind.AMBIGUOUS,
                reason=value.reason,
            )
            for value in self.ambiguous
        )
        return Plan(
            scene_id=self.scene_id, source=SOURCE, changes=self.changes, omitted=tuple(omitted)
        )


def clean_up(scene: Scene, settings: CleanupSettings, *, names: Iterable[str] = ()) -> Cleanup:
    """Return the clean-up of title, date, code and director, and of the spaces in the details.

    ``names`` keep their spelling in the title, as do the scene's own performers and studio. No
    field is emptied, and a second clean-up changes nothing more.
    """
    entities = (*scene.performers, *((scene.studio,) if scene.studio else ()))
    # A name that was typed without capitals is not an example for a title.
    own = [entity.name for entity in entities if entity.name != entity.name.lower()]
    cleaned: dict[FieldName, str] = {}
    ambiguous: list[AmbiguousValue] = []
    if scene.title and is_file_name(scene.title, scene):
        ambiguous.append(AmbiguousValue(field=FieldName.TITLE, value=scene.title))
    elif scene.title:
        cleaned[FieldName.TITLE] = clean_title(scene.title, settings, names=(*own, *names))
    for name, value in ((FieldName.CODE, scene.code), (FieldName.DIRECTOR, scene.director)):
        if value:
            cleaned[name] = clean_spaces(decode_entities(value))
    if scene.details:
        plain = remove_markup(scene.details) if settings.remove_markup else scene.details
        cleaned[FieldName.DETAILS] = clean_lines(decode_entities(plain))
    if scene.date:
        readings = date_readings(scene.date)
        if len(readings) == 1:
            cleaned[FieldName.DATE] = readings[0]
        else:
            ambiguous.append(
                AmbiguousValue(field=FieldName.DATE, value=scene.date, readings=readings)
            )
    changes = (
        Change(
            field=name,
            before=scene.value(name),
            after=cleaned[name],
            policy=FieldPolicy.OVERWRITE,
        )
        for name in FieldName
        if cleaned.get(name) and cleaned[name] != scene.value(name)
    )
    return Cleanup(scene_id=scene.id, changes=tuple(changes), ambiguous=tuple(ambiguous))


def date_readings(text: str) -> tuple[str, ...]:
    """Return every day that a date may be, earliest first; none if it is not a date.

    ``03/04/2024`` is the third of April or the fourth of March; ``13/04/2024`` is a single day.
    """
    readings = intake_dates.date_readings(text)
    return readings.days[:1] if readings.is_settled else tuple(sorted(readings.days))


def is_file_name(title: str, scene: Scene) -> bool:
    """Return whether a title is the name of the scene's file and reads like one.

    A file may be called by its title; a date, technical tags, or dots and underscores between the
    words tell that it is the other way round.
    """
    text = title.strip()
    if any(text == file.basename for file in scene.files):
        return True
    if all(text != stem_of(file.basename) for file in scene.files):
        return False
    name = read_name(text)
    is_joined = " " not in text and ("." in text or "_" in text)
    return (
        is_joined
        or any(piece.is_tag for piece in name.pieces)
        or any(day.is_day for day in name.dates)
    )


def clean_title(title: str, settings: CleanupSettings, *, names: Iterable[str] = ()) -> str:
    """Return the title decoded, without separators and the texts to strip, in title case."""
    plain = strip_separators(clean_spaces(decode_entities(title)))
    for _ in settings.strip:
        for text in settings.strip:
            folded = plain.casefold()
            if folded.endswith(text.casefold()) and len(folded) == len(plain):
                plain = strip_separators(plain[: len(plain) - len(text)])
            elif folded.startswith(text.casefold()) and len(folded) == len(plain):
                plain = strip_separators(plain[len(text) :])
    return title_case(plain, settings, names=names) if settings.title_case else plain


def clean_spaces(text: str) -> str:
    """Return the text as a line with single spaces, composed letters and no invisible characters.

    Underscores become spaces in a text without spaces, and between words of letters. In a text with
    spaces, words with digits such as ``IMG_2041`` keep them.
    """
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    single = " ".join(visible.split())
    if " " not in single:
        return " ".join(single.replace("_", " ").split())
    return _JOINED.sub(lambda match: match[0].replace("_", " "), single)


def clean_lines(text: str) -> str:
    """Return the text without spaces at the ends of lines and without repeated empty lines."""
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    lines = "\n".join(line.rstrip() for line in visible.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def title_case(text: str, settings: CleanupSettings, *, names: Iterable[str] = ()) -> str:
    """Return the title in title case; its result is not changed by a second call.

    A title that is not English gets a capital at its beginning only, and keeps all it has.
    """
    if not is_english(text):
        begins = _WORD.search(text)
        at = begins.start() if begins else 0
        return text[:at] + _capital(text[at:])
    spelled = _spellings((*settings.acronyms, *settings.keep_spelling, *names))
    small = frozenset(word.casefold() for word in settings.small_words)
    for _ in range(_MAX_ROUNDS):
        before, text = text, _set_capitals(text, small, spelled)
        if text == before:
            break
    return text


def _set_capitals(text: str, small: frozenset[str], spelled: dict[str, str]) -> str:
    shouted = (
        not any(char.islower() for char in text)
        and any(
            sum(char.isupper() for char in word) >= _MIN_SHOUTED for word in _WORD.findall(text)
        )
        and len(_WORD.findall(text)) > 1
    )
    kept = _phrases(text, spelled)
    pieces: list[str] = []
    at = 0
    for match in _WORD.finditer(text):
        if match.start() < at:
            continue
        pieces.append(text[at : match.start()])
        if (phrase := kept.get(match.start())) is not None:
            end, spelling = phrase
            pieces.append(spelling)
            at = end
            continue
        if len(match[0]) == 1 and "&" in text[max(0, match.start() - 1) : match.end() + 1]:
            pieces.append(match[0].upper())  # Q&A, R&B
            at = match.end()
            continue
        last = not _WORD.search(text, match.end())
        begins = bool(_BEGINS.search(text[: match.start()]))
        numbered = bool(_NUMBERED.search(text[: match.start()]))
        pieces.append(
            _word(match[0], small, shouted=shouted, edge=last or begins, numbered=numbered)
        )
        at = match.end()
    return "".join([*pieces, text[at:]])


def _word(word: str, small: frozenset[str], *, shouted: bool, edge: bool, numbered: bool) -> str:
    if numbered and word and _ROMAN.fullmatch(word):
        return word.upper()
    if any(char.isdigit() for char in word):
        return word
    plain = word.lower()
    if plain in small and not edge:
        return plain
    if not shouted and any(char.isupper() for char in word[1:]):
        return word
    if match := _ELIDED.fullmatch(plain):
        return _capital(match[1]) + _capital(match[2])
    return _capital(plain)


def _capital(word: str) -> str:
    """Return the word with its first letter as a capital, if the capital is a single letter."""
    first = word[:1].title()
    return first + word[1:] if len(first) == 1 else word


def _spellings(names: Iterable[str]) -> dict[str, str]:
    """Return the names by their lower-case form, with single spaces."""
    return {
        " ".join(name.split()).lower(): " ".join(name.split()) for name in names if name.strip()
    }


def _phrases(text: str, spelled: dict[str, str]) -> dict[int, tuple[int, str]]:
    """Return the end and the spelling of each known name in the text, by its start.

    Of several names at the same place the longest is found.
    """
    lower = text.lower()
    if len(lower) != len(text):
        return {}  # a letter became two, so positions in the two texts differ
    found: dict[int, tuple[int, str]] = {}
    words = list(_WORD.finditer(lower))
    longest = max((len(_WORD.findall(name)) for name in spelled), default=0)
    for index, word in enumerate(words):
        for last in range(min(index + longest, len(words)) - 1, index - 1, -1):
            end = words[last].end()
            if spelling := spelled.get(lower[word.start() : end]):
                found[word.start()] = (end, spelling)
                break
    return found
