"""Find what a proposal cannot be true with, however much else speaks for it.

Facts of the metadata go before those of the file name: a name says nothing against a title that
somebody typed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from math import isfinite

from stashbot.decide.matching.explanation import (
    COMPANY_WORDS,
    MARKERS,
    Explanation,
    Run,
    performer_names,
    studio_names,
)
from stashbot.decide.matching.folding import (
    PART_WORDS,
    fold_phrase,
    fold_words,
    same_folded,
)
from stashbot.decide.matching.library_names import LibraryNames
from stashbot.decide.matching.title_forms import STOP_WORDS
from stashbot.models import Contradiction, ContradictionKind, KnownFacts, Proposal
from stashbot.settings import ContradictionSettings

_PART_DIGITS = 3
_YEAR_DIGITS = 4
_MAX_NAME_WORDS = 8
_LETTERS_OF_ABBREVIATION = 5
#: Words after which a name says who is in a scene.
_CREDITS = frozenset({"with", "w", "ft", "feat", "featuring", "starring", "by"})
#: Words that may stand before a title without being of it.
_BEFORE_TITLES = _CREDITS | {"a", "an", "the", "in", "and", "ts", "xxx", "de", "by"}
_FILLERS = frozenset({"video", "full", "movie", "clip", "scene", "xxx", "vr", "the"})


def metadata_contradictions(
    proposal: Proposal,
    known: KnownFacts,
    days: Collection[str],
    library: LibraryNames,
    settings: ContradictionSettings,
) -> Iterator[Contradiction]:
    """Yield what Stash holds of the scene, or its video file, that the proposal contradicts."""
    source = proposal.source
    if _is_known(known, "date") and days and not _fits_day(known.date or "", days):
        side = _side(known, "date")
        yield Contradiction(
            kind=ContradictionKind.DATE,
            text=f"{side} says {known.date}, {source} says {min(days)}",
            scene=known.date,
            proposal=proposal.date,
            origin=known.origin.get("date", ""),
        )
    if (
        _is_known(known, "studio")
        and proposal.studio
        and not _is_same_studio(known.studio or "", proposal, library)
    ):
        yield Contradiction(
            kind=ContradictionKind.STUDIO,
            text=f"{_side(known, 'studio')} says the studio {known.studio!r}, {source} says "
            f"{proposal.studio.name!r}",
            scene=known.studio,
            proposal=proposal.studio.name,
            origin=known.origin.get("studio", ""),
        )
    if _is_known(known, "performers") and proposal.performers:
        theirs = {
            phrase
            for performer in proposal.performers
            for name in performer_names(performer, library)
            for phrase in fold_phrase(name)
        }
        ours = {phrase for name in known.performers for phrase in fold_phrase(name)}
        if ours and theirs and ours.isdisjoint(theirs):
            yield _performers(proposal, list(known.performers), _side(known, "performers"))
    yield from _duration(proposal, known, settings)


def name_contradictions(
    proposal: Proposal,
    known: KnownFacts,
    found: Explanation,
    days: Collection[str],
    details: str,
    *,
    is_sure: bool = False,
) -> Iterator[Contradiction]:
    """Yield what the file name says that the proposal contradicts.

    ``details`` is folded text in which the source says more about the scene. ``is_sure`` leaves out
    what a wrongly named file would say: the source knows the file or its address.
    """
    checks = _NameChecks(proposal, found, days, details, "file name")
    if not _is_known(known, "date"):
        yield from checks.date()
    if not _is_known(known, "title"):
        yield from checks.marker()
    if is_sure:
        return
    if not _is_known(known, "title") and not found.code_is_telling:
        yield from checks.title()
    yield from checks.code()
    if not _is_known(known, "performers"):
        yield from checks.performers()
    if not _is_known(known, "studio"):
        yield from checks.studio()


def title_contradictions(
    proposal: Proposal, found: Explanation, days: Collection[str], details: str, origin: str
) -> Iterator[Contradiction]:
    """Yield what a title of the scene says that the proposal contradicts.

    ``found`` is the explanation of that title by the proposal, ``origin`` where it was read.
    """
    checks = _NameChecks(proposal, found, days, details, origin)
    yield from checks.marker()
    yield from checks.title()


def _is_known(known: KnownFacts, fact: str) -> bool:
    """Return whether the fact is certain without the explanation of the name."""
    return bool(getattr(known, fact))


def _side(known: KnownFacts, fact: str) -> str:
    return "the file" if known.origin.get(fact) == "file name" else "the scene"


def _fits_day(known: str, days: Collection[str]) -> bool:
    return any(day.startswith(known) or known.startswith(day) for day in days)


def _is_same_studio(known: str, proposal: Proposal, library: LibraryNames) -> bool:
    names = studio_names(proposal.studio, library)
    parent = proposal.studio.parent if proposal.studio else None
    ours = (known, *library.studios.names_of(known))
    return any(same_folded(a, b) for a in ours for b in (*names, *((parent,) if parent else ())))


def _performers(
    proposal: Proposal, scene: list[str], side: str, origin: str = "metadata"
) -> Contradiction:
    theirs = [performer.name for performer in proposal.performers]
    return Contradiction(
        kind=ContradictionKind.PERFORMERS,
        text=f"{side} names {_list(scene)}, {proposal.source} names {_list(theirs)}",
        scene=list(scene),
        proposal=list(theirs),
        origin=origin,
    )


def _list(names: list[str], limit: int = 4) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def _duration(
    proposal: Proposal, known: KnownFacts, settings: ContradictionSettings
) -> Iterator[Contradiction]:
    ours, theirs = known.duration or 0.0, proposal.duration or 0.0
    difference = abs(ours - theirs)
    if not (ours > 0 and theirs > 0 and isfinite(difference)):
        return
    if difference > settings.duration_s and difference > settings.duration_share * ours:
        yield Contradiction(
            kind=ContradictionKind.DURATION,
            text=f"the file is {_minutes(ours)} long, {proposal.source} says {_minutes(theirs)}",
            scene=ours,
            proposal=theirs,
            origin="file",
        )


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class _NameChecks:
    """The comparison of a proposal with what its explanation of a name leaves over."""

    def __init__(
        self,
        proposal: Proposal,
        found: Explanation,
        days: Collection[str],
        details: str,
        origin: str,
    ) -> None:
        self.proposal, self.found, self.days = proposal, found, days
        self.details, self.origin = details, origin
        self.pieces = found.name.pieces
        self.telling = [run for run in found.left_over if self._is_telling(run)]

    def _is_telling(self, run: Run) -> bool:
        """Return whether a run may say what scene it is; its words may be in the details."""
        if not run.is_telling:
            return False
        return not any(phrase in self.details for phrase in fold_phrase(run.text))

    def _contradiction(
        self, kind: ContradictionKind, scene: str, proposed: str | None
    ) -> Contradiction:
        source = self.proposal.source
        side = "the scene" if self.origin == "metadata" else "the file"
        return Contradiction(
            kind=kind,
            text=f"{side} says {scene!r}, {source} says {proposed!r}",
            scene=scene,
            proposal=proposed,
            origin=self.origin,
        )

    def date(self) -> Iterator[Contradiction]:
        """Yield a day of the name, or a year without a day, that is not the proposal's."""
        if not self.days or self.found.date is not None:
            return
        dates = [piece for piece in self.found.name.dates if self._is_free(piece.start, piece.end)]
        days = [piece for piece in dates if piece.is_day and piece.is_certain]
        for piece in (days or [piece for piece in dates if not piece.is_day])[:1]:
            if any(day.startswith(reading) for day in self.days for reading in piece.readings):
                return
            written = self.found.name.text[piece.start : piece.end]
            read = piece.readings[0] if len(piece.readings) == 1 else written
            proposed = min(self.days)
            yield Contradiction(
                kind=ContradictionKind.DATE,
                text=f"the file says {read}, {self.proposal.source} says {proposed}",
                scene=list(piece.readings) if len(piece.readings) > 1 else read,
                proposal=proposed,
                origin="file name",
            )

    def _is_free(self, start: int, end: int) -> bool:
        positions = self.found.name.pieces_in(start, end)
        return all(self.found.owners[at] not in {"title", "code", "studio"} for at in positions)

    def marker(self) -> Iterator[Contradiction]:
        """Yield a marker such as ``BTS`` or ``trailer`` that only one side has."""
        title = self.proposal.title or ""
        if self.found.markers:
            ours = {"".join(fold_words(marker)) for marker in self.found.markers}
            theirs = "".join(fold_words(title))
            if not any(marker in theirs for marker in ours):
                yield self._contradiction(
                    ContradictionKind.MARKER, ", ".join(self.found.markers), title or None
                )
        elif self.found.title and not self.found.title.form.is_full:
            words = fold_words(title)
            said = fold_words(self.found.title.form.text)
            runs = {
                "".join(words[first:last])
                for first in range(len(words))
                for last in range(first + 1, min(len(words), first + 4) + 1)
            }
            missing = [marker for marker in runs & MARKERS if marker not in "".join(said)]
            if missing:
                yield self._contradiction(
                    ContradictionKind.MARKER, self.found.name.span(*self._title_span), title
                )

    @property
    def _title_span(self) -> tuple[int, int]:
        assert self.found.title is not None  # noqa: S101 # asked only where there is a title
        return self.found.title.start, self.found.title.end

    def title(self) -> Iterator[Contradiction]:
        """Yield words in place of the title or beside it, and a number that it does not have."""
        if self.proposal.title is None:
            return
        if self.found.title is None:
            words = [run for run in self.telling if not self._is_copy_mark(run)]
            if words:
                text = " … ".join(run.text for run in words)
                yield self._contradiction(ContradictionKind.TITLE, text, self.proposal.title)
            return
        start, end = self._title_span
        yield from self._after(start, end)
        yield from self._before(start)

    def _is_copy_mark(self, run: Run) -> bool:
        inside = self.pieces[run.start : run.end]
        return run.end == len(self.pieces) and all(
            piece.in_brackets and piece.text.isdigit() for piece in inside
        )

    def _after(self, start: int, end: int) -> Iterator[Contradiction]:
        """Compare what follows the title: words of its part, or a number by itself."""
        part = self.pieces[end - 1].part
        is_beside = True  # nothing that the proposal explains stands between
        for at in range(end, len(self.pieces)):
            piece, owner = self.pieces[at], self.found.owners[at]
            is_others = owner in {"other performer", "other studio"}
            if (owner and not is_others) or not piece.text:
                is_beside = is_beside and owner in {"", "tag"}
                continue
            is_beside = is_beside and piece.part == part
            if piece.text.isdigit():
                is_number = is_beside or self._is_number_part(at)
                if is_number and len(piece.text) <= _PART_DIGITS and not piece.is_id:
                    text = self._span_from(start if is_beside else at, at)
                    yield self._contradiction(ContradictionKind.NUMBER, text, self.proposal.title)
                    return
                continue
            if not is_beside or piece.raw in _FILLERS or piece.is_id:
                continue
            if piece.raw in _CREDITS:
                is_beside = False
                continue
            if not self._is_detail(at):
                text = self._span_from(start, self._run_end(at) - 1)
                yield self._contradiction(ContradictionKind.TITLE, text, self.proposal.title)
            return

    def _is_detail(self, at: int) -> bool:
        """Return whether the details hold the run of words that begins here."""
        text = self.found.name.span(at, self._run_end(at))
        words = fold_words(text)
        return len(words) > 1 and any(phrase in self.details for phrase in fold_phrase(text))

    def _span_from(self, start: int, at: int) -> str:
        return self.found.name.span(start, at + 1)

    def _run_end(self, at: int) -> int:
        for run in self.found.left_over:
            if run.start <= at < run.end:
                return run.end
        return at + 1

    def _is_number_part(self, at: int) -> bool:
        """Return whether the piece is a number by itself: ``- Part 2``, ``(2)``, ``Scene 2``."""
        if at and self.pieces[at - 1].raw in PART_WORDS and not self.pieces[at - 1].text:
            return True
        part = self.pieces[at].part
        return all(
            other.part != part or not other.text or other.text.isdigit() or other.is_tag
            for other in self.pieces[max(0, at - 2) : at + 3]
        )

    def _before(self, start: int) -> Iterator[Contradiction]:
        """Compare the words of the title's part that stand directly before the title."""
        run = next((run for run in self.found.left_over if run.end == start), None)
        if run is None or self.pieces[run.start].part != self.pieces[start].part:
            return
        words = [piece for piece in self.pieces[run.start : run.end] if piece.text]
        if not words or words[-1].raw in _BEFORE_TITLES or words[-1].is_id:
            return
        is_placed = self.found.date is not None and bool(self.found.studio)
        text = self._span_from(run.start, self._title_span[1] - 1)
        if all(piece.text.isdigit() for piece in words):
            is_counter = run.start == 0 or self.pieces[run.start].raw.startswith("0")
            if not (is_counter or is_placed or self._follows_part_word(run)):
                yield self._contradiction(ContradictionKind.NUMBER, text, self.proposal.title)
            return
        if not any(phrase in self.details for phrase in fold_phrase(run.text)):
            yield self._contradiction(ContradictionKind.TITLE, text, self.proposal.title)

    def _follows_part_word(self, run: Run) -> bool:
        before = self.pieces[run.start : run.end]
        return any(piece.raw in PART_WORDS for piece in before)

    def code(self) -> Iterator[Contradiction]:
        """Yield a code of the same letters as the proposal's with another number."""
        words = fold_words(self.proposal.code or "")
        if self.found.code or len(words) != 2 or not words[1].isdigit() or words[0].isdigit():  # noqa: PLR2004
            return
        for at in range(len(self.pieces) - 1):
            first, second = self.pieces[at], self.pieces[at + 1]
            is_code = first.text == words[0] and second.text.isdigit()
            is_near = second.start - first.end <= 1
            if is_code and is_near and len(words[0]) > 1 and not self.found.owners[at + 1]:
                yield self._contradiction(
                    ContradictionKind.CODE,
                    self.found.name.span(at, at + 2),
                    self.proposal.code,
                )
                return

    def performers(self) -> Iterator[Contradiction]:
        """Yield performers of the name that the proposal lacks while it names others."""
        if not self.proposal.performers:
            return
        if self.found.other_performers:
            yield _performers(
                self.proposal, list(self.found.other_performers), "the file", "file name"
            )
            return
        if self.found.mentioned or self.found.title is None:
            return
        for run in self.telling:
            is_placed = (
                run.end <= self.found.title.start
                or self._is_own_part(run)
                or self.pieces[run.start].raw in _CREDITS
            )
            if is_placed and not self._continues_studio(run) and self._looks_like_names(run):
                yield _performers(self.proposal, [run.text], "the file", "file name")
                return

    def _continues_studio(self, run: Run) -> bool:
        """Return whether the studio stands right before the run, with nothing between."""
        before = run.start - 1
        return (
            before >= 0
            and self.found.owners[before] == "studio"
            and self.pieces[before].part == self.pieces[run.start].part
            and run.end - run.start == 1
        )

    def _is_own_part(self, run: Run) -> bool:
        part = self.pieces[run.start].part
        return all(
            run.start <= at < run.end or piece.part != part or self.found.owners[at] == "tag"
            for at, piece in enumerate(self.pieces)
        )

    def _looks_like_names(self, run: Run) -> bool:
        words = [piece for piece in self.pieces[run.start : run.end] if piece.text]
        if any(piece.text.isdigit() for piece in words) or _is_domain(run.text):
            return False
        may_be_studio = not self.found.studio and self._is_at_studio_place(run)
        is_code = run.text.isupper() and (run.start == 0 or words[0].in_brackets)
        is_uploader = run.start == 0 and words[0].in_brackets
        least = 2 if may_be_studio or is_code or is_uploader else 1
        return least <= len(words) <= _MAX_NAME_WORDS

    def studio(self) -> Iterator[Contradiction]:
        """Yield another studio that the name gives, by the library or by its place."""
        studio = self.proposal.studio
        if studio is None:
            return
        if self.found.has_near_studio:
            return
        if self.found.studio:
            yield from self._longer_studio()
            return
        if self.found.other_studios:
            yield self._contradiction(
                ContradictionKind.STUDIO, ", ".join(self.found.other_studios), studio.name
            )
            return
        if self.found.title is None:
            return  # what is left over contradicts the title already
        for run in self.telling:
            if self._is_at_studio_place(run) and not self._abbreviates(run, studio.name):
                yield self._contradiction(ContradictionKind.STUDIO, run.text, studio.name)
                return

    def _longer_studio(self) -> Iterator[Contradiction]:
        """Yield a studio that goes on: ``Northlight Classics`` is not ``Northlight``."""
        for run in self.telling:
            part = self.pieces[run.start].part
            owners = {
                self.found.owners[at] for at, piece in enumerate(self.pieces) if piece.part == part
            }
            beside = [
                at
                for at in (run.start - 1, run.end)
                if 0 <= at < len(self.pieces)
                and self.found.owners[at] == "studio"
                and self.pieces[at].part == part
            ]
            words = [piece for piece in self.pieces[run.start : run.end] if piece.text]
            if all(piece.raw in COMPANY_WORDS for piece in words):
                continue
            is_alone = owners <= {"studio", "", "tag"} or self._is_at_edge(run)
            if beside and is_alone and not words[0].text.isdigit():
                start, end = min(run.start, *beside), max(run.end, *(at + 1 for at in beside))
                studio = self.proposal.studio
                yield self._contradiction(
                    ContradictionKind.STUDIO,
                    self.found.name.span(start, end),
                    studio.name if studio else None,
                )
                return

    def _is_at_edge(self, run: Run) -> bool:
        """Return whether nothing but the studio explains the run's neighbours in its part.

        A word between studio and performers is of the studio too, unless it may be a performer.
        """
        part = self.pieces[run.start].part
        after = self.found.owners[run.end] if run.end < len(self.pieces) else ""
        if run.start and self.found.owners[run.start - 1] == "studio":
            is_last = not after or self.pieces[run.end].part != part
            is_word = len([piece for piece in self.pieces[run.start : run.end] if piece.text]) == 1
            return is_last or after in {"date", "tag"} or (after == "performer" and is_word)
        is_first = run.start == 0 or self.pieces[run.start - 1].part != part
        is_first = is_first or self.found.owners[run.start - 1] == "date"
        return is_first and not run.text.isupper()  # "SLR_Northlight": an archive

    def _is_at_studio_place(self, run: Run) -> bool:
        """Return whether a studio may stand there: first, last, in brackets, in a part by itself.

        Where performers are expected, as none of the proposal's are in the name, two words may be
        their names.
        """
        if run.start > 0 and not self._is_own_part(run):
            return False
        words = [piece for piece in self.pieces[run.start : run.end] if piece.text]
        return not all(piece.text.isdigit() or piece.raw in STOP_WORDS for piece in words)

    def _abbreviates(self, run: Run, studio: str) -> bool:
        """Return whether a short word may be the studio's initials or a short form of it."""
        short = "".join(fold_words(run.text))
        full = "".join(fold_words(studio))
        if len(short) > _LETTERS_OF_ABBREVIATION or not short or short[0] != full[:1]:
            return False
        rest = iter(full)
        return all(letter in rest for letter in short)


def _is_domain(text: str) -> bool:
    return text.rpartition(".")[2].lower() in {"com", "net", "org", "tv", "xxx"} and " " not in text
