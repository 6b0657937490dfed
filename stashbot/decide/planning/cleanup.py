"""Titles, dates and spaces put in order (playbook 3.4), as changes for the edit form.

A title gets capitals as a careful person would give them: small words stay small within it,
acronyms, names and words that have capitals inside (``iPhone``, ``McDonald``, ``s02e05``) stay as
they are, and a title all in capitals is calmed down. What is not sure is never changed: a date that
may be read in two ways is shown with both.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date

from stashbot.decide.matching.dates import read_date
from stashbot.models import Change, FieldName, FieldPolicy, LeftOut, Model, Plan, Scene
from stashbot.settings import CleanupSettings

SOURCE = "cleanup"
#: Letters with their marks, digits, and the apostrophes within.
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
#: After one of these a title begins anew.
_BEGINS = re.compile(
    r"(?:^|[:?!\u2026]\s*|\s[-\u2013\u2014]\s+|[\"\u201c\u201e\u00ab(\[/])[\"'\u2018\u201c(]*$"
)
_ROMAN = re.compile(r"x{0,3}(?:ix|iv|v?i{0,3})", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:part|pt|vol|volume|chapter|episode|act|book|no)\.?\s+$", re.IGNORECASE)
#: D'Artagnan, L'Amour, O'Neil; but don't, it's.
_ELIDED = re.compile(r"([dlo]['\u2019])(\w{3,})", re.IGNORECASE)
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
#: Words of letters that underscores join.
_JOINED = re.compile(r"(?<!\S)[^\w\s]*[^\W\d_]+(?:_[^\W\d_]+)+[^\w\s]*(?!\S)")
_NUMERIC = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
#: Letters of a word that make a title in capitals a shouted one.
_SHOUT = 4
_ROUNDS = 4


class Ambiguous(Model):
    """A value that may mean several things, and all of them; none when it means nothing."""

    field: FieldName
    value: str
    readings: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """The readings in a sentence."""
        if not self.readings:
            return f"{self.value!r} is no date that exists"
        return f"{self.value!r} may be {' or '.join(self.readings)}"


class Cleanup(Model):
    """What a clean-up of a scene would change, and what a person has to decide."""

    scene_id: str
    changes: tuple[Change, ...] = ()
    ambiguous: tuple[Ambiguous, ...] = ()

    @property
    def plan(self) -> Plan:
        """The changes as a plan of the source ``cleanup``."""
        left_out = (
            LeftOut(field=one.field, name=one.value, reason=one.reason) for one in self.ambiguous
        )
        return Plan(
            scene_id=self.scene_id, source=SOURCE, changes=self.changes, left_out=tuple(left_out)
        )


def clean_up(scene: Scene, settings: CleanupSettings, *, names: Iterable[str] = ()) -> Cleanup:
    """What a clean-up would change: title, date, code, director, and spaces in the details.

    ``names`` are spelled as they stand, as the scene's own performers and studio are. No field is
    emptied, and cleaning up twice changes nothing more.
    """
    held = (*scene.performers, *((scene.studio,) if scene.studio else ()))
    # A name that someone typed without capitals is no model for a title.
    own = [one.name for one in held if one.name != one.name.lower()]
    cleaned: dict[FieldName, str] = {}
    ambiguous: list[Ambiguous] = []
    if scene.title:
        title = clean_spaces(scene.title)
        cleaned[FieldName.TITLE] = (
            title_case(title, settings, names=(*own, *names)) if settings.title_case else title
        )
    for name, value in ((FieldName.CODE, scene.code), (FieldName.DIRECTOR, scene.director)):
        if value:
            cleaned[name] = clean_spaces(value)
    if scene.details:
        cleaned[FieldName.DETAILS] = clean_lines(scene.details)
    if scene.date:
        readings = date_readings(scene.date)
        if len(readings) == 1:
            cleaned[FieldName.DATE] = readings[0]
        else:
            ambiguous.append(Ambiguous(field=FieldName.DATE, value=scene.date, readings=readings))
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
    """Every day that a date may mean, earliest first; none when it means none.

    ``03/04/2024`` is the third of April or the fourth of March; ``13/04/2024`` is one day.
    """
    try:
        return (read_date(text),)
    except ValueError:
        match = _NUMERIC.fullmatch(text.strip())
    if match is None:
        return ()
    first, second, year = map(int, match.groups())
    found: set[str] = set()
    for day, month in ((first, second), (second, first)):
        try:
            found.add(date(year, month, day).isoformat())
        except ValueError:
            continue
    return tuple(sorted(found))


def clean_spaces(text: str) -> str:
    """One line with single spaces, composed letters and nothing invisible.

    Underscores stand for spaces where there are none, and between words of letters; what has
    digits, such as ``IMG_2041``, stays within a title that has spaces.
    """
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    single = " ".join(visible.split())
    if " " not in single:
        return " ".join(single.replace("_", " ").split())
    return _JOINED.sub(lambda match: match[0].replace("_", " "), single)


def clean_lines(text: str) -> str:
    """The text with its lines kept: no spaces at their ends, no two empty ones in a row."""
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    lines = "\n".join(line.rstrip() for line in visible.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def title_case(text: str, settings: CleanupSettings, *, names: Iterable[str] = ()) -> str:
    """The title with capitals where they belong. Doing it twice is doing it once."""
    spelled = _spellings((*settings.acronyms, *settings.spelled, *names))
    small = frozenset(word.casefold() for word in settings.small_words)
    for _ in range(_ROUNDS):
        before, text = text, _cased(text, small, spelled)
        if text == before:
            break
    return text


def _cased(text: str, small: frozenset[str], spelled: dict[str, str]) -> str:
    shouted = (
        not any(char.islower() for char in text)
        and any(sum(char.isupper() for char in word) >= _SHOUT for word in _WORD.findall(text))
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
    """The word with its first letter as a capital, where that is one letter."""
    first = word[:1].title()
    return first + word[1:] if len(first) == 1 else word


def _spellings(names: Iterable[str]) -> dict[str, str]:
    """Own spellings by their lower-case form; a word without capitals stands for itself."""
    return {
        " ".join(name.split()).lower(): " ".join(name.split()) for name in names if name.strip()
    }


def _phrases(text: str, spelled: dict[str, str]) -> dict[int, tuple[int, str]]:
    """Where a spelled word or name begins, where it ends, and how it is spelled; longest first."""
    lower = text.lower()
    if len(lower) != len(text):
        return {}  # a letter became two: places in one are not places in the other
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
