"""The score of a proposal: the playbook's points at their limits, and what holds for any."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.matching.scoring import UNKNOWN, judge
from stashbot.decide.matching.titles import normal_title, same_title
from stashbot.models import (
    Evidence,
    FilePrint,
    Judgement,
    Known,
    Proposal,
    Recommendation,
    ScrapedEntity,
)
from stashbot.settings import WeightSettings
from tests.decide.strategies import proposals as any_proposals

PLAYBOOK = WeightSettings(studio=0.0, url=0.0, fingerprint=0.0)
DEFAULT = WeightSettings()
NAMES = ("Ada Sample", "Ben Placeholder", "Cleo Example", "Dana Mock", "Finn Draft", "Gia Proto")


def known(*, by_name: bool = False, **fields: Any) -> Known:
    origin = dict.fromkeys(fields, "file name" if by_name else "metadata")
    return Known.model_validate({**fields, "origin": origin})


def proposal(*, performers: tuple[str, ...] = (), **fields: Any) -> Proposal:
    named = tuple(ScrapedEntity(name=name) for name in performers)
    return Proposal(source="Catalog", performers=named, **fields)


def evidence(judgement: Judgement, signal: str) -> Evidence:
    return next(one for one in judgement.evidence if one.signal == signal)


def points(signal: str, of_scene: Known, proposed: Proposal) -> float:
    return evidence(judge(proposed, of_scene, PLAYBOOK), signal).points


_TITLES = st.sampled_from([None, "Clip 12", "CLIP 12", "Clip 13", "Straße", "", "!"])
_DAYS = st.sampled_from([None, "2024-01-13", "2024-02-10", "2024-01", "January 13, 2024", "soon"])
_SECONDS = st.one_of(st.none(), st.sampled_from([0.0, 600.0, 610.0, 611.0, 630.0, 631.0]))
_PEOPLE = st.lists(st.sampled_from(NAMES), max_size=6).map(tuple)
knowns = st.builds(
    known,
    by_name=st.booleans(),
    title=_TITLES,
    date=_DAYS,
    duration=_SECONDS,
    performers=_PEOPLE,
)
proposed = st.builds(proposal, title=_TITLES, date=_DAYS, duration=_SECONDS, performers=_PEOPLE)
_SHARES = st.floats(0, 1)


def _reachable(values: dict[str, float]) -> bool:
    best = values["title"] + values["date"] + values["performers_max"] * bool(values["performer"])
    best += max(values["duration_close"], values["duration_near"])
    return round(best, 6) >= values["threshold"]


weights = (
    st.fixed_dictionaries(
        {
            "threshold": st.floats(0.01, 1),
            "title": _SHARES,
            "date": _SHARES,
            "duration_close": _SHARES,
            "duration_near": _SHARES,
            "performer": _SHARES,
            "performers_max": _SHARES,
        }
    )
    .filter(_reachable)
    .map(WeightSettings.model_validate)
)


@given(scene=knowns, said=st.one_of(proposed, any_proposals), by=weights)
def test_a_score_is_between_0_and_1_and_explained(
    scene: Known, said: Proposal, by: WeightSettings
) -> None:
    """With any weights: 0 to 1, no signal above its weight, and the score is the sum of points."""
    judgement = judge(said, scene, by)
    assert 0 <= judgement.score <= 1
    signals = [
        "title",
        "date",
        "duration",
        "performers",
        *["studio"] * bool(by.studio),
        *["url"] * bool(by.url),
    ]
    assert [one.signal for one in judgement.evidence] == signals
    assert all(0 <= one.points <= one.weight + 1e-6 for one in judgement.evidence)
    assert judgement.score == pytest.approx(
        min(1, sum(one.points for one in judgement.evidence)), abs=1e-6
    )
    assert judgement.accepted == (judgement.score >= round(by.threshold, 6))
    assert judgement.accepted == (
        judgement.recommendation in {Recommendation.STRONG, Recommendation.MEDIUM}
    )


@given(scene=knowns, said=proposed)
def test_evidence_has_both_values_and_says_why_not(scene: Known, said: Proposal) -> None:
    """Each signal shows what was compared, where the scene's side is from, and a reason for 0."""
    for one in judge(said, scene, PLAYBOOK).evidence:
        shown: Any = getattr(scene, one.signal)
        assert one.scene == (list(shown) if one.signal == "performers" else shown)
        assert one.origin == scene.origin.get(one.signal, "")
        assert bool(one.note) == (one.points == 0)
    listed = evidence(judge(said, scene, PLAYBOOK), "performers").proposal
    assert listed == [one.name for one in said.performers]


@given(
    scene=knowns, said=proposed, piece=st.sampled_from(["title", "date", "duration", "performers"])
)
def test_the_unknown_earns_nothing(scene: Known, said: Proposal, piece: str) -> None:
    """A piece that one side lacks earns no points and is called unknown, whatever the other has."""
    empty: Any = () if piece == "performers" else None
    for left, right in (
        (scene.model_copy(update={piece: empty}), said),
        (scene, said.model_copy(update={piece: empty})),
    ):
        found = evidence(judge(right, left, PLAYBOOK), piece)
        assert (found.points, found.note) == (0, UNKNOWN)


@given(scene=knowns, said=proposed)
def test_more_agreement_never_scores_less(scene: Known, said: Proposal) -> None:
    """A proposal that takes over the scene's value of a piece scores at least as much as before."""
    score = judge(said, scene, PLAYBOOK).score
    people = tuple(ScrapedEntity(name=name) for name in scene.performers)
    agreeing: tuple[dict[str, Any], ...] = (
        {"title": scene.title or said.title},
        {"date": scene.date or said.date},
        {"duration": scene.duration or said.duration},
        {"performers": (*said.performers, *people)},
    )
    for update in agreeing:
        better = judge(said.model_copy(update=update), scene, PLAYBOOK)
        assert better.score >= score


@given(seconds=st.tuples(st.floats(1, 9000), st.floats(1, 9000), st.floats(1, 9000)))
def test_nearer_durations_never_score_less(seconds: tuple[float, float, float]) -> None:
    """Of two durations the one that is nearer to the file's earns at least as much."""
    held, one, other = seconds
    near, far = sorted((one, other), key=lambda value: abs(value - held))
    scene = known(duration=held)
    assert points("duration", scene, proposal(duration=near)) >= points(
        "duration", scene, proposal(duration=far)
    )


def test_no_evidence_is_no_trust() -> None:
    """An empty proposal, an empty scene and both score 0, are not accepted and recommend none."""
    full = known(title="Clip", date="2024-01-13", duration=600, performers=("Ada Sample",))
    said = proposal(title="Clip", date="2024-01-13", duration=600, performers=("Ada Sample",))
    for scene, source in ((Known(), said), (full, proposal()), (Known(), proposal())):
        judgement = judge(source, scene, PLAYBOOK)
        assert (judgement.score, judgement.accepted) == (0, False)
        assert judgement.recommendation is Recommendation.NONE
        assert {one.note for one in judgement.evidence} == {UNKNOWN}


def test_full_agreement_is_1() -> None:
    """Title, date, duration and four performers add up to exactly 1: strong."""
    scene = known(title="Clip", date="2024-01-13", duration=600, performers=NAMES[:4])
    said = proposal(title="clip", date="2024-01-13", duration=600, performers=NAMES[:4])
    judgement = judge(said, scene, PLAYBOOK)
    assert (judgement.score, judgement.recommendation) == (1, Recommendation.STRONG)


@pytest.mark.parametrize(
    ("difference", "earned"),
    [(0, 0.2), (9.999, 0.2), (10, 0.2), (10.001, 0.1), (11, 0.1), (29.999, 0.1), (30, 0.1),
     (30.001, 0), (31, 0), (600, 0)],
)  # fmt: skip
@pytest.mark.parametrize("sign", [1, -1])
def test_durations_at_their_limits(difference: float, earned: float, sign: int) -> None:
    """Up to 10 s apart earn .2, up to 30 s .1, more nothing; longer and shorter alike."""
    said = proposal(duration=1200 + sign * difference)
    assert points("duration", known(duration=1200), said) == earned


@pytest.mark.parametrize(
    ("seconds", "apart", "earned"), [(6.01, 10, 0.2), (6.26, 10, 0.2), (0.1, 30, 0.1)]
)
def test_limits_hold_in_floating_point(seconds: float, apart: int, earned: float) -> None:
    """16.01 is 10 s from 6.01, though the difference of the two floats is more than 10."""
    for held in (seconds, seconds + 0.35, seconds + 0.09):
        other = round(held + apart, 2)
        assert points("duration", known(duration=held), proposal(duration=other)) == earned


@pytest.mark.parametrize("seconds", [0, -5, float("nan"), float("inf")])
def test_durations_that_are_none(seconds: float) -> None:
    """What is no length of a film agrees with nothing, not with itself either."""
    assert points("duration", known(duration=seconds), proposal(duration=seconds)) == 0
    assert points("duration", known(duration=5), proposal(duration=seconds)) == 0


@pytest.mark.parametrize(
    ("common", "earned"), [(0, 0), (1, 0.05), (2, 0.1), (3, 0.15), (4, 0.2), (5, 0.2), (6, 0.2)]
)
def test_performers_at_their_limit(common: int, earned: float) -> None:
    """Each performer in common earns .05, from the fourth on no more than .2 together."""
    said = proposal(performers=(*NAMES[:common], "Iris Beta"))
    assert points("performers", known(performers=NAMES), said) == earned


def test_a_performer_counts_once() -> None:
    """Repetition and case make no second performer in common."""
    scene = known(performers=("Ada Sample", "ADA SAMPLE"))
    assert points("performers", scene, proposal(performers=("Ada Sample", "ada sample"))) == 0.05


@pytest.mark.parametrize(("common", "accepted"), [(2, True), (1, False)])
def test_the_threshold_at_above_and_below(common: int, accepted: bool) -> None:
    """Title, two performers and .1 for the duration are .6: enough. A performer less is not."""
    scene = known(title="Clip", duration=600, performers=NAMES)
    said = proposal(title="Clip", duration=620, performers=NAMES[:common])
    judgement = judge(said, scene, PLAYBOOK)
    assert judgement.score == (0.6 if accepted else 0.55)
    assert judgement.accepted is accepted


@pytest.mark.parametrize(
    ("fields", "score"),
    [
        ({"title": "Clip", "date": "2024-01-13"}, 0.6),
        ({"title": "Clip", "duration": 600}, 0.6),
        ({"title": "Clip", "date": "2024-01-13", "duration": 620}, 0.7),
        ({"title": "Clip", "duration": 620}, 0.5),
    ],
)
def test_sums_meet_the_threshold_exactly(fields: dict[str, Any], score: float) -> None:
    """.4 and .2 are .6 and accepted, though the sum of the floats is not exactly .6."""
    scene = known(title="Clip", date="2024-01-13", duration=600)
    judgement = judge(proposal(**fields), scene, PLAYBOOK)
    assert judgement.score == score
    assert judgement.accepted is (score >= 0.6)


def test_a_sum_that_floats_put_below_the_threshold_meets_it() -> None:
    """.1 and .7 meet a threshold of .8, though the sum of the floats is less."""
    assert 0.1 + 0.7 < 0.8
    by = WeightSettings(title=0.1, date=0.7, threshold=0.8)
    scene = known(title="Clip", date="2024-01-13")
    judgement = judge(proposal(title="Clip", date="2024-01-13"), scene, by)
    assert (judgement.score, judgement.accepted) == (0.8, True)


def test_a_threshold_with_more_decimals_than_a_score() -> None:
    """Weights of a third meet a threshold of a third: both are rounded alike."""
    by = WeightSettings(title=1 / 3, threshold=1 / 3 + 1e-12)
    assert judge(proposal(title="Clip"), known(title="Clip"), by).accepted


@pytest.mark.parametrize(
    ("threshold", "score", "expected"),
    [
        (0.6, 0.8, Recommendation.STRONG),
        (0.6, 0.79, Recommendation.MEDIUM),
        (0.6, 0.6, Recommendation.MEDIUM),
        (0.6, 0.59, Recommendation.LOW),
        (0.6, 0.3, Recommendation.LOW),
        (0.6, 0.29, Recommendation.NONE),
        (0.66, 0.83, Recommendation.STRONG),  # the middle is .8300000000000001 in floats
        (1, 1, Recommendation.STRONG),
    ],
)
def test_recommendations_at_their_limits(
    threshold: float, score: float, expected: Recommendation
) -> None:
    """Strong from half way between threshold and 1, low from half the threshold."""
    by = WeightSettings(title=score, threshold=threshold, date=1)
    judgement = judge(proposal(title="Clip"), known(title="Clip"), by)
    assert (judgement.score, judgement.recommendation) == (score, expected)


def test_dates_are_compared_as_they_would_be_written() -> None:
    """The same day in the source's own writing agrees; a date that may mean two days does not."""
    scene = known(date="2024-04-03")
    assert points("date", scene, proposal(date="April 3, 2024")) == 0.2
    assert points("date", scene, proposal(date="2024/4/3")) == 0.2
    assert points("date", scene, proposal(date="03/04/2024")) == 0
    assert points("date", scene, proposal(date="2024-04")) == 0


@given(title=st.text())
def test_titles_agree_ignoring_case_and_composition(title: str) -> None:
    """A title agrees with itself in capitals' fold and with accents written either way."""
    for form in ("NFC", "NFD"):
        other = unicodedata.normalize(form, title.casefold())
        assert same_title(title, other, from_file_name=False)


def test_punctuation_counts_unless_a_file_name_lost_it() -> None:
    """``Part 2: "Again"`` is ``Part.2.Again`` in a file name, but not in Stash."""
    assert same_title('Part 2: "Again"', "Part 2 Again", from_file_name=True)
    assert not same_title('Part 2: "Again"', "Part 2 Again", from_file_name=False)


@pytest.mark.parametrize(("one", "other"), [("!!!", "???"), ("...", "-"), ("Clip", "Clips")])
def test_titles_without_letters_agree_with_themselves_only(one: str, other: str) -> None:
    """What is empty in normal form is no title: two such titles are not equal for it."""
    assert not same_title(one, other, from_file_name=True)
    assert same_title(one, one, from_file_name=True)


@given(title=st.text())
def test_the_normal_form_is_stable(title: str) -> None:
    """The normal form has letters and digits only, and is the same for any case."""
    normal = normal_title(title)
    assert all(char.isalnum() for char in normal)
    assert normal_title(title.swapcase().swapcase()) in {normal, normal_title(title.swapcase())}


@pytest.mark.parametrize(
    ("read", "agrees"),
    [
        ("Ada Sample Android", True),
        ("Ada Sample and Ben Placeholder Android", True),
        ("Ben Placeholder Ada Sample Android", True),
        ("Ada.Sample - Android", True),
        ("Ada Sample", False),
        ("Ada Android", False),
        ("Cleo Example Android", False),
        ("Ada Sample Android Two", False),
    ],
)
def test_performers_may_stand_before_the_title_of_a_file_name(read: str, agrees: bool) -> None:
    """A release name runs performers and title together: it agrees if both use it up wholly."""
    said = proposal(title="Android", performers=NAMES[:2])
    assert points("title", known(by_name=True, title=read), said) == (0.4 if agrees else 0)
    assert points("title", known(title=read), said) == 0


def test_a_title_of_names_only_needs_a_title() -> None:
    """A proposal without a title, or with one of punctuation only, agrees with no file name."""
    scene = known(by_name=True, title="Ada Sample")
    for title in (None, "", "!"):
        assert points("title", scene, proposal(title=title, performers=NAMES)) == 0


def test_names_of_performers_from_a_file_name() -> None:
    """A file name cannot carry all of a name either; Stash's own names are taken as they are."""
    said = proposal(performers=("Ó'Neil-Demo, Zoë",))
    decomposed = unicodedata.normalize("NFD", "Ó'Neil-Demo, Zoë")
    assert points("performers", known(performers=(decomposed,)), said) == 0.05
    assert points("performers", known(by_name=True, performers=("ÓNeil Demo Zoë",)), said) == 0.05
    assert points("performers", known(performers=("ÓNeil Demo Zoë",)), said) == 0
    assert (
        points("performers", known(by_name=True, performers=("!",)), proposal(performers=("?",)))
        == 0
    )


def test_a_studio_makes_up_for_a_date_that_is_not_known() -> None:
    """By default title and studio are enough; with the playbook's own signals they are not."""
    of_scene = known(by_name=True, title="Night Market", studio="paper-lantern")
    said = proposal(title="Night Market", studio=ScrapedEntity(name="Paper Lantern"))
    assert judge(said, of_scene, DEFAULT).accepted
    assert not judge(said, of_scene, PLAYBOOK).accepted
    other = said.model_copy(update={"studio": ScrapedEntity(name="Quiet Coast")})
    assert evidence(judge(other, of_scene, DEFAULT), "studio").points == 0
    assert not judge(other, of_scene, DEFAULT).accepted


@pytest.mark.parametrize(
    ("title", "points_of_it"),
    [("Clip 12: Frozen Pier", 0.4), ("Clip 13: Frozen Pier", 0.0), ("Clip 12 and 13", 0.0)],
)
def test_a_numbered_title_may_end_at_its_colon(title: str, points_of_it: float) -> None:
    """A file name cannot hold a colon, so what stands before it is the title, if it is numbered.

    A title that was entered by hand is compared as a whole, and one without a number is too.
    """
    day = "2024-01-13"
    said = proposal(title=title, date=day)
    assert points("title", known(by_name=True, title="Clip 12", date=day), said) == points_of_it
    assert points("title", known(title="Clip 12", date=day), said) == 0
    plain = proposal(title="Windows: Part 2", date=day)
    assert points("title", known(by_name=True, title="Windows", date=day), plain) == 0


@pytest.mark.parametrize("date", [None, "2024-01-14"])
def test_a_number_alone_is_the_title_of_too_many(date: str | None) -> None:
    """``Clip 12`` is not ``Clip 12: Frozen Pier`` where no date, or another one, is known."""
    said = proposal(title="Clip 12: Frozen Pier", date="2024-01-13")
    assert points("title", known(by_name=True, title="Clip 12", date=date), said) == 0


def test_words_that_studio_names_and_title_use_up() -> None:
    """Where a file name does not tell what is what, a proposal that explains all of it agrees in
    title and studio; one that leaves a word over agrees in neither.
    """
    day = "2024-05-25"
    of_scene = known(by_name=True, title="northlight ada sample clip 22", date=day)
    studio = ScrapedEntity(name="Northlight")
    said = proposal(
        title="Clip 22: Slow Ferry", performers=("Ada Sample",), studio=studio, date=day
    )
    assert points("title", of_scene, said) == 0.4
    assert evidence(judge(said, of_scene, DEFAULT), "studio").points == 0.2
    less = said.model_copy(update={"performers": ()})
    assert points("title", of_scene, less) == 0
    assert evidence(judge(less, of_scene, DEFAULT), "studio").points == 0


PAGE = "https://www.alpha.test/scene/NL-104/"


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (PAGE, PAGE),
        ("http://alpha.test/scene/NL-104", PAGE),
        ("https://ALPHA.test/scene/NL-104", PAGE),
    ],
)
def test_a_page_that_is_the_scenes_own_is_trusted(held: str, said: str) -> None:
    """However its address is written, and though the file is called otherwise."""
    of_scene = known(by_name=True, title="clip from phone").model_copy(update={"urls": (held,)})
    judged = judge(proposal(title="Tidal Clock", urls=(said,)), of_scene, DEFAULT)
    assert (judged.score, judged.accepted) == (0.6, True)


@pytest.mark.parametrize(
    "contrary",
    [{"title": "Other"}, {"date": "2024-01-13"}, {"duration": 100.0}, {"performers": NAMES[:1]}],
)
def test_a_page_that_the_scene_contradicts_is_not(contrary: dict[str, Any]) -> None:
    """A wrong address on a scene brings nothing wrong in; the evidence says what speaks against."""
    of_scene = known(**contrary).model_copy(update={"urls": (PAGE,)})
    said = proposal(
        title="Tidal Clock", date="2023-09-21", duration=600.0, performers=NAMES[1:2], urls=(PAGE,)
    )
    judged = judge(said, of_scene, DEFAULT)
    assert not judged.accepted
    assert next(iter(contrary)) in evidence(judged, "url").note


@pytest.mark.parametrize("other", ["https://alpha.test/scene/NL-105", "https://alpha.test/scene"])
def test_another_page_says_nothing(other: str) -> None:
    """Not even of the same site."""
    of_scene = Known(urls=(PAGE,))
    assert evidence(judge(proposal(title="X", urls=(other,)), of_scene, DEFAULT), "url").points == 0


def told(*prints: tuple[str, str]) -> tuple[FilePrint, ...]:
    return tuple(FilePrint(kind=kind, value=value) for kind, value in prints)


PRINTS = {"oshash": "0123456789abcdef", "md5": "ab" * 16, "phash": "fedcba9876543210"}


@pytest.mark.parametrize(
    ("kind", "earned"), [("oshash", 0.6), ("md5", 0.6), ("phash", 0.3), ("sha1", 0.0)]
)
def test_a_source_that_knows_the_file_is_believed(kind: str, earned: float) -> None:
    """The very file is enough alone; pictures that look the same are half of it."""
    value = PRINTS.get(kind, "x")
    of_scene = known(by_name=True, title="clip from phone").model_copy(update={"prints": PRINTS})
    said = proposal(title="Tidal Clock", prints=told((kind, "00" * 8), (kind, value)))
    judged = judge(said, of_scene, DEFAULT)
    assert evidence(judged, "fingerprint").points == earned
    assert judged.accepted is (earned == 0.6)
    assert judge(said, of_scene, PLAYBOOK).score == 0


@pytest.mark.parametrize(
    "contrary",
    [
        {"title": "Another"},
        {"date": "2023-09-22"},
        {"duration": 700.0},
        {"performers": NAMES[:1]},
        {"studio": "Meadow"},
    ],
    ids=str,
)
def test_a_known_file_does_not_outweigh_what_the_scene_says(contrary: dict[str, Any]) -> None:
    """Somebody may have sent the wrong file to a stash-box; then a person decides."""
    of_scene = known(**contrary).model_copy(update={"prints": PRINTS})
    said = proposal(
        title="Tidal Clock",
        date="2023-09-21",
        duration=600.0,
        performers=NAMES[1:2],
        studio=ScrapedEntity(name="Paper Lantern"),
        prints=told(("oshash", PRINTS["oshash"]), ("phash", "11" * 8)),
    )
    judged = judge(said, of_scene, DEFAULT)
    assert not judged.accepted
    assert next(iter(contrary)) in evidence(judged, "fingerprint").note


def test_without_fingerprints_nothing_is_said_of_them() -> None:
    """Most sources tell none; a scene without any has nothing to compare."""
    of_scene = known(title="A").model_copy(update={"prints": PRINTS})
    signals = [one.signal for one in judge(proposal(title="A"), of_scene, DEFAULT).evidence]
    assert "fingerprint" not in signals
    said = proposal(title="A", prints=told(("oshash", "00" * 8)))
    assert evidence(judge(said, known(title="A"), DEFAULT), "fingerprint").note == UNKNOWN


LIKE = WeightSettings(title_like=0.3)


@pytest.mark.parametrize(
    ("held", "said", "earned"),
    [
        ("Frozen Quay at Night", "Frozen Quai at Night", 0.3),
        ("Frozen Quay at Night", "Frozen Quay at Night", None),
        ("Harbour Steps Part 1", "Harbour Steps Part 2", 0.0),
        ("Harbour Steps", "Evening Light", 0.0),
        ("", "Frozen Quay", 0.0),
    ],
)
def test_a_title_that_is_nearly_the_same(held: str, said: str, earned: float | None) -> None:
    """It earns its own weight, never with other numbers; the same title needs none of that."""
    judged = judge(proposal(title=said), known(title=held), LIKE)
    found = [one.points for one in judged.evidence if one.signal == "title_like"]
    assert found == ([] if earned is None else [earned])
    default = judge(proposal(title=said), known(title=held), DEFAULT)
    assert "title_like" not in [one.signal for one in default.evidence]


def test_how_alike_titles_have_to_be() -> None:
    """At the limit it counts, just above it does not."""
    of_scene, said = known(title="abcdefghij"), proposal(title="abcdefghix")
    for limit, earned in ((0.9, 0.3), (0.91, 0.0)):
        weights = WeightSettings(title_like=0.3, title_like_from=limit)
        assert evidence(judge(said, of_scene, weights), "title_like").points == earned
