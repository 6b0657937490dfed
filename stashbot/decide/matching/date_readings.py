"""Find every date-like piece of a file name, with every day that it may mean.

``2024-01-13``, ``13.01.2024``, ``20240113`` and ``Jan 13, 2024`` name their year, so that another
day contradicts them. ``24.01.13`` may be three days and ``140722`` may be an id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

#: The order of the parts of dates without a four-digit year first; ``any`` tries all orders.
DateOrder = Literal["any", "ymd", "dmy", "mdy"]

_MONTH_NAMES = (
    ("january", "jan", "januar", "janvier", "enero", "gennaio"),
    ("february", "feb", "februar", "fevrier", "febrero", "febbraio"),
    ("march", "mar", "marz", "maerz", "mars", "marzo"),
    ("april", "apr", "avril", "abril", "aprile"),
    ("may", "mai", "mayo", "maggio"),
    ("june", "jun", "juni", "juin", "junio", "giugno"),
    ("july", "jul", "juli", "juillet", "julio", "luglio"),
    ("august", "aug", "aout", "agosto"),
    ("september", "sept", "sep", "septembre", "septiembre", "settembre"),
    ("october", "oct", "oktober", "okt", "octobre", "octubre", "ottobre"),
    ("november", "nov", "novembre", "noviembre"),
    ("december", "dec", "dezember", "dez", "decembre", "diciembre", "dicembre"),
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names}
_NAMED = "|".join(sorted(_MONTHS, key=len, reverse=True))
_JOINT = r"[\s._,-]*"
#: Lookaheads, so that pieces may overlap: ``Series.2022.23.01.23`` has a single date at its end.
_YEAR_FIRST = re.compile(r"(?<!\d)(?=(\d{4})([-._ /])(\d{1,2})\2(\d{1,2})(?!\d))")
_YEAR_LAST = re.compile(r"(?<!\d)(?=(\d{1,2})([-._ /])(\d{1,2})\2(\d{4})(?!\d))")
_SHORT = re.compile(r"(?<!\d)(?<!\dx)(?=(\d{2})([-._ ])(\d{2})\2(\d{2})(?!\d))")
_COMPACT = re.compile(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?!\d)")
_SIX_DIGITS = re.compile(r"(?<!\d)(\d{2})(\d{2})(\d{2})(?!\d)")
_DAY_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?{_JOINT}(?:of )?(?<![a-z])({_NAMED})(?![a-z]){_JOINT}"
    r"(\d{4})(?!\d)"
)
_MONTH_DAY = re.compile(
    rf"(?<![a-z])({_NAMED})(?![a-z]){_JOINT}(\d{{1,2}})(?:st|nd|rd|th)?{_JOINT}(\d{{4}})(?!\d)"
)
_YEAR_MONTH_NAME = re.compile(
    rf"(?<!\d)(\d{{4}}){_JOINT}(?<![a-z])({_NAMED})(?![a-z]){_JOINT}(\d{{1,2}})(?!\d)"
)
_BRACKETED_YEAR = re.compile(r"[(\[](\d{4})[)\]]")
_MONTH_ONLY = re.compile(r"(?<!\d)(\d{2})\.(\d{2})\.\.")
_FIRST_YEAR, _LAST_YEAR = 1950, 2049
#: Two-digit years from here on are of the last century, as in ``strptime``.
_LAST_CENTURY = 69
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))


@dataclass(frozen=True, slots=True)
class DatePiece:
    """A piece of a name that may be a date, and the days that it may mean (``YYYY-MM-DD``).

    A year or month alone has the beginning of a day (``2009``, ``2020-12``) as its reading. A piece
    that is not ``is_certain`` may be something else, so it contradicts no other day.
    """

    start: int
    end: int
    readings: tuple[str, ...]
    is_certain: bool = True

    def agrees_with(self, day: str) -> bool:
        """Return whether the piece may mean that day."""
        return day in self.readings

    @property
    def is_day(self) -> bool:
        """Whether the piece names a day, not a month or year alone."""
        return len(self.readings[0]) == len("YYYY-MM-DD")


def find_dates(text: str, order: DateOrder = "any") -> tuple[DatePiece, ...]:
    """Return the date-like pieces of a text in lower case without accents, longest days first."""
    plain = text.translate(_DASHES)
    if not any(char.isdigit() for char in plain):
        return ()
    found = [piece for piece in _pieces(plain, order) if piece.readings]
    return tuple(sorted(found, key=lambda piece: (not piece.is_day, piece.start)))


def _pieces(text: str, order: DateOrder) -> Iterator[DatePiece]:
    for match in _YEAR_FIRST.finditer(text):
        days = _days((match[1], match[3], match[4]))
        yield DatePiece(match.start(1), match.end(4), days)
    for match in _YEAR_LAST.finditer(text):
        day_first, month_first = (match[4], match[3], match[1]), (match[4], match[1], match[3])
        orders = {"dmy": (day_first,), "mdy": (month_first,)}.get(order, (day_first, month_first))
        yield DatePiece(match.start(1), match.end(4), _days(*orders))
    for match in _COMPACT.finditer(text):
        days = _days((match[1], match[2], match[3]))
        yield DatePiece(match.start(), match.end(), days)
    for match in _SHORT.finditer(text):
        days = _days(*_short_orders((match[1], match[3], match[4]), order))
        yield DatePiece(match.start(1), match.end(4), days)
    for match in _SIX_DIGITS.finditer(text):
        days = _days(*_short_orders((match[1], match[2], match[3]), order))
        yield DatePiece(match.start(), match.end(), days, is_certain=False)
    for match in _DAY_MONTH.finditer(text):
        days = _days((match[3], str(_MONTHS[match[2]]), match[1]))
        yield DatePiece(match.start(), match.end(), days)
    for match in _MONTH_DAY.finditer(text):
        days = _days((match[3], str(_MONTHS[match[1]]), match[2]))
        yield DatePiece(match.start(), match.end(), days)
    for match in _YEAR_MONTH_NAME.finditer(text):
        days = _days((match[1], str(_MONTHS[match[2]]), match[3]))
        yield DatePiece(match.start(), match.end(), days)
    for match in _BRACKETED_YEAR.finditer(text):
        years = (match[1],) if _FIRST_YEAR <= int(match[1]) <= _LAST_YEAR else ()
        yield DatePiece(match.start(1), match.end(1), years)
    for match in _MONTH_ONLY.finditer(text):
        (day,) = _days((match[1], match[2], "01")) or ("",)
        yield DatePiece(match.start(), match.end(2), (day[: len("YYYY-MM")],) if day else ())


def _short_orders(parts: tuple[str, str, str], order: DateOrder) -> list[tuple[str, str, str]]:
    """Return the year, month and day of each order in which two-digit parts may stand."""
    first, second, third = parts
    orders = {
        "ymd": (first, second, third),
        "dmy": (third, second, first),
        "mdy": (third, first, second),
    }
    return [*orders.values()] if order == "any" else [orders[order]]


def _days(*candidates: tuple[str, str, str]) -> tuple[str, ...]:
    """Return the days that exist, each once."""
    days: dict[str, None] = {}
    for year_text, month, day in candidates:
        year = int(year_text)
        if len(year_text) == len("yy"):
            year += 1900 if year >= _LAST_CENTURY else 2000
        if not _FIRST_YEAR <= year <= _LAST_YEAR:
            continue
        try:
            days[date(year, int(month), int(day)).isoformat()] = None
        except ValueError:
            continue
    return tuple(days)
