"""Dates as sources write them, read only where they can mean one thing."""

from __future__ import annotations

import re
from datetime import date, datetime

#: What Stash accepts: a day, a month or a year.
_STASH = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_YEAR_FIRST = re.compile(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?")
_NUMBERS = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_WORDS = ("%B %d %Y", "%b %d %Y", "%d %B %Y", "%d %b %Y")
#: What stands around the words: ``13th of Jan., 2024``, ``13-Jan-2024``.
_AROUND = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b|\bof\b|[.,\s-]+", re.IGNORECASE)


def read_date(text: str) -> str:
    """The date in Stash's form: ``YYYY-MM-DD``, ``YYYY-MM`` or ``YYYY``.

    ``2024/1/13``, ``13.01.2024`` and ``January 13, 2024`` mean one day and are rewritten.
    ``03/04/2024`` may mean two and is refused.

    Raises:
        ValueError: with the reason why it is not used.
    """
    stripped = text.strip()
    if _STASH.fullmatch(stripped):
        year, month, day = (*stripped.split("-"), "01", "01")[:3]
        _real(f"{year}-{month}-{day}", text)
        return stripped
    if match := _YEAR_FIRST.fullmatch(stripped):
        return _day(int(match[1]), int(match[2]), int(match[3]), text)
    if match := _NUMBERS.fullmatch(stripped):
        return _day_or_month_first(int(match[1]), int(match[2]), int(match[3]), text)
    plain = " ".join(_AROUND.sub(" ", stripped).split())
    for form in _WORDS:
        try:
            return datetime.strptime(plain, form).date().isoformat()  # noqa: DTZ007 # a day only
        except ValueError:
            continue
    raise ValueError(f"{text!r} is not a date")


def _real(text: str, shown: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{shown!r} is not a date that exists") from error


def _day(year: int, month: int, day: int, shown: str) -> str:
    text = f"{year:04}-{month:02}-{day:02}"
    _real(text, shown)
    return text


def _day_or_month_first(first: int, second: int, year: int, shown: str) -> str:
    if first <= 12 and second <= 12 and first != second:  # noqa: PLR2004 # months in a year
        raise ValueError(f"{shown!r} may be read with the day or the month first")
    day, month = (first, second) if second <= 12 else (second, first)  # noqa: PLR2004
    return _day(year, month, day, shown)
