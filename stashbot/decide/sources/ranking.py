"""Order sources by their success with similar scenes.

Each answer is counted under three keys: the scene's series within its studio, its studio, and all
scenes. A source's rate is estimated from the widest key to the narrowest. The rate of the wider key
is the assumption against which the answers of the narrower key are weighed, and those answers are
left out of the wider key. So a source with 1 good answer of 1 does not pass a source with 90 of
100, and a series without answers falls back to its studio, and that to all scenes::

    rate(level) = (ok + weight * rate(wider)) / (ok + fail + weight)

Counts decay: an answer counts half after a half-life. Sources with equal rates, as all have at the
start, keep the order in which they were given.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime, Field

from stashbot.decide.matching.scene_facts import SceneFacts
from stashbot.models import Model
from stashbot.settings import RoutingSettings

Level = Literal["all", "studio", "series"]

NO_STUDIO = "nostudio"
NO_SERIES = "noseries"
ALL = "*"
#: Decimals of a rate that count; sources whose rates differ by less keep their order.
RATE_DIGITS = 6
#: Answers that the reason of a place mentions; fewer would be shown as 0.0.
_MIN_SHOWN = 0.05
_LEVEL_NAMES: dict[Level, str] = {
    "series": "this series",
    "studio": "the rest of the studio",
    "all": "all other scenes",
}


class RouteKeys(Model):
    """The three keys of a scene, from the narrowest to the widest."""

    series: str
    studio: str
    all: str = f"{ALL}|{ALL}"

    @property
    def all_keys(self) -> tuple[str, str, str]:
        """The three keys; an answer is counted under each of them."""
        return self.series, self.studio, self.all


class SourceCounts(Model):
    """The answers of a source under a key, as they weighed at the time ``at``."""

    key: str
    source: str
    ok: float = Field(default=0.0, ge=0)
    fail: float = Field(default=0.0, ge=0)
    at: AwareDatetime

    def decayed_to(self, now: datetime, half_life: timedelta) -> SourceCounts:
        """Return the same answers as they weigh at ``now``; they never grow.

        Decaying in several steps gives the same, so a row for each key and source is enough.
        """
        age = max(timedelta(), now - self.at)
        left = 0.5 ** (age / half_life)
        counts = {"ok": self.ok * left, "fail": self.fail * left, "at": max(now, self.at)}
        return self.model_copy(update=counts)

    def with_answer(self, now: datetime, half_life: timedelta, *, ok: bool) -> SourceCounts:
        """Return the counts with another answer, which has its full weight."""
        decayed = self.decayed_to(now, half_life)
        counts = {"ok": decayed.ok + int(ok), "fail": decayed.fail + int(not ok)}
        return decayed.model_copy(update=counts)


class SourceHistory:
    """The answers of all sources up to a moment, found by the keys of a scene."""

    def __init__(self, counts: Iterable[SourceCounts] = ()) -> None:
        self._by_key: dict[str, list[SourceCounts]] = {}
        for row in counts:
            self._by_key.setdefault(row.key, []).append(row)

    def of(self, keys: RouteKeys) -> list[SourceCounts]:
        """Return the counts under any of a scene's keys."""
        return [row for key in keys.all_keys for row in self._by_key.get(key, ())]


class LevelRate(Model):
    """A source's answers on a level, without those of the narrower level, and its rate there."""

    level: Level
    key: str
    ok: float
    fail: float
    rate: float


class RankedSource(Model):
    """A source's place in the order, and the numbers that put it there.

    ``levels`` go from all scenes to the series. ``configured`` is its place in the given order;
    both places count from 1.
    """

    source: str
    place: int
    configured: int
    rate: float
    levels: tuple[LevelRate, ...]

    @property
    def reason(self) -> str:
        """The numbers in a sentence."""
        answers = [
            f"{level.ok:.1f} of {level.ok + level.fail:.1f} for {_LEVEL_NAMES[level.level]}"
            for level in reversed(self.levels)
            if level.ok + level.fail >= _MIN_SHOWN
        ]
        place = f"{self.source} is {self.place} (configured {self.configured})"
        return f"{place}: rate {self.rate:.2f} from {', '.join(answers) or 'no answers yet'}"


def route_keys(facts: SceneFacts) -> RouteKeys:
    """Return the keys of a scene: ``studio|series``, ``studio|*`` and ``*|*``.

    Scenes of no series whose file names were read by the same pattern count as a series:
    ``file: date - title``.
    """
    pattern = facts.known.pattern
    series = facts.series or (f"file: {pattern}" if pattern else "")
    studio_part = _key_part(facts.known.studio or "") or NO_STUDIO
    series_part = _key_part(series) or NO_SERIES
    return RouteKeys(series=f"{studio_part}|{series_part}", studio=f"{studio_part}|{ALL}")


def order_sources(
    sources: Sequence[str],
    counts: Iterable[SourceCounts],
    *,
    keys: RouteKeys,
    now: datetime,
    settings: RoutingSettings,
) -> tuple[RankedSource, ...]:
    """Return the sources, the most successful first, each of them once.

    Without counts, or with ``adaptive`` off, they keep the given order.
    """
    half_life = timedelta(days=settings.half_life_days)
    decayed = {
        (row.key, row.source): row.decayed_to(now, half_life) for row in counts if settings.adaptive
    }
    given = list(dict.fromkeys(sources))
    levels = {source: _levels(source, decayed, keys, settings) for source in given}
    # sorted() is stable: sources with equal rates keep the given order.
    ordered = sorted(given, key=lambda source: -levels[source][-1].rate)
    return tuple(
        RankedSource(
            source=source,
            place=place,
            configured=given.index(source) + 1,
            rate=levels[source][-1].rate,
            levels=levels[source],
        )
        for place, source in enumerate(ordered, start=1)
    )


def _levels(
    source: str,
    counts: Mapping[tuple[str, str], SourceCounts],
    keys: RouteKeys,
    settings: RoutingSettings,
) -> tuple[LevelRate, ...]:
    wide_to_narrow: tuple[tuple[Level, str], ...] = (
        ("all", keys.all),
        ("studio", keys.studio),
        ("series", keys.series),
    )
    answers = [_answers(counts.get((key, source))) for _, key in wide_to_narrow]
    narrower = [*answers[1:], (0.0, 0.0)]
    rate, weight = settings.prior_rate, settings.prior_weight
    levels = []
    for (level, key), whole, inner in zip(wide_to_narrow, answers, narrower, strict=True):
        # An answer of the narrower level counts there only.
        ok, fail = (max(0.0, count - part) for count, part in zip(whole, inner, strict=True))
        rate = round((ok + weight * rate) / (ok + fail + weight), RATE_DIGITS)
        levels.append(LevelRate(level=level, key=key, ok=ok, fail=fail, rate=rate))
    return tuple(levels)


def _answers(counts: SourceCounts | None) -> tuple[float, float]:
    return (counts.ok, counts.fail) if counts else (0.0, 0.0)


def _key_part(text: str) -> str:
    """Return a name in lower case, with single spaces, and with ``|`` and ``*`` escaped."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    for char, escaped in (("%", "%25"), ("|", "%7c"), ("*", "%2a")):
        plain = plain.replace(char, escaped)
    return plain
