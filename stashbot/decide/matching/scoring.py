"""Score how well a proposal fits a scene (playbook 1.2), with the evidence for the score.

Points, by default: equal titles .4, equal dates .2, durations within 10 s .2 or within 30 s .1,
.05 for each performer in common up to .2; at most 1. A fact that either side lacks earns nothing.

Beyond the playbook: equal studios .2, so that studio and title make up for a date that a file name
does not have; .6 for a page at an address of the scene's own, and .6 for a source that
knows the very file (.3 if only its pictures are alike), unless the scene's metadata or its file
contradict the proposal. With these weights and ``title_like`` at 0, the score is the playbook's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from stashbot.decide.intake.addresses import has_page, page_key
from stashbot.decide.matching.dates import normalize_date
from stashbot.decide.matching.scene_facts import SceneFacts
from stashbot.decide.matching.titles import (
    normalize_case,
    normalize_title,
    title_similarity,
    title_variants,
    titles_match,
    titles_without_names,
)
from stashbot.models import Evidence, Judgement, KnownFacts, Proposal, Recommendation
from stashbot.settings import POINT_DIGITS, WeightSettings

#: A strong score is in the upper half from the threshold to 1, a low score in the upper half from 0
#: to the threshold.
_STRONG_SHARE = 0.5
_LOW_SHARE = 0.5
#: The note of a signal that either side knows nothing about.
UNKNOWN = "unknown"
#: Kinds of fingerprints, the most certain first.
FINGERPRINT_KINDS = ("oshash", "md5", "phash")
#: A ``phash`` says that the pictures are alike, not that the files are the same.
_PHASH_SHARE = 0.5


def score_proposal(proposal: Proposal, facts: SceneFacts, weights: WeightSettings) -> Judgement:
    """Return the proposal's score, its evidence, and whether it reaches the threshold."""
    evidence = tuple(_signals(proposal, facts.known, weights))
    score = round(min(1.0, sum(signal.points for signal in evidence)), POINT_DIGITS)
    return Judgement(
        score=score,
        evidence=evidence,
        recommendation=recommend(score, weights.threshold),
        accepted=score >= round(weights.threshold, POINT_DIGITS),
    )


def recommend(score: float, threshold: float) -> Recommendation:
    """Return how far a score may be trusted.

    ``strong`` begins half-way from the threshold to 1, ``medium`` at the threshold, ``low`` at half
    the threshold.
    """
    if score >= round(threshold + (1 - threshold) * _STRONG_SHARE, POINT_DIGITS):
        return Recommendation.STRONG
    if score >= round(threshold, POINT_DIGITS):
        return Recommendation.MEDIUM
    if score >= round(threshold * _LOW_SHARE, POINT_DIGITS):
        return Recommendation.LOW
    return Recommendation.NONE


def explain_score(score: float, threshold: float) -> str:
    """Return the score and the threshold in words, such as ``score 0.40, needs 0.60``."""
    return f"score {_decimals(score)}, needs {_decimals(threshold)}"


def explain_low_score(judgement: Judgement, threshold: float) -> str:
    """Return in a sentence why a proposal was not accepted.

    ``score 0.40, needs 0.60: title differs (file: 'Low Tide', source: 'High Tide')``
    """
    unknown = [signal.signal for signal in judgement.evidence if signal.note == UNKNOWN]
    reasons = [signal.note for signal in judgement.evidence if signal.note not in {"", UNKNOWN}]
    if unknown:
        reasons.append(f"{', '.join(unknown)} unknown")
    summary = explain_score(judgement.score, threshold)
    return f"{summary}: {'; '.join(reasons)}" if reasons else summary


def _decimals(value: float) -> str:
    """Format a score with two decimals, or with more where two would round it."""
    return f"{value:.2f}" if round(value, 2) == round(value, POINT_DIGITS) else f"{value:g}"


def _signals(proposal: Proposal, known: KnownFacts, weights: WeightSettings) -> Iterator[Evidence]:
    signals = [
        _title(proposal, known, weights),
        _date(proposal, known, weights),
        _duration(proposal, known, weights),
        _performers(proposal, known, weights),
    ]
    if weights.studio:
        signals.append(_studio(proposal, known, weights))
    yield from signals
    if weights.title_like and not signals[0].points:
        yield _title_like(proposal, known, weights)
    if weights.url:
        yield _url(proposal, known, weights, signals)
    if weights.fingerprint and proposal.fingerprints:
        yield _fingerprint(proposal, known, weights, signals)


def _title(proposal: Proposal, known: KnownFacts, weights: WeightSettings) -> Evidence:
    same = titles_match(proposal, known)
    return _compare("title", known, known.title, proposal.title, weights.title, same=same)


def _title_like(proposal: Proposal, known: KnownFacts, weights: WeightSettings) -> Evidence:
    """Compare titles that are not the same but similar, as with a mistyped letter."""
    similarity = title_similarity(proposal, known)
    is_similar = similarity >= weights.title_like_from
    evidence = _compare(
        "title_like", known, known.title, proposal.title, weights.title_like, same=is_similar
    )
    note = f"titles {similarity:.0%} alike" if evidence.note not in {"", UNKNOWN} else evidence.note
    return evidence.model_copy(update={"origin": known.origin.get("title", ""), "note": note})


def _date(proposal: Proposal, known: KnownFacts, weights: WeightSettings) -> Evidence:
    same = normalize_date(known.date or "") == normalize_date(proposal.date or "")
    return _compare("date", known, known.date, proposal.date, weights.date, same=same)


def _studio(proposal: Proposal, known: KnownFacts, weights: WeightSettings) -> Evidence:
    """Compare the studios.

    Where no studio is known, a title from the file name may begin with the proposed studio.
    """
    proposed = proposal.studio.name if proposal.studio else None
    studio, origin = known.studio, known.origin.get("studio", "")
    if not studio and proposed and known.title and known.origin.get("title") == "file name":
        variants = title_variants(proposal, known)
        rests = titles_without_names(proposal, known.title)
        if any(rest.without_studio and rest.text in variants for rest in rests):
            studio, origin = proposed, "file name"
    normalize = normalize_title if origin == "file name" else normalize_case
    same = bool(
        studio and proposed and normalize(studio) and normalize(studio) == normalize(proposed)
    )
    return _compare("studio", known, studio, proposed, weights.studio, same=same, origin=origin)


def _duration(proposal: Proposal, known: KnownFacts, weights: WeightSettings) -> Evidence:
    points, note = 0.0, UNKNOWN
    if known.duration and proposal.duration and min(known.duration, proposal.duration) > 0:
        # Rounded, since 16.01 is 10 from 6.01.
        difference = round(abs(known.duration - proposal.duration), POINT_DIGITS)
        note = ""
        if difference <= weights.duration_close_s:
            points = weights.duration_close
        elif difference <= weights.duration_near_s:
            points = weights.duration_near
        else:
            note = f"duration differs by {difference:.0f} s"
    return Evidence(
        signal="duration",
        scene=known.duration,
        proposal=proposal.duration,
        origin=known.origin.get("duration", ""),
        points=points,
        weight=max(weights.duration_close, weights.duration_near),
        note=note,
    )


def _performers(proposal: Proposal, known: KnownFacts, weights: WeightSettings) -> Evidence:
    from_file_name = known.origin.get("performers") == "file name"
    normalize = normalize_title if from_file_name else normalize_case
    ours = {normalize(name) for name in known.performers} - {""}
    proposed = tuple(performer.name for performer in proposal.performers)
    common = ours & {normalize(name) for name in proposed}
    note = ""
    if not ours or not proposed:
        note = UNKNOWN
    elif not common:
        note = "no performer in common"
    return Evidence(
        signal="performers",
        scene=list(known.performers),
        proposal=list(proposed),
        origin=known.origin.get("performers", ""),
        points=round(min(weights.performers_max, len(common) * weights.performer), POINT_DIGITS),
        weight=weights.performers_max,
        note=note,
    )


def _url(
    proposal: Proposal, known: KnownFacts, weights: WeightSettings, others: Sequence[Evidence]
) -> Evidence:
    """Compare the addresses; a common address earns nothing if the metadata or file contradict it.

    The name of a file is no contradiction, since the name of a download says little.
    """
    ours = {page_key(url): url for url in known.urls if has_page(url)}
    theirs = (page_key(url) for url in proposal.urls)
    common = next((ours[url] for url in theirs if url in ours), None)
    note = ""
    if not known.urls or not proposal.urls:
        note = UNKNOWN
    elif common is None:
        note = "no address in common"
    elif contradiction := _contradiction(others):
        note = f"the address is the scene's own, but {contradiction}"
    return Evidence(
        signal="url",
        scene=common or list(known.urls),
        proposal=list(proposal.urls),
        origin="metadata" if known.urls else "",
        points=0.0 if note else weights.url,
        weight=weights.url,
        note=note,
    )


def _fingerprint(
    proposal: Proposal, known: KnownFacts, weights: WeightSettings, others: Sequence[Evidence]
) -> Evidence:
    """Compare the fingerprints; a common one earns nothing if metadata or length contradict it."""
    ours = known.fingerprints
    theirs = {(fingerprint.kind, fingerprint.value) for fingerprint in proposal.fingerprints}
    common = [kind for kind in FINGERPRINT_KINDS if (kind, ours.get(kind)) in theirs]
    note = ""
    if not ours:
        note = UNKNOWN
    elif not common:
        note = "the source knows other files"
    elif contradiction := _contradiction(others):
        note = f"the source knows the {common[0]}, but {contradiction}"
    counts = Counter(kind for kind, _ in theirs)
    share = _PHASH_SHARE if common and common[0] == "phash" else 1.0
    return Evidence(
        signal="fingerprint",
        scene={kind: ours[kind] for kind in common or FINGERPRINT_KINDS if kind in ours},
        proposal=[f"{count} {kind}" for kind, count in sorted(counts.items())],
        origin="file" if ours else "",
        points=0.0 if note else round(weights.fingerprint * share, POINT_DIGITS),
        weight=weights.fingerprint,
        note=note,
    )


def _contradiction(signals: Sequence[Evidence]) -> str:
    """Return the signals that contradict the scene's metadata or file, as ``title differs``.

    It is empty if none does; the name of the file does not count.
    """
    names = [
        signal.signal
        for signal in signals
        if signal.note not in {"", UNKNOWN} and signal.origin != "file name"
    ]
    if not names:
        return ""
    return f"{' and '.join(names)} {'differs' if len(names) == 1 else 'differ'}"


def _compare(
    signal: str,
    known: KnownFacts,
    ours: str | None,
    proposed: str | None,
    weight: float,
    *,
    same: bool,
    origin: str | None = None,
) -> Evidence:
    """Return the evidence of two texts; ``origin`` is that of the known fact unless given."""
    origin = known.origin.get(signal, "") if origin is None else origin
    missing = not ours or not proposed
    side = "file" if origin == "file name" else "scene"
    note = ""
    if missing:
        note = UNKNOWN
    elif not same:
        note = f"{signal} differs ({side}: {ours!r}, source: {proposed!r})"
    return Evidence(
        signal=signal,
        scene=ours,
        proposal=proposed,
        origin=origin,
        points=weight if same and not missing else 0.0,
        weight=weight,
        note=note,
    )
