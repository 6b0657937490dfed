"""Tell whether a title is English: other languages set their capitals by rules of their own."""

from __future__ import annotations

import re
import unicodedata

from stashbot.decide.matching.folding import word_set

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
#: Words that are in English sentences only.
_ENGLISH = word_set("and by for from her his my of the with your")
#: Words that are in sentences of another language only, and words that may also be in a name.
_FOREIGN = word_set(
    """aux avec beim dans della delle dell ein eine einen est gli het ist les och pour sich uma und
    voor vom zum zur"""
)
_MAYBE_FOREIGN = word_set(
    """am auf av com con das de dei del dem den der des die dos du een el en et il im la las le los
    met mit na nel os para sur un una une van von \u00e0 \u00e9"""
)
_ELISION = re.compile(r"(?:[cdjlmnst]|qu|dell|nell|un)['\u2019](?=\w{2})", re.IGNORECASE)
_ENOUGH = 2


def is_english(title: str) -> bool:
    """Return whether a title may be English, as far as its letters and small words tell.

    Two signs of another language count, or one that no English title has; a title without any is
    taken for English.
    """
    if any(char.isalpha() and not _is_latin(char) for char in title if char != char.swapcase()):
        return False
    words = [word.lower() for word in _WORD.findall(title)]
    if _ENGLISH.intersection(words):
        return True
    if _FOREIGN.intersection(words):
        return False
    signs = sum(word in _MAYBE_FOREIGN for word in words)
    signs += len([word for word in words if _ELISION.match(word) and not word.startswith("o")])
    signs += any(not char.isascii() and char.isalpha() for char in title)
    return signs < _ENOUGH


def _is_latin(char: str) -> bool:
    return unicodedata.name(char, "").startswith("LATIN")
