"""Takes secrets out of everything that is kept or shown.

Two ways together: known values, in every form in which a page, a URL or JSON writes them; and
places that hold secrets by their name (Stash's ``apiKey`` and ``password`` fields, the ``ApiKey``
header, the ``session`` cookie, which Stash writes anew with every answer), whatever their value is.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable
from urllib.parse import quote, quote_plus

HIDDEN = "***"
#: Shorter values are hidden only where they stand alone: a password "a" is not every a of a text.
_SHORT = 4
#: In binary data shorter ones are left alone: there they are chance.
_LONG = 8

_FIELDS = r"api_?key|password|passwd|secret|authorization|cookie|set-cookie"
#: The rest of a JSON string at any depth of JSON within JSON: group 2 is the backslashes before the
#: quotes of this depth. (Patterns begin where a run of backslashes does, or long runs take long.)
_VALUE = r'(?:\\\2.|(?!\2")[^\n])*(?=\2")'
_BY_NAME = (
    # "apiKey":"…"
    re.compile(rf'((?<!\\)(\\*)"(?:{_FIELDS})\2"\s*:\s*\2"){_VALUE}', re.I),
    # {"name":"ApiKey","value":"…"}, as traces have headers and cookies
    re.compile(
        rf'((?<!\\)(\\*)"name\2"\s*:\s*\2"(?:{_FIELDS}|session)\2"\s*,\s*\2"value\2"\s*:\s*\2"){_VALUE}',
        re.I,
    ),
    re.compile(r"(\b(?:api_?key|password)=)[^\s&\"'\\<>]+", re.I),
    re.compile(r"(\bapi_?key:\s*)[^\s\"'\\,{}<>]+", re.I),
    re.compile(r"(\bsession=)[^\s;&,\"'\\<>]+"),
    re.compile(r"(://[^/\s:@\"]+:)[^/\s@\"]+(?=@)"),
)
#: A line that none of these is in holds no secret by name.
_WORDS = ("apikey", "api_key", "passw", "secret", "authorization", "cookie", "session", "@")
_JS_SAFE = "!'()*~"


class Scrubber:
    """Hides secrets in texts. More may be added while it is in use."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._binary: re.Pattern[bytes] | None = None
        self.add(*secrets)

    def __repr__(self) -> str:
        return f"Scrubber({len(self._secrets)} secrets)"

    def add(self, *secrets: str) -> None:
        """From now on these values are hidden too; empty ones are passed over."""
        self._secrets |= {secret for secret in secrets if secret.strip()}
        forms = sorted(
            {form for secret in self._secrets for form in _forms(secret)}, key=len, reverse=True
        )
        if forms:
            self._pattern = re.compile("|".join(_alternative(form) for form in forms))
        long = [re.escape(form.encode()) for form in forms if len(form) >= _LONG]
        if long:
            self._binary = re.compile(b"|".join(long))

    def text(self, text: str) -> str:
        """``text`` with every secret hidden; a secret by its name is seen within one line."""
        if self._pattern is not None:
            text = self._pattern.sub(HIDDEN, text)
        return "\n".join(_without_named(line) for line in text.split("\n"))

    def data(self, data: bytes) -> bytes:
        """Text in UTF-8 like ``text``; in other data known values of eight letters and more."""
        try:
            return self.text(data.decode()).encode()
        except UnicodeDecodeError:
            return self._binary.sub(HIDDEN.encode(), data) if self._binary else data


def _without_named(line: str) -> str:
    """Traces are long and few of their lines hold anything: looking first is ten times faster."""
    lowered = line.lower()
    if any(word in lowered for word in _WORDS):
        for pattern in _BY_NAME:
            line = pattern.sub(rf"\g<1>{HIDDEN}", line)
    return line


def _alternative(form: str) -> str:
    escaped = re.escape(form)
    return escaped if len(form) >= _SHORT else rf"(?<![0-9A-Za-z]){escaped}(?![0-9A-Za-z])"


def _lower_hex(text: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), text)


_WRITERS: tuple[Callable[[str], str], ...] = (
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    lambda text: quote(text, safe=""),
    lambda text: quote(text, safe="/"),
    lambda text: quote(text, safe=_JS_SAFE),
    quote_plus,
    lambda text: _lower_hex(quote(text, safe="")),
    lambda text: html.escape(text, quote=False),
    lambda text: html.escape(text, quote=False).replace('"', "&quot;"),
    html.escape,
    lambda text: repr(text)[1:-1],
)


def _forms(secret: str) -> set[str]:
    """The value as it is, and as one or two writers in a row put it down."""
    once = {secret} | {writer(secret) for writer in _WRITERS}
    return once | {writer(form) for writer in _WRITERS for form in once}
