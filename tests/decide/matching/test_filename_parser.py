"""What is read from a file name, and what is rather not read."""

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
    known_of,
    read_file_name,
)
from stashbot.decide.matching.titles import normal_title
from stashbot.errors import ConfigError
from stashbot.models import Entity, Scene, VideoFile
from stashbot.settings import FilenamePattern, FilenameSettings

BUILTINS = compile_patterns(())


def read(name: str, *patterns: FilenamePattern) -> FileNameReading:
    return read_file_name(f"{name}.mp4", compile_patterns(patterns))


def pieces(name: str) -> tuple[str | None, tuple[str, ...], str | None, str | None]:
    reading = read(name)
    return reading.studio, reading.performers, reading.title, reading.date


def scene(name: str | None, **fields: object) -> Scene:
    file = VideoFile(id="1", path=f"/v/{name}", basename=name or "", duration=612.5)
    return Scene.model_validate({"id": "7", "files": (file,) if name else (), **fields})


# What a name can hold: words of any script, with what punctuation files carry.
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
    return normal_title(read_text or "") == normal_title(written)


@given(studio=_WORDS, title=_WORDS, day=_DAYS, dash=_DASHES, tail=_TAILS)
@example(
    studio=["Spider-Man"], title=["The", "SD", "Card"], day=date(2024, 1, 13), dash=" - ", tail=""
)
@example(studio=["A"], title=["Web", "of", "Lies"], day=date(2024, 1, 13), dash=" - ", tail="")
def test_studio_date_title(
    studio: list[str], title: list[str], day: date, dash: str, tail: str
) -> None:
    """``Studio - 2024-01-13 - Title`` gives back all three, with dashes of any length."""
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
def test_studio_performers_title_date(  # noqa: PLR0917 # Hypothesis gives them by name
    studio: list[str],
    names: list[str],
    joint: str,
    title: list[str],
    day: date,
    dash: str,
    tail: str,
    bracketed: bool,
) -> None:
    """``[Studio] Performers - Title (2024.01.13)`` and ``Studio - Performers - Title (...)``."""
    head = f"[{' '.join(studio)}] " if bracketed else f"{' '.join(studio)}{dash}"
    reading = read(f"{head}{joint.join(names)}{dash}{' '.join(title)} ({day:%Y.%m.%d}){tail}")
    assert same(reading.studio, " ".join(studio))
    assert [normal_title(one) for one in reading.performers] == [normal_title(one) for one in names]
    assert same(reading.title, " ".join(title))
    assert reading.date == day.isoformat()


@given(studio=_WORDS, title=_WORDS, day=_DAYS, tail=_TAILS, form=st.integers(0, 5))
def test_studio_title_date_in_brackets(
    studio: list[str], title: list[str], day: date, tail: str, form: int
) -> None:
    """A date in brackets stands behind the title, or behind the studio's brackets."""
    held, said = " ".join(studio), " ".join(title)
    name, names_studio = (
        (f"[{held}] {said} ({day})", True),
        (f"{held} - {said} [{day}]", True),
        (f"[{held}] {day} - {said}", True),
        (f"[{held}] ({day}) {said}", True),
        (f"{said} ({day})", False),
        (f"{day} - {said}", False),
    )[form]
    reading = read(name + tail)
    assert same(reading.title, said)
    assert reading.date == day.isoformat()
    assert same(reading.studio, held) if names_studio else reading.studio is None


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
    """``Studio.2024-01-13.Title``, ``Studio.24.01.13.Title`` and with underscores."""
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
    """A name with an underscore for each space says what the name with spaces says."""
    assert "_" in name.replace(" ", "_")
    assert pieces(name.replace(" ", "_")) == pieces(name)


@given(studio=_WORDS, title=_WORDS, dash=_DASHES, tail=_TAILS)
@example(studio=["Paper", "Lantern"], title=["The", "4K", "Story"], dash=" - ", tail="")
def test_studio_title(studio: list[str], title: list[str], dash: str, tail: str) -> None:
    """``Studio - Title`` gives both; a file without a date has no date."""
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
    """Names as studios, release groups and cameras write them."""
    assert pieces(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # Title and studio in either order: only the date is sure.
        ("Windows - Harbor Films - 2023-06-29", (None, (), None, "2023-06-29")),
        ("Windows - 2023-06-29", (None, (), None, "2023-06-29")),
        # Of several parts before the date none is surely the studio.
        ("Harbor - Ada Sample - 2023-06-29 - Windows", (None, (), "Windows", "2023-06-29")),
        # "Part 2" is no title, and what stands before it may be one.
        ("Windows - Part 2", (None, (), None, None)),
        ("Windows - Part 2 (2023-06-29)", (None, (), "Windows - Part 2", "2023-06-29")),
        (
            "Harbor - Evening Light - Part 2 (2023-06-29)",
            ("Harbor", (), "Evening Light - Part 2", "2023-06-29"),
        ),
        # One word names no performer where it may be the title as well.
        ("Harbor - Windows - Shut (2023-06-29)", ("Harbor", (), "Windows - Shut", "2023-06-29")),
        ("[Meadow] Clip 12 - Shut (2023-06-29)", ("Meadow", (), "Clip 12 - Shut", "2023-06-29")),
        # Words about the file are no title.
        ("Northlight.2024-01-13.1080p", ("Northlight", (), None, "2024-01-13")),
        ("Northlight - 2024-01-13 - [4K]", (None, (), None, None)),
        # Day or year first?
        ("Meadow - 22.09.18 - Orchard", (None, (), None, None)),
        ("v1.02.03.04.Build", (None, (), None, None)),
    ],
)
def test_what_is_not_sure_is_not_read(
    name: str, expected: tuple[str | None, tuple[str, ...], str | None, str | None]
) -> None:
    """Where a name can be read in two ways, only what both agree on is read."""
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
def test_a_date_that_does_not_exist_is_no_date(name: str) -> None:
    """A day outside the calendar makes the whole reading void: the name means something else."""
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
def test_names_of_a_camera_or_a_hurry_say_nothing(name: str) -> None:
    """Numbers, hashes and default names are no title, and no date is guessed from them."""
    assert read(name) == FileNameReading()


def test_decomposed_accents_are_composed() -> None:
    """A name with accents as separate characters is read like the same name without."""
    name = "Stüdio - 2024-01-13 - Déjà vu"
    assert read(unicodedata.normalize("NFD", name)) == read(name)


def test_every_built_in_pattern_is_reached() -> None:
    """No built-in pattern is dead because an earlier one takes all its names."""
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
def test_no_name_raises(name: str) -> None:
    """Whatever a file is called, the answer is a reading: clean texts and a date that exists."""
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
def test_no_name_takes_long(word: str, end: str) -> None:
    """The longest names a file system allows are read at once, also where nothing fits."""
    started = time.process_time()
    read_file_name("Studio - " + word * (240 // len(word)) + end, BUILTINS)
    assert time.process_time() - started < 0.5


def test_user_patterns_come_first_and_see_the_whole_name() -> None:
    """The user's pattern wins over the built-in ones, and may use what they cut off."""
    mine = FilenamePattern(name="mine", regex=r"(?P<studio>\w+) - (?P<title>.+) \[1080p\]")
    reading = read("Studio - 2024-01-13 - Title [1080p]", mine)
    assert (reading.pattern, reading.title) == ("mine", "2024-01-13 - Title")
    assert read("Studio - 2024-01-13 - Title", mine).pattern == "studio - date - title"


def test_a_user_pattern_may_read_a_year_only() -> None:
    """A year is no day: studio and title are read, no date is made up."""
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
def test_the_date_group_of_a_user_pattern(text: str, day: str | None) -> None:
    """A ``date`` group is read where it means one day; else the pattern does not fit."""
    mine = FilenamePattern(name="mine", regex=r"(?P<title>\w+) @(?P<date>.+)")
    assert read(f"Mill @{text}", mine).date == day


@pytest.mark.parametrize("year", ["9" * 30, "0", "x"])
def test_a_user_pattern_whose_year_is_none(year: str) -> None:
    """Groups that match no year of the calendar make no date, and no error."""
    mine = FilenamePattern(name="mine", regex=r"(?P<title>M) (?P<year>\w+) (?P<month>1) (?P<day>2)")
    assert read(f"M {year} 1 2", mine) == FileNameReading()


@pytest.mark.parametrize(
    ("regex", "said"),
    [
        ("(", "is no regular expression"),
        ("(?P<title>a{99999999999})", "is no regular expression"),
        ("(?P<titel>.+)", "unknown groups titel"),
        ("(?P<title>.+)(?P<zzz>x)(?P<aaa>y)", "unknown groups aaa, zzz"),
        (".+", "no groups"),
    ],
)
def test_a_bad_user_pattern_is_a_config_error(regex: str, said: str) -> None:
    """A pattern that cannot work is refused by name, with its key in the settings."""
    with pytest.raises(ConfigError, match=said) as caught:
        compile_patterns((FilenamePattern(name="mine", regex=regex),))
    assert caught.value.fields["key"] == "filenames.patterns.mine"
    assert "'mine'" in caught.value.message
    assert caught.value.hint


def test_builtin_patterns_can_be_switched_off() -> None:
    """Without the built-in patterns only the user's are tried."""
    mine = (FilenamePattern(name="mine", regex=r"(?P<title>M.+)"),)
    patterns = compile_patterns(mine, builtin=False)
    assert [one.name for one in patterns] == ["mine"]
    assert read_file_name("Studio - Title.mp4", patterns) == FileNameReading()


def test_metadata_comes_before_the_file_name() -> None:
    """Piece by piece: what Stash holds counts, else the file name, and the origin says which."""
    known = known_of(
        scene("[Meadow] Ada Sample - Old Mill (2022.11.30).mp4", title="Title", date="2023-01-01"),
        FilenameSettings(),
    )
    assert (known.title, known.date) == ("Title", "2023-01-01")
    assert (known.studio, known.performers) == ("Meadow", ("Ada Sample",))
    assert known.duration == 612.5
    assert known.origin == {
        "title": "metadata",
        "date": "metadata",
        "studio": "file name",
        "performers": "file name",
        "duration": "file",
    }
    assert known.pattern == "[studio] performers - title (date)"


def test_nothing_is_known_of_an_empty_scene() -> None:
    """Without metadata and without a telling file nothing is known, and no pattern is named."""
    for name in (None, "IMG_0042.mp4"):
        known = known_of(scene(name), FilenameSettings())
        assert (known.title, known.date, known.studio, known.performers) == (None, None, None, ())
        assert known.pattern is None
        assert set(known.origin) <= {"duration"}


def test_no_pattern_is_named_where_all_is_metadata() -> None:
    """The pattern is evidence: it is only named when a piece was read by it."""
    full = scene(
        "Studio - 2024-01-13 - Title.mp4",
        title="T",
        date="2024-01-13",
        studio=Entity(id="1", name="S"),
        performers=(Entity(id="1", name="P"),),
    )
    assert known_of(full, FilenameSettings()).pattern is None


def test_a_file_without_duration_has_none() -> None:
    """A duration of 0 is what Stash says of files it could not measure: unknown."""
    file = VideoFile(id="1", path="/v/a.mp4", basename="a.mp4")
    known = known_of(Scene(id="7", files=(file,)), FilenameSettings())
    assert known.duration is None
    assert "duration" not in known.origin
