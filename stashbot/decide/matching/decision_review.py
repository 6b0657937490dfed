"""Review decisions in triage: which contradictions people override, which signals misled.

What follows from it is proposed as changes of settings, each with the decisions that it rests on;
nothing is changed. A change needs at least ``MIN_CASES`` decisions of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import JsonValue, ValidationError

from stashbot.decide.matching.calibration import Calibration
from stashbot.models import ContradictionKind, Model
from stashbot.settings import POINT_DIGITS, ContradictionSettings, WeightSettings

#: The decisions about a contradiction or a signal from which a change is proposed.
MIN_CASES = 10
#: The share of wrong proposals among those with a signal's points from which the signal misled.
MISLEADS_FROM = 0.5
#: The weight that stands for each signal of the evidence.
WEIGHT_OF_SIGNAL = {
    "title": "title",
    "title_like": "title_like",
    "date": "date",
    "duration": "duration_close",
    "performers": "performers_max",
    "studio": "studio",
    "code": "code",
    "explained": "explained",
    "url": "url",
    "fingerprint": "fingerprint",
}


class Decision(Model):
    """A proposal that a person decided on: was it right, and what spoke for and against it."""

    right: bool
    contradictions: frozenset[ContradictionKind] = frozenset()
    signals: frozenset[str] = frozenset()


class Count(Model):
    """How many of the proposals with a contradiction, or with points of a signal, were right.

    ``alone`` are those that the contradiction alone kept from being trusted, of which
    ``alone_right`` were accepted.
    """

    name: str
    right: int = 0
    wrong: int = 0
    alone: int = 0
    alone_right: int = 0


class SettingChange(Model):
    """A proposed change of a setting, and the reason in a few words."""

    section: str
    key: str
    current: JsonValue
    proposed: JsonValue
    reason: str


class Review(Model):
    """The counts by contradiction and by signal, and the changes that they suggest."""

    contradictions: tuple[Count, ...] = ()
    signals: tuple[Count, ...] = ()
    changes: tuple[SettingChange, ...] = ()


def review_decisions(
    decisions: Sequence[Decision],
    calibration: Calibration,
    weights: WeightSettings,
    contradictions: ContradictionSettings,
) -> Review:
    """Return what decisions say about contradictions and signals, and what might be changed."""
    kinds = [{kind.value for kind in decision.contradictions} for decision in decisions]
    by_contradiction = _counts([kind.value for kind in ContradictionKind], decisions, kinds)
    earned = [set(decision.signals) for decision in decisions]
    by_signal = _counts(list(WEIGHT_OF_SIGNAL), decisions, earned)
    return Review(
        contradictions=by_contradiction,
        signals=by_signal,
        changes=(
            *_threshold(calibration),
            *_overridden(by_contradiction, contradictions),
            *_misleading(by_signal, weights),
        ),
    )


def settings_diff(changes: Iterable[SettingChange], *, name: str) -> str:
    """Return the changes as a unified diff of TOML, with the reason of each as a comment."""
    by_section: dict[str, list[SettingChange]] = {}
    for change in changes:
        by_section.setdefault(change.section, []).append(change)
    if not by_section:
        return ""
    lines = [f"--- {name}", "+++ proposed"]
    for section, listed in by_section.items():
        lines.append(f" [{section}]")
        for change in listed:
            lines.append(f"-{change.key} = {_toml(change.current)}")
            lines.append(f"+{change.key} = {_toml(change.proposed)}  # {change.reason}")
    return "\n".join(lines)


def _counts(
    names: Sequence[str], decisions: Sequence[Decision], found: Sequence[set[str]]
) -> tuple[Count, ...]:
    """Return a count for each name that occurs; ``found`` are the names of each decision."""
    counts: dict[str, Count] = {}
    for decision, present in zip(decisions, found, strict=True):
        for name in present:
            old = counts.get(name, Count(name=name))
            is_alone = len(present) == 1
            counts[name] = Count(
                name=name,
                right=old.right + int(decision.right),
                wrong=old.wrong + int(not decision.right),
                alone=old.alone + int(is_alone),
                alone_right=old.alone_right + int(is_alone and decision.right),
            )
    return tuple(counts[name] for name in names if name in counts)


def _threshold(calibration: Calibration) -> Iterator[SettingChange]:
    current = calibration.current.threshold
    if calibration.suggested is not None and calibration.suggested != current:
        yield SettingChange(
            section="weights",
            key="threshold",
            current=current,
            proposed=calibration.suggested,
            reason=calibration.reason,
        )


def _overridden(
    counts: Iterable[Count], settings: ContradictionSettings
) -> Iterator[SettingChange]:
    """Propose to turn off a contradiction that people overrode each time that it stood alone."""
    for count in counts:
        is_on = settings.counts(ContradictionKind(count.name))
        if is_on and count.alone >= MIN_CASES and count.alone_right == count.alone:
            yield SettingChange(
                section="contradictions",
                key=count.name,
                current=True,
                proposed=False,
                reason=f"you accepted all {count.alone} proposals that it alone kept back",
            )


def _misleading(counts: Iterable[Count], weights: WeightSettings) -> Iterator[SettingChange]:
    """Propose to halve the weight of a signal that earned points for wrong proposals."""
    for count in counts:
        key = WEIGHT_OF_SIGNAL[count.name]
        current: float = getattr(weights, key)
        total = count.right + count.wrong
        if total < MIN_CASES or count.wrong < MISLEADS_FROM * total or not current:
            continue
        proposed = round(current / 2, POINT_DIGITS)
        if _is_valid({**weights.model_dump(), key: proposed}):
            yield SettingChange(
                section="weights",
                key=key,
                current=current,
                proposed=proposed,
                reason=f"{count.wrong} of {total} proposals with its points were wrong",
            )


def _is_valid(weights: Mapping[str, JsonValue]) -> bool:
    try:
        WeightSettings.model_validate(weights)
    except ValidationError:
        return False
    return True


def _toml(value: JsonValue) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"
