"""Clean texts: entities, invisible characters, separators at the edges, stand-ins, markup."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from html.parser import HTMLParser

#: Only with a semicolon: the ``&reg`` of ``a&region=1`` is no sign.
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
#: Some sources encode twice; a third round would decode what somebody wrote.
_DECODING_ROUNDS = 2
#: Characters that only steer the layout. Joiners stay: emoji and several scripts need them.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffd]")
#: All control characters but white space.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
#: Sequences that steer a terminal; without their first character the rest would stay as text.
_TERMINAL = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SEPARATORS = r"[-\u2010-\u2015|\u00b7\u2022:;,/~_]"
_EDGES = re.compile(rf"^(?:\s|{_SEPARATORS})+|(?:\s|{_SEPARATORS})+$")
_NO_CONTENT = re.compile(r"[\s\-\u2010-\u2015|\u00b7\u2022:;,/\\~_.&?*+#=]*")
#: Texts that a scraper gives where a page had nothing to say.
STAND_INS = frozenset(
    {
        "n/a",
        "n.a.",
        "n. a.",
        "(n/a)",
        "nan",
        "nil",
        "none",
        "null",
        "undefined",
        "unknown",
        "(unknown)",
        "unnamed",
        "untitled",
        "no title",
        "no name",
        "not available",
        "not applicable",
        "tba",
        "tbd",
        "unknown performer",
        "unknown studio",
    }
)
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>")
#: Elements that begin and end a line; the text of the second kind is for no reader.
_BLOCK = re.compile(
    "address|article|blockquote|d[dlt]|div|figure|footer|h[1-6]|header|hr|li|[ou]l|p|pre|section"
    "|table|t[dhr]"
)
_SILENT = frozenset({"head", "script", "style", "template", "title"})


def decode_entities(text: str) -> str:
    """Return the text with HTML entities as characters, also if they were encoded twice."""
    for _ in range(_DECODING_ROUNDS):
        decoded = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
        if decoded == text:
            break
        text = decoded
    return text


def remove_invisible(text: str) -> str:
    """Return the text without control characters, layout marks and lone surrogates.

    Tabs and line breaks stay.
    """
    plain = _INVISIBLE.sub("", _SURROGATE.sub("", _TERMINAL.sub("", text)))
    return _CONTROL.sub("", plain)


def encodable(text: str) -> str:
    """Return the text with U+FFFD for lone surrogates, which no file and no request can hold."""
    return _SURROGATE.sub("\ufffd", text)


def clean_line(text: str) -> str:
    """Return the text as a single line, with decoded entities and single spaces."""
    if text.isascii() and text.isprintable() and "&" not in text:
        return " ".join(text.split())  # as nearly all names are
    visible = remove_invisible(decode_entities(text))
    return " ".join(unicodedata.normalize("NFC", visible).split())


def clean_paragraphs(text: str) -> str:
    """Return the text with decoded entities; its line breaks and the spaces in its lines stay."""
    return remove_invisible(decode_entities(text)).strip()


def strip_separators(text: str) -> str:
    """Return ``Evening Light`` for ``Evening Light -``: without separators at the edges."""
    return _EDGES.sub("", text)


@lru_cache(maxsize=1 << 14)
def is_stand_in(text: str) -> bool:
    """Return whether a text only fills a field: ``N/A``, ``Unknown``, ``-``, ``&``."""
    folded = " ".join(text.split()).casefold()
    return folded in STAND_INS or _NO_CONTENT.fullmatch(folded) is not None


def has_markup(text: str) -> bool:
    """Return whether a text holds HTML elements."""
    return _MARKUP.search(text) is not None


def remove_markup(text: str) -> str:
    """Return the text of HTML: paragraphs as lines, entities decoded; other texts stay as is."""
    if not has_markup(text):
        return text
    reader = _TextOfMarkup()
    reader.feed(text)
    reader.close()
    lines = "".join(reader.pieces).split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(" ".join(line.split()) for line in lines)).strip()


class _TextOfMarkup(HTMLParser):
    """Collects the text of HTML, with a line break at each block and ``<br>``."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "br":
            self.pieces.append("\n")
        elif _BLOCK.fullmatch(tag):
            self._begin_line()
        self._silent += tag in _SILENT

    def handle_endtag(self, tag: str) -> None:
        if _BLOCK.fullmatch(tag):
            self._begin_line()
        self._silent = max(0, self._silent - (tag in _SILENT))

    def handle_data(self, data: str) -> None:
        is_between_lines = not data.strip() and self.pieces and self.pieces[-1].endswith("\n")
        if not self._silent and not is_between_lines:
            self.pieces.append(" ".join(re.split(r"[^\S\u00a0]+", data)))

    def _begin_line(self) -> None:
        if self.pieces and not self.pieces[-1].endswith("\n"):
            self.pieces.append("\n")
