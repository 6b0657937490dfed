"""The questions to sources: the text that a scene is searched for, and its own addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.matching.scene_facts import SceneFacts, read_scene_facts
from stashbot.decide.sources.questions import (
    combined_source,
    question_rounds,
    url_questions,
)
from stashbot.decide.sources.search_texts import search_text, search_texts
from stashbot.models import (
    SCRAPE_METHODS,
    Entity,
    Scene,
    ScrapeMethod,
    Source,
    SourceKind,
    VideoFile,
)
from stashbot.settings import FilenameSettings


def facts(name: str | None = None, **fields: object) -> SceneFacts:
    file = VideoFile(id="1", path=f"/v/{name}", basename=name or "", duration=60)
    scene = Scene.model_validate({"id": "7", "files": (file,) if name else (), **fields})
    return read_scene_facts(scene, FilenameSettings())


def text(name: str | None = None, **fields: object) -> str | None:
    return search_text(facts(name, **fields))


def source(name: str, *urls: str) -> Source:
    return Source(kind=SourceKind.SCRAPER, key=name, name=name, urls=urls)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Northlight - 2024-01-13 - Tidal Clock.mp4", "Tidal Clock"),
        ("[Meadow] Evening Light (2022-11-30) [1080p].mkv", "Evening Light"),
        ("Northlight.2024-01-13.Tidal.Clock.1080p.WEB-DL.x264.mp4", "Tidal Clock"),
        ("tidal_clock_720p.mp4", "tidal clock"),
        ("Tidal Clock.mp4", "Tidal Clock"),
    ],
)
def test_file_name_is_searched_by_its_title(name: str, expected: str) -> None:
    """Studio, date, resolution, release words and extension are removed."""
    assert text(name) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Harbor Films - Tidal Clock", "Tidal Clock"),
        ("Tidal Clock (harbor films)", "Tidal Clock"),
        ("Harbor Films: Tidal Clock 2023-09-21.mp4", "Tidal Clock"),
        ("Harbor Films Revisited", "Harbor Films Revisited"),
        ("Harbor Films", "Harbor Films"),
    ],
)
def test_studio_is_removed_only_beside_a_separator(title: str, expected: str) -> None:
    """A studio's name within the words of the title belongs to the title."""
    assert text(title=title, studio=Entity(id="1", name="Harbor Films")) == expected


@pytest.mark.parametrize("name", ["IMG_2041.mp4", "20240113.mp4", "2024-01-13.mp4", None])
def test_name_without_a_title_is_not_searched(name: str | None) -> None:
    """The name of a camera, a date alone and a scene without file give no text."""
    assert text(name) is None


def test_title_of_the_metadata_goes_before_the_file_name() -> None:
    """The name of the file does not matter then."""
    assert text("IMG_2041.mp4", title="Tidal Clock") == "Tidal Clock"


def test_date_that_does_not_exist_stays_in_the_text() -> None:
    """Numbers that are not a day may be part of the title."""
    assert text(title="Room 2024-13-41") == "Room 2024-13-41"


@given(st.text(max_size=40))
def test_text_can_be_passed_to_scrapers(title: str) -> None:
    """It has letters and single spaces, and nothing that breaks the JSON of Stash."""
    found = text(title=title)
    if found is not None:
        assert found == " ".join(found.split())
        assert any(char.isalpha() for char in found)
        assert not {'"', "\\"} & set(found)


def urls_by_source(
    scene: SceneFacts, *sources: Source, excluded: tuple[Source, ...] = ()
) -> list[tuple[str, str]]:
    questions = url_questions(scene, sources, excluded=excluded)
    assert all(question.question.method == "url" for question in questions)
    return [(question.source.name, question.question.text) for question in questions]


def test_address_goes_to_the_source_whose_pattern_it_contains() -> None:
    """Addresses keep the order of the form, each once; unknown addresses are left out."""
    unknown, beta, alpha = (
        "https://nobody.test/1",
        "https://beta.test/v/2",
        "https://alpha.test/scene/3",
    )
    scene = facts(urls=(unknown, beta, alpha, beta))
    sources = source("A", "alpha.test/scene"), source("B", "beta.test")
    assert urls_by_source(scene, *sources) == [("B", beta), ("A", alpha)]


def test_several_sources_of_an_address_share_a_question() -> None:
    """Stash picks any of them, so no answers are counted under the key of the combined source."""
    url = "https://beta.test/v/2"
    both = source("A", "beta.test"), source("B", "beta.test/v")
    assert urls_by_source(facts(urls=(url,)), *both) == [("A or B", url)]
    assert combined_source(both).key == ""
    assert combined_source(both[:1]) is both[0]


def test_address_that_an_excluded_source_might_read_is_left_out() -> None:
    """An excluded source gets no question by chance either."""
    scene = facts(urls=("https://beta.test/v/2",))
    excluded = (source("B", "beta.test/v"),)
    assert urls_by_source(scene, source("A", "beta.test"), excluded=excluded) == []


def test_empty_pattern_reads_no_address() -> None:
    """A source without a pattern is not taken for a source of all addresses."""
    scene = facts(urls=("https://alpha.test/1",))
    assert urls_by_source(scene, source("A", ""), source("B")) == []


def test_each_method_has_a_round_of_able_sources() -> None:
    """The rounds have the order of the methods; without a title there is no search."""
    able = Source(kind=SourceKind.SCRAPER, key="k", name="N", fragment=False)
    by_file = able.model_copy(update={"fragment": True})
    by_words = able.model_copy(update={"query": True})
    by_url = able.model_copy(update={"urls": ("alpha.test",)})
    sources = (by_url, by_words, by_file)
    url = "https://alpha.test/1"

    def rounds(scene: SceneFacts, *methods: ScrapeMethod) -> list[list[tuple[Source, str]]]:
        return [
            [(question.source, question.question.text) for question in questions]
            for questions in question_rounds(scene, sources, methods)
        ]

    titled = facts("IMG_2041.mp4", title="Tidal Clock", urls=(url,))
    assert rounds(titled, "fragment", "url", "query") == [
        [(by_file, "")],
        [(by_url, url)],
        [(by_words, "Tidal Clock")],
    ]
    assert rounds(titled, "query", "fragment") == [[(by_words, "Tidal Clock")], [(by_file, "")]]
    assert rounds(facts("IMG_2041.mp4"), *SCRAPE_METHODS) == [[(by_file, "")], []]
    assert rounds(facts("ABC-123 Ada's Evening.mp4"), "query") == [
        [(by_words, "ABC-123")],
        [(by_words, "ABC123")],
        [(by_words, "Ada's Evening")],
        [(by_words, "Adas Evening")],
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # a slug is its words, without ids and player tags
        ("evening-light-on-the-pier-2160.mp4", ("evening light on the pier",)),
        (
            "ada-sample-at-the-service-of-the-harbour-6699123-1080p_full_mp4.mp4",
            ("ada sample at the service of the harbour",),
        ),
        (
            "SLR_HarbourVR_Pure Light_original_12851_LR_180.mp4",
            ("SLR HarbourVR Pure Light",),
        ),
        # again without punctuation
        (
            "Northlight - 2024-01-13 - Ada's Evening.mp4",
            ("Ada's Evening", "Adas Evening"),
        ),
        ("Northlight - 2024-01-13 - Rain & Wind?.mp4", ("Rain & Wind?", "Rain Wind")),
        ("Northlight - 2024-01-13 - A 3-Way Bridge.mp4", ("A 3-Way Bridge", "A 3 Way Bridge")),
        # codes, with and without hyphen
        ("ABC-123.mp4", ("ABC-123", "ABC123", "ABC 123")),
        ("[site.com]ABC-123-CD1.mp4", ("ABC-123", "ABC123")),
        ("abc00123.mp4", ("abc00123", "ABC-123")),
        ("PL-0245 Copper Roof.mp4", ("PL-0245", "PL0245", "Copper Roof")),
        ("Evening Light [aB3xY_9-kQz].mp4", ("aB3xY_9-kQz", "Evening Light")),
        # numbers that are no codes
        ("Harbour Steps PART-12.mp4", ("Harbour Steps PART-12", "Harbour Steps PART 12")),
        ("Clip 12.mp4", ()),
    ],
)
def test_texts_of_a_file_name(name: str, expected: tuple[str, ...]) -> None:
    """The most telling text first; each is for when nothing came before."""
    found = search_texts(facts(name))
    assert found[: len(expected)] == expected


def test_code_of_the_metadata_goes_before_the_file_name() -> None:
    """It is asked for as it is written, then in the other spelling, then the title."""
    scene = facts("XYZ-999.mp4", title="Tidal Clock", code="NL-0107")
    assert search_texts(scene) == ("NL-0107", "NL0107", "Tidal Clock")
