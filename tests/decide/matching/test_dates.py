"""Which dates are read, and which are refused because they may mean another day."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.matching.dates import read_date

DAYS = st.dates(min_value=date(1000, 1, 1))


@given(day=DAYS)
def test_a_day_in_stash_s_form_is_itself(day: date) -> None:
    """What Stash accepts as it is goes through unchanged, at every length."""
    for text in (day.isoformat(), day.isoformat()[:7], day.isoformat()[:4]):
        assert read_date(text) == text
        assert read_date(f"  {text}\n") == text


@given(day=DAYS, separator=st.sampled_from("-/. "))
def test_year_first_means_one_day(day: date, separator: str) -> None:
    """Year, month, day in this order mean one day, with any separator and without zeros."""
    assert read_date(f"{day.year}{separator}{day.month}{separator}{day.day}") == day.isoformat()


@given(day=DAYS, separator=st.sampled_from("-/. "))
def test_the_year_last_is_read_only_where_it_means_one_day(day: date, separator: str) -> None:
    """Day first and month first agree, or one is impossible; else the date is refused."""
    ambiguous = day.day <= 12 and day.day != day.month
    for first, second in ((day.day, day.month), (day.month, day.day)):
        text = f"{first:02}{separator}{second:02}{separator}{day.year}"
        if ambiguous:
            with pytest.raises(ValueError, match="day or the month first"):
                read_date(text)
        else:
            assert read_date(text) == day.isoformat()


@pytest.mark.parametrize(
    ("text", "same_day"),
    [("12/12/2024", "2024-12-12"), ("12/13/2024", "2024-12-13"), ("13/12/2024", "2024-12-13")],
)
def test_twelve_is_the_last_month(text: str, same_day: str) -> None:
    """Twelve may be a month, thirteen may not: that alone decides which number is the day."""
    assert read_date(text) == same_day


@pytest.mark.parametrize(
    "text",
    [
        "January 13, 2024",
        "january 13 2024",
        "Jan 13, 2024",
        "Jan. 13th, 2024",
        "13 January 2024",
        "13th of January, 2024",
        "13-Jan-2024",
        "13. JAN 2024",
        "2024-01-13T10:00:00Z",
        "2024-01-13 10:00",
    ],
)
def test_words_and_times_of_day(text: str) -> None:
    """A month in words, with ordinals and punctuation, and a time of day behind the date."""
    assert read_date(text) == "2024-01-13"


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-30",
        "2023-02-29",
        "2024-13",
        "2024-00",
        "0000",
        "2024-00-10",
        "2024/13/40",
        "31.04.2024",
        "32/13/2024",
        "February 30, 2024",
        "\uff12\uff10\uff12\uff14",
    ],
)
def test_a_date_that_does_not_exist_is_refused(text: str) -> None:
    """No field is set to a day, month or year that is not in the calendar."""
    with pytest.raises(ValueError, match="is not a date"):
        read_date(text)


@pytest.mark.parametrize(
    "text",
    ["", " ", "soon", "13/01/24", "2024-1", "2024-01-13 - 2024-02-10", "2024-01-13 or later", "24"],
)
def test_what_is_not_one_date_is_refused(text: str) -> None:
    """Words, ranges and two-digit years are no date; the error shows the text."""
    with pytest.raises(ValueError, match="is not a date") as caught:
        read_date(text)
    assert repr(text) in str(caught.value)


@given(text=st.one_of(st.text(), st.from_regex(r"[0-9]{0,4}[-/. ][0-9]{0,4}[-/. ]?[0-9]{0,4}")))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but ``ValueError`` is raised, and what is read is read the same again."""
    try:
        found = read_date(text)
    except ValueError:
        return
    assert read_date(found) == found
