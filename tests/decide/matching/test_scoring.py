"""The score of a proposal: the playbook's points at their limits, and laws for any proposal."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.matching.scene_facts import SceneFacts
from stashbot.decide.matching.scoring import UNKNOWN, explain_low_score, score_proposal
from stashbot.decide.matching.titles import normalize_title, same_title
from stashbot.models import (
    Evidence,
    FileFingerprint,
    Judgement,
    KnownFacts,
    Proposal,
    Recommendation,
    Scene,
    ScrapedEntity,
)
from stashbot.settings import WeightSettings
from tests.decide.strategies import proposals as any_proposals

PLAYBOOK = WeightSettings(studio=0.0, code=0.0, explained=0.0, url=0.0, fingerprint=0.0)
DEFAULT = WeightSettings()
NAMES = ("Ada Sample", "Ben Placeholder", "Cleo Example", "Dana Mock", "Finn Draft", "Gia Proto")


def known(*, by_name: bool = False, **fields: Any) -> KnownFacts:
    origin = dict.fromkeys(fields, "file name" if by_name else "metadata")
    return KnownFacts.model_validate({**fields, "origin": origin})


def proposal(*, performers: tuple[str, ...] = (), **fields: Any) -> Proposal:
    named = tuple(ScrapedEntity(name=name) for name in performers)
    return Proposal(source="Catalog", performers=named, **fields)


def evidence(judgement: Judgement, signal: str) -> Evidence:
    return next(found for found in judgement.evidence if found.signal == signal)


def points(signal: str, scene: KnownFacts, proposed: Proposal) -> float:
    return evidence(judge(proposed, scene, PLAYBOOK), signal).points


def judge(proposal: Proposal, known: KnownFacts, weights: WeightSettings) -> Judgement:
    return score_proposal(proposal, SceneFacts(scene=Scene(id="7"), known=known), weights)


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


@given(scene=knowns, source=st.one_of(proposed, any_proposals), by=weights)
def test_score_is_the_sum_of_points_from_0_to_1(
    scene: KnownFacts, source: Proposal, by: WeightSettings
) -> None:
    """With any weights, no signal earns more than its weight."""
    judgement = judge(source, scene, by)
    assert 0 <= judgement.score <= 1
    signals = [
        "title",
        "date",
        "duration",
        "performers",
        *["studio"] * bool(by.studio),
        *["url"] * bool(by.url),
    ]
    assert [signal.signal for signal in judgement.evidence] == signals
    assert all(0 <= signal.points <= signal.weight + 1e-6 for signal in judgement.evidence)
    assert judgement.score == pytest.approx(
        min(1, sum(signal.points for signal in judgement.evidence)), abs=1e-6
    )
    reaches = judgement.score >= round(by.threshold, 6)
    assert judgement.accepted == (reaches and not judgement.contradictions)
    assert judgement.accepted == (
        judgement.recommendation in {Recommendation.STRONG, Recommendation.MEDIUM}
    )


@given(scene=knowns, source=proposed)
def test_evidence_has_both_values_and_a_reason(scene: KnownFacts, source: Proposal) -> None:
    """Each signal has both sides, the origin of the scene's side, and a note if it earns 0."""
    judgement = judge(source, scene, PLAYBOOK)
    for signal in judgement.evidence:
        value: Any = getattr(scene, signal.signal)
        assert signal.scene == (list(value) if signal.signal == "performers" else value)
        assert signal.origin == scene.origin.get(signal.signal, "")
        assert bool(signal.note) == (signal.points == 0)
    names = [performer.name for performer in source.performers]
    assert evidence(judgement, "performers").proposal == names


@given(
    scene=knowns,
    source=proposed,
    fact=st.sampled_from(["title", "date", "duration", "performers"]),
)
def test_missing_fact_earns_nothing(scene: KnownFacts, source: Proposal, fact: str) -> None:
    """A fact that either side lacks earns no points, and its note is ``unknown``."""
    empty: Any = () if fact == "performers" else None
    for known_facts, proposal_ in (
        (scene.model_copy(update={fact: empty}), source),
        (scene, source.model_copy(update={fact: empty})),
    ):
        signal = evidence(judge(proposal_, known_facts, PLAYBOOK), fact)
        assert (signal.points, signal.note) == (0, UNKNOWN)


@given(scene=knowns, source=proposed)
def test_more_agreement_never_scores_less(scene: KnownFacts, source: Proposal) -> None:
    """A proposal that takes over a value of the scene scores at least as much as before."""
    before = judge(source, scene, PLAYBOOK).score
    performers = tuple(ScrapedEntity(name=name) for name in scene.performers)
    updates: tuple[dict[str, Any], ...] = (
        {"title": scene.title or source.title},
        {"date": scene.date or source.date},
        {"duration": scene.duration or source.duration},
        {"performers": (*source.performers, *performers)},
    )
    for update in updates:
        assert judge(source.model_copy(update=update), scene, PLAYBOOK).score >= before


@given(seconds=st.tuples(st.floats(1, 9000), st.floats(1, 9000), st.floats(1, 9000)))
def test_nearer_duration_never_scores_less(seconds: tuple[float, float, float]) -> None:
    """Of two durations, that nearer to the file's earns at least as much."""
    duration, *others = seconds
    near, far = sorted(others, key=lambda other: abs(other - duration))
    scene = known(duration=duration)
    assert points("duration", scene, proposal(duration=near)) >= points(
        "duration", scene, proposal(duration=far)
    )


def test_no_facts_score_nothing() -> None:
    """An empty proposal, an empty scene and both score 0, and nothing is recommended."""
    full = known(title="Clip", date="2024-01-13", duration=600, performers=("Ada Sample",))
    source = proposal(title="Clip", date="2024-01-13", duration=600, performers=("Ada Sample",))
    for scene, other in ((KnownFacts(), source), (full, proposal()), (KnownFacts(), proposal())):
        judgement = judge(other, scene, PLAYBOOK)
        assert (judgement.score, judgement.accepted) == (0, False)
        assert judgement.recommendation is Recommendation.NONE
        assert {signal.note for signal in judgement.evidence} == {UNKNOWN}


def test_full_agreement_scores_1() -> None:
    """Title, date, duration and four performers add up to exactly 1."""
    scene = known(title="Clip", date="2024-01-13", duration=600, performers=NAMES[:4])
    source = proposal(title="clip", date="2024-01-13", duration=600, performers=NAMES[:4])
    judgement = judge(source, scene, PLAYBOOK)
    assert (judgement.score, judgement.recommendation) == (1, Recommendation.STRONG)


@pytest.mark.parametrize(
    ("difference", "earned"),
    [(0, 0.2), (9.999, 0.2), (10, 0.2), (10.001, 0.1), (11, 0.1), (29.999, 0.1), (30, 0.1),
     (30.001, 0), (31, 0), (600, 0)],
)  # fmt: skip
@pytest.mark.parametrize("sign", [1, -1])
def test_duration_at_its_limits(difference: float, earned: float, sign: int) -> None:
    """A difference up to 10 s earns .2, up to 30 s .1, a larger difference nothing."""
    source = proposal(duration=1200 + sign * difference)
    assert points("duration", known(duration=1200), source) == earned


@pytest.mark.parametrize(
    ("seconds", "apart", "earned"), [(6.01, 10, 0.2), (6.26, 10, 0.2), (0.1, 30, 0.1)]
)
def test_limits_of_durations_hold_in_floating_point(
    seconds: float, apart: int, earned: float
) -> None:
    """16.01 is 10 s from 6.01, though the difference of the floats is more than 10."""
    for duration in (seconds, seconds + 0.35, seconds + 0.09):
        other = round(duration + apart, 2)
        assert points("duration", known(duration=duration), proposal(duration=other)) == earned


@pytest.mark.parametrize("seconds", [0, -5, float("nan"), float("inf")])
def test_impossible_duration_earns_nothing(seconds: float) -> None:
    """It does not even agree with itself."""
    assert points("duration", known(duration=seconds), proposal(duration=seconds)) == 0
    assert points("duration", known(duration=5), proposal(duration=seconds)) == 0


@pytest.mark.parametrize(
    ("common", "earned"), [(0, 0), (1, 0.05), (2, 0.1), (3, 0.15), (4, 0.2), (5, 0.2), (6, 0.2)]
)
def test_performers_at_their_limit(common: int, earned: float) -> None:
    """Each common performer earns .05, all together at most .2."""
    source = proposal(performers=(*NAMES[:common], "Iris Beta"))
    assert points("performers", known(performers=NAMES), source) == earned


def test_performer_counts_once() -> None:
    """Repetition and case do not make a second performer."""
    scene = known(performers=("Ada Sample", "ADA SAMPLE"))
    assert points("performers", scene, proposal(performers=("Ada Sample", "ada sample"))) == 0.05


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"title": "Clip", "date": "2024-01-13"}, 0.6),
        ({"title": "Clip", "duration": 600}, 0.6),
        ({"title": "Clip", "duration": 620, "performers": NAMES[:2]}, 0.6),
        ({"title": "Clip", "duration": 620, "performers": NAMES[:1]}, 0.55),
        ({"title": "Clip", "date": "2024-01-13", "duration": 620}, 0.7),
        ({"title": "Clip", "duration": 620}, 0.5),
    ],
)
def test_sum_is_accepted_from_the_threshold_on(fields: dict[str, Any], expected: float) -> None:
    """.4 and .2 are .6 and accepted, though the sum of the floats is not exactly .6."""
    scene = known(title="Clip", date="2024-01-13", duration=600, performers=NAMES)
    judgement = judge(proposal(**fields), scene, PLAYBOOK)
    assert judgement.score == expected
    assert judgement.accepted is (expected >= 0.6)


def test_sum_that_floats_put_below_the_threshold_is_accepted() -> None:
    """.1 and .7 reach a threshold of .8, though the sum of the floats is less."""
    assert 0.1 + 0.7 < 0.8
    by = WeightSettings(title=0.1, date=0.7, threshold=0.8)
    scene = known(title="Clip", date="2024-01-13")
    judgement = judge(proposal(title="Clip", date="2024-01-13"), scene, by)
    assert (judgement.score, judgement.accepted) == (0.8, True)


def test_threshold_with_more_decimals_than_a_score() -> None:
    """A weight of a third reaches a threshold of a third; both are rounded alike."""
    by = WeightSettings(title=1 / 3, threshold=1 / 3 + 1e-12)
    assert judge(proposal(title="Clip"), known(title="Clip"), by).accepted


@pytest.mark.parametrize(
    ("threshold", "reached", "expected"),
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
def test_recommendation_at_its_limits(
    threshold: float, reached: float, expected: Recommendation
) -> None:
    """A score is strong from half-way between threshold and 1, low from half the threshold."""
    by = WeightSettings(title=reached, threshold=threshold, date=1)
    judgement = judge(proposal(title="Clip"), known(title="Clip"), by)
    assert (judgement.score, judgement.recommendation) == (reached, expected)


@pytest.mark.parametrize(
    ("source", "explanation"),
    [
        (
            proposal(title="High Tide", date="2024-01-13"),
            "the file says 'Low Tide', Catalog says 'High Tide' (score 0.20)",
        ),
        (
            proposal(title="Low Tide", date="2024-01-14", performers=("Ada Sample",)),
            "the file says 2024-01-13, Catalog says 2024-01-14 (score 0.40)",
        ),
        (
            proposal(title="Low Tide", performers=("Ada Sample",)),
            "score 0.40, needs 0.60: date, duration, performers unknown",
        ),
        (proposal(), "score 0.00, needs 0.60: title, date, duration, performers unknown"),
    ],
)
def test_low_score_is_explained(source: Proposal, explanation: str) -> None:
    """Contradictions explain it; else score and threshold, what differs, and what is unknown."""
    scene = known(by_name=True, title="Low Tide", date="2024-01-13")
    assert explain_low_score(judge(source, scene, PLAYBOOK), 0.6) == explanation


def test_difference_from_metadata_names_the_scene() -> None:
    """The note says on which side each value is, and where the scene's value is from."""
    judgement = judge(proposal(title="High Tide"), known(title="Low Tide"), PLAYBOOK)
    note = "title differs (scene: 'Low Tide', source: 'High Tide')"
    assert evidence(judgement, "title").note == note


def test_score_with_more_decimals_is_not_rounded_to_the_threshold() -> None:
    """.596 is not shown as .60."""
    assert explain_low_score(Judgement(score=0.596), 0.6) == "score 0.596, needs 0.60"


def test_dates_are_compared_as_they_would_be_saved() -> None:
    """A day agrees however it is written; a date that may be two days does not agree."""
    scene = known(date="2024-04-03")
    assert points("date", scene, proposal(date="April 3, 2024")) == 0.2
    assert points("date", scene, proposal(date="2024/4/3")) == 0.2
    assert points("date", scene, proposal(date="03/04/2024")) == 0
    assert points("date", scene, proposal(date="2024-04")) == 0


@given(title=st.text())
def test_titles_agree_in_any_case_and_composition(title: str) -> None:
    """A title agrees with its folded form, with accents written either way."""
    for form in ("NFC", "NFD"):
        other = unicodedata.normalize(form, title.casefold())
        assert same_title(title, other, from_file_name=False)


def test_punctuation_counts_except_in_file_names() -> None:
    """``Part 2: "Again"`` is ``Part.2.Again`` in a file name, but not in Stash."""
    assert same_title('Part 2: "Again"', "Part 2 Again", from_file_name=True)
    assert not same_title('Part 2: "Again"', "Part 2 Again", from_file_name=False)


@pytest.mark.parametrize(("title", "other"), [("!!!", "???"), ("...", "-"), ("Clip", "Clips")])
def test_titles_without_letters_agree_with_themselves_only(title: str, other: str) -> None:
    """Two titles that are empty in normal form are not the same for that."""
    assert not same_title(title, other, from_file_name=True)
    assert same_title(title, title, from_file_name=True)


@given(title=st.text())
def test_normal_form_has_letters_and_digits_only(title: str) -> None:
    """It is the same for a title in the opposite case, turned twice."""
    normal = normalize_title(title)
    assert all(char.isalnum() for char in normal)
    swapped = title.swapcase()
    assert normalize_title(swapped.swapcase()) in {normal, normalize_title(swapped)}


@pytest.mark.parametrize(
    ("read", "earned"),
    [
        ("Ada Sample Android", 0.4),
        ("Ada Sample and Ben Placeholder Android", 0.4),
        ("Ben Placeholder Ada Sample Android", 0.4),
        ("Ada.Sample - Android", 0.4),
        ("Ada Sample", 0),
        ("Ada Android", 0),
        ("Cleo Example Android", 0),
        ("Ada Sample Android Two", 0),
    ],
)
def test_performers_may_precede_the_title_of_a_file_name(read: str, earned: float) -> None:
    """The title agrees if performers and title of the proposal use up all words of the name."""
    source = proposal(title="Android", performers=NAMES[:2])
    assert points("title", known(by_name=True, title=read), source) == earned
    assert points("title", known(title=read), source) == 0


def test_performers_alone_do_not_make_a_title() -> None:
    """A proposal without letters in its title agrees with no file name."""
    scene = known(by_name=True, title="Ada Sample")
    for title in (None, "", "!"):
        assert points("title", scene, proposal(title=title, performers=NAMES)) == 0


@pytest.mark.parametrize(
    ("name", "by_name", "proposed", "earned"),
    [
        (unicodedata.normalize("NFD", "Ó'Neil-Demo, Zoë"), False, "Ó'Neil-Demo, Zoë", 0.05),
        ("ÓNeil Demo Zoë", True, "Ó'Neil-Demo, Zoë", 0.05),
        ("ÓNeil Demo Zoë", False, "Ó'Neil-Demo, Zoë", 0),
        ("!", True, "?", 0),
    ],
)
def test_performer_of_a_file_name_may_lack_punctuation(
    name: str, by_name: bool, proposed: str, earned: float
) -> None:
    """A file name cannot hold every character of a name; names in Stash are compared as a whole."""
    scene = known(by_name=by_name, performers=(name,))
    assert points("performers", scene, proposal(performers=(proposed,))) == earned


def test_studio_makes_up_for_an_unknown_date() -> None:
    """Title and studio are enough by default, but not with the playbook's own signals."""
    scene = known(by_name=True, title="Night Market", studio="paper-lantern")
    source = proposal(title="Night Market", studio=ScrapedEntity(name="Paper Lantern"))
    assert judge(source, scene, DEFAULT).accepted
    assert not judge(source, scene, PLAYBOOK).accepted
    other = source.model_copy(update={"studio": ScrapedEntity(name="Quiet Coast")})
    assert evidence(judge(other, scene, DEFAULT), "studio").points == 0
    assert not judge(other, scene, DEFAULT).accepted


@pytest.mark.parametrize(
    ("title", "read", "by_name", "earned"),
    [
        ("Clip 12: Frozen Pier", "Clip 12", True, 0.4),
        ("Clip 13: Frozen Pier", "Clip 12", True, 0),
        ("Clip 12 and 13", "Clip 12", True, 0),
        ("Clip 12: Frozen Pier", "Clip 12", False, 0),
        ("Windows: Part 2", "Windows", True, 0),
    ],
)
def test_numbered_title_of_a_file_name_may_end_at_its_colon(
    title: str, read: str, by_name: bool, earned: float
) -> None:
    """A file name cannot hold a colon; a title from the metadata is compared as a whole."""
    day = "2024-01-13"
    scene = known(by_name=by_name, title=read, date=day)
    assert points("title", scene, proposal(title=title, date=day)) == earned


@pytest.mark.parametrize("date", [None, "2024-01-14"])
def test_numbered_title_needs_the_same_date(date: str | None) -> None:
    """``Clip 12`` alone is the title of too many scenes."""
    source = proposal(title="Clip 12: Frozen Pier", date="2024-01-13")
    assert points("title", known(by_name=True, title="Clip 12", date=date), source) == 0


def test_studio_performers_and_title_use_up_the_file_name() -> None:
    """Title and studio agree if the proposal explains all words of the name, else neither does."""
    day = "2024-05-25"
    scene = known(by_name=True, title="northlight ada sample clip 22", date=day)
    studio = ScrapedEntity(name="Northlight")
    source = proposal(
        title="Clip 22: Slow Ferry", performers=("Ada Sample",), studio=studio, date=day
    )
    assert points("title", scene, source) == 0.4
    assert evidence(judge(source, scene, DEFAULT), "studio").points == 0.2
    less = source.model_copy(update={"performers": ()})
    assert points("title", scene, less) == 0
    assert evidence(judge(less, scene, DEFAULT), "studio").points == 0


PAGE = "https://www.alpha.test/scene/NL-104/"


@pytest.mark.parametrize(
    "url", [PAGE, "http://alpha.test/scene/NL-104", "https://ALPHA.test/scene/NL-104"]
)
def test_page_at_an_address_of_the_scene_is_trusted(url: str) -> None:
    """However the address is written, and even if the file has another name."""
    scene = known(by_name=True, title="clip from phone").model_copy(update={"urls": (url,)})
    judgement = judge(proposal(title="Tidal Clock", urls=(PAGE,)), scene, DEFAULT)
    assert (judgement.score, judgement.accepted) == (0.6, True)


@pytest.mark.parametrize(
    "contradiction",
    [{"title": "Other"}, {"date": "2024-01-13"}, {"duration": 100.0}, {"performers": NAMES[:1]}],
)
def test_page_that_the_scene_contradicts_is_not_trusted(contradiction: dict[str, Any]) -> None:
    """A wrong address of a scene brings in nothing wrong; the note names the contradiction."""
    scene = known(**contradiction).model_copy(update={"urls": (PAGE,)})
    source = proposal(
        title="Tidal Clock", date="2023-09-21", duration=600.0, performers=NAMES[1:2], urls=(PAGE,)
    )
    judgement = judge(source, scene, DEFAULT)
    assert not judgement.accepted
    (name,) = contradiction
    note = f"the address is the scene's own, but {name} differs"
    assert evidence(judgement, "url").note == note


@pytest.mark.parametrize("other", ["https://alpha.test/scene/NL-105", "https://alpha.test/scene"])
def test_another_page_earns_nothing(other: str) -> None:
    """A page of the same site is not enough."""
    judgement = judge(proposal(title="X", urls=(other,)), KnownFacts(urls=(PAGE,)), DEFAULT)
    assert evidence(judgement, "url").points == 0


def fingerprints(*pairs: tuple[str, str]) -> tuple[FileFingerprint, ...]:
    return tuple(FileFingerprint(kind=kind, value=value) for kind, value in pairs)


FILE = {"oshash": "0123456789abcdef", "md5": "ab" * 16, "phash": "fedcba9876543210"}


@pytest.mark.parametrize(
    ("kind", "earned"), [("oshash", 0.6), ("md5", 0.6), ("phash", 0.3), ("sha1", 0.0)]
)
def test_source_that_knows_the_file_is_trusted(kind: str, earned: float) -> None:
    """The very file is enough alone; pictures that look the same earn half of it."""
    scene = known(by_name=True, title="clip from phone").model_copy(update={"fingerprints": FILE})
    known_prints = fingerprints((kind, "00" * 8), (kind, FILE.get(kind, "x")))
    source = proposal(title="Tidal Clock", fingerprints=known_prints)
    judgement = judge(source, scene, DEFAULT)
    assert evidence(judgement, "fingerprint").points == earned
    assert judgement.accepted is (earned == 0.6)
    assert judge(source, scene, PLAYBOOK).score == 0


@pytest.mark.parametrize(
    "contradiction",
    [
        {"title": "Another"},
        {"date": "2023-09-22"},
        {"duration": 700.0},
        {"performers": NAMES[:1]},
        {"studio": "Meadow"},
    ],
    ids=str,
)
def test_known_file_that_the_scene_contradicts_is_not_trusted(
    contradiction: dict[str, Any],
) -> None:
    """A wrong file may have been submitted to a stash-box, so a person decides."""
    scene = known(**contradiction).model_copy(update={"fingerprints": FILE})
    source = proposal(
        title="Tidal Clock",
        date="2023-09-21",
        duration=600.0,
        performers=NAMES[1:2],
        studio=ScrapedEntity(name="Paper Lantern"),
        fingerprints=fingerprints(("oshash", FILE["oshash"]), ("phash", "11" * 8)),
    )
    judgement = judge(source, scene, DEFAULT)
    assert not judgement.accepted
    (name,) = contradiction
    note = f"the source knows the oshash, but {name} differs"
    assert evidence(judgement, "fingerprint").note == note


def test_source_without_fingerprints_has_no_such_signal() -> None:
    """A scene without fingerprints has the signal, with nothing to compare."""
    scene = known(title="A").model_copy(update={"fingerprints": FILE})
    judgement = judge(proposal(title="A"), scene, DEFAULT)
    assert "fingerprint" not in [signal.signal for signal in judgement.evidence]
    source = proposal(title="A", fingerprints=fingerprints(("oshash", "00" * 8)))
    signal = evidence(judge(source, known(title="A"), DEFAULT), "fingerprint")
    assert signal.note == UNKNOWN


LIKE = WeightSettings(title_like=0.3)


@pytest.mark.parametrize(
    ("title", "proposed", "earned"),
    [
        ("Frozen Quay at Night", "Frozen Quai at Night", 0.3),
        ("Frozen Quay at Night", "Frozen Quay at Night", None),
        ("Harbour Steps Part 1", "Harbour Steps Part 2", 0.0),
        ("Harbour Steps", "Evening Light", 0.0),
        ("", "Frozen Quay", 0.0),
    ],
)
def test_similar_title_earns_its_own_weight(
    title: str, proposed: str, earned: float | None
) -> None:
    """Other numbers make another title, an equal title needs no similarity. Off by default."""
    judgement = judge(proposal(title=proposed), known(title=title), LIKE)
    earned_points = [s.points for s in judgement.evidence if s.signal == "title_like"]
    assert earned_points == ([] if earned is None else [earned])
    default = judge(proposal(title=proposed), known(title=title), DEFAULT)
    assert "title_like" not in [signal.signal for signal in default.evidence]


@pytest.mark.parametrize(("limit", "earned"), [(0.9, 0.3), (0.91, 0.0)])
def test_similar_title_at_its_limit(limit: float, earned: float) -> None:
    """A similarity of .9 reaches a limit of .9, and not .91."""
    weights = WeightSettings(title_like=0.3, title_like_from=limit)
    judgement = judge(proposal(title="abcdefghix"), known(title="abcdefghij"), weights)
    assert evidence(judgement, "title_like").points == earned
