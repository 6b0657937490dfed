"""In which order to ask sources: those that did best for scenes like this one first.

Every answer is counted under three keys: the scene's series within its studio, its studio, and all
scenes. A source's rate is estimated from the widest to the narrowest: what all other studios show
is the opinion with which the studio's own answers are weighed, and what the studio's other series
show the one for this series. So a source with one good answer of one does not pass one with 90 of
100, and a series without answers falls back to its studio, and that to all scenes.

    rate(level) = (ok + weight * rate(wider)) / (ok + fail + weight)

Counts decay: an answer counts half after a half-life. Sources with equal rates, as all have at the
start, stay in the order in which they were given.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import PurePosixPath, PureWindowsPath
from typing import Literal

from pydantic import AwareDatetime, Field

from stashbot.errors import ConfigError
from stashbot.models import Known, Model, Scene
from stashbot.settings import RoutingSettings

Level = Literal["all", "studio", "series"]

NO_STUDIO = "nostudio"
NO_SERIES = "noseries"
ALL = "*"
#: Decimals of a rate that count: what differs by less keeps its order.
DIGITS = 6

#: Characters of a title that may tell a series; no pattern may run long on an endless one.
_LONGEST = 200
#: "Clip 12: Frozen Pier", "Windows, Part 1", "Paper Lantern - s02e05 - Night Market".
SERIES = (
    r"(?P<series>.*?[^\W\d_].*?)[\s._,-]*\bs\d{1,2}[\s._]?e\d{1,3}(?!\d).*",
    r"(?P<series>.*?[^\W\d_].*?)[\s._,:-]+(?:part|pt|vol|volume|episode|ep|chapter)\b[\s._#]*"
    r"(?:\d{1,4}|[ivx]{1,6})\b.*",
    r"(?P<series>.*?[^\W\d_][^:]*?)[\s._]+#?\d{1,4}(?:\s*[:\u2013\u2014-]\s.*|:.*)?",
)


class RouteKeys(Model):
    """The three keys of a scene, from the narrowest to the widest."""

    series: str
    studio: str
    all: str = f"{ALL}|{ALL}"

    @property
    def together(self) -> tuple[str, str, str]:
        """All three: an answer is counted under each."""
        return self.series, self.studio, self.all


class Tally(Model):
    """Answers of a source under one key, as they weighed ``at`` that time."""

    key: str
    source: str
    ok: float = Field(default=0.0, ge=0)
    fail: float = Field(default=0.0, ge=0)
    at: AwareDatetime

    def weighed(self, now: datetime, half_life: timedelta) -> Tally:
        """The same answers as they weigh ``now``. They never grow: a clock set back does nothing.

        Decaying at any time between changes nothing, so a store needs one row a key and source.
        """
        age = max(timedelta(), now - self.at)
        left = 0.5 ** (age / half_life)
        moved = {"ok": self.ok * left, "fail": self.fail * left, "at": max(now, self.at)}
        return self.model_copy(update=moved)

    def counted(self, now: datetime, half_life: timedelta, *, ok: bool) -> Tally:
        """With one more answer, of full weight."""
        held = self.weighed(now, half_life)
        return held.model_copy(update={"ok": held.ok + int(ok), "fail": held.fail + int(not ok)})


class Experience:
    """How sources did up to a moment, found by a scene's keys."""

    def __init__(self, tallies: Iterable[Tally] = ()) -> None:
        self._by_key: dict[str, list[Tally]] = {}
        for tally in tallies:
            self._by_key.setdefault(tally.key, []).append(tally)

    def of(self, keys: RouteKeys) -> list[Tally]:
        """The tallies under any of a scene's keys."""
        return [tally for key in keys.together for tally in self._by_key.get(key, ())]


class LevelRate(Model):
    """What one level says of a source: its answers outside the narrower level, and the rate."""

    level: Level
    key: str
    ok: float
    fail: float
    rate: float


class Ranked(Model):
    """A source's place in the order, and the numbers that put it there.

    ``levels`` go from all scenes to the series; ``configured`` is its place in the given order.
    """

    source: str
    place: int
    configured: int
    rate: float
    levels: tuple[LevelRate, ...]

    @property
    def reason(self) -> str:
        """The numbers in a sentence."""
        told = [
            f"{one.ok:.1f} of {one.ok + one.fail:.1f} for {_NAMED[one.level]}"
            for one in reversed(self.levels)
            if one.ok + one.fail >= _TOLD
        ]
        where = f"{self.source} is {self.place} (configured {self.configured})"
        return f"{where}: rate {self.rate:.2f} from {', '.join(told) or 'no answers yet'}"


_NAMED: dict[Level, str] = {
    "series": "this series",
    "studio": "the rest of the studio",
    "all": "all other scenes",
}
#: Answers that round to 0.0 are not told.
_TOLD = 0.05


def route_keys(scene: Scene, known: Known, settings: RoutingSettings) -> RouteKeys:
    """The keys of a scene: ``studio|series``, ``studio|*`` and ``*|*``.

    Raises:
        ConfigError: a series pattern in the settings is wrong.
    """
    studio = _part(known.studio or "") or NO_STUDIO
    series = _part(series_of(scene, known, settings) or "") or NO_SERIES
    return RouteKeys(series=f"{studio}|{series}", studio=f"{studio}|{ALL}")


def series_of(scene: Scene, known: Known, settings: RoutingSettings) -> str | None:
    """The series by the title's pattern, else by the file name's, else the file name's form.

    ``Clip 12: Frozen Pier`` is of ``Clip``; ``Lantern - s02e05 - Night Market`` of ``Lantern``.
    Scenes whose file names were read by the same pattern are of a kind too: ``file: date - title``.

    Raises:
        ConfigError: a series pattern in the settings is wrong.
    """
    own = _compiled(settings.series)
    builtin = _compiled(SERIES)
    stem = _stem(scene.file.basename) if scene.file else ""
    tried = (
        (known.title or "", own),
        (stem, own),
        (known.title or "", builtin),
        (stem, builtin[:1]),
    )
    for text, patterns in tried:
        for pattern in patterns:
            match = pattern.fullmatch(unicodedata.normalize("NFC", text[:_LONGEST]))
            if match and (series := (match["series"] or "").strip(" ._-,:#\u2013\u2014")):
                return series
    return f"file: {known.pattern}" if known.pattern else None


def order_sources(
    sources: Sequence[str],
    tallies: Iterable[Tally],
    *,
    keys: RouteKeys,
    now: datetime,
    settings: RoutingSettings,
) -> tuple[Ranked, ...]:
    """The sources, most successful first; each of them once, whatever the tallies name.

    Without tallies, or with ``adaptive`` off, the order is the given one.
    """
    half_life = timedelta(days=settings.half_life_days)
    held = {
        (one.key, one.source): one.weighed(now, half_life) for one in tallies if settings.adaptive
    }
    given = list(dict.fromkeys(sources))
    rates = {source: _levels(source, held, keys, settings) for source in given}
    # sorted() is stable: equal rates keep the given order.
    ordered = sorted(given, key=lambda source: -rates[source][-1].rate)
    return tuple(
        Ranked(
            source=source,
            place=place,
            configured=given.index(source) + 1,
            rate=rates[source][-1].rate,
            levels=rates[source],
        )
        for place, source in enumerate(ordered, start=1)
    )


def _levels(
    source: str,
    held: Mapping[tuple[str, str], Tally],
    keys: RouteKeys,
    settings: RoutingSettings,
) -> tuple[LevelRate, ...]:
    """From all scenes to the series; a narrower level's answers are not counted twice."""
    wide_to_narrow: tuple[tuple[Level, str], ...] = (
        ("all", keys.all),
        ("studio", keys.studio),
        ("series", keys.series),
    )
    counts = [_counts(held.get((key, source))) for _, key in wide_to_narrow] + [(0.0, 0.0)]
    rate, weight = settings.prior_rate, settings.prior_weight
    levels = []
    for (level, key), whole, inner in zip(wide_to_narrow, counts, counts[1:], strict=False):
        ok, fail = (max(0.0, one - other) for one, other in zip(whole, inner, strict=True))
        rate = round((ok + weight * rate) / (ok + fail + weight), DIGITS)
        levels.append(LevelRate(level=level, key=key, ok=ok, fail=fail, rate=rate))
    return tuple(levels)


def _counts(tally: Tally | None) -> tuple[float, float]:
    return (tally.ok, tally.fail) if tally else (0.0, 0.0)


def _part(text: str) -> str:
    """A name as part of a key: without case and doubled spaces, its ``|`` and ``*`` spelled out."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    for char, spelled in (("%", "%25"), ("|", "%7c"), ("*", "%2a")):
        plain = plain.replace(char, spelled)
    return plain


def _stem(basename: str) -> str:
    name = PureWindowsPath(PurePosixPath(basename).name).name
    return name.rsplit(".", 1)[0] if "." in name[1:] else name


@lru_cache(maxsize=32)
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    compiled = []
    for pattern in patterns:
        try:
            regex = re.compile(pattern, re.IGNORECASE)
        except (re.error, OverflowError, RecursionError) as error:
            raise _bad(pattern, f"is no regular expression: {error}") from error
        if "series" not in regex.groupindex:
            raise _bad(pattern, "has no group named series")
        compiled.append(regex)
    return tuple(compiled)


def _bad(pattern: str, why: str) -> ConfigError:
    return ConfigError(
        f"The series pattern {pattern!r} {why}.",
        hint=r"Write it like (?P<series>.+) \d+ in the settings.",
        key="routing.series",
    )
