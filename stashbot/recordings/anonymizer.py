"""Replacement of everything in a recording that belongs to the owner of the server.

Titles, names, paths and addresses are replaced by neutral words. A text is always replaced by the
same words, so that an anonymized answer stays consistent with itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

#: Fields whose texts are Stash's own vocabulary: kinds, orders, versions, languages, timestamps.
_STASH_VOCABULARY = frozenset(
    {
        *("__typename", "type", "sort", "direction", "mode", "modifier", "status", "language"),
        *("version", "hash", "build_time", "created_at", "updated_at", "date", "video_codec"),
        *("audio_codec", "format", "resolution", "gender", "supported_scrapes", "locale"),
        *("logLevel", "sortby", "sortdir", "circumcised", "visibility", "algorithm", "value_type"),
        *("blobsStorage", "videoFileNamingAlgorithm", "maxTranscodeSize"),
        "maxStreamingTranscodeSize",
    }
)
#: Words with fewer letters stay in running text, where they match by chance.
_MIN_LETTERS = 4
_NUMBER_OR_BOOLEAN = re.compile(r"-?\d+(\.\d+)?|true|false")
_TIMESTAMP = re.compile(r"\d{4}-\d{2}(-\d{2}([T ].*)?)?")
_ADDRESS = re.compile(r"(?:https?|wss?)://[^/\s]+(/\S*)?", re.I)
_ENTITY_PATH = re.compile(r"/(scene|performer|studio|tag|group|image|gallery)/\d+/\w+")


class Anonymizer:
    """Replaces the owner's texts, always the same text by the same words."""

    def __init__(self) -> None:
        self._replacements: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def learn(self, texts: Iterable[str | None], name: str) -> None:
        """Replace these texts by ``name`` and a number from now on."""
        for text in texts:
            if text:
                self._replace(text, name)

    def value(self, value: Any, name: str = "") -> Any:
        """Return a JSON value with its texts replaced.

        Numbers, ids, booleans and Stash's own vocabulary stay. ``name`` is the key of the value.
        """
        if isinstance(value, Mapping):
            return {self._key(key): self.value(item, str(key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, name) for item in value]
        return self.text(value, name) if isinstance(value, str) else value

    def text(self, text: str, name: str) -> str:
        """Return the replacement of a text that stands under the key ``name``."""
        if (
            not text
            or name in _STASH_VOCABULARY
            or _NUMBER_OR_BOOLEAN.fullmatch(text)
            or _TIMESTAMP.fullmatch(text)
        ):
            return text
        if address := _ADDRESS.fullmatch(text):
            path = _ENTITY_PATH.search(address[1] or "")
            return f"http://stash.test{path[0]}" if path else self._replace(text, "address")
        return self._replace(text, name or "text")

    def prose(self, text: str) -> str:
        """Return running text with all texts replaced that were learnt or replaced so far.

        Case and the characters between the parts of a text are ignored, because Stash makes search
        terms of file names.
        """
        patterns = {pattern for known in self._replacements if (pattern := _pattern(known))}
        if not patterns:
            return text
        # the longest pattern first, so that a title wins over a name within it
        alternatives = "|".join(
            rf"(?<![^\W_])(?:{pattern})(?![^\W_])" for pattern in sorted(patterns, key=len)[::-1]
        )
        by_parts = {_parts(known): words for known, words in self._replacements.items()}
        return re.sub(alternatives, lambda match: by_parts[_parts(match[0])], text, flags=re.I)

    def _replace(self, text: str, name: str) -> str:
        if text not in self._replacements:
            number = self._counts[name] = self._counts.get(name, 0) + 1
            self._replacements[text] = (
                f"https://example.test/{number}" if name == "address" else f"{name} {number}"
            )
        return self._replacements[text]

    def _key(self, key: Any) -> str:
        """Keys are Stash's own, except addresses, such as those of stash-boxes."""
        return self._replace(str(key), "address") if _ADDRESS.fullmatch(str(key)) else str(key)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.casefold() for part in re.findall(r"[^\W_]+", text))


def _pattern(text: str) -> str:
    """Return a regular expression for the parts of ``text``; empty if it would match by chance."""
    parts = _parts(text)
    letters = "".join(parts)
    if len(letters) < _MIN_LETTERS or not any(map(str.isalpha, letters)):
        return ""
    return r"[\W_]+".join(map(re.escape, parts))
