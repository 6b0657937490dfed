"""What a scene is searched by, and which of its addresses are asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.sources.questions import rounds, search_text, url_queries
from stashbot.models import WAYS, Entity, Scene, Source, SourceKind, VideoFile, Way
from stashbot.settings import FilenameSettings


def scene(name: str | None = None, **fields: object) -> Scene:
    file = VideoFile(id="1", path=f"/v/{name}", basename=name or "", duration=60)
    return Scene.model_validate({"id": "7", "files": (file,) if name else (), **fields})


def text(name: str | None = None, **fields: object) -> str | None:
    return search_text(scene(name, **fields), FilenameSettings())


def source(name: str, *urls: str) -> Source:
    return Source(kind=SourceKind.SCRAPER, key=name, name=name, urls=urls)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Northlight - 2024-01-13 - Tidal Clock.mp4", "Tidal Clock"),
        ("[Meadow] Evening Light (2022-11-30) [1080p].mkv", "Evening Light"),
        ("Northlight.2024-01-13.Tidal.Clock.1080p.WEB-DL.x264.mp4", "Tidal Clock"),
        ("tidal_clock_720p.mp4", "tidal clock"),
        ("Tidal Clock.mp4", "Tidal Clock"),
    ],
)
def test_a_file_name_is_searched_by_its_title_alone(name: str, wanted: str) -> None:
    """Studio, date, resolution, release words and extension are taken out."""
    assert text(name) == wanted


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("Harbor Films - Tidal Clock", "Tidal Clock"),
        ("Tidal Clock (harbor films)", "Tidal Clock"),
        ("Harbor Films: Tidal Clock 2023-09-21.mp4", "Tidal Clock"),
        ("Harbor Films Revisited", "Harbor Films Revisited"),
        ("Harbor Films", "Harbor Films"),
    ],
)
def test_the_studio_goes_only_where_it_stands_apart(title: str, wanted: str) -> None:
    """A studio's name within the title's own words belongs to the title."""
    assert text(title=title, studio=Entity(id="1", name="Harbor Films")) == wanted


@pytest.mark.parametrize("name", ["IMG_2041.mp4", "20240113.mp4", "2024-01-13.mp4", None])
def test_a_name_that_tells_nothing_is_not_searched_by(name: str | None) -> None:
    """A camera's name, a bare date and a scene without file give no text."""
    assert text(name) is None


def test_the_metadata_goes_before_the_file_name() -> None:
    """The scene's own title is searched by, whatever the file is called."""
    assert text("IMG_2041.mp4", title="Tidal Clock") == "Tidal Clock"


def test_a_date_that_does_not_exist_stays() -> None:
    """Numbers that are no day may be part of the title."""
    assert text(title="Room 2024-13-41") == "Room 2024-13-41"


@given(st.text(max_size=40))
def test_what_is_searched_by_can_be_handed_on(title: str) -> None:
    """No text breaks the JSON that Stash builds of it, is blank, or changes on a second pass of
    white space.
    """
    found = text(title=title)
    if found is not None:
        assert found == " ".join(found.split())
        assert any(one.isalpha() for one in found)
        assert not {'"', "\\"} & set(found)


def asked(scene: Scene, *sources: Source, others: tuple[Source, ...] = ()) -> list[tuple[str, str]]:
    found = url_queries(scene, sources, others=others)
    assert all(one.question.by == "url" for one in found)
    return [(one.source.name, one.question.text) for one in found]


def test_an_address_is_asked_of_the_source_whose_pattern_it_contains() -> None:
    """In the order of the form and each once; addresses that nobody knows are left out."""
    urls = ("https://nobody.test/1", "https://beta.test/v/2", "https://alpha.test/scene/3")
    alpha, beta = source("A", "alpha.test/scene"), source("B", "beta.test")
    held = scene(urls=(*urls, urls[1]))
    assert asked(held, alpha, beta) == [("B", urls[1]), ("A", urls[2])]


def test_of_several_sources_none_is_said_to_have_answered() -> None:
    """Stash picks one of them: both are named, with no key that answers could be counted under."""
    held = scene(urls=("https://beta.test/v/2",))
    both = source("A", "beta.test"), source("B", "beta.test/v")
    assert asked(held, *both) == [("A or B", held.urls[0])]
    assert url_queries(held, both)[0].source.key == ""


def test_an_address_that_another_source_might_read_is_not_asked() -> None:
    """A source that the run may not ask is not asked by chance either."""
    held = scene(urls=("https://beta.test/v/2",))
    assert asked(held, source("A", "beta.test"), others=(source("B", "beta.test/v"),)) == []


def test_an_empty_pattern_knows_no_address() -> None:
    """A source without a telling pattern is not taken for one that scrapes everything."""
    assert asked(scene(urls=("https://alpha.test/1",)), source("A", ""), source("B")) == []


def test_each_way_asks_those_that_can_be_asked_so() -> None:
    """In the order of the ways; by words only where there are any."""
    able = Source(kind=SourceKind.SCRAPER, key="k", name="N", fragment=False)
    by_file = able.model_copy(update={"fragment": True})
    by_words = able.model_copy(update={"query": True})
    by_url = able.model_copy(update={"urls": ("alpha.test",)})
    sources = (by_url, by_words, by_file)
    url = "https://alpha.test/1"

    def ways(held: Scene, *wanted: Way) -> list[list[tuple[Source, str]]]:
        found = rounds(held, sources, wanted, FilenameSettings())
        return [[(one.source, one.question.text) for one in asked] for asked in found]

    titled = scene("IMG_2041.mp4", title="Tidal Clock", urls=(url,))
    assert ways(titled, "fragment", "url", "query") == [
        [(by_file, "")],
        [(by_url, url)],
        [(by_words, "Tidal Clock")],
    ]
    assert ways(titled, "query", "fragment") == [[(by_words, "Tidal Clock")], [(by_file, "")]]
    assert ways(scene("IMG_2041.mp4"), *WAYS) == [[(by_file, "")], [], []]
