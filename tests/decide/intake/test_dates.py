"""Dates of every shape that a source gives, and the days that each may mean."""

from __future__ import annotations

from datetime import date

import pytest

from stashbot.decide.intake.dates import date_readings, is_filler, is_partial


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2023-12-29T00:00:00+01:00", "2023-12-29"),
        ("2023-12-29T23:30:00-08:00", "2023-12-29"),
        ("2024-01-13 00:00:00", "2024-01-13"),
        ("2024-01-13T00:00:00Z", "2024-01-13"),
        ("2024-01-13T18:00:00.000", "2024-01-13"),
        ("20240102", "2024-01-02"),
        ("20240102T000000Z", "2024-01-02"),
        ("13012024", "2024-01-13"),
        ("Sept. 2, 2024", "2024-09-02"),
        ("Tuesday, 2 January 2024", "2024-01-02"),
        ("Sat, 13 Jan 2024 10:00:00 GMT", "2024-01-13"),
        ("Jan 13, 2024 at 10:30 PM", "2024-01-13"),
        ("2024\u201101\u201102", "2024-01-02"),
        ("\u200e2024-01-02", "2024-01-02"),
        ("13. Januar 2024", "2024-01-13"),
        ("13 ao\u00fbt 2023", "2023-08-13"),
        ("2 de mayo de 2021", "2021-05-02"),
        ("2024\u5e741\u670813\u65e5", "2024-01-13"),
        ("January 2024", "2024-01"),
        ("01/2024", "2024-01"),
        ("2014", "2014"),
        ("1705104000", "2024-01-13"),
        ("1705104000000", "2024-01-13"),
    ],
)
def test_a_date_of_any_shape_is_a_day(text: str, day: str) -> None:
    """A time and an offset do not move the day that is written."""
    assert date_readings(text) == ((day,), True)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        # 23:00 in UTC is midnight in Central Europe
        ("2024-01-12T23:00:00Z", ("2024-01-13", "2024-01-12")),
        ("2024-07-12 22:00:00 UTC", ("2024-07-13", "2024-07-12")),
        ("2024-01-13T17:34:12Z", ("2024-01-13", "2024-01-14")),
        ("2024-01-13T03:15:00+00:00", ("2024-01-13", "2024-01-12")),
    ],
)
def test_an_instant_is_the_day_of_its_source_or_a_day_beside_it(
    text: str, days: tuple[str, ...]
) -> None:
    """The likely day is first; without more knowledge it counts."""
    readings = date_readings(text)
    assert readings.days == days
    assert readings.settle(()) == days[0]
    assert readings.settle((days[1],)) == days[1]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("03/04/2024", ("2024-03-04", "2024-04-03")),
        ("10122011", ("2011-10-12", "2011-12-10")),
        ("13.01.24", ("2024-01-13", "2013-01-24", "1924-01-13", "1913-01-24")),
    ],
)
def test_only_a_known_day_settles_a_date_of_several_readings(
    text: str, days: tuple[str, ...]
) -> None:
    """Without it there is no day."""
    readings = date_readings(text)
    assert readings.days == days
    assert readings.settle(()) is None
    assert readings.settle(("2000-01-01", days[1])) == days[1]


@pytest.mark.parametrize(
    "text", ["", "soon", "0000-03-25", "2024-02-30", "2024-13-40", "May 2024 June", "1 2 2024 Jan"]
)
def test_what_is_no_day_has_no_reading(text: str) -> None:
    """Words, two months, and days that are not in the calendar."""
    assert date_readings(text).days == ()


@pytest.mark.parametrize(
    ("day", "filler"),
    [
        ("0001-01-01", True),
        ("1970-01-01", True),
        ("1900-01-01", True),
        ("1887-12-31", True),
        ("1888-10-14", False),
        ("1970-01-02", False),
        ("1970", False),
        ("2024-06-15", False),
        ("2024-06-16", False),
        ("2024-06-17", True),
        ("2024-07", True),
        ("2099", True),
    ],
)
def test_zero_values_and_days_ahead_stand_for_no_date(day: str, filler: bool) -> None:
    """A source in another time zone may be a day ahead."""
    assert is_filler(day, date(2024, 6, 15)) is filler


def test_a_year_and_a_month_are_partial_dates() -> None:
    """A day is not."""
    assert [is_partial(day) for day in ("2024", "2024-01", "2024-01-13")] == [True, True, False]
