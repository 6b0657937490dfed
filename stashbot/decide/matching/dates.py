"""Read dates as sources write them, if they can mean only a single day."""

from __future__ import annotations

import re
from datetime import date, datetime

#: The forms that Stash accepts: a day, a month or a year.
_STASH = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_YEAR_FIRST = re.compile(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_MONTH_NAMED = ("%B %d %Y", "%b %d %Y", "%d %B %Y", "%d %b %Y")
#: Everything but the words themselves: ``13th of Jan., 2024``, ``13-Jan-2024``.
_FILLERS = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b|\bof\b|[.,\s-]+", re.IGNORECASE)
_MONTHS = 12


def read_date(text: str) -> str:
    """Return a date in Stash's form: ``YYYY-MM-DD``, ``YYYY-MM`` or ``YYYY``.

    ``2024/1/13``, ``13.01.2024`` and ``January 13, 2024`` are the same day. ``03/04/2024`` may be
    two days and is refused.

    Raises:
        ValueError: The text is not a date, or an ambiguous date; the message is the reason.
    """
    stripped = text.strip()
    if _STASH.fullmatch(stripped):
        year, month, day = (*stripped.split("-"), "01", "01")[:3]
        _check_exists(f"{year}-{month}-{day}", text)
        return stripped
    if match := _YEAR_FIRST.fullmatch(stripped):
        return _day(int(match[1]), int(match[2]), int(match[3]), text)
    if match := _YEAR_LAST.fullmatch(stripped):
        return _day_or_month_first(int(match[1]), int(match[2]), int(match[3]), text)
    words = " ".join(_FILLERS.sub(" ", stripped).split())
    for form in _MONTH_NAMED:
        try:
            return datetime.strptime(words, form).date().isoformat()  # noqa: DTZ007 # a day only
        except ValueError:
            continue
    raise ValueError(f"{text!r} is not a date")


def normalize_date(text: str) -> str:
    """Return a date in Stash's form, as a plan would write it; else the text itself."""
    try:
        return read_date(text)
    except ValueError:
        return text


def _check_exists(day: str, original: str) -> None:
    try:
        date.fromisoformat(day)
    except ValueError as error:
        raise ValueError(f"{original!r} is not a date that exists") from error


def _day(year: int, month: int, day: int, original: str) -> str:
    text = f"{year:04}-{month:02}-{day:02}"
    _check_exists(text, original)
    return text


def _day_or_month_first(first: int, second: int, year: int, original: str) -> str:
    if first <= _MONTHS and second <= _MONTHS and first != second:
        raise ValueError(f"{original!r} may be read with the day or the month first")
    day, month = (first, second) if second <= _MONTHS else (second, first)
    return _day(year, month, day, original)
