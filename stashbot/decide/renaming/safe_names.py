"""Names that every usual file system takes: Linux, macOS, Windows and shares between them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

#: The longest name of a file or folder, in bytes.
MOST_BYTES = 255
#: What stands for characters that Windows refuses in names; all others are left out.
_INSTEAD = {'"': "'", "/": "-", "\\": "-", "|": "-", ":": "-"}
_REFUSED = '<>:"/\\|?*'
_JOINERS = "\u200c\u200d"
#: Windows opens a device under these names, whatever extension follows.
_RESERVED = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])",
    re.IGNORECASE,
)
#: A cut that would part a word goes back to the space before it if that is so near to the end.
_WORD_SHARE = 0.25
_HANGUL_PARTS = range(0x1160, 0x1200)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)
_FLAGS = range(0x1F1E6, 0x1F200)
_NONCHARACTERS = 0xFFFE


def clean(text: str) -> str:
    """A text as part of a name: characters that some system refuses replaced or left out.

    ``Clip 12: "Frozen/Pier"?`` becomes ``Clip 12 - 'Frozen-Pier'``. Invisible characters that turn
    the direction of a text or control a terminal are left out, all white space becomes one space.
    """
    spaced = re.sub(r"\s*:\s+", " - ", unicodedata.normalize("NFC", text))
    kept = "".join(_written(char) for char in spaced)
    return unicodedata.normalize("NFC", " ".join(kept.split()))


def size(text: str) -> int:
    """The length of a name in bytes of UTF-8. In UTF-16 units, as Windows counts, it is less."""
    return len(text.encode("utf-8"))


def cut(text: str, most_bytes: int) -> str:
    """The longest start of ``text`` within so many bytes: no character as read is taken apart.

    A letter keeps its accents and an emoji its skin tone. Where the cut would part a word and a
    space is near, it is made there. What does not fit at all is empty.
    """
    if size(text) <= most_bytes:
        return text
    kept, used = "", 0
    for cluster in graphemes(text):
        used += size(cluster)
        if used > most_bytes:
            break
        kept += cluster
    space = kept.rfind(" ")
    if text[len(kept) : len(kept) + 1].strip() and space >= (1 - _WORD_SHARE) * len(kept):
        kept = kept[:space]
    return kept.rstrip(" .,-_")


def graphemes(text: str) -> Iterator[str]:
    """The text's characters as a reader counts them: letters with marks, joined emoji, flags."""
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


def problem(name: str, most_bytes: int = MOST_BYTES) -> str | None:
    """Why a file or folder must not bear this name; ``None`` when any system takes it."""
    if not name.strip(" ."):
        return "it is empty"
    if name != name.strip(" ") or name.endswith(".") or name.startswith("."):
        return "it begins or ends with a space or a dot"
    if any(not _written(char) or char in _REFUSED for char in name):
        return "it has characters that not all systems take"
    if _RESERVED.fullmatch(name.split(".", maxsplit=1)[0].rstrip()):
        return f"{name.split('.', maxsplit=1)[0]} is the name of a device on Windows"
    if size(name) > most_bytes:
        return f"it has {size(name)} bytes, more than {most_bytes}"
    return None


def same_file(path: str) -> str:
    """A path without case and composition: two that are equal so may be one file on some disks."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _written(char: str) -> str:
    """What stands for a character in a name; nothing for those that are left out."""
    if char in _REFUSED:
        return _INSTEAD.get(char, "")
    if char.isspace():
        return " "
    category = unicodedata.category(char)
    hidden = category in {"Cc", "Cs"} or (category == "Cf" and char not in _JOINERS)
    return "" if hidden or ord(char) & _NONCHARACTERS == _NONCHARACTERS else char
