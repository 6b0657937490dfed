"""Read names of studios: with a domain, a mark, an article, or a word about their kind."""

from __future__ import annotations

import re

_MARKS = re.compile(r"\s*[\u00ae\u2122\u00a9\u2120]|\s*\((?:r|tm|c)\)", re.IGNORECASE)
_SCHEME = re.compile(r"^(?:https?://)?(?:www\.)?", re.IGNORECASE)
_DOMAIN = re.compile(
    r"(?<=\w)\.(?:com|net|org|tv|xxx|vip|club|cc|co|io|me|info|biz|eu|de|fr|nl|uk|co\.uk|us|ca|cz"
    r"|it|es|jp|ru|porn|sex|adult|video|studio|site|online|world|live|vr)/?$",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^the\s+(?=\w)|,\s*the$", re.IGNORECASE)
_KIND = re.compile(
    r"\s*[(\[](?:network|studios?|site|website|official(?: site)?|channel|series|sub-?site)[)\]]$",
    re.IGNORECASE,
)


def clean_studio(name: str) -> str:
    """Return the name without marks such as a trademark sign, and without ``https://www.``."""
    plain = _SCHEME.sub("", _MARKS.sub("", name)).strip().rstrip("/").strip()
    return plain or name


def bare_studio(name: str) -> str:
    """Return the name without domain, marks and article: ``Northlight`` for ``Northlight.com``."""
    plain = _ARTICLE.sub("", _DOMAIN.sub("", clean_studio(without_kind(name)))).strip()
    return plain or name


def without_kind(name: str) -> str:
    """Return the name without a word about its kind in brackets, such as ``(Network)``."""
    return _KIND.sub("", name).strip() or name
