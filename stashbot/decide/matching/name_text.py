"""Split a file name into pieces that can be compared, with their places in the name.

Phrases are found however they are joined: ``OrchardAtDawn``, ``orchard.at.dawn`` and ``Orchard at
Dawn`` hold the same phrase, which begins and ends where pieces do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby, pairwise

from stashbot.decide.matching.date_readings import DateOrder, DatePiece, find_dates
from stashbot.decide.matching.folding import (
    NUMBER_GAP,
    WORD,
    canonical_pieces,
    decode_entities,
    fold_letters,
    fold_phrase,
    split_word,
)
from stashbot.decide.matching.technical_tags import TagWord, find_tags

#: Ends a part of a name: brackets, and dashes with a space beside them.
_BOUNDARY = re.compile(
    r"[\[\](){}【】「」|;]|[\s_][-\u2010-\u2015~]|[-\u2010-\u2015]{2,}|_\s|\s_|_{2,}"
)
_DASHED = re.compile(r"[^\W\d_]-[^\W\d_]")
_BRACKETS = dict(zip("[({【「", "])}】」", strict=True))
#: An id in brackets as downloaders write it, and the changes between letters and digits.
_BRACKETED_ID = re.compile(r"\[[A-Za-z0-9_-]{8,14}\]")
_CHANGES = re.compile(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)")
_ID_LENGTH = 5
_LONG_WORD = re.compile(r"[^\W\d_]{4}")
#: Letters of a piece that may be several words without anything between them.
_MIN_JOINED = 7


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a name: its canonical text, its place, and the part of the name it is in.

    ``text`` is empty for a piece that says nothing, such as ``and``. ``raw`` is the folded text
    before numerals were made equal. ``is_tag`` is set where it stands as a technical tag, ``is_id``
    where letters and digits are mixed as in ``9d944``. Pieces of a word share its number.
    """

    text: str
    raw: str
    start: int
    end: int
    word: int
    part: int
    in_brackets: bool
    is_tag: bool
    is_id: bool


class PieceText:
    """Pieces as one text in which phrases are looked up."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.joined = ""
        self.starts: dict[int, int] = {}
        self.ends: dict[int, int] = {}
        for at, text in enumerate(texts):
            if text and self.joined and self.joined[-1].isdigit() and text[0].isdigit():
                self.joined += NUMBER_GAP
            start = len(self.joined)
            self.joined += text
            if text:
                self.starts[start] = at
                self.ends[len(self.joined)] = at + 1

    def find(self, phrase: str) -> Iterator[tuple[int, int]]:
        """Yield the piece positions, start and end, at which the phrase stands."""
        at = self.joined.find(phrase)
        while at >= 0:
            start, end = self.starts.get(at), self.ends.get(at + len(phrase))
            if start is not None and end is not None:
                yield start, end
            at = self.joined.find(phrase, at + 1)


def _joints(text: str, words: Collection[str]) -> list[int]:
    """Return the places between words if the text is made of these words alone."""
    reached: dict[int, int] = {0: 0}
    for place in range(len(text)):
        if place not in reached:
            continue
        for word in words:
            end = place + len(word)
            if word and end not in reached and text.startswith(word, place):
                reached[end] = place
    places: list[int] = []
    place = len(text)
    while place and place in reached:
        place = reached[place]
        places.append(place)
    return sorted(place for place in places if place) if places and places[-1] == 0 else []


@dataclass(frozen=True, slots=True)
class NameText:
    """A name, its pieces, and its date-like pieces.

    ``forms`` are the ways in which it can be folded: with ``part`` before numbers or without, and
    with umlauts spelled out.
    """

    text: str
    pieces: tuple[Piece, ...]
    dates: tuple[DatePiece, ...]
    forms: tuple[PieceText, ...]

    def span(self, start: int, end: int) -> str:
        """Return the text of the pieces from ``start`` to before ``end``."""
        return self.text[self.pieces[start].start : self.pieces[end - 1].end]

    def split_by(self, words: Collection[str]) -> NameText:
        """Return the name with long pieces split that consist of these words alone.

        ``orchardatdawn`` becomes three pieces for the words of *Orchard at Dawn*.
        """
        joints_at = {
            at: joints
            for at, piece in enumerate(self.pieces)
            if _MIN_JOINED <= len(piece.raw) == piece.end - piece.start
            and (joints := _joints(piece.raw, words))
        }
        if not joints_at:
            return self
        found: list[Piece] = []
        for at, piece in enumerate(self.pieces):
            joints = joints_at.get(at, [])
            ends = [*joints, len(piece.raw)]
            for start, end in zip([0, *joints], ends, strict=True):
                part = replace(piece, start=piece.start + start, end=piece.start + end)
                found.append(replace(part, raw=piece.raw[start:end]) if joints else piece)
        return _assemble(self.text, found, self.dates)

    def is_together(self, start: int, end: int) -> bool:
        """Return whether nothing that ends a part of the name stands between these pieces."""
        inside = self.pieces[start:end]
        return inside[0].part == inside[-1].part or not any(
            _BOUNDARY.search(self.text, left.end, right.start) for left, right in pairwise(inside)
        )

    def pieces_in(self, start: int, end: int) -> range:
        """Return the positions of the pieces that lie within this stretch of the text."""
        inside = [
            at for at, piece in enumerate(self.pieces) if piece.start >= start and piece.end <= end
        ]
        return range(inside[0], inside[-1] + 1) if inside else range(0)


def find_phrase(forms: Iterable[PieceText], text: str) -> list[tuple[int, int]]:
    """Return each place of a text in a name, in all forms of both."""
    return list(
        dict.fromkeys(
            span for form in forms for phrase in fold_phrase(text) for span in form.find(phrase)
        )
    )


@lru_cache(maxsize=1 << 12)
def read_name(name: str, order: DateOrder = "any") -> NameText:
    """Return the pieces of a file name that has no extension."""
    text = decode_entities(name)
    plain = "".join(map(_plain_letter, text))
    dates = find_dates(plain, order)
    words = [match.span() for match in WORD.finditer(text)]
    brackets = _brackets(text)
    tags = find_tags(
        [
            TagWord(
                text=plain[start:end],
                gap=text[words[at - 1][1] if at else 0 : start],
                bracket=brackets[start],
            )
            for at, (start, end) in enumerate(words)
        ]
    )
    first_tag = min((words[at][0] for at in tags), default=len(text))
    parts = _part_numbers(text, dates, first_tag)
    spans = [
        (start + inner, start + inner_end, at)
        for at, (start, end) in enumerate(words)
        for inner, inner_end in split_word(text[start:end])
    ]
    ids = {match.start() for match in _BRACKETED_ID.finditer(text) if _is_mixed(match[0])}
    id_words = {
        at
        for at, (start, end) in enumerate(words)
        if _is_id(text[start:end]) or any(at <= start < text.find("]", at) for at in ids)
    }
    pieces = [
        Piece(
            text="",
            raw=fold_letters(text[start:end]) or text[start:end],
            start=start,
            end=end,
            word=word,
            part=parts[start],
            in_brackets=brackets[start] is not None,
            is_tag=word in tags,
            is_id=word in id_words,
        )
        for start, end, word in spans
    ]
    return _assemble(text, pieces, dates)


def _assemble(text: str, pieces: Sequence[Piece], dates: tuple[DatePiece, ...]) -> NameText:
    """Return the name of these pieces, with their canonical texts and all forms of the name."""
    raw = [piece.raw for piece in pieces]
    groups = [(piece.part, piece.is_tag) for piece in pieces]
    folded = [raw]
    if not text.isascii():
        folded.append([fold_letters(text[p.start : p.end], spelled_out=True) for p in pieces])
    forms = {
        tuple(_canonical(each, groups, literal=literal)): None
        for each in folded
        for literal in (False, True)
    }
    canonical = next(iter(forms))
    return NameText(
        text=text,
        pieces=tuple(
            replace(piece, text=each) for piece, each in zip(pieces, canonical, strict=True)
        ),
        dates=dates,
        forms=tuple(map(PieceText, forms)),
    )


def _canonical(raw: Sequence[str], groups: Sequence[object], *, literal: bool = False) -> list[str]:
    """Return the canonical pieces; a number stands beside a word only within the same group."""
    found: list[str] = []
    for _, group in groupby(zip(groups, raw, strict=True), key=lambda item: item[0]):
        found += canonical_pieces([piece for _, piece in group], literal=literal)
    return found


def _is_id(word: str) -> bool:
    """Return whether a word mixes letters and digits more than once; ``part2`` does not."""
    mixes = len(word) >= _ID_LENGTH and len(_CHANGES.findall(word)) > 1
    return mixes and not _LONG_WORD.search(word)


def _is_mixed(text: str) -> bool:
    return any(map(str.isdigit, text)) and any(map(str.isupper, text)) and text != text.upper()


def _plain_letter(char: str) -> str:
    """Return a letter in lower case without its accent; the length of a text stays the same."""
    if char.isascii():
        return char.lower()
    base = unicodedata.normalize("NFD", char)[0].lower()
    return base if len(base) == 1 else char


def _brackets(text: str) -> list[int | None]:
    """Return for each place the number of the outermost brackets around it."""
    places: list[int | None] = [None] * (len(text) + 1)
    closing: list[str] = []
    number = -1
    for at, char in enumerate(text):
        if char in _BRACKETS and _BRACKETS[char] in text[at:]:
            if not closing:
                number += 1
            closing.append(_BRACKETS[char])
        places[at] = number if closing else None
        if closing and char == closing[-1]:
            closing.pop()
    return places


def _part_numbers(text: str, dates: Iterable[DatePiece], first_tag: int) -> list[int]:
    """Return for each place the number of the part of the name; a day is a part of its own.

    Where hyphens join words before the first tag, underscores end parts.
    """
    cuts = {match.start() for match in _BOUNDARY.finditer(text)}
    if " " not in text and "_" in text and _DASHED.search(text, 0, first_tag):
        cuts |= {at for at, char in enumerate(text) if char == "_"}
    for piece in dates:
        if piece.is_day and piece.is_certain:
            cuts |= {piece.start, piece.end}
    numbers: list[int] = []
    number = 0
    for at in range(len(text) + 1):
        number += at in cuts
        numbers.append(number)
    return numbers
