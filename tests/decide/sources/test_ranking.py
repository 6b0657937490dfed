"""The order of sources: by success, with little trust in few answers, and less in old ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.matching.scene_facts import SceneFacts, read_scene_facts
from stashbot.decide.sources.ranking import (
    RankedSource,
    RouteKeys,
    SourceCounts,
    SourceHistory,
    order_sources,
    route_keys,
)
from stashbot.models import KnownFacts, Scene, VideoFile
from stashbot.settings import FilenameSettings, RoutingSettings

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
KEYS = RouteKeys(series="northlight|clip", studio="northlight|*")
DEFAULTS = RoutingSettings()
HALF_LIFE = timedelta(days=DEFAULTS.half_life_days)


def counts(source: str, ok: float, fail: float, *, key: str = "", days: float = 0) -> SourceCounts:
    return SourceCounts(
        key=key or KEYS.series, source=source, ok=ok, fail=fail, at=NOW - timedelta(days=days)
    )


def in_series(source: str, ok: float, fail: float, *, days: float = 0) -> list[SourceCounts]:
    """Return the counts of answers in the series, which count under all three keys."""
    return [counts(source, ok, fail, key=key, days=days) for key in KEYS.all_keys]


def rank(
    sources: list[str], rows: list[SourceCounts], settings: RoutingSettings = DEFAULTS
) -> tuple[RankedSource, ...]:
    return order_sources(sources, rows, keys=KEYS, now=NOW, settings=settings)


def order(
    sources: list[str], rows: list[SourceCounts], settings: RoutingSettings = DEFAULTS
) -> list[str]:
    ranked = rank(sources, rows, settings)
    assert [source.place for source in ranked] == list(range(1, len(ranked) + 1))
    return [source.source for source in ranked]


def rate(source: str, rows: list[SourceCounts]) -> float:
    return rank([source], rows)[0].rate


def test_sources_without_answers_keep_their_order() -> None:
    """At the start all have the same rate."""
    assert order(["C", "A", "B"], []) == ["C", "A", "B"]


def test_more_successful_source_goes_first() -> None:
    """Success in this series goes before the configured order."""
    assert order(["A", "B"], [*in_series("A", 2, 8), *in_series("B", 8, 2)]) == ["B", "A"]


def test_one_of_one_does_not_beat_ninety_of_a_hundred() -> None:
    """A single success says little, though its plain rate is 1."""
    rows = [*in_series("Lucky", 1, 0), *in_series("Steady", 90, 10)]
    assert order(["Lucky", "Steady"], rows) == ["Steady", "Lucky"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (in_series("A", 1, 0), 3 / 5),
        (in_series("A", 0, 6), 2 / 10),
        ([counts("A", 6, 0, key=key) for key in (KEYS.studio, KEYS.all)], 8 / 10),
    ],
)
def test_rate_is_that_of_the_formula(rows: list[SourceCounts], expected: float) -> None:
    """It is (ok + 4 * .5) / (n + 4); an answer counts on its narrowest level only."""
    assert rate("A", rows) == pytest.approx(expected)


@pytest.mark.parametrize("keys", [(KEYS.studio, KEYS.all), (KEYS.all,)])
def test_series_without_answers_falls_back_to_wider_keys(keys: tuple[str, ...]) -> None:
    """Answers of the studio order the sources, else those of all scenes."""
    rows = [row for key in keys for row in (counts("A", 1, 9, key=key), counts("B", 9, 1, key=key))]
    assert order(["A", "B"], rows) == ["B", "A"]


def test_narrower_key_goes_before_wider_keys() -> None:
    """A source that is good everywhere else goes last in a series that it never knows."""
    rows = [
        counts("A", 0, 20),
        counts("A", 100, 20, key=KEYS.studio),
        counts("A", 100, 20, key=KEYS.all),
        *in_series("B", 10, 10),
    ]
    assert order(["A", "B"], rows) == ["B", "A"]


def test_answers_of_another_series_do_not_count() -> None:
    """Their key is not among those of the scene."""
    assert order(["A", "B"], [counts("B", 50, 0, key="harbor films|clip")]) == ["A", "B"]


def test_old_answers_fade() -> None:
    """A source that was good for 100 scenes two years ago goes after a source that is good now."""
    rows = [*in_series("Old", 100, 0, days=730), *in_series("New", 5, 0)]
    assert order(["Old", "New"], rows) == ["New", "Old"]


@pytest.mark.parametrize(("half_lives", "left"), [(0, 8.0), (1, 4.0), (2, 2.0), (3, 1.0)])
def test_answer_counts_half_after_a_half_life(half_lives: int, left: float) -> None:
    """Successes and failures decay alike."""
    row = counts("A", 8, 16, days=half_lives * DEFAULTS.half_life_days).decayed_to(NOW, HALF_LIFE)
    assert row.ok == pytest.approx(left)
    assert row.fail == pytest.approx(2 * left)


def test_clock_that_was_set_back_does_not_make_counts_grow() -> None:
    """Counts from the future stay as they are."""
    ahead = counts("A", 3, 1, days=-5)
    assert ahead.decayed_to(NOW, HALF_LIFE) == ahead


@given(
    answers=st.lists(st.tuples(st.booleans(), st.integers(0, 400)), max_size=12),
    rest=st.integers(0, 400),
)
def test_row_that_decays_step_by_step_is_exact(answers: list[tuple[bool, int]], rest: int) -> None:
    """Counting answers as they come gives the same as adding up all of them at the end."""
    row = SourceCounts(key="k", source="A", at=NOW)
    at = NOW
    times = []
    for ok, gap in answers:
        at += timedelta(days=gap)
        row = row.with_answer(at, HALF_LIFE, ok=ok)
        times.append((ok, at))
    end = at + timedelta(days=rest)
    row = row.decayed_to(end, HALF_LIFE)
    for kind, found in ((True, row.ok), (False, row.fail)):
        whole = sum(0.5 ** ((end - at) / HALF_LIFE) for ok, at in times if ok is kind)
        assert found == pytest.approx(whole)


numbers = st.integers(0, 200)
names = st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=5, unique=True)


@given(sources=names, answers=st.lists(st.tuples(st.sampled_from("ABCDEX"), numbers, numbers)))
def test_every_source_is_ranked_once_by_its_rate(
    sources: list[str], answers: list[tuple[str, int, int]]
) -> None:
    """Sources with equal rates keep the given order."""
    rows = [row for name, ok, fail in answers for row in in_series(name, ok, fail)]
    ranked = rank(sources, rows)
    assert sorted(source.source for source in ranked) == sorted(sources)
    by_rate = sorted(ranked, key=lambda source: (-source.rate, source.configured))
    assert list(ranked) == by_rate
    assert all(0 < source.rate < 1 and source.reason for source in ranked)


@given(ok=numbers, fail=numbers)
def test_success_raises_the_rate_and_failure_lowers_it(ok: int, fail: int) -> None:
    """Another answer never moves the rate the wrong way."""
    before = rate("A", in_series("A", ok, fail))
    assert rate("A", in_series("A", ok + 1, fail)) > before
    assert rate("A", in_series("A", ok, fail + 1)) < before


def test_order_is_fixed_if_not_adaptive() -> None:
    """``adaptive = false`` ignores all counts."""
    off = RoutingSettings(adaptive=False)
    assert order(["A", "B"], in_series("B", 50, 0), off) == ["A", "B"]


def test_place_has_its_numbers_as_reason() -> None:
    """The reason has places, rate, and the counts of each level that has any."""
    rows = [counts("B", 9, 1), *(counts("B", 29, 11, key=key) for key in (KEYS.studio, KEYS.all))]
    first, second = rank(["A", "B"], rows)
    assert first.reason == (
        "B is 1 (configured 2): rate 0.83 from "
        "9.0 of 10.0 for this series, 20.0 of 30.0 for the rest of the studio"
    )
    assert second.reason == "A is 2 (configured 1): rate 0.50 from no answers yet"


def test_history_has_the_counts_of_a_scene() -> None:
    """They are those under any of its keys."""
    rows = in_series("A", 1, 2)
    history = SourceHistory([*rows, counts("A", 5, 5, key="harbor films|clip")])
    assert history.of(KEYS) == rows


def facts(basename: str, title: str | None = None) -> SceneFacts:
    file = VideoFile(id="1", path=f"/v/{basename}", basename=basename)
    scene = Scene(id="7", title=title, files=(file,))
    return read_scene_facts(scene, FilenameSettings())


@pytest.mark.parametrize(
    ("basename", "title", "keys"),
    [
        ("Northlight.2024-01-13.Clip.12.mp4", None, ("northlight|clip", "northlight|*", "*|*")),
        ("a.mp4", "Night  WALKS #7", ("nostudio|night walks", "nostudio|*", "*|*")),
        ("IMG_0042.mp4", None, ("nostudio|noseries", "nostudio|*", "*|*")),
        (
            "Northlight.2024-01-13.Frozen.Pier.mp4",
            None,
            ("northlight|file: studio.date.title", "northlight|*", "*|*"),
        ),
    ],
)
def test_keys_of_a_scene(basename: str, title: str | None, keys: tuple[str, ...]) -> None:
    """Case and spaces do not matter; without a series the pattern of the file name counts."""
    assert route_keys(facts(basename, title)).all_keys == keys


@given(studio=st.text("ab|*%", min_size=1), series=st.text("ab|*%", min_size=1, max_size=6))
def test_separators_in_names_are_escaped(studio: str, series: str) -> None:
    """A key has a single bar, and ``*`` stands for all only."""
    known = KnownFacts(studio=studio)
    keys = route_keys(SceneFacts(scene=Scene(id="7"), known=known, series=series))
    assert keys.series.count("|") == 1
    assert "*" not in keys.series
    assert keys.studio.endswith("|*")
    assert keys.studio.count("*") == 1
