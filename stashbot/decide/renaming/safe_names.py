"""Make file names that every usual file system takes: on Linux, macOS and Windows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

#: The greatest length of a file or folder name, in bytes.
MAX_BYTES = 255
#: Replacements for characters that Windows refuses in names; the others are left out.
_REPLACEMENTS = {'"': "'", "/": "-", "\\": "-", "|": "-", ":": "-"}
_REFUSED = '<>:"/\\|?*'
_JOINERS = "\u200c\u200d"
#: Windows opens a device under these names, whatever extension follows.
_RESERVED = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])",
    re.IGNORECASE,
)
#: A name that would be cut within a word is cut at a space in this last share of it, if any.
_WORD_SHARE = 0.25
_HANGUL_PARTS = range(0x1160, 0x1200)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)
_FLAGS = range(0x1F1E6, 0x1F200)
_NONCHARACTERS = 0xFFFE


def clean_name(text: str) -> str:
    """Return the text without characters that some system refuses in a name.

    ``Clip 12: "Frozen/Pier"?`` becomes ``Clip 12 - 'Frozen-Pier'``. Invisible characters that turn
    the direction of a text or control a terminal are removed; white space becomes single spaces.
    """
    spaced = re.sub(r"\s*:\s+", " - ", unicodedata.normalize("NFC", text))
    kept = "".join(_replace(char) for char in spaced)
    return unicodedata.normalize("NFC", " ".join(kept.split()))


def byte_size(text: str) -> int:
    """Return the length in bytes of UTF-8; in UTF-16 units, as Windows counts, it is less."""
    return len(text.encode("utf-8"))


def truncate_bytes(text: str, max_bytes: int) -> str:
    """Return the longest start of the text within ``max_bytes``; it may be empty.

    Characters as a reader sees them stay whole: a letter keeps its accents, an emoji its skin tone.
    Words stay whole if the space before is near the end.
    """
    if byte_size(text) <= max_bytes:
        return text
    kept, used = "", 0
    for cluster in graphemes(text):
        used += byte_size(cluster)
        if used > max_bytes:
            break
        kept += cluster
    space = kept.rfind(" ")
    is_within_word = bool(text[len(kept) : len(kept) + 1].strip())
    if is_within_word and space >= (1 - _WORD_SHARE) * len(kept):
        kept = kept[:space]
    return kept.rstrip(" .,-_")


def graphemes(text: str) -> Iterator[str]:
    """Yield the characters as a reader counts them: letters with marks, joined emoji, flags."""
    cluster, flags = "", 0
    for char in text:
        code = ord(char)
        extends = (
            unicodedata.category(char).startswith("M")
            or char in _JOINERS
            or cluster.endswith(_JOINERS[1])
            or any(code in span for span in (_HANGUL_PARTS, _SKIN_TONES, _TAGS))
            or (code in _FLAGS and flags % 2 == 1)
        )
        flags = flags + 1 if code in _FLAGS else 0
        if cluster and not extends:
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


def name_problem(name: str, max_bytes: int = MAX_BYTES) -> str | None:
    """Return why a file or folder must not have this name; ``None`` if every system takes it."""
    if not name.strip(" ."):
        return "it is empty"
    if name != name.strip(" ") or name.endswith(".") or name.startswith("."):
        return "it begins or ends with a space or a dot"
    if any(not _replace(char) or char in _REFUSED for char in name):
        return "it has characters that not all systems take"
    base = name.split(".", maxsplit=1)[0]
    if _RESERVED.fullmatch(base.rstrip()):
        return f"{base} is the name of a device on Windows"
    if byte_size(name) > max_bytes:
        return f"it has {byte_size(name)} bytes, more than {max_bytes}"
    return None


def path_key(path: str) -> str:
    """Return the path without case and composition.

    Two paths with the same key may be the same file on some disks.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _replace(char: str) -> str:
    """Return the replacement of a character in a name; empty if it is left out."""
    if char in _REFUSED:
        return _REPLACEMENTS.get(char, "")
    if char.isspace():
        return " "
    category = unicodedata.category(char)
    is_hidden = category in {"Cc", "Cs"} or (category == "Cf" and char not in _JOINERS)
    return "" if is_hidden or ord(char) & _NONCHARACTERS == _NONCHARACTERS else char
