"""The order of sources: success first, few answers trusted little, old ones less and less."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.decide.matching.filename_parser import known_of
from stashbot.decide.sources.ranking import (
    RouteKeys,
    Tally,
    order_sources,
    route_keys,
    series_of,
)
from stashbot.errors import ConfigError
from stashbot.models import Known, Scene, VideoFile
from stashbot.settings import FilenameSettings, RoutingSettings

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
KEYS = RouteKeys(series="northlight|clip", studio="northlight|*")
DEFAULTS = RoutingSettings()
HALF_LIFE = timedelta(days=DEFAULTS.half_life_days)


def tally(source: str, ok: float, fail: float, *, key: str = "", days: float = 0) -> Tally:
    return Tally(
        key=key or KEYS.series, source=source, ok=ok, fail=fail, at=NOW - timedelta(days=days)
    )


def everywhere(source: str, ok: float, fail: float, *, days: float = 0) -> list[Tally]:
    """As a run counts: under the scene's series, its studio and all scenes."""
    return [tally(source, ok, fail, key=key, days=days) for key in KEYS.together]


def order(
    sources: list[str], tallies: list[Tally], settings: RoutingSettings = DEFAULTS
) -> list[str]:
    found = order_sources(sources, tallies, keys=KEYS, now=NOW, settings=settings)
    assert [one.place for one in found] == list(range(1, len(found) + 1))
    return [one.source for one in found]


def rate(source: str, tallies: list[Tally]) -> float:
    return order_sources([source], tallies, keys=KEYS, now=NOW, settings=DEFAULTS)[0].rate


def test_the_start_keeps_the_configured_order() -> None:
    """With nothing counted every source has the same rate, and stays where it was put."""
    assert order(["C", "A", "B"], []) == ["C", "A", "B"]


def test_the_more_successful_goes_first() -> None:
    """Success in this series decides over the configured order."""
    assert order(["A", "B"], [*everywhere("A", 2, 8), *everywhere("B", 8, 2)]) == ["B", "A"]


def test_one_of_one_does_not_beat_ninety_of_a_hundred() -> None:
    """A single success is little evidence, though its plain rate is 1."""
    found = [*everywhere("Lucky", 1, 0), *everywhere("Steady", 90, 10)]
    assert order(["Lucky", "Steady"], found) == ["Steady", "Lucky"]


def test_the_formula_is_the_documented_one() -> None:
    """(ok + 4 * .5) / (n + 4) where only the series is known; each level is not counted twice."""
    assert rate("A", everywhere("A", 1, 0)) == pytest.approx(3 / 5)
    assert rate("A", everywhere("A", 0, 6)) == pytest.approx(2 / 10)
    wide = [tally("A", 6, 0, key=KEYS.studio), tally("A", 6, 0, key=KEYS.all)]
    assert rate("A", wide) == pytest.approx((6 + 4 * 0.5) / 10)


def test_a_series_without_answers_falls_back_to_its_studio_and_then_to_all() -> None:
    """What a wider key knows orders the sources where the narrower one knows nothing."""
    for key in (KEYS.studio, KEYS.all):
        found = [tally("A", 1, 9, key=key), tally("B", 9, 1, key=key)]
        if key == KEYS.studio:
            found += [one.model_copy(update={"key": KEYS.all}) for one in found]
        assert order(["A", "B"], found) == ["B", "A"]


def test_the_narrower_key_wins_over_the_wider() -> None:
    """A source that is good everywhere else goes last in a series that it never knows."""
    found = [
        tally("A", 0, 20),
        tally("A", 100, 20, key=KEYS.studio),
        tally("A", 100, 20, key=KEYS.all),
        *everywhere("B", 10, 10),
    ]
    assert order(["A", "B"], found) == ["B", "A"]


def test_other_scenes_answers_do_not_count() -> None:
    """Answers under another series' key change nothing."""
    assert order(["A", "B"], [tally("B", 50, 0, key="harbor films|clip")]) == ["A", "B"]


def test_old_answers_fade() -> None:
    """A source that was good for 100 scenes two years ago yields to one that is good now."""
    found = [*everywhere("Old", 100, 0, days=730), *everywhere("New", 5, 0)]
    assert order(["Old", "New"], found) == ["New", "Old"]


@pytest.mark.parametrize(("half_lives", "left"), [(0, 8.0), (1, 4.0), (2, 2.0), (3, 1.0)])
def test_a_half_life_halves(half_lives: int, left: float) -> None:
    """Exactly: at the half-life an answer counts one half."""
    held = tally("A", 8, 16, days=half_lives * DEFAULTS.half_life_days).weighed(NOW, HALF_LIFE)
    assert held.ok == pytest.approx(left)
    assert held.fail == pytest.approx(2 * left)


def test_a_clock_set_back_does_not_make_answers_grow() -> None:
    """A tally from the future keeps its counts and its time."""
    ahead = tally("A", 3, 1, days=-5)
    assert ahead.weighed(NOW, HALF_LIFE) == ahead


@given(
    answers=st.lists(st.tuples(st.booleans(), st.integers(0, 400)), max_size=12),
    rest=st.integers(0, 400),
)
def test_one_decayed_row_is_as_good_as_all_answers(
    answers: list[tuple[bool, int]], rest: int
) -> None:
    """Counting into one row as answers come gives what summing up all of them at the end gives."""
    row = Tally(key="k", source="A", at=NOW)
    at = NOW
    times = []
    for ok, gap in answers:
        at += timedelta(days=gap)
        row = row.counted(at, HALF_LIFE, ok=ok)
        times.append((ok, at))
    end = at + timedelta(days=rest)
    held = row.weighed(end, HALF_LIFE)
    for kind, found in ((True, held.ok), (False, held.fail)):
        whole = sum(0.5 ** ((end - at) / HALF_LIFE) for ok, at in times if ok is kind)
        assert found == pytest.approx(whole)


counts = st.integers(0, 200)
names = st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=5, unique=True)


@given(sources=names, found=st.lists(st.tuples(st.sampled_from("ABCDEX"), counts, counts)))
def test_every_source_once_and_best_first(
    sources: list[str], found: list[tuple[str, int, int]]
) -> None:
    """The order is a permutation of what was given, by falling rate, equal ones as given."""
    tallies = [one for name, ok, fail in found for one in everywhere(name, ok, fail)]
    ranked = order_sources(sources, tallies, keys=KEYS, now=NOW, settings=DEFAULTS)
    assert sorted(one.source for one in ranked) == sorted(sources)
    wanted = sorted(ranked, key=lambda one: (-one.rate, one.configured))
    assert list(ranked) == wanted
    assert all(0 < one.rate < 1 and one.reason for one in ranked)


@given(ok=counts, fail=counts)
def test_a_success_helps_and_a_failure_harms(ok: int, fail: int) -> None:
    """One more answer never moves the rate the wrong way."""
    held = rate("A", everywhere("A", ok, fail))
    assert rate("A", everywhere("A", ok + 1, fail)) > held
    assert rate("A", everywhere("A", ok, fail + 1)) < held


def test_switched_off_the_configured_order_stays() -> None:
    """``adaptive = false`` ignores every count."""
    off = RoutingSettings(adaptive=False)
    assert order(["A", "B"], everywhere("B", 50, 0), off) == ["A", "B"]


def test_a_place_is_explained_in_numbers() -> None:
    """The reason names places, rate and the counts of each level that has any."""
    found = [tally("B", 9, 1), tally("B", 29, 11, key=KEYS.studio), tally("B", 29, 11, key="*|*")]
    ranked = order_sources(["A", "B"], found, keys=KEYS, now=NOW, settings=DEFAULTS)
    assert ranked[0].reason == (
        "B is 1 (configured 2): rate 0.83 from "
        "9.0 of 10.0 for this series, 20.0 of 30.0 for the rest of the studio"
    )
    assert ranked[1].reason == "A is 2 (configured 1): rate 0.50 from no answers yet"


def scene(basename: str, title: str | None = None) -> tuple[Scene, Known]:
    file = VideoFile(id="1", path=f"/v/{basename}", basename=basename)
    made = Scene(id="7", title=title, files=(file,))
    return made, known_of(made, FilenameSettings())


@pytest.mark.parametrize(
    ("basename", "title", "series"),
    [
        ("a.mp4", "Clip 12", "Clip"),
        ("a.mp4", "Clip 12: Frozen Pier", "Clip"),
        ("a.mp4", "Windows, Part 1", "Windows"),
        ("a.mp4", "Windows - Part II", "Windows"),
        ("a.mp4", "Night Walks #7", "Night Walks"),
        ("a.mp4", "Evening Light", None),
        ("a.mp4", "42", None),
        ("a.mp4", None, None),
        ("Paper Lantern - s02e05 - Night Market.mp4", None, "Paper Lantern"),
        ("Northlight.2024-01-13.Clip.12.360p.mp4", None, "Clip"),
        ("IMG_0042.mp4", None, None),
        ("Northlight.2024-01-13.Frozen.Pier.mp4", None, "file: studio.date.title"),
    ],
)
def test_the_series_of_a_scene(basename: str, title: str | None, series: str | None) -> None:
    """Numbered titles and names are of a series; other names are of their pattern's kind."""
    assert series_of(*scene(basename, title), DEFAULTS) == series


def test_own_series_patterns_come_first() -> None:
    """A pattern in the settings wins over the built-in ones, on titles and on file names."""
    own = RoutingSettings(series=(r"(?P<series>\w+)-\d+ .*",))
    assert series_of(*scene("a.mp4", "NL-12 Clip 3"), own) == "NL"
    assert series_of(*scene("NL-12 Clip 3.mp4"), own) == "NL"


@pytest.mark.parametrize("pattern", ["(", r"\d+"])
def test_a_wrong_series_pattern_is_refused(pattern: str) -> None:
    """It is named, with the key of the settings."""
    with pytest.raises(ConfigError, match="series pattern") as caught:
        series_of(*scene("a.mp4", "x"), RoutingSettings(series=(pattern,)))
    assert caught.value.fields["key"] == "routing.series"


def test_the_keys_of_a_scene() -> None:
    """Three keys; names differ neither by case nor by doubled spaces."""
    made, known = scene("Northlight.2024-01-13.Clip.12.mp4")
    keys = route_keys(made, known, DEFAULTS)
    assert keys.together == ("northlight|clip", "northlight|*", "*|*")
    bare = route_keys(*scene("IMG_0042.mp4"), DEFAULTS)
    assert bare.together == ("nostudio|noseries", "nostudio|*", "*|*")


@given(studio=st.text("ab|*%", min_size=1), title=st.text("ab|*%", min_size=1, max_size=6))
def test_no_name_makes_another_scene_s_key(studio: str, title: str) -> None:
    """Separators within names are spelled out: a key has one bar, and ``*`` stands for all only."""
    known = Known(studio=studio, title=f"{title} 12")
    keys = route_keys(Scene(id="7"), known, DEFAULTS)
    assert keys.series.count("|") == 1
    assert "*" not in keys.series
    assert keys.studio.endswith("|*")
    assert keys.studio.count("*") == 1
