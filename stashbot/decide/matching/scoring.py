"""Score how well a proposal fits a scene (playbook 1.2), with the evidence for and against it.

Points, by default: equal titles .4, equal dates .2, durations within 10 s .2 or within 30 s .1,
.05 for each performer in common up to .2; at most 1. A fact that either side lacks earns nothing.
What Stash does not hold is looked for in the file name, in the light of the proposal.

Beyond the playbook: the same code .6, since it says as much as title and date together; equal
studios .2 and a name that the proposal explains without a rest .2, if title, code or performers
agree too; .6 for a page at an address of the scene's own, and .6 for a source that knows the very
file (.3 if only its pictures are alike), unless the scene's metadata or its file contradict the
proposal. With these weights and ``title_like`` at 0, the score is the playbook's.

A contradiction stands beside the score: with it a proposal is not accepted, whatever its score.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from stashbot.decide.intake.addresses import has_page, page_key
from stashbot.decide.intake.dates import date_readings
from stashbot.decide.intake.doubts import DOUBT
from stashbot.decide.matching.contradictions import (
    metadata_contradictions,
    name_contradictions,
    title_contradictions,
)
from stashbot.decide.matching.dates import normalize_date
from stashbot.decide.matching.explanation import Explanation, explain_name
from stashbot.decide.matching.folding import fold_phrase, fold_words
from stashbot.decide.matching.library_names import NO_NAMES, LibraryNames
from stashbot.decide.matching.name_text import read_name
from stashbot.decide.matching.scene_facts import SceneFacts
from stashbot.decide.matching.title_forms import STOP_WORDS, says_little
from stashbot.decide.matching.titles import (
    normalize_case,
    normalize_title,
    title_similarity,
    title_variants,
    titles_match,
    titles_without_names,
)
from stashbot.models import (
    Contradiction,
    Evidence,
    Judgement,
    KnownFacts,
    Proposal,
    Recommendation,
)
from stashbot.settings import POINT_DIGITS, ContradictionSettings, WeightSettings

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
#: A parent studio may stand for any of its studios.
_PARENT_SHARE = 0.5
#: A title of so many words, of which so many say something, names a scene by itself.
_LONG_TITLE, _LONG_TITLE_TELLING = 5, 3
#: From this hour on, an instant in UTC may be the next day elsewhere; up to it, the day before.
_NOON = 12


def score_proposal(
    proposal: Proposal,
    facts: SceneFacts,
    weights: WeightSettings,
    contradictions: ContradictionSettings | None = None,
    library: LibraryNames = NO_NAMES,
) -> Judgement:
    """Return the proposal's score, its evidence, and whether it is accepted.

    It is, if it reaches the threshold and nothing contradicts it that the settings count.
    """
    settings = contradictions or ContradictionSettings()
    judged = _Judged(proposal, facts, library)
    explanation = judged.explanation
    evidence = tuple(_Signals(proposal, facts, weights, explanation).all())
    score = round(min(1.0, sum(signal.points for signal in evidence)), POINT_DIGITS)
    against = _against(judged, evidence, settings)
    recommendation = recommend(score, weights.threshold)
    if against and recommendation is not Recommendation.NONE:
        recommendation = Recommendation.LOW
    return Judgement(
        score=score,
        evidence=evidence,
        contradictions=against,
        name=explanation.parts() if explanation else (),
        recommendation=recommendation,
        accepted=score >= round(weights.threshold, POINT_DIGITS) and not against,
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

    The reasons are its contradictions and doubts, else what is missing, such as

    ``score 0.40, needs 0.60: title differs (file: 'Low Tide', source: 'High Tide')``
    """
    reasons = [contradiction.text for contradiction in judgement.contradictions]
    reasons += [signal.note for signal in judgement.evidence if signal.signal == DOUBT]
    if reasons:
        return f"{'; '.join(reasons)} (score {_decimals(judgement.score)})"
    unknown = [signal.signal for signal in judgement.evidence if signal.note == UNKNOWN]
    reasons = [signal.note for signal in judgement.evidence if signal.note not in {"", UNKNOWN}]
    if unknown:
        reasons.append(f"{', '.join(unknown)} unknown")
    summary = explain_score(judgement.score, threshold)
    return f"{summary}: {'; '.join(reasons)}" if reasons else summary


@lru_cache(maxsize=1 << 12)
def proposed_days(text: str) -> tuple[str, ...]:
    """Return the days that a source's date may mean; none if it is no day, or an ambiguous one.

    An instant may be another day elsewhere: ``2024-01-12T23:00:00Z`` may be the 12th or the 13th.
    """
    readings = date_readings(text)
    return readings.days if readings.is_settled else ()


def _decimals(value: float) -> str:
    """Format a score with two decimals, or with more where two would round it."""
    return f"{value:.2f}" if round(value, 2) == round(value, POINT_DIGITS) else f"{value:g}"


class _Judged:
    """A proposal beside the scene, with the explanation of the scene's name by it."""

    def __init__(self, proposal: Proposal, facts: SceneFacts, library: LibraryNames) -> None:
        self.proposal, self.facts, self.library = proposal, facts, library
        self.days = proposed_days(proposal.date or "")
        self.explanation = self.explain(facts.name) if facts.name else None

    def explain(self, text: str) -> Explanation:
        """Return what of a name or title the proposal explains."""
        name = read_name(text, self.facts.date_order)
        return explain_name(name, self.proposal, self.library, self.days, self.facts.abbreviations)


def _against(
    judged: _Judged, evidence: Sequence[Evidence], settings: ContradictionSettings
) -> tuple[Contradiction, ...]:
    """Return the contradictions that the settings count, each kind and text once."""
    proposal, known, library = judged.proposal, judged.facts.stated, judged.library
    days, details = judged.days, _details(proposal)
    found = list(metadata_contradictions(proposal, known, days, library, settings))
    is_sure = any(
        signal.points >= signal.weight > 0
        for signal in evidence
        if signal.signal in {"url", "fingerprint"}
    )
    origin = known.origin.get("title", "")
    has_title = any(signal.signal == "title" and signal.points for signal in evidence)
    if known.title and not has_title and not (is_sure and origin == "file name"):
        title = judged.explain(known.title)
        found += title_contradictions(proposal, title, days, details, origin)
    if judged.explanation is not None:
        found += name_contradictions(
            proposal, known, judged.explanation, days, details, is_sure=is_sure
        )
    counted = {(c.kind, c.text): c for c in found if settings.counts(c.kind)}
    return tuple(counted.values())


def _details(proposal: Proposal) -> str:
    """Return what else the source says about the scene, folded."""
    texts = [proposal.details or "", *(group.name for group in proposal.groups)]
    return " ".join(form for text in texts if text for form in fold_phrase(text))


class _Signals:
    """The signals of a proposal: facts of the metadata are compared, others looked for."""

    def __init__(
        self,
        proposal: Proposal,
        facts: SceneFacts,
        weights: WeightSettings,
        explanation: Explanation | None,
    ) -> None:
        self.proposal, self.weights, self.found = proposal, weights, explanation
        self.known = facts.stated
        self.origin = facts.name_origin

    def all(self) -> list[Evidence]:
        """Return the signals; those that depend on others come last."""
        weights = self.weights
        title, day, length, people = self._title(), self._date(), self._duration(), self._people()
        signals = [title, day, length, people]
        code = self._code()
        if code is not None:
            signals.append(code)
        is_named = self._is_named(title, day, length, people, code)
        if weights.studio:
            signals.append(self._studio(is_named=is_named))
        if weights.title_like and not title.points:
            signals.append(self._title_like())
        if weights.explained and self.found is not None:
            signals.append(self._explained(signals, is_named=is_named))
        basis = [signal for signal in signals if signal.signal != "explained"]
        if weights.url:
            signals.append(_url(self.proposal, self.known, weights, basis))
        if weights.fingerprint and self.proposal.fingerprints:
            signals.append(_fingerprint(self.proposal, self.known, weights, basis))
        return signals

    def _looks(self, fact: str) -> bool:
        """Return whether the fact is looked for in the name: Stash does not hold it."""
        return self.found is not None and not getattr(self.known, fact)

    def _in_name(
        self, signal: str, read: str, proposed: str | None, weight: float, missing: str
    ) -> Evidence:
        """Return the evidence of a text that is looked for in the name."""
        note = UNKNOWN if not proposed else "" if read else missing
        return Evidence(
            signal=signal,
            scene=read or None,
            proposal=proposed,
            origin=self.origin if read else "",
            points=0.0 if note else weight,
            weight=weight,
            note=note,
        )

    def _title(self) -> Evidence:
        proposal, weight = self.proposal, self.weights.title
        if self._looks("title"):
            assert self.found is not None  # noqa: S101 # looked for
            match = self.found.title
            read = self.found.name.span(match.start, match.end) if match else ""
            missing = f"the {self.origin} does not have the title {proposal.title!r}"
            return self._in_name("title", read, proposal.title, weight, missing)
        same = titles_match(proposal, self.known)
        return _compare("title", self.known, self.known.title, proposal.title, weight, same=same)

    def _title_like(self) -> Evidence:
        """Compare titles that are not the same but similar, as with a mistyped letter."""
        similarity = title_similarity(self.proposal, self.known)
        evidence = _compare(
            "title_like",
            self.known,
            self.known.title,
            self.proposal.title,
            self.weights.title_like,
            same=similarity >= self.weights.title_like_from,
        )
        note = evidence.note
        if note not in {"", UNKNOWN}:
            note = f"titles {similarity:.0%} alike"
        origin = self.known.origin.get("title", "")
        return evidence.model_copy(update={"origin": origin, "note": note})

    def _date(self) -> Evidence:
        proposed, weight = self.proposal.date, self.weights.date
        if self._looks("date"):
            assert self.found is not None  # noqa: S101 # looked for
            piece = self.found.date
            read = self.found.name.text[piece.start : piece.end] if piece else ""
            missing = "the date is another" if self.found.name.dates else UNKNOWN
            return self._in_name("date", read, proposed, weight, missing)
        same = normalize_date(self.known.date or "") == normalize_date(proposed or "")
        return _compare("date", self.known, self.known.date, proposed, weight, same=same)

    def _duration(self) -> Evidence:
        known, proposal, weights = self.known, self.proposal, self.weights
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

    def _people(self) -> Evidence:
        proposed = tuple(performer.name for performer in self.proposal.performers)
        weights = self.weights
        names: tuple[str, ...]
        origin: str
        note = ""
        if self._looks("performers"):
            assert self.found is not None  # noqa: S101 # looked for
            common: int = len(self.found.performers)
            names, origin = self.found.performers, self.origin if common else ""
            if not common:
                note = UNKNOWN
        else:
            from_file_name = self.known.origin.get("performers") == "file name"
            normalize = normalize_title if from_file_name else normalize_case
            ours = {normalize(name) for name in self.known.performers} - {""}
            common = len(ours & {normalize(name) for name in proposed})
            names, origin = self.known.performers, self.known.origin.get("performers", "")
            if not ours or not proposed:
                note = UNKNOWN
            elif not common:
                note = "no performer in common"
        return Evidence(
            signal="performers",
            scene=list(names),
            proposal=list(proposed),
            origin=origin,
            points=round(min(weights.performers_max, common * weights.performer), POINT_DIGITS),
            weight=weights.performers_max,
            note=note,
        )

    def _code(self) -> Evidence | None:
        """Compare the codes, where the proposal has one and the name holds it."""
        if not self.weights.code or self.found is None or not self.found.code:
            return None
        is_telling = self.found.code_is_telling
        return Evidence(
            signal="code",
            scene=self.found.code,
            proposal=self.proposal.code,
            origin=self.origin,
            points=self.weights.code if is_telling else 0.0,
            weight=self.weights.code,
            note="" if is_telling else "a short number may be any",
        )

    def _is_named(
        self,
        title: Evidence,
        day: Evidence,
        length: Evidence,
        people: Evidence,
        code: Evidence | None,
    ) -> bool:
        """Return whether more than studio, date and length agree: a studio has many scenes.

        A title that says little needs the date, the length or a performer beside it.
        """
        names = tuple(performer.name for performer in self.proposal.performers)
        if code is not None and code.points:
            return True
        if title.points:
            studio = self.proposal.studio
            studios = (studio.name,) if studio else ()
            text = self.found.title.form.text if self.found and self.found.title else None
            text = text or self.proposal.title or ""
            if not says_little(text, names, studios) or day.points or length.points:
                return True
            return bool(people.points) and not says_little(text, names, ())
        return bool(people.points)

    def _studio(self, *, is_named: bool) -> Evidence:
        """Compare the studios; the same studio counts where something else names the scene.

        Where no studio is known, a title of the user's own pattern may begin with it.
        """
        proposed = self.proposal.studio.name if self.proposal.studio else None
        weight = self.weights.studio
        alone = "the same studio, but neither title, code nor performers say which of its scenes"
        if self._looks("studio"):
            assert self.found is not None  # noqa: S101 # looked for
            evidence = self._in_name("studio", self.found.studio, proposed, weight, UNKNOWN)
            if evidence.points and self.found.studio_is_parent:
                points = round(weight * _PARENT_SHARE, POINT_DIGITS)
                evidence = evidence.model_copy(update={"points": points})
        else:
            evidence = self._known_studio(proposed)
        if evidence.points and not is_named:
            evidence = evidence.model_copy(update={"points": 0.0, "note": alone})
        return evidence

    def _known_studio(self, proposed: str | None) -> Evidence:
        known = self.known
        studio, origin = known.studio, known.origin.get("studio", "")
        if not studio and proposed and known.title and known.origin.get("title") == "file name":
            variants = title_variants(self.proposal, known)
            rests = titles_without_names(self.proposal, known.title)
            if any(rest.without_studio and rest.text in variants for rest in rests):
                studio, origin = proposed, "file name"
        normalize = normalize_title if origin == "file name" else normalize_case
        same = bool(
            studio and proposed and normalize(studio) and normalize(studio) == normalize(proposed)
        )
        return _compare(
            "studio", known, studio, proposed, self.weights.studio, same=same, origin=origin
        )

    def _explained(self, signals: Sequence[Evidence], *, is_named: bool) -> Evidence:
        """Return the evidence of a name that the proposal explains without a rest."""
        assert self.found is not None  # noqa: S101 # asked only with an explanation
        found, points = self.found, {signal.signal: signal.points for signal in signals}
        note = ""
        if not found.is_complete:
            note = f"left over: {found.left_over_text}" if found.left_over_text else "left over"
        elif not (is_named and self._says_which(points)):
            note = "explained, but the name says too little"
        return Evidence(
            signal="explained",
            origin=self.origin,
            points=0.0 if note else self.weights.explained,
            weight=self.weights.explained,
            note=note,
        )

    def _says_which(self, points: dict[str, float]) -> bool:
        """Return whether a name that is explained says enough to tell the scene from others."""
        assert self.found is not None  # noqa: S101 # asked only with an explanation
        if points.get("code"):
            return True
        if self.found.title is None:
            return all(points.get(fact) for fact in ("studio", "date", "performers"))
        if any(points.get(fact) for fact in ("studio", "date", "performers")):
            return True
        words = fold_words(self.found.title.form.text)
        telling = [word for word in words if word not in STOP_WORDS and not word.isdigit()]
        return len(words) >= _LONG_TITLE and len(telling) >= _LONG_TITLE_TELLING


def _url(
    proposal: Proposal, known: KnownFacts, weights: WeightSettings, others: Sequence[Evidence]
) -> Evidence:
    """Compare the addresses; a common address earns nothing if the metadata or file contradict it.

    The name of a file is no contradiction, since the name of a download says little. A site's front
    page is the address of no scene.
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

    It is empty if none does; the names of the file and its folder do not count.
    """
    names = [
        signal.signal
        for signal in signals
        if signal.note not in {"", UNKNOWN} and signal.origin in {"metadata", "file"}
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
