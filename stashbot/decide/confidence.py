"""How well a proposal fits a scene: the playbook's score (1.2), with the evidence for it.

Points, by default: equal titles .4, equal dates .2, durations within 10 s .2 or within 30 s .1,
.05 for each performer in common up to .2; at most 1. What is unknown on either side earns nothing.
Beyond the playbook: equal studios .2, so that studio and title make up for a date that a file name
does not tell, and .6 for a page that is one of the scene's own addresses, where nothing that is
surely known of the scene says otherwise (``studio = 0`` and ``url = 0`` take them away).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from stashbot.decide.dates import read_date
from stashbot.models import Evidence, Judgement, Known, Proposal, Recommendation
from stashbot.settings import WeightSettings

#: Strong begins half way from the threshold to 1, low half way from 0 to the threshold.
STRONG_SHARE = 0.5
LOW_SHARE = 0.5
UNKNOWN = "unknown"
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


def normal_title(title: str) -> str:
    """A title without case, punctuation, accents' composition and spaces.

    A file name cannot carry every character of a title (``Part 2: "Again"`` becomes
    ``Part.2.Again``), so a title that was read from one is compared in this form.
    """
    folded = unicodedata.normalize("NFKC", title).casefold()
    return "".join(char for char in folded if char.isalnum())


def same_title(proposed: str, known: str, *, from_file_name: bool) -> bool:
    """Equal ignoring case; for a title from a file name, equal in normal form and not empty."""
    if _folded(proposed) == _folded(known):
        return True
    normal = normal_title(known)
    return from_file_name and bool(normal) and normal_title(proposed) == normal


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _signals(proposal: Proposal, known: Known, weights: WeightSettings) -> Iterator[Evidence]:
    same_date = _day(known.date or "") == _day(proposal.date or "")
    found = [
        _title(proposal, known, weights),
        _compared("date", known.date, proposal.date, known, weights.date, same=same_date),
        _duration(proposal, known, weights),
        _performers(proposal, known, weights),
    ]
    if weights.studio:
        found.append(_studio(proposal, known, weights))
    yield from found
    if weights.url:
        yield _url(proposal, known, weights, found)


def _title(proposal: Proposal, known: Known, weights: WeightSettings) -> Evidence:
    by_name = known.origin.get("title") == "file name"
    same = bool(
        known.title
        and proposal.title
        and (
            same_title(proposal.title, known.title, from_file_name=by_name)
            or (by_name and normal_title(known.title) in _titles(proposal, known))
            or (by_name and _follows_names(proposal, known))
        )
    )
    return _compared("title", known.title, proposal.title, known, weights.title, same=same)


def _follows_names(proposal: Proposal, known: Known) -> bool:
    """Whether the known title is the proposed title after names that the proposal gives.

    ``Studio.24.01.13.Ada.Sample.Evening.Light`` does not tell where the name ends; a proposal
    whose studio, performers and title together use up the whole text does.
    """
    rests = {rest for rest, _ in _rests(proposal, known.title or "")[1:]}
    return bool(_titles(proposal, known) & rests)


def _rests(proposal: Proposal, known: str) -> list[tuple[str, bool]]:
    """What is left of the text after names that the proposal gives, and whether its studio went."""
    names = {normal_title(entity.name) for entity in proposal.performers} - {""}
    studio = normal_title(proposal.studio.name) if proposal.studio else ""
    rests = [(normal_title(known), False)]
    for rest, without in rests:  # grows while it is walked; each new one is shorter
        starts = {joint + name for name in names for joint in ("", "and")}
        found = [(rest.removeprefix(one), without) for one in starts if rest.startswith(one)]
        if studio and not without and rest.startswith(studio):
            found.append((rest.removeprefix(studio), True))
        rests += [one for one in found if one not in rests]
    return rests


def _titles(proposal: Proposal, known: Known) -> set[str]:
    """The proposed title as a file name may hold it.

    A numbered one may end at its colon, ``Part 2`` for ``Part 2: Harbour``, where the dates are the
    same: alone that is the name of too many scenes.
    """
    title = proposal.title or ""
    numbered = title.partition(":")[0]
    dated = bool(known.date) and _day(known.date or "") == _day(proposal.date or "")
    told = {title}
    if dated and any(char.isdigit() for char in numbered):
        told.add(numbered)
    return {normal_title(one) for one in told} - {""}


def _studio(proposal: Proposal, known: Known, weights: WeightSettings) -> Evidence:
    """The studio by its name, or as what a title that was read from the file name begins with."""
    proposed = proposal.studio.name if proposal.studio else None
    held, origin = known.studio, known.origin.get("studio", "")
    if not held and proposed and known.title and known.origin.get("title") == "file name":
        rests = _rests(proposal, known.title)
        if any(without and rest in _titles(proposal, known) for rest, without in rests):
            held, origin = proposed, "file name"
    normal = normal_title if origin == "file name" else _folded
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
    against = [
        one.signal for one in others if one.note not in {"", UNKNOWN} and one.origin != "file name"
    ]
    note = ""
    if not known.urls or not proposal.urls:
        note = UNKNOWN
    elif common is None:
        note = "no address in common"
    elif against:
        note = f"the address is the scene's own, but not the {' and '.join(against)}"
    return Evidence(
        signal="url",
        scene=common or list(known.urls),
        proposal=list(proposal.urls),
        origin="metadata" if known.urls else "",
        points=0.0 if note else weights.url,
        weight=weights.url,
        note=note,
    )


def _address(url: str) -> str:
    """An address without scheme, ``www.`` and final slash."""
    bare = re.sub(r"^https?://(?:www\.)?", "", url.strip(), flags=re.IGNORECASE).rstrip("/")
    host, slash, path = bare.partition("/")
    return host.casefold() + slash + path


def _day(text: str) -> str:
    """A date in Stash's form, which is what a plan would write; else the text itself."""
    try:
        return read_date(text)
    except ValueError:
        return text


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
    normal = normal_title if known.origin.get("performers") == "file name" else _folded
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
