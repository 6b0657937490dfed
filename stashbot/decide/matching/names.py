"""When two names may mean the same: case, accents, punctuation, word order, one letter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import lru_cache

#: Letters that are an accented one to a reader, though Unicode does not take them apart.
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
#: Names are compared many times: each with a proposal's and a library's.
_REMEMBERED = 1 << 16
#: Letters that a name must have before one letter more or less may be a slip.
SHORTEST_SLIP = 8


class Likeness(StrEnum):
    """What two names differ by, from the surest to the least sure."""

    CASE = "case"
    ACCENTS = "accents"
    PUNCTUATION = "punctuation"
    ORDER = "word order"
    SPELLING = "spelling"


@lru_cache(maxsize=_REMEMBERED)
def by_case(name: str) -> str:
    """A name without case and doubled spaces."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.split())


@lru_cache(maxsize=_REMEMBERED)
def by_accents(name: str) -> str:
    """A name without case and accents: ``Café Øst`` is ``cafe ost``.

    Only marks that Latin, Greek and Cyrillic letters bear are accents; others make other letters.
    """
    apart = unicodedata.normalize("NFD", by_case(name).translate(_LIKE_ASCII))
    return unicodedata.normalize("NFC", _ACCENTS.sub("", apart))


def words(name: str) -> tuple[str, ...]:
    """The words of a name without case, accents and punctuation; apostrophes part no words."""
    bare = by_accents(name).replace("'", "").replace("\u2019", "")
    return tuple("".join(char if _in_word(char) else " " for char in bare).split())


def _in_word(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char).startswith("M")


@lru_cache(maxsize=_REMEMBERED)
def by_punctuation(name: str) -> str:
    """A name's letters and digits; ``"R&B"`` and ``"r & b"`` give ``"rb"``, ``"!!!"`` nothing."""
    return "".join(words(name))


@lru_cache(maxsize=_REMEMBERED)
def by_order(name: str) -> str:
    """A name's words in the alphabet's order: ``Sample, Ada`` and ``Ada Sample`` are alike."""
    return " ".join(sorted(words(name)))


#: How each likeness sees a name: two names are alike by it where it sees the same.
KEYS: dict[Likeness, Callable[[str], str]] = {
    Likeness.CASE: by_case,
    Likeness.ACCENTS: by_accents,
    Likeness.PUNCTUATION: by_punctuation,
    Likeness.ORDER: by_order,
}
#: Likenesses by which two names are one.
SURE = frozenset({Likeness.CASE, Likeness.ACCENTS, Likeness.PUNCTUATION})


def slips(name: str) -> frozenset[str]:
    """The name's letters, and those with any one left out: two long names that share one of them
    differ by a letter more, less, changed or swapped with its neighbour. None for short names.
    """
    plain = by_punctuation(name)
    if len(plain) < SHORTEST_SLIP:
        return frozenset()
    return frozenset({plain, *(plain[:at] + plain[at + 1 :] for at in range(len(plain)))})


def one_slip_apart(one: str, other: str) -> bool:
    """Whether two long names differ by one letter: added, left out, changed or swapped with its
    neighbour. Digits are no letters: ``Volume 1`` and ``Volume 2`` are two.
    """
    first, second = by_punctuation(one), by_punctuation(other)
    if min(len(first), len(second)) < SHORTEST_SLIP or first == second:
        return False
    if [char for char in first if char.isdigit()] != [char for char in second if char.isdigit()]:
        return False
    start = next(_differing(first, second), min(len(first), len(second)))
    one_rest, other_rest = first[start:], second[start:]
    return (
        one_rest[1:] == other_rest
        or one_rest == other_rest[1:]
        or one_rest[1:] == other_rest[1:]
        or (one_rest[:2] == other_rest[1::-1] and one_rest[2:] == other_rest[2:])
    )


def same_name(one: str, other: str) -> bool:
    """Whether two names are surely one: they differ by case, accents or punctuation at most."""
    return any(KEYS[kind](one) == KEYS[kind](other) != "" for kind in SURE)


def likeness(one: str, other: str) -> Likeness | None:
    """The surest likeness of two names, ``None`` where there is none. Equal names are alike."""
    for kind, key in KEYS.items():
        if key(one) and key(one) == key(other):
            return kind
    return Likeness.SPELLING if one_slip_apart(one, other) else None


def _differing(one: str, other: str) -> Iterator[int]:
    pairs = enumerate(zip(one, other, strict=False))
    return (at for at, (left, right) in pairs if left != right)
