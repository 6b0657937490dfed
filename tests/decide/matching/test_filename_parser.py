"""The pieces that are read from file names, and names that are rather not read."""

from __future__ import annotations

import time
import unicodedata
from datetime import date

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from stashbot.decide.matching.filename_parser import (
    BUILTIN,
    FileNameReading,
    compile_patterns,
    read_file_name,
)
from stashbot.decide.matching.titles import normalize_title
from stashbot.errors import ConfigError
from stashbot.settings import FilenamePattern

BUILTINS = compile_patterns(())


def read(name: str, *patterns: FilenamePattern) -> FileNameReading:
    return read_file_name(f"{name}.mp4", compile_patterns(patterns))


def pieces(name: str) -> tuple[str | None, tuple[str, ...], str | None, str | None]:
    reading = read(name)
    return reading.studio, reading.performers, reading.title, reading.date


# Words of any script, with the punctuation of file names.
_LETTERS = st.characters(categories=["Lu", "Ll", "Lo"])
_PUNCTUATED = st.sampled_from(
    ["Zoë", "Łódź", "日本", "O'Neil", "50%", "$5", "a+b", "Q&A", "¿Qué", "#1"]
)
_WORD = st.one_of(
    st.text(_LETTERS, min_size=2, max_size=7).map(lambda word: f"x{word}"), _PUNCTUATED
)
_WORDS = st.lists(_WORD, min_size=1, max_size=4)
_NAMES = st.lists(
    st.lists(
        st.sampled_from(["Ada", "Zoë", "Łucja", "O'Neil", "St.-Jean", "Demo"]),
        min_size=2,
        max_size=3,
    ).map(" ".join),
    min_size=1,
    max_size=3,
)
_DAYS = st.dates(min_value=date(1970, 1, 1), max_value=date(2068, 12, 31))
_DASHES = st.sampled_from([" - ", " \u2013 ", " \u2014 "])
_TAILS = st.sampled_from(
    ["", " [1080p]", " (720p)", " (2160p HEVC)", " 480p", " [4K]", " 1080p WEB-DL"]
)
_DOTTED_TAILS = st.sampled_from(
    ["", ".1080p", ".XXX.1080p.MP4-GROUP", ".720p.WEB-DL.x264-GRP", ".XXX.SD.MP4-GRP", ".HD", ".4K"]
)


def same(read_text: str | None, written: str) -> bool:
    return normalize_title(read_text or "") == normalize_title(written)


@given(studio=_WORDS, title=_WORDS, day=_DAYS, dash=_DASHES, tail=_TAILS)
@example(
    studio=["Spider-Man"], title=["The", "SD", "Card"], day=date(2024, 1, 13), dash=" - ", tail=""
)
@example(studio=["A"], title=["Web", "of", "Lies"], day=date(2024, 1, 13), dash=" - ", tail="")
def test_studio_date_title(
    studio: list[str], title: list[str], day: date, dash: str, tail: str
) -> None:
    """``Studio - 2024-01-13 - Title`` is read, with dashes of any length."""
    reading = read(f"{' '.join(studio)}{dash}{day}{dash}{' '.join(title)}{tail}")
    assert reading.pattern == "studio - date - title"
    assert same(reading.studio, " ".join(studio))
    assert same(reading.title, " ".join(title))
    assert reading.date == day.isoformat()


@given(
    studio=_WORDS,
    names=_NAMES,
    joint=st.sampled_from([", ", " & ", " and "]),
    title=_WORDS,
    day=_DAYS,
    dash=_DASHES,
    tail=_TAILS,
    bracketed=st.booleans(),
)
def test_studio_performers_title_date(  # noqa: PLR0917 # Hypothesis passes them by name
    studio: list[str],
    names: list[str],
    joint: str,
    title: list[str],
    day: date,
    dash: str,
    tail: str,
    bracketed: bool,
) -> None:
    """``[Studio] Performers - Title (2024.01.13)``, with the studio in brackets or not, is read."""
    head = f"[{' '.join(studio)}] " if bracketed else f"{' '.join(studio)}{dash}"
    reading = read(f"{head}{joint.join(names)}{dash}{' '.join(title)} ({day:%Y.%m.%d}){tail}")
    assert same(reading.studio, " ".join(studio))
    assert [normalize_title(name) for name in reading.performers] == [
        normalize_title(name) for name in names
    ]
    assert same(reading.title, " ".join(title))
    assert reading.date == day.isoformat()


@given(studio=_WORDS, title=_WORDS, day=_DAYS, tail=_TAILS, form=st.integers(0, 5))
def test_studio_title_date_in_brackets(
    studio: list[str], title: list[str], day: date, tail: str, form: int
) -> None:
    """The date in brackets may follow the title, or the studio in brackets."""
    studio_name, title_text = " ".join(studio), " ".join(title)
    name, names_studio = (
        (f"[{studio_name}] {title_text} ({day})", True),
        (f"{studio_name} - {title_text} [{day}]", True),
        (f"[{studio_name}] {day} - {title_text}", True),
        (f"[{studio_name}] ({day}) {title_text}", True),
        (f"{title_text} ({day})", False),
        (f"{day} - {title_text}", False),
    )[form]
    reading = read(name + tail)
    assert same(reading.title, title_text)
    assert reading.date == day.isoformat()
    assert same(reading.studio, studio_name) if names_studio else reading.studio is None


_PLAIN = st.text(st.characters(categories=["Lu", "Ll"]), min_size=2, max_size=7).map("x{}".format)


@given(
    studio=_PLAIN,
    title=st.lists(_PLAIN, min_size=1, max_size=4),
    day=_DAYS,
    form=st.sampled_from(["{0}.{1:%Y-%m-%d}.{2}", "{0}.{1:%y.%m.%d}.{2}", "{0}_{1:%Y_%m_%d}_{2}"]),
    tail=_DOTTED_TAILS,
)
@example(
    studio="Ünïon", title=["The", "SD", "Card"], day=date(2024, 1, 13), form="{0}.{1}.{2}", tail=""
)
def test_names_without_spaces(
    studio: str, title: list[str], day: date, form: str, tail: str
) -> None:
    """``Studio.2024-01-13.Title`` and ``Studio.24.01.13.Title`` are read, with underscores too."""
    name = form.format(studio, day, ".".join(title)) + tail
    reading = read(name.replace(".", "_") if "_" in form else name)
    assert reading.studio == unicodedata.normalize("NFC", studio)
    assert same(reading.title, "".join(title))
    assert reading.date == day.isoformat()


@pytest.mark.parametrize(
    "name",
    [
        "Blue Kite - Old Mill",
        "Blue Kite - 2024-01-13 - Old Mill [1080p]",
        "[Blue Kite] Ada Sample & Ben Placeholder - Old Mill (2024.01.13)",
        "Blue Kite - Ada Sample - Old Mill (2024-01-13)",
        "Blue Kite - St. John's Mill - Part 2 (2024-01-13)",
        "[Blue Kite] (2024-01-13) Old Mill",
        "2024-01-13 - Old Mill 1080p WEB-DL",
        "Old Mill (2024_01_13)",
        "Old Mill - Blue Kite - 2024_01_13",
        "Blue Kite - 2024-02-31 - Old Mill",
        "Blue Kite - 2024_02_31 - Old Mill",
        "Paper Lantern - s02e05 - Night Market",
        "Clip 12 34 (2024-01-13)",
        "final FINAL v2",
    ],
)
def test_underscores_are_read_as_spaces(name: str) -> None:
    """A name with an underscore for each space is read like the name with spaces."""
    assert "_" in name.replace(" ", "_")
    assert pieces(name.replace(" ", "_")) == pieces(name)


@given(studio=_WORDS, title=_WORDS, dash=_DASHES, tail=_TAILS)
@example(studio=["Paper", "Lantern"], title=["The", "4K", "Story"], dash=" - ", tail="")
def test_studio_title(studio: list[str], title: list[str], dash: str, tail: str) -> None:
    """``Studio - Title`` is read, without a date."""
    assume(not all(char.isdigit() for char in "".join(title)))
    reading = read(f"{' '.join(studio)}{dash}{' '.join(title)}{tail}")
    assert same(reading.studio, " ".join(studio))
    assert same(reading.title, " ".join(title))
    assert reading.date is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Northlight.2024-01-13.Clip.12.1080p", ("Northlight", (), "Clip 12", "2024-01-13")),
        ("NL.24.04.06.clip.18", ("NL", (), "clip 18", "2024-04-06")),
        ("Ünïon.22.09.18.Orchard", ("Ünïon", (), "Orchard", "2022-09-18")),
        ("Studio.99.01.13.Old.Mill", ("Studio", (), "Old Mill", "1999-01-13")),
        ("Studio.68.01.13.New.Mill", ("Studio", (), "New Mill", "2068-01-13")),
        (
            "Meadow.22.09.18.Ada.Sample.Orchard.XXX.1080p.MP4-GROUP",
            ("Meadow", (), "Ada Sample Orchard", "2022-09-18"),
        ),
        ("[1080p] Meadow - Orchard (2022.09.18)", ("Meadow", (), "Orchard", "2022-09-18")),
        ("Orchard [1080p] (2022.09.18)", (None, (), "Orchard", "2022-09-18")),
        ("[2022-09-18] Orchard", (None, (), "Orchard", "2022-09-18")),
        ("Paper Lantern - s02e05 - Night Market", ("Paper Lantern", (), "Night Market", None)),
        ("Harbor - 2023-06-29 - VR Dreams", ("Harbor", (), "VR Dreams", "2023-06-29")),
        ("Harbor - 2023-06-29 - The Web", ("Harbor", (), "The Web", "2023-06-29")),
        ("Harbor - 2023-06-29 - Windows HD", ("Harbor", (), "Windows", "2023-06-29")),
        ("Harbor.2023-06-29.A.Web.of.Lies", ("Harbor", (), "A Web of Lies", "2023-06-29")),
    ],
)
def test_well_known_names(
    name: str, expected: tuple[str | None, tuple[str, ...], str | None, str | None]
) -> None:
    """Names as studios and release groups write them."""
    assert pieces(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # Title and studio may be swapped: only the date is certain.
        ("Windows - Harbor Films - 2023-06-29", (None, (), None, "2023-06-29")),
        ("Windows - 2023-06-29", (None, (), None, "2023-06-29")),
        # Of several parts before the date, any may be the studio.
        ("Harbor - Ada Sample - 2023-06-29 - Windows", (None, (), "Windows", "2023-06-29")),
        # "Part 2" is not a title, and the part before it may be the title.
        ("Windows - Part 2", (None, (), None, None)),
        ("Windows - Part 2 (2023-06-29)", (None, (), "Windows - Part 2", "2023-06-29")),
        (
            "Harbor - Evening Light - Part 2 (2023-06-29)",
            ("Harbor", (), "Evening Light - Part 2", "2023-06-29"),
        ),
        # A single word is not a performer where it may be the title.
        ("Harbor - Windows - Shut (2023-06-29)", ("Harbor", (), "Windows - Shut", "2023-06-29")),
        ("[Meadow] Clip 12 - Shut (2023-06-29)", ("Meadow", (), "Clip 12 - Shut", "2023-06-29")),
        # Words about the file are not a title.
        ("Northlight.2024-01-13.1080p", ("Northlight", (), None, "2024-01-13")),
        ("Northlight - 2024-01-13 - [4K]", (None, (), None, None)),
        # The day or the year may come first.
        ("Meadow - 22.09.18 - Orchard", (None, (), None, None)),
        ("v1.02.03.04.Build", (None, (), None, None)),
    ],
)
def test_uncertain_pieces_are_not_read(
    name: str, expected: tuple[str | None, tuple[str, ...], str | None, str | None]
) -> None:
    """Where a name can be read in two ways, only what both have in common is read."""
    assert pieces(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        "Northlight - 2024-13-40 - Clip 12",
        "Northlight.2023-02-29.Clip.12",
        "Studio.24.13.01.Old.Mill",
        "2024-13-40 - Old Mill",
        "Old Mill (2024-02-30)",
        "[Meadow] Old Mill (2024-02-30)",
        "Old Mill - 0000-01-01",
    ],
)
def test_name_with_an_impossible_date_is_not_read(name: str) -> None:
    """If the day is not in the calendar, the name means something else."""
    assert read(name) == FileNameReading()


@pytest.mark.parametrize(
    "name",
    [
        "IMG_0042",
        "VID_20230102_101112",
        "a1b2c3d4e5f6",
        "clip 12",
        "Screen Recording 2024-01-13 at 10.11.12",
        "2024-01-13",
        "123e4567-e89b-12d3-a456-426614174000",
        "untitled (3)",
        "Recording - 2024-01-13 - 10.11.12",
        "2024-01-13 10.11.12",
        "final_FINAL_v2",
        "Northlight - Clip 12",
    ],
)
def test_names_of_cameras_and_defaults_are_not_read(name: str) -> None:
    """Numbers, hashes and default names are not titles, and no date is guessed from them."""
    assert read(name) == FileNameReading()


def test_decomposed_accents_are_composed() -> None:
    """A name with accents as separate characters is read like a name with composed letters."""
    name = "Stüdio - 2024-01-13 - Déjà vu"
    assert read(unicodedata.normalize("NFD", name)) == read(name)


def test_every_built_in_pattern_is_used() -> None:
    """No earlier pattern fits all names of a later pattern."""
    names = [
        "Northlight - 2024-01-13 - Old Mill",
        "[Meadow] Ada Sample - Old Mill (2022.11.30)",
        "[Meadow] Old Mill (2022.11.30)",
        "[Meadow] 2022-11-30 - Old Mill",
        "Meadow - Ada Sample - Old Mill (2022-11-30)",
        "Meadow - Old Mill (2022-11-30)",
        "Northlight.2024-01-13.Old.Mill",
        "Stonebridge.22.07.19.Old.Mill",
        "2024-01-13 - Old Mill",
        "Old Mill (2024-01-13)",
        "Old Mill - 2024-01-13",
        "Blue Kite - Old Mill",
        "blue_kite_old_mill_2024_01_13",
    ]
    assert [read(name).pattern for name in names] == [name for name, _ in BUILTIN]


@given(
    name=st.one_of(
        st.text(max_size=80),
        st.lists(
            st.sampled_from(
                [
                    " - ",
                    "[",
                    "]",
                    "(",
                    ")",
                    "2024-01-13",
                    "24.01.13",
                    ".",
                    "_",
                    " and ",
                    "Ada Sample",
                    "1080p",
                    "XXX",
                    "x264",
                    "Part 2",
                    "s01e02",
                    "\n",
                    "é",
                    "9" * 30,
                    "\u2013",
                ]
            ),
            max_size=14,
        ).map("".join),
    )
)
def test_any_name_is_read(name: str) -> None:
    """The texts have no separators at their ends, and the date exists."""
    reading = read_file_name(name, BUILTINS)
    assert (reading.pattern is None) == (reading == FileNameReading())
    if reading.date:
        assert date.fromisoformat(reading.date).isoformat() == reading.date
    for text in (reading.studio, reading.title, *reading.performers):
        assert text is None or (text and text == text.strip(" ._-"))


@pytest.mark.parametrize(
    "word", ["and ", "A b, ", "Ada & ", " - ", "(", "xxx ", "1080 ", "._", "a."]
)
@pytest.mark.parametrize("end", ["", " - x (2024-01-99)", "\n"])
def test_long_names_are_read_fast(word: str, end: str) -> None:
    """Names of the greatest length take no time, even if no pattern fits."""
    started = time.process_time()
    read_file_name("Studio - " + word * (240 // len(word)) + end, BUILTINS)
    assert time.process_time() - started < 0.5


def test_user_patterns_come_first_and_see_the_whole_name() -> None:
    """A user's pattern may use the words that are removed for the built-in patterns."""
    mine = FilenamePattern(name="mine", regex=r"(?P<studio>\w+) - (?P<title>.+) \[1080p\]")
    reading = read("Studio - 2024-01-13 - Title [1080p]", mine)
    assert (reading.pattern, reading.title) == ("mine", "2024-01-13 - Title")
    assert read("Studio - 2024-01-13 - Title", mine).pattern == "studio - date - title"


def test_user_pattern_may_read_a_year_only() -> None:
    """Studio and title are read, and no day is made up."""
    mine = FilenamePattern(
        name="code first", regex=r"(?P<studio>[A-Z]{2})-\d+ (?P<title>.+) (?P<year>\d{4})"
    )
    reading = read("AB-123 Old Mill 2024", mine)
    assert (reading.studio, reading.title, reading.date) == ("AB", "Old Mill", None)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-01-13", "2024-01-13"),
        ("24.01.13", "2024-01-13"),
        ("13.01.2024", "2024-01-13"),
        ("13 January 2024", "2024-01-13"),
        ("13_Jan_2024", "2024-01-13"),
        ("03.04.2024", None),
        ("2024-01", None),
        ("9" * 40, None),
    ],
)
def test_date_group_of_a_user_pattern(text: str, day: str | None) -> None:
    """A ``date`` group is read if it is a single day; otherwise the pattern does not fit."""
    mine = FilenamePattern(name="mine", regex=r"(?P<title>\w+) @(?P<date>.+)")
    assert read(f"Mill @{text}", mine).date == day


@pytest.mark.parametrize("year", ["9" * 30, "0", "x"])
def test_user_pattern_with_an_impossible_year_does_not_fit(year: str) -> None:
    """A year that is not in the calendar is no error."""
    mine = FilenamePattern(name="mine", regex=r"(?P<title>M) (?P<year>\w+) (?P<month>1) (?P<day>2)")
    assert read(f"M {year} 1 2", mine) == FileNameReading()


@pytest.mark.parametrize(
    ("regex", "problem"),
    [
        ("(", "is not a regular expression"),
        ("(?P<title>a{99999999999})", "is not a regular expression"),
        ("(?P<titel>.+)", "unknown groups titel"),
        ("(?P<title>.+)(?P<zzz>x)(?P<aaa>y)", "unknown groups aaa, zzz"),
        (".+", "no groups"),
    ],
)
def test_bad_user_pattern_is_refused(regex: str, problem: str) -> None:
    """The error names the pattern and its key in the settings."""
    with pytest.raises(ConfigError, match=problem) as caught:
        compile_patterns((FilenamePattern(name="mine", regex=regex),))
    assert caught.value.key == "filenames.patterns.mine"
    assert "'mine'" in caught.value.message
    assert caught.value.hint


def test_builtin_patterns_can_be_switched_off() -> None:
    """With ``builtin = false`` only the user's patterns are tried."""
    mine = (FilenamePattern(name="mine", regex=r"(?P<title>M.+)"),)
    patterns = compile_patterns(mine, builtin=False)
    assert [pattern.name for pattern in patterns] == ["mine"]
    assert read_file_name("Studio - Title.mp4", patterns) == FileNameReading()
