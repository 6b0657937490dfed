"""Fold texts of file names and sources to the same letters, so that they can be compared.

``Q&amp;A``, ``Café Øst``, ``Harbour Steps, Part II`` and ``100%`` become ``qa``, ``cafeost``,
``harboursteps2`` and ``100``: without entities, case, accents, punctuation and spaces, with
Arabic numbers, and without ``and``, ``percent`` and the word ``part`` before a number. Letters that
look like Latin letters are Latin letters. Two numbers in a row stay apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from stashbot.decide.intake import texts

#: Cyrillic and Greek letters that look like Latin letters.
_LOOK_ALIKES = dict(
    zip("авекмнорстухіјѕԁһոցαορνικτυχε", "abekmhopctyxijsdhngaopviktuxe", strict=True)
)
#: Letters that Unicode does not decompose, and the letters that people write in their place.
_LETTERS = {
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i",
    "æ": "ae", "œ": "oe", "þ": "th",
}  # fmt: skip
_PLAIN = str.maketrans(_LOOK_ALIKES | _LETTERS)
#: The other way of writing umlauts: ``Gruene Tuer`` is ``Grüne Tür``.
_SPELLED_OUT = str.maketrans(
    _LOOK_ALIKES | _LETTERS | {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
)
_ACCENTS = re.compile("[\u0300-\u036f]")
#: A word with its apostrophes; a percent sign is a word of its own.
WORD = re.compile(r"[^\W_]+(?:['\u2019\u02bc\u00b4`][^\W_]+)*|%")
_ASCII_PIECE = re.compile(r"\d+|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")
#: Between two numbers in a row.
NUMBER_GAP = "|"
_AND = frozenset({"and", "und"})
PART_WORDS = frozenset(
    {"part", "pt", "parte", "partie", "teil", "vol", "volume", "episode", "ep", "e", "scene", "sc",
     "chapter", "ch", "disc", "disk", "cd", "no", "nr"}
)  # fmt: skip
_NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
}
_ROMAN = {
    "ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "xi": "11",
    "xii": "12", "xiii": "13", "xiv": "14", "xv": "15", "xvi": "16",
}  # fmt: skip
_ROMAN_LETTER = {"i": "1", "v": "5", "x": "10"}
_CACHE_SIZE = 1 << 15


def word_set(words: str) -> frozenset[str]:
    """Return words that are separated by spaces as a set."""
    return frozenset(words.split())


def decode_entities(text: str) -> str:
    """Return the text with HTML entities decoded and composed letters."""
    return unicodedata.normalize("NFC", texts.decode_entities(text))


def fold_letters(text: str, *, spelled_out: bool = False) -> str:
    """Return the letters and digits of a piece of text without case and accents.

    ``spelled_out`` writes umlauts with a second letter: ``tuer`` for ``Tür``, not ``tur``.
    """
    lower = text.lower()
    if lower.isascii():
        return lower
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())
    plain = plain.translate(_SPELLED_OUT if spelled_out else _PLAIN)
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", plain))
    return "".join(char for char in unicodedata.normalize("NFC", bare) if char.isalnum())


def split_word(word: str) -> list[tuple[int, int]]:
    """Return the spans of the pieces of a word: ``OrchardAtDawn12`` has four."""
    if word == "%":
        return [(0, 1)]
    if word.isascii():
        return [match.span() for match in _ASCII_PIECE.finditer(word)]
    spans: list[tuple[int, int]] = []
    start = 0
    for at in range(1, len(word) + 1):
        if at == len(word) or _is_joint(word[at - 1], word[at]):
            if any(char.isalnum() for char in word[start:at]):
                spans.append((start, at))
            start = at
    return spans


def _is_joint(left: str, right: str) -> bool:
    return (
        left.isdigit() is not right.isdigit()
        or (left.islower() and right.isupper())
        or not (left.isalnum() and right.isalnum())
        or bool(_CJK.match(left) or _CJK.match(right))
    )


def canonical_pieces(pieces: list[str], *, literal: bool = False) -> list[str]:
    """Return folded pieces with Arabic numbers; pieces that say nothing become empty.

    With ``literal``, only leading zeros are dropped: ``lonelyquayiv`` is not cut into words.
    """
    if literal:
        return [piece.lstrip("0") or "0" if piece.isdigit() else piece for piece in pieces]
    found = list(pieces)
    last = len(found) - 1
    for at, piece in enumerate(pieces):
        before, after = pieces[at - 1] if at else "", pieces[at + 1] if at < last else ""
        if piece in _AND or piece in {"%", "percent"}:
            found[at] = ""
        elif piece.isdigit():
            found[at] = piece.lstrip("0") or "0"
        elif before in PART_WORDS and piece in _NUMBER_WORDS:
            found[at] = _NUMBER_WORDS[piece]
        elif before in PART_WORDS and before != "e" and piece in _ROMAN_LETTER:
            found[at] = _ROMAN_LETTER[piece]
        elif piece in _ROMAN:
            found[at] = _ROMAN[piece]
        elif (piece in PART_WORDS and _is_number(after, piece)) or (
            piece == "s" and after.isdigit() and pieces[at + 2 : at + 3] == ["e"]
        ):
            found[at] = ""
    return found


def _is_number(piece: str, part_word: str) -> bool:
    if piece.isdigit() or piece in _ROMAN:
        return True
    return part_word not in {"e", "no"} and (piece in _NUMBER_WORDS or piece in _ROMAN_LETTER)


def join_pieces(pieces: Sequence[str]) -> str:
    """Return canonical pieces as a single string, with a gap between two numbers in a row."""
    joined = ""
    for piece in pieces:
        if piece and joined and joined[-1].isdigit() and piece[0].isdigit():
            joined += NUMBER_GAP
        joined += piece
    return joined


@lru_cache(maxsize=_CACHE_SIZE)
def fold_words(text: str) -> tuple[str, ...]:
    """Return the canonical pieces of a text that are not empty."""
    return tuple(piece for piece in canonical_pieces(_pieces(text, spelled_out=False)) if piece)


@lru_cache(maxsize=_CACHE_SIZE)
def literal_words(text: str) -> tuple[str, ...]:
    """Return the pieces of a text, folded and otherwise as they are."""
    return tuple(canonical_pieces(_pieces(text, spelled_out=False), literal=True))


@lru_cache(maxsize=_CACHE_SIZE)
def fold_phrase(text: str) -> tuple[str, ...]:
    """Return the forms in which a text may stand in a name: canonical, literal, with umlauts.

    There is no form if the text has neither letters nor digits.
    """
    forms = {
        join_pieces(canonical_pieces(_pieces(text, spelled_out=spelled_out), literal=literal))
        for spelled_out in {False, not text.isascii()}
        for literal in (False, True)
    }
    return tuple(sorted(forms - {""}))


def same_folded(first: str, second: str) -> bool:
    """Return whether two texts are the same but for case, accents, punctuation and numerals."""
    return not set(fold_phrase(first)).isdisjoint(fold_phrase(second))


def _pieces(text: str, *, spelled_out: bool) -> list[str]:
    text = decode_entities(text)
    return [
        fold_letters(word[0][start:end], spelled_out=spelled_out)
        for word in WORD.finditer(text)
        for start, end in split_word(word[0])
    ]
