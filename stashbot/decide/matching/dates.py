"""Read dates as sources write them, if they can mean only a single day."""

from __future__ import annotations

import re

from stashbot.decide.intake.dates import date_readings

_NUMERIC = re.compile(r"\d{1,4}[-/. ]\d{1,2}(?:[-/. ]\d{1,4})?\s*", re.ASCII)


def read_date(text: str) -> str:
    """Return a date in Stash's form: ``YYYY-MM-DD``, ``YYYY-MM`` or ``YYYY``.

    ``2024/1/13``, ``13.01.2024`` and ``January 13, 2024`` are the same day. ``03/04/2024`` may be
    two days and is refused.

    Raises:
        ValueError: The text is not a date, or an ambiguous date; the message is the reason.
    """
    readings = date_readings(text)
    if readings.days and readings.is_settled:
        return readings.days[0]
    if {day[:4] for day in readings.days if day[:4] in text}:
        raise ValueError(f"{text!r} may be read with the day or the month first")
    if readings.days:
        raise ValueError(f"{text!r} is not a date with a full year")
    exists = "" if not _NUMERIC.match(text.strip()) else " that exists"
    raise ValueError(f"{text!r} is not a date{exists}")


def normalize_date(text: str) -> str:
    """Return a date in Stash's form, as a plan would write it; else the text itself."""
    try:
        return read_date(text)
    except ValueError:
        return text
