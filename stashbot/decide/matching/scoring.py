"""How well a proposal fits a scene: the playbook's score (1.2), with the evidence for it.

Points, by default: equal titles .4, equal dates .2, durations within 10 s .2 or within 30 s .1,
.05 for each performer in common up to .2; at most 1. What is unknown on either side earns nothing.
Beyond the playbook: equal studios .2, so that studio and title make up for a date that a file name
does not tell; .6 for a page that is one of the scene's own addresses, and .6 for a source that
knows the very file (.3 if only its pictures are alike), where nothing that is surely known of the
scene says otherwise. At 0 each of these weights is off, as ``title_like`` is by default.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from stashbot.decide.matching.titles import (
    agrees,
    day_of,
    folded,
    likeness,
    normal_title,
    rests_of,
    told_titles,
)
from stashbot.models import Evidence, Judgement, Known, Proposal, Recommendation
from stashbot.settings import WeightSettings

#: Strong begins half way from the threshold to 1, low half way from 0 to the threshold.
STRONG_SHARE = 0.5
LOW_SHARE = 0.5
UNKNOWN = "unknown"
#: Kinds of fingerprints, the surest first.
PRINTS = ("oshash", "md5", "phash")
#: Decimals of points and seconds that count: .4 and .2 meet .6, and 16.01 is 10 from 6.01.
DIGITS = 6


def judge(proposal: Proposal, known: Known, weights: WeightSettings) -> Judgement:
    """The proposal's score and whether it reaches the threshold.

    ``strong`` is a score from the middle between threshold and 1, ``medium`` one from the
    threshold, ``low`` one from half the threshold, ``none`` what is below.
    """
    evidence = tuple(_signals(proposal, known, weights))
    score = round(min(1.0, sum(one.points for one in evidence)), DIGITS)
    return Judgement(
        score=score,
        evidence=evidence,
        recommendation=recommend(score, weights.threshold),
        accepted=score >= round(weights.threshold, DIGITS),
    )


def why_low(judgement: Judgement) -> str:
    """In a sentence, why a proposal did not reach the threshold."""
    told = [one.note for one in judgement.evidence if one.note not in {"", UNKNOWN}]
    if unknown := [one.signal for one in judgement.evidence if one.note == UNKNOWN]:
        told.append(f"nothing to compare for {', '.join(unknown)}")
    why = f" ({'; '.join(told)})" if told else ""
    return f"score {judgement.score:g} is below the threshold{why}"


def _signals(proposal: Proposal, known: Known, weights: WeightSettings) -> Iterator[Evidence]:
    same_date = day_of(known.date or "") == day_of(proposal.date or "")
    found = [
        _title(proposal, known, weights),
        _compared("date", known.date, proposal.date, known, weights.date, same=same_date),
        _duration(proposal, known, weights),
        _performers(proposal, known, weights),
    ]
    if weights.studio:
        found.append(_studio(proposal, known, weights))
    yield from found
    if weights.title_like and not found[0].points:
        yield _title_like(proposal, known, weights)
    if weights.url:
        yield _url(proposal, known, weights, found)
    if weights.fingerprint and proposal.prints:
        yield _fingerprint(proposal, known, weights, found)


def _title(proposal: Proposal, known: Known, weights: WeightSettings) -> Evidence:
    same = agrees(proposal, known)
    return _compared("title", known.title, proposal.title, known, weights.title, same=same)


def _title_like(proposal: Proposal, known: Known, weights: WeightSettings) -> Evidence:
    """A title that is not the same but much alike, as with a letter mistyped."""
    found = likeness(proposal, known)
    like = found >= weights.title_like_from
    evidence = _compared(
        "title_like", known.title, proposal.title, known, weights.title_like, same=like
    )
    note = evidence.note and evidence.note.replace("title_like differs", f"{found:.0%} alike")
    return evidence.model_copy(update={"origin": known.origin.get("title", ""), "note": note})


def _studio(proposal: Proposal, known: Known, weights: WeightSettings) -> Evidence:
    """The studio by its name, or as what a title that was read from the file name begins with."""
    proposed = proposal.studio.name if proposal.studio else None
    held, origin = known.studio, known.origin.get("studio", "")
    if not held and proposed and known.title and known.origin.get("title") == "file name":
        rests = rests_of(proposal, known.title)
        if any(without and rest in told_titles(proposal, known) for rest, without in rests):
            held, origin = proposed, "file name"
    normal = normal_title if origin == "file name" else folded
    same = bool(held and proposed and normal(held) and normal(held) == normal(proposed))
    return _compared("studio", held, proposed, known, weights.studio, same=same).model_copy(
        update={"origin": origin}
    )


def _url(
    proposal: Proposal, known: Known, weights: WeightSettings, others: Sequence[Evidence]
) -> Evidence:
    """The scene's own address, unless its metadata or its file contradict the page.

    A file's name is no contradiction: that of a download says little.
    """
    held = {_address(url): url for url in known.urls}
    common = next((held[key] for url in proposal.urls if (key := _address(url)) in held), None)
    note = ""
    if not known.urls or not proposal.urls:
        note = UNKNOWN
    elif common is None:
        note = "no address in common"
    elif against := _against(others):
        note = f"the address is the scene's own, but not the {against}"
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
    proposal: Proposal, known: Known, weights: WeightSettings, others: Sequence[Evidence]
) -> Evidence:
    """A file that the source knows, unless the scene's metadata or its length say otherwise.

    An equal ``phash`` says that the pictures are alike, not that the files are the same: it earns
    half.
    """
    held = known.prints
    told = {(one.kind, one.value) for one in proposal.prints}
    common = [kind for kind in PRINTS if (kind, held.get(kind)) in told]
    note = ""
    if not held:
        note = UNKNOWN
    elif not common:
        note = "the source knows other files"
    elif against := _against(others):
        note = f"the source knows the {common[0]}, but not the {against}"
    kinds = Counter(kind for kind, _ in told)
    share = 1.0 if common and common[0] != "phash" else 0.5
    return Evidence(
        signal="fingerprint",
        scene={kind: held[kind] for kind in common or PRINTS if kind in held},
        proposal=[f"{count} {kind}" for kind, count in sorted(kinds.items())],
        origin="file" if held else "",
        points=0.0 if note else round(weights.fingerprint * share, DIGITS),
        weight=weights.fingerprint,
        note=note,
    )


def _against(others: Sequence[Evidence]) -> str:
    """The signals that contradict what the scene itself holds; its file's name does not count."""
    return " and ".join(
        one.signal for one in others if one.note not in {"", UNKNOWN} and one.origin != "file name"
    )


def _address(url: str) -> str:
    """An address without scheme, ``www.`` and final slash."""
    bare = re.sub(r"^https?://(?:www\.)?", "", url.strip(), flags=re.IGNORECASE).rstrip("/")
    host, slash, path = bare.partition("/")
    return host.casefold() + slash + path


def _compared(
    signal: str,
    scene: str | None,
    proposed: str | None,
    known: Known,
    weight: float,
    *,
    same: bool,
) -> Evidence:
    missing = not scene or not proposed
    note = UNKNOWN if missing else "" if same else f"{signal} differs: {scene!r} and {proposed!r}"
    return Evidence(
        signal=signal,
        scene=scene,
        proposal=proposed,
        origin=known.origin.get(signal, ""),
        points=weight if same and not missing else 0.0,
        weight=weight,
        note=note,
    )


def _duration(proposal: Proposal, known: Known, weights: WeightSettings) -> Evidence:
    points, note = 0.0, UNKNOWN
    if known.duration and proposal.duration and min(known.duration, proposal.duration) > 0:
        difference = round(abs(known.duration - proposal.duration), DIGITS)
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


def _performers(proposal: Proposal, known: Known, weights: WeightSettings) -> Evidence:
    normal = normal_title if known.origin.get("performers") == "file name" else folded
    held = {normal(name) for name in known.performers} - {""}
    proposed = tuple(entity.name for entity in proposal.performers)
    common = held & {normal(name) for name in proposed}
    note = ""
    if not held or not proposed:
        note = UNKNOWN
    elif not common:
        note = "no performer in common"
    return Evidence(
        signal="performers",
        scene=list(known.performers),
        proposal=list(proposed),
        origin=known.origin.get("performers", ""),
        points=round(min(weights.performers_max, len(common) * weights.performer), DIGITS),
        weight=weights.performers_max,
        note=note,
    )


def recommend(score: float, threshold: float) -> Recommendation:
    """How far a score may be trusted; see ``judge``."""
    if score >= round(threshold + (1 - threshold) * STRONG_SHARE, DIGITS):
        return Recommendation.STRONG
    if score >= round(threshold, DIGITS):
        return Recommendation.MEDIUM
    if score >= round(threshold * LOW_SHARE, DIGITS):
        return Recommendation.LOW
    return Recommendation.NONE
