"""Choose the texts that a scene is searched for: its code, its title, its title without marks.

The title is that of the metadata, else of the file name, without studio, date, extension, words
about the file and ids. Names that are joined by dots, underscores or hyphens become words: sources
search for words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from stashbot.decide.matching.filename_parser import is_uninformative, strip_quality
from stashbot.decide.matching.scene_facts import SceneFacts
from stashbot.decide.matching.technical_tags import TagWord, find_tags

_EXTENSION = re.compile(
    r"\.(?:mp4|m4v|mkv|avi|mov|wmv|webm|flv|mpe?g|m2ts|ts|vob|ogv|3gp|divx)$", re.IGNORECASE
)
_DAY = re.compile(
    r"[\[(]?(?<!\d)(?P<y>\d{4})(?P<sep>[-._ ])(?P<m>\d{2})(?P=sep)(?P<d>\d{2})(?!\d)[\])]?"
)
_EDGES = " ._-\u2013\u2014,"
#: Stash hands the text to scrapers within JSON, and does not escape quotes and backslashes there.
_UNSAFE = re.compile(r'["\\\x00-\x1f\x7f]')
#: Three words or more that are joined by hyphens are an address, not a compound.
_SLUG = re.compile(r"[^\s-]+(?:-[^\s-]+){2,}")
_ID = re.compile(r"\d{5,}")
_APOSTROPHES = re.compile(r"['\u2019\u02bc]")
#: ``ABC-123``, also ``ABC-123-CD1``; capitals, unless the code is all that the name has.
_CODE = re.compile(r"(?<![^\W_])(?P<letters>[A-Z]{2,6})-(?P<digits>\d{2,6})(?![^\W_])")
_WHOLE_CODE = re.compile(
    r"(?:\[[^\]]*\]\s*)?(?P<letters>[a-z]{2,6})(?P<hyphen>-?)(?P<digits>\d{3,6})"
    r"(?:[-_ ](?:cd|pt|part)-?\d)?",
    re.IGNORECASE,
)
#: An id in brackets at the end, as downloaders write it: capitals and small letters count.
_BRACKETED_ID = re.compile(r"\[(?P<id>(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{8,14})\]$")
#: Words before a number that count something, and names that cameras give.
_NO_CODES = frozenset(
    """act cd chapter clip day disc disk dsc dvd ep episode file img movie no part pt room scene
    season top vid video vol volume week""".split()  # noqa: SIM905 # shorter than a line for each word
)


def search_texts(facts: SceneFacts) -> tuple[str, ...]:
    """Return the texts to search for, the most telling first; a text is for when none before found.

    There is none if nothing telling remains: the name that a camera gave would find anything.
    """
    texts = [*code_texts(facts)]
    title = search_text(facts)
    if title is not None:
        texts += [title, without_marks(title)]
    return tuple(dict.fromkeys(text for text in texts if text))


def code_texts(facts: SceneFacts) -> Iterator[str]:
    """Yield the code of the scene as it is written, then with or without its hyphen.

    It is that of the metadata, else of the file name: ``ABC-123`` and ``ABC123``.
    """
    if code := _UNSAFE.sub("", facts.scene.code or "").strip():
        yield code
        yield _other_spelling(code)
        return
    stem = facts.stem.strip()
    whole, named = _WHOLE_CODE.fullmatch(stem), _CODE.search(stem)
    match = whole or named
    if match is not None and _is_code(match):
        hyphen = "-" if match is named else match["hyphen"]
        code = f"{match['letters']}{hyphen}{match['digits']}"
        yield code
        yield _other_spelling(code)
    elif bracketed := _BRACKETED_ID.search(stem):
        yield bracketed["id"]


def search_text(facts: SceneFacts) -> str | None:
    """Return the title to search for, or ``None`` if nothing telling remains."""
    text = facts.known.title or facts.basename
    if facts.known.title is None and is_uninformative(text):
        return None
    text = _EXTENSION.sub("", unicodedata.normalize("NFC", text))
    text = _DAY.sub(_without_day, strip_quality(_UNSAFE.sub(" ", text)))
    if facts.known.origin.get("title") != "metadata":
        text = _as_words(text)
    elif " " not in text.strip():
        text = re.sub(r"[._]+", " ", text)
    text = _without_studio(" ".join(text.split()).strip(_EDGES), facts.known.studio)
    has_letters = any(char.isalpha() for char in text)
    return text if has_letters and not is_uninformative(text) else None


def without_marks(text: str) -> str:
    """Return the words of a text without punctuation, for sources that stumble over it."""
    bare = _APOSTROPHES.sub("", text)
    kept = (
        char if char.isalnum() or unicodedata.category(char).startswith("M") else " "
        for char in bare
    )
    return " ".join("".join(kept).split())


def _is_code(match: re.Match[str]) -> bool:
    return match["letters"].casefold() not in _NO_CODES


def _other_spelling(code: str) -> str:
    """Return the code with its hyphen instead of without, or the other way round."""
    if "-" in code:
        return code.replace("-", "")
    match = re.fullmatch(r"(?P<letters>[^\W\d_]+)0*(?P<digits>\d{2,})", code)
    if match is None:
        return code
    return f"{match['letters'].upper()}-{match['digits'].rjust(3, '0')}"


def _as_words(text: str) -> str:
    """Return the words of a file name, without codes, ids and tags at the end."""
    text = _BRACKETED_ID.sub("", text)
    text = _CODE.sub(lambda match: " " if _is_code(match) else match[0], text).strip() or text
    if " " not in text.strip():
        text = re.sub(r"[._]+", " ", text)
    text = _SLUG.sub(lambda match: match[0].replace("-", " "), text.replace("_", " "))
    words = [word for word in text.split() if not _ID.fullmatch(word.strip("()[]"))]
    tags = find_tags([TagWord(text=word.casefold(), gap=" ", bracket=None) for word in words])
    kept = [word for at, word in enumerate(words) if at not in tags]
    return " ".join(kept or words)


def _without_day(match: re.Match[str]) -> str:
    """Remove a date that exists; other numbers may belong to the title."""
    try:
        date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        return match[0]
    return " "


def _without_studio(text: str, studio: str | None) -> str:
    """Remove the studio beside a separator or in brackets; "Harbor Lights" stays for "Harbor"."""
    if not studio:
        return text
    name = re.escape(studio)
    first = rf"(?:[\[(]{name}[\])]\s*[-\u2013\u2014:]?|{name}\s*(?:\s[-\u2013\u2014]|:))\s*"
    last = rf"\s*(?:[-\u2013\u2014]\s*[\[(]?{name}[\])]?|[\[(]{name}[\])])"
    shorter = re.sub(rf"^{first}|{last}$", "", text, flags=re.IGNORECASE).strip(_EDGES)
    return shorter or text
