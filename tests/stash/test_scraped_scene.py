"""Proposals from answers: which values count, which are dropped, which answers are failures."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from stashbot.errors import ScrapeFailed
from stashbot.models import FileFingerprint, Proposal, ScrapedEntity, Source, SourceKind, StashId
from stashbot.stash.scraped_scene import parse_scrape_answer, proposal_from_answer

SCRAPER = Source(kind=SourceKind.SCRAPER, key="alpha", name="AlphaSource")
BOX = Source(kind=SourceKind.STASH_BOX, key="https://box.test/graphql", name="BoxSource")

#: An empty object of a scraper as the page receives it.
NULLS: dict[str, Any] = {
    "title": None,
    "code": None,
    "details": None,
    "director": None,
    "urls": None,
    "date": None,
    "image": None,
    "remote_site_id": None,
    "file": None,
    "studio": None,
    "tags": [],
    "performers": None,
    "groups": None,
    "fingerprints": None,
    "__typename": "ScrapedScene",
}


def proposal(source: Source = SCRAPER, **fields: Any) -> Proposal:
    return proposal_from_answer(source, NULLS | fields)


def named(*names: str) -> list[dict[str, Any]]:
    return [{"stored_id": None, "name": name} for name in names]


@pytest.mark.parametrize(
    "item",
    [
        NULLS,
        {},
        NULLS | {"title": "", "details": " \n", "urls": ["", " "], "url": ""},
        NULLS | {"studio": {"name": " ", "stored_id": "3"}, "tags": named("", "  ")},
        NULLS | {"performers": [None, {}, {"name": None}], "groups": [], "image": ""},
        NULLS | {"file": {"duration": 0}, "fingerprints": [{"duration": 0}, None]},
    ],
)
def test_nulls_blanks_and_nameless_entities_are_an_empty_proposal(item: dict[str, Any]) -> None:
    """The proposal is empty; that is no error."""
    assert proposal_from_answer(SCRAPER, item) == Proposal(source="AlphaSource")
    assert proposal_from_answer(SCRAPER, item).is_empty


def test_texts_keep_their_characters_except_white_space_around_them() -> None:
    """They are neither normalized nor collapsed."""
    title = "Cafe\u0301 \u2013  \u201cOne\u201d\u00a0\u200d\U0001f3a5 <b>&amp;</b>"
    found = proposal(
        title=f" \t{title}\n", details="\n a\n\n  b \n", code=" X-1 ", director="D.", date="2024"
    )
    assert found.title == title
    assert found.details == "a\n\n  b"
    assert (found.code, found.director, found.date) == ("X-1", "D.", "2024")


@pytest.mark.parametrize(
    ("fields", "urls"),
    [
        ({"urls": ["b", " a ", "b", None, ""]}, ("b", "a")),
        ({"urls": ["a"], "url": "other"}, ("a",)),
        ({"urls": None, "url": " a "}, ("a",)),
        ({"urls": [], "url": "a"}, ("a",)),
    ],
)
def test_urls_in_order_each_once_else_the_old_single_url(
    fields: dict[str, Any], urls: tuple[str, ...]
) -> None:
    """``urls`` wins over the deprecated ``url``, which Stash mirrors from it."""
    assert proposal(**fields).urls == urls


def test_each_entity_appears_once() -> None:
    """The same id or name in any case is the same entity; the matched spelling stays in place."""
    found = proposal(
        performers=[
            {"name": "Ada Sample", "stored_id": None},
            {"name": "Ben Example", "stored_id": "2"},
            {"name": "ada sample", "stored_id": "1"},
            {"name": "B. Example", "stored_id": "2"},
            {"name": " Ben Example ", "stored_id": None},
        ]
    )
    assert found.performers == (
        ScrapedEntity(name="ada sample", stored_id="1"),
        ScrapedEntity(name="Ben Example", stored_id="2"),
    )


def test_namesakes_matched_to_different_ids_stay_apart() -> None:
    """Stash has two performers with that name."""
    found = proposal(
        performers=[{"name": "Mia Trial", "stored_id": "7"}, {"name": "MIA TRIAL", "stored_id": 8}]
    )
    assert [performer.stored_id for performer in found.performers] == ["7", "8"]


def test_groups_come_from_movies_before_0_27() -> None:
    """Where an answer has both, groups count."""
    assert proposal(groups=None, movies=named("Old")).groups == (ScrapedEntity(name="Old"),)
    assert proposal(groups=named("New"), movies=named("Old")).groups == (ScrapedEntity(name="New"),)


def test_a_remote_id_counts_for_stash_boxes_only() -> None:
    """A scraper's remote_site_id belongs to no endpoint, and Stash does not apply it either."""
    assert proposal(SCRAPER, remote_site_id="zz-1").stash_id is None
    assert proposal(BOX, remote_site_id=" zz-1 ").stash_id == StashId(
        endpoint="https://box.test/graphql", stash_id="zz-1"
    )
    assert proposal(BOX, remote_site_id="").stash_id is None


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({"file": {"duration": 61.5}, "duration": 60, "fingerprints": [{"duration": 1}]}, 61.5),
        ({"file": {"duration": None}, "duration": 60, "fingerprints": [{"duration": 1}]}, 60),
        ({"duration": 0, "fingerprints": [{"duration": 60}]}, None),
        ({"file": {"duration": float("nan")}}, None),
        ({"file": {"duration": float("inf")}, "fingerprints": []}, None),
    ],
)
def test_the_duration_is_of_the_file_or_the_scene(
    fields: dict[str, Any], seconds: float | None
) -> None:
    """Only positive finite numbers count; fingerprints have durations of their own."""
    assert proposal(**fields).duration == seconds


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", ""])
def test_an_image_is_known_by_the_hash_of_its_bytes(kind: str) -> None:
    """A data URI's decoded bytes are hashed, line breaks in the base64 or not."""
    content = bytes(range(256)) * 40
    coded = base64.encodebytes(content).decode()
    for body in (coded, coded.replace("\n", "")):
        found = proposal(image=f"data:{kind};base64,{body}")
        assert found.cover == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    "image",
    [
        "https://img.test/a.jpg",
        "data:image/png;base64,AA%AA==",
        "data:image/png;base64",
        "data:,",
        7,
    ],
)
def test_an_image_without_bytes_is_no_cover(image: Any) -> None:
    """An address, broken base64 or an empty image proposes no cover."""
    assert proposal(image=image).cover is None


def test_an_answer_holds_its_proposals_in_order() -> None:
    """The list of scrapeSingleScene, with null elements left out; none at all is no error."""
    items = [NULLS | {"title": "A"}, None, NULLS, NULLS | {"title": "B"}]
    found = parse_scrape_answer(SCRAPER, {"data": {"scrapeSingleScene": items}})
    assert [proposal.title for proposal in found] == ["A", None, "B"]
    assert parse_scrape_answer(SCRAPER, {"data": {"scrapeSingleScene": []}}) == ()
    assert parse_scrape_answer(SCRAPER, {"data": {"scrapeSingleScene": None}}) == ()


def test_scraping_by_url_gives_an_object_or_null() -> None:
    """The object of scrapeSceneURL is read the same way."""
    (found,) = parse_scrape_answer(SCRAPER, {"data": {"scrapeSceneURL": {"title": "A"}}})
    assert found.title == "A"
    assert parse_scrape_answer(SCRAPER, {"data": {"scrapeSceneURL": None}}) == ()


def test_the_error_of_a_failed_source_has_the_message_of_stash() -> None:
    """Errors of the answer are ScrapeFailed with Stash's message and the source's name."""
    payload = {"errors": [{"message": "scraper alpha: EOF"}, {"message": "x"}], "data": None}
    with pytest.raises(ScrapeFailed, match="AlphaSource failed") as caught:
        parse_scrape_answer(SCRAPER, payload)
    assert caught.value.details == {"source": "AlphaSource", "detail": "scraper alpha: EOF; x"}


@pytest.mark.parametrize("payload", [None, [], {}, {"data": None}, {"data": {"other": []}}, "x"])
def test_an_answer_without_a_result_is_a_failure(payload: Any) -> None:
    """A lost or foreign answer does not mean that the source knows nothing."""
    with pytest.raises(ScrapeFailed, match="holds no scrape result"):
        parse_scrape_answer(SCRAPER, payload)


def test_a_stash_box_that_put_its_whole_answer_into_the_message_is_cut() -> None:
    """The detail stays readable."""
    with pytest.raises(ScrapeFailed) as caught:
        parse_scrape_answer(BOX, {"errors": [{"message": "x" * 3_000_000}]})
    assert len(caught.value.detail or "") < 3000


@pytest.mark.timeout(20)
def test_huge_answers_are_read_quickly_and_whole() -> None:
    """2 MB of details, 300 performers, 5000 tags and fingerprints take less than 20 seconds."""
    found = proposal(
        details="d" * 2_000_000,
        performers=named(*(f"Performer {number}" for number in range(300))),
        tags=named(*(f"tag {number % 2500}" for number in range(5000))),
        fingerprints=[
            {"duration": 60 + number % 3, "algorithm": "PHASH", "hash": f"{number:016x}"}
            for number in range(5000)
        ],
        image="data:image/png;base64," + base64.b64encode(bytes(2_000_000)).decode(),
    )
    assert len(found.details or "") == 2_000_000
    assert (len(found.performers), len(found.tags)) == (300, 2500)
    assert len(found.fingerprints) == 1000


def test_fingerprints_are_read_as_files_have_them() -> None:
    """In lower case and each once; without a kind or a value there is none."""
    found = proposal(
        fingerprints=[
            {"algorithm": "OSHASH", "hash": "AB12", "duration": 60},
            {"algorithm": "oshash", "hash": "ab12 ", "duration": 61},
            {"algorithm": "PHASH", "hash": "", "duration": 61},
            {"hash": "cd34"},
            {"algorithm": 7, "hash": 8},
            None,
        ]
    )
    assert found.fingerprints == (FileFingerprint(kind="oshash", value="ab12", duration=60),)
    assert proposal(fingerprints=[{"algorithm": "MD5", "hash": "x"}]).is_empty
