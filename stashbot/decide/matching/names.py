"""Compare names that may be the same but for case, accents, punctuation, word order or a letter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import lru_cache

#: Letters that readers take for accented letters, though Unicode does not decompose them.
_LIKE_ASCII = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "\u0131": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
    }
)
_ACCENTS = re.compile("[\u0300-\u036f]")
#: Names are folded again and again: each with those of a proposal and of a library.
_CACHE_SIZE = 1 << 16
#: Letters that a name must have before a difference in a single letter may be a typing error.
MIN_EDIT_LENGTH = 8


class Likeness(StrEnum):
    """How two names differ, from the most certain likeness to the least certain."""

    CASE = "case"
    ACCENTS = "accents"
    PUNCTUATION = "punctuation"
    ORDER = "word order"
    SPELLING = "spelling"
    SITE = "a domain, a mark or an article"


@lru_cache(maxsize=_CACHE_SIZE)
def fold_case(name: str) -> str:
    """Return the name in lower case, with single spaces."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.split())


@lru_cache(maxsize=_CACHE_SIZE)
def fold_accents(name: str) -> str:
    """Return the name without case and accents: ``Café Øst`` becomes ``cafe ost``.

    Only marks on Latin, Greek and Cyrillic letters are accents; in other scripts they make other
    letters.
    """
    decomposed = unicodedata.normalize("NFD", fold_case(name).translate(_LIKE_ASCII))
    return unicodedata.normalize("NFC", _ACCENTS.sub("", decomposed))


def words(name: str) -> tuple[str, ...]:
    """Return the words of a name without case, accents and punctuation.

    An apostrophe does not separate words.
    """
    bare = fold_accents(name).replace("'", "").replace("\u2019", "")
    return tuple("".join(char if _in_word(char) else " " for char in bare).split())


def _in_word(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char).startswith("M")


@lru_cache(maxsize=_CACHE_SIZE)
def fold_punctuation(name: str) -> str:
    """Return the letters and digits of a name: ``rb`` for ``R&B``, empty for ``!!!``."""
    return "".join(words(name))


@lru_cache(maxsize=_CACHE_SIZE)
def sort_words(name: str) -> str:
    """Return the words in alphabetical order: ``Sample, Ada`` is like ``Ada Sample``."""
    return " ".join(sorted(words(name)))


#: Two names are alike in a way if its function returns the same for both.
FOLDS: dict[Likeness, Callable[[str], str]] = {
    Likeness.CASE: fold_case,
    Likeness.ACCENTS: fold_accents,
    Likeness.PUNCTUATION: fold_punctuation,
    Likeness.ORDER: sort_words,
}
#: Names that are alike in any of these ways are the same name.
CERTAIN = frozenset({Likeness.CASE, Likeness.ACCENTS, Likeness.PUNCTUATION})


def deletion_variants(name: str) -> frozenset[str]:
    """Return the letters of a name, and each text that leaves out a letter of them.

    Two long names with a variant in common differ by a letter that was added, left out, changed
    or swapped with its neighbour. Short names have no variants.
    """
    letters = fold_punctuation(name)
    if len(letters) < MIN_EDIT_LENGTH:
        return frozenset()
    shorter = (letters[:at] + letters[at + 1 :] for at in range(len(letters)))
    return frozenset({letters, *shorter})


def within_one_edit(name: str, other: str) -> bool:
    """Return whether two long names differ by a single letter.

    The letter was added, left out, changed or swapped with its neighbour. Digits do not count as
    letters: ``Volume 1`` and ``Volume 2`` are two names.
    """
    first, second = fold_punctuation(name), fold_punctuation(other)
    shorter = min(len(first), len(second))
    if shorter < MIN_EDIT_LENGTH or first == second:
        return False
    if [char for char in first if char.isdigit()] != [char for char in second if char.isdigit()]:
        return False
    start = next(_differences(first, second), shorter)
    first, second = first[start:], second[start:]
    return (
        first[1:] == second
        or first == second[1:]
        or first[1:] == second[1:]
        or (first[:2] == second[1::-1] and first[2:] == second[2:])
    )


def same_name(name: str, other: str) -> bool:
    """Return whether two names differ by case, accents or punctuation at most."""
    return any(FOLDS[kind](name) == FOLDS[kind](other) != "" for kind in CERTAIN)


def compare_names(name: str, other: str) -> Likeness | None:
    """Return the most certain likeness of two names, or ``None`` if they are not alike."""
    for kind, fold in FOLDS.items():
        if fold(name) and fold(name) == fold(other):
            return kind
    return Likeness.SPELLING if within_one_edit(name, other) else None


def _differences(name: str, other: str) -> Iterator[int]:
    pairs = enumerate(zip(name, other, strict=False))
    return (at for at, (left, right) in pairs if left != right)
