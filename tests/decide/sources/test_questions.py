"""The questions to sources: the text that a scene is searched for, and its own addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.matching.scene_facts import SceneFacts, read_scene_facts
from stashbot.decide.sources.questions import (
    combined_source,
    question_rounds,
    search_text,
    url_questions,
)
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
    assert rounds(facts("IMG_2041.mp4"), *SCRAPE_METHODS) == [[(by_file, "")], [], []]
