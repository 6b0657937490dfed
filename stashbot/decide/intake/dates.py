"""Read dates of every shape that a source or a person may write.

A text may be read as several days: ``03/04/2024`` as the third of April or the fourth of March, and
an instant such as ``2024-01-12T23:00:00Z`` as the day of either side of midnight. A reading is in
the form that Stash takes: ``YYYY-MM-DD``, ``YYYY-MM`` or ``YYYY``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

#: The first film is of 1888; a date before it is a mistake of the source.
FIRST_YEAR = 1888
#: Zero values that databases and languages give for a date that is not set.
FILLERS = frozenset({"1899-12-30", "1899-12-31", "1900-01-01", "1970-01-01"})
#: A source in the far east dates its page a day ahead of UTC.
_AHEAD = timedelta(days=1)
#: The widest time zones, in hours from UTC.
_EAST, _WEST = timedelta(hours=14), timedelta(hours=12)
#: From this hour of UTC on, a full or half hour is midnight of the next day in Europe, Africa or
#: the Middle East, where a source has turned its own day into an instant.
_EVE = 20
_HALF_HOUR, _NOON, _MONTHS = 30, 12, 12

_DASHES = re.compile("[\u2010-\u2015\u2212\uff0d]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_TIME = (
    r"(?P<time>(?:T|[\sT,]+(?:at\s+)?)(?P<hour>\d{1,2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})"
    r"(?:[.,]\d+)?)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|UTC|GMT|[A-Z]{3,4})?"
    r"\s*(?P<offset>[-+]\d{2}:?\d{2})?(?:\s*\([^)]*\))?)?"
)
_YEAR_FIRST = re.compile(r"(\d{4})([-/. ])(\d{1,2})\2(\d{1,2})" + _TIME, re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4})" + _TIME, re.ASCII)
_SHORT_YEAR = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{2})", re.ASCII)
_COMPACT = re.compile(r"(\d{8})" + _TIME, re.ASCII)
_EPOCH = re.compile(r"\d{9,10}(?:\.\d+)?|\d{12,13}", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_YEAR_MONTH = re.compile(r"(\d{4})[-/.](\d{2})|(\d{2})[-/.](\d{4})", re.ASCII)
_CJK = re.compile(r"(\d{4})\s*\u5e74\s*(\d{1,2})\s*\u6708\s*(\d{1,2})\s*\u65e5")
_NAMED_TIME = re.compile(r"(?:,|\bat)?\s+\d{1,2}:\d{2}.*$")
#: Everything but the words: ``13th of Jan., 2024``, ``13-Jan-2024``, ``13 de enero de 2024``.
_FILLING = re.compile(r"(?<=\d)(?:st|nd|rd|th|er|\u00ba)\b|\b(?:of|de|del|the)\b|[.,\s/-]+", re.I)
_WEEKDAY = re.compile(r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?")
_MONTH_NAMES = (
    "january jan januar janvier enero gennaio janeiro januari ene gen",
    "february feb februar fevrier fev febrero febbraio fevereiro februari",
    "march mar marz maerz mars marzo marco maart mrz",
    "april apr avril avr abril aprile abr",
    "may mai mayo maggio maio mei",
    "june jun juni juin junio giugno junho giu",
    "july jul juli juillet juil julio luglio julho lug",
    "august aug aout agosto augustus ago",
    "september sep sept septembre septiembre settembre setembro set",
    "october oct oktober okt octobre octubre ottobre outubro ott out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez decembre diciembre dicembre dezembro dic",
)
_MONTH_BY_NAME = {
    name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()
}


class DateReadings(NamedTuple):
    """The days that a text may mean, the most likely first; none if it is no date.

    The first counts if ``is_settled``; else only more knowledge can choose.
    """

    days: tuple[str, ...] = ()
    is_settled: bool = True

    def settle(self, known: Iterable[str]) -> str | None:
        """Return the day: the first that is known from elsewhere, else the first if settled."""
        wanted = set(known)
        agreed = next((day for day in self.days if day in wanted), None)
        return agreed or (self.days[0] if self.days and self.is_settled else None)


def date_readings(text: str) -> DateReadings:
    """Return the days that a text may mean."""
    plain = _INVISIBLE.sub("", _CJK.sub(r"\1-\2-\3", text))
    plain = " ".join(_DASHES.sub("-", plain).split()).strip(" ,.;")
    for read in (_epoch, _compact, _year_first, _year_last, _partial, _named, _short_year):
        if found := read(plain):
            return found
    return DateReadings()


def is_filler(day: str, today: date) -> bool:
    """Return whether a date stands for none: a zero value, before film, or ahead of ``today``.

    Raises:
        ValueError: ``day`` is not in the form of ``date_readings``.
    """
    if day in FILLERS or int(day[:4]) < FIRST_YEAR:
        return True
    first_day = date.fromisoformat("-".join((*day.split("-"), "01", "01")[:3]))
    return first_day > today + _AHEAD


def is_partial(day: str) -> bool:
    """Return whether a date is a year or a month only."""
    return len(day) < len("2024-01-13")


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _readings(days: Iterable[str | None]) -> DateReadings | None:
    found = tuple(dict.fromkeys(day for day in days if day))
    return DateReadings(found, is_settled=len(found) == 1) if found else None


def _epoch(text: str) -> DateReadings | None:
    """Read seconds or milliseconds since 1970."""
    if not _EPOCH.fullmatch(text):
        return None
    seconds = float(text) / (1 if len(text.partition(".")[0]) <= len("1705104000") else 1000)
    return _instant(datetime.fromtimestamp(seconds, UTC))


def _compact(text: str) -> DateReadings | None:
    """Read ``20240113``, also with a time; else ``13012024``."""
    match = _COMPACT.fullmatch(text)
    if not match:
        return None
    digits = match[1]
    year_first = (int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    if year_first[0] >= FIRST_YEAR and (found := _with_time(*year_first, match)):
        return found
    first, second, year = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    return _either_first(first, second, year) if year >= FIRST_YEAR else None


def _year_first(text: str) -> DateReadings | None:
    match = _YEAR_FIRST.fullmatch(text)
    return _with_time(int(match[1]), int(match[3]), int(match[4]), match) if match else None


def _year_last(text: str) -> DateReadings | None:
    match = _YEAR_LAST.fullmatch(text)
    return _either_first(int(match[1]), int(match[3]), int(match[4])) if match else None


def _short_year(text: str) -> DateReadings | None:
    """Read ``13.01.24`` and ``24.01.13``, which only a known day can settle."""
    match = _SHORT_YEAR.fullmatch(text)
    if not match:
        return None
    first, second, third = int(match[1]), int(match[3]), int(match[4])
    centuries = (2000, 1900)
    days = [
        day
        for century in centuries
        for day in (
            _day(century + third, second, first),
            _day(century + third, first, second),
            _day(century + first, second, third),
        )
        if day
    ]
    return DateReadings(tuple(dict.fromkeys(days)), is_settled=False) if days else None


def _either_first(first: int, second: int, year: int) -> DateReadings | None:
    return _readings(sorted(filter(None, (_day(year, second, first), _day(year, first, second)))))


def _partial(text: str) -> DateReadings | None:
    if _YEAR.fullmatch(text):
        return DateReadings((text,)) if int(text) else None
    if not (match := _YEAR_MONTH.fullmatch(text)):
        return None
    year, month = int(match[1] or match[4]), int(match[2] or match[3])
    return DateReadings((f"{year:04}-{month:02}",)) if 1 <= month <= _MONTHS and year else None


def _named(text: str) -> DateReadings | None:
    """Read dates with the name of a month, with or without weekday, time and ordinal signs."""
    words = _FILLING.sub(" ", _NAMED_TIME.sub("", text)).split()
    words = [_plain(word) for word in words if not _WEEKDAY.fullmatch(_plain(word))]
    months = [_MONTH_BY_NAME[word] for word in words if word in _MONTH_BY_NAME]
    numbers = [word for word in words if word.isascii() and word.isdigit()]
    if len(months) != 1 or len(months) + len(numbers) != len(words):
        return None
    years = [int(number) for number in numbers if len(number) == len("2024")]
    days = [int(number) for number in numbers if len(number) <= len("13")]
    if len(years) != 1 or len(years) + len(days) != len(numbers) or len(days) > 1:
        return None
    if not days:
        return DateReadings((f"{years[0]:04}-{months[0]:02}",))
    return _readings([_day(years[0], months[0], days[0])])


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _with_time(year: int, month: int, day: int, match: re.Match[str]) -> DateReadings | None:
    """Read a day with its time: as it is written, unless the time is in UTC."""
    written = _day(year, month, day)
    if written is None:
        return None
    is_utc = match["zone"] in {"Z", "UTC", "GMT"} and not match["offset"]
    is_utc = is_utc or (match["offset"] or "") in {"+00:00", "+0000"}
    if not is_utc:
        return DateReadings((written,))
    hour = int(match["hour"]) % 24
    if match["half"]:
        hour = hour % _NOON + (_NOON if match["half"][0] in "pP" else 0)
    minute, second = int(match["minute"]), int(match["second"] or 0)
    try:
        return _instant(datetime(year, month, day, hour, minute, second, tzinfo=UTC))
    except (ValueError, OverflowError):
        return DateReadings((written,))


def _instant(moment: datetime) -> DateReadings:
    """Read an instant: the source's own day, then the other days that it is somewhere.

    Midnight in UTC is a day that was written as an instant, and a full or half hour late in the
    evening is midnight of the source's next day.
    """
    is_eve = (
        moment.hour >= _EVE and moment.minute in {0, _HALF_HOUR} and not moment.second
    )  # fmt: skip
    likely = (moment + (_AHEAD if is_eve else timedelta())).date()
    if not (moment.hour or moment.minute or moment.second):
        return DateReadings((likely.isoformat(),))
    days = [likely, *_days_between((moment - _WEST).date(), (moment + _EAST).date())]
    return DateReadings(tuple(dict.fromkeys(day.isoformat() for day in days)))


def _days_between(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))
