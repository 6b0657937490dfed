"""Look for what a proposal says in the name of a file, in whatever order it stands there.

The result says which pieces of the name the proposal explains, and which are left over.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from stashbot.decide.matching.date_readings import DatePiece
from stashbot.decide.matching.folding import (
    PART_WORDS,
    fold_phrase,
    fold_words,
    literal_words,
    word_set,
)
from stashbot.decide.matching.library_names import LibraryNames, NameIndex
from stashbot.decide.matching.name_text import NameText, Piece, find_phrase
from stashbot.decide.matching.names import within_one_edit
from stashbot.decide.matching.title_forms import (
    STOP_WORDS,
    TitleForm,
    says_little,
    title_forms,
)
from stashbot.models import NamePart, Proposal, ScrapedEntity

_TLD = re.compile(
    r"\.(?:com|net|org|tv|xxx|co|io|eu|de|uk|us|info|site|club|vip|porn|app)$", re.IGNORECASE
)
_TLD_WORDS = word_set("com net org tv xxx co io eu de uk us info site club vip porn app")
_MARKS = re.compile("[\u00ae\u2122\u00a9]")
_IN_BRACKETS = re.compile(r"\s*[(\[]([^)\]]*)[)\]]")
_AKA = re.compile(r"\s+a\.?k\.?a\.?\s+", re.IGNORECASE)
#: Words about a kind of video that is not the scene itself, and about another cut of it.
MARKERS = word_set(
    """bts behindthescenes trailer teaser preview makingof bloopers outtakes promo interview bonus
    bonusscene extended extendedcut uncut directorscut highlights compilation remastered recut
    photoset photoshoot deletedscenes deletedscene alternate alternatecut alternateending"""
)
#: Between a family name and a first name.
_NAME_GAPS = frozenset({"", " ", ", ", "_", ".", "-", "'"})
_MARKER_PIECES = 4
#: Words of a studio's name that people leave out or add.
COMPANY_WORDS = word_set(
    """pictures picture films film productions production studios studio videos video media
    entertainment network company channel group digital"""
)
#: Words that say nothing beside a title.
_GENERIC = word_set("video full movie film scene clip new www http https xxx vr the")
_SILENT = STOP_WORDS | _GENERIC | PART_WORDS | {"com", "net", "org"}
_TELLING_LETTERS = 3
_ID_LENGTH = 5
_PART_DIGITS = 3
_NUMERIC_CODE = 5


@dataclass(frozen=True, slots=True)
class TitleMatch:
    """The place of a title in a name; a title that ``says_little`` needs more than itself."""

    start: int
    end: int
    form: TitleForm
    says_little: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Pieces in a row that nothing explains, from ``start`` to before ``end``."""

    start: int
    end: int
    text: str
    is_telling: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """The pieces of a name by what explains them.

    ``owners`` has for each piece ``title``, ``studio``, ``performer``, ``date``, ``code``,
    ``other performer``, ``other studio``, ``marker``, ``tag``, or nothing for a piece that is left
    over. ``has_near_studio`` says that a studio stands there whose name differs by a letter, which
    is neither agreement nor another studio. ``mentioned`` are the proposal's performers that the
    name holds anywhere, ``performers`` those that it holds outside the title.
    """

    name: NameText
    owners: tuple[str, ...]
    title: TitleMatch | None = None
    studio: str = ""
    studio_is_parent: bool = False
    has_near_studio: bool = False
    date: DatePiece | None = None
    performers: tuple[str, ...] = ()
    mentioned: tuple[str, ...] = ()
    code: str = ""
    code_is_telling: bool = False
    other_performers: tuple[str, ...] = ()
    other_studios: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    left_over: tuple[Run, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether nothing telling is left over."""
        others = self.other_performers or self.other_studios or self.markers
        return not others and not any(run.is_telling for run in self.left_over)

    @property
    def left_over_text(self) -> str:
        """The telling pieces that are left over."""
        return " … ".join(run.text for run in self.left_over if run.is_telling)

    def parts(self) -> tuple[NamePart, ...]:
        """Return the name cut into parts by what explains them; joints between have no ``by``."""
        found: list[NamePart] = []
        place = 0
        numbered = enumerate(zip(self.owners, self.name.pieces, strict=True))
        for key, group in groupby(numbered, key=lambda item: (item[1][0], item[1][1].part)):
            positions = [at for at, _ in group]
            start = self.name.pieces[positions[0]].start
            end = self.name.pieces[positions[-1]].end
            if start > place:
                found.append(NamePart(text=self.name.text[place:start]))
            found.append(NamePart(text=self.name.text[start:end], by=key[0] or "left over"))
            place = end
        if place < len(self.name.text):
            found.append(NamePart(text=self.name.text[place:]))
        return tuple(found)


def explain_name(
    name: NameText,
    proposal: Proposal,
    library: LibraryNames,
    days: Collection[str] = (),
    abbreviations: Mapping[str, str] | None = None,
) -> Explanation:
    """Return what of the name the proposal explains.

    ``days`` are the days that the proposal's date may mean. ``abbreviations`` are the user's names
    for studios, such as ``{"nl": "Northlight"}``.
    """
    return _Search(name, proposal, library, days, abbreviations or {}).result()


def studio_names(studio: ScrapedEntity | None, library: LibraryNames) -> tuple[str, ...]:
    """Return the names of a studio, with those that the library has for it."""
    if studio is None:
        return ()
    given = (studio.name, *studio.aliases)
    known = library.studios.names_of(studio.name, studio.stored_id)
    forms = ((name, _plain_studio(name), _brand(name)) for name in (*given, *known))
    names = [name for form in forms for name in form]
    return tuple(dict.fromkeys(filter(None, names)))


def performer_names(performer: ScrapedEntity, library: LibraryNames) -> tuple[str, ...]:
    """Return the names of a performer, with those that the library has for them."""
    bare = _IN_BRACKETS.sub("", performer.name).strip() or performer.name
    known = library.performers.names_of(bare, performer.stored_id)
    names = [part for name in (bare, *performer.aliases, *known) for part in _AKA.split(name)]
    return tuple(dict.fromkeys(names))


def _plain_studio(name: str) -> str:
    bare = _TLD.sub("", _MARKS.sub("", _IN_BRACKETS.sub("", name)).strip())
    return re.sub(r"^the\s+(?=\S)", "", bare, flags=re.IGNORECASE) or name


def _brand(studio: str) -> str:
    """Return a studio without the words for a company: ``Blue Kite`` for ``Blue Kite Pictures``."""
    words = _plain_studio(studio).split()
    while len(words) > 1 and words[-1].casefold() in COMPANY_WORDS:
        words.pop()
    return " ".join(words)


class _Search:
    """The search for a proposal in a name; each method marks the pieces that it explains."""

    def __init__(
        self,
        name: NameText,
        proposal: Proposal,
        library: LibraryNames,
        days: Collection[str],
        abbreviations: Mapping[str, str],
    ) -> None:
        self.proposal, self.library, self.days = proposal, library, days
        self.people = {
            performer.name: performer_names(performer, library) for performer in proposal.performers
        }
        self.studios = studio_names(proposal.studio, library)
        parent = proposal.studio.parent if proposal.studio else None
        self.parents = (_plain_studio(parent),) if parent else ()
        self.abbreviations = tuple(
            short
            for short, studio in abbreviations.items()
            if any(set(fold_phrase(studio)) & set(fold_phrase(own)) for own in self.studios)
        )
        self.name = name = name.split_by(self._words())
        self.owners = ["tag" if piece.is_tag else "" for piece in name.pieces]
        self.forms = name.forms
        #: Places of days, and of the names of the proposal's studio and performers.
        self.days_at = [
            set(name.pieces_in(piece.start, piece.end)) for piece in name.dates if piece.is_day
        ]
        people = [each for names in self.people.values() for each in names]
        self.people_at = self._places_of(people)
        self.names_at = self.people_at + self._places_of(self.studios)

    def result(self) -> Explanation:
        """Return the explanation."""
        date = self._date()
        title = self._title(has_date=date is not None)
        studio, is_parent = self._studio(title)
        outside, mentioned = self._performers(title)
        code, is_telling = self._code()
        self._own_tlds()
        near_studio = not studio and self._own_near_studio()
        other_performers = self._others(self.library.performers, "other performer")
        other_studios = self._others(self.library.studios, "other studio")
        return Explanation(
            name=self.name,
            date=date,
            title=title,
            studio=studio,
            studio_is_parent=is_parent,
            has_near_studio=near_studio,
            performers=outside,
            mentioned=mentioned,
            code=code,
            code_is_telling=is_telling,
            other_performers=other_performers,
            other_studios=other_studios,
            markers=self._markers(),
            left_over=self._left_over(),
            owners=tuple(self.owners),
        )

    def _places_of(self, names: Iterable[str]) -> list[set[int]]:
        """Return the places of the names of several words."""
        return [
            set(range(*place))
            for each in names
            if len(fold_words(each)) > 1
            for place in find_phrase(self.forms, each)
        ]

    def _words(self) -> set[str]:
        """Return the words of the proposal, to cut words that stand without a joint."""
        texts = [self.proposal.title or "", *self.studios, *self.parents]
        texts += [name for names in self.people.values() for name in names]
        words = {word for text in texts for word in literal_words(text)}
        return words | {phrase for text in texts for phrase in fold_phrase(text)} | {"and"}

    def _own(self, start: int, end: int, owner: str) -> None:
        for at in range(start, end):
            if self.owners[at] in {"", "tag"}:
                self.owners[at] = owner

    def _date(self) -> DatePiece | None:
        agreeing = None
        for piece in self.name.dates:
            positions = self.name.pieces_in(piece.start, piece.end)
            agrees = any(
                day == reading or (not piece.is_day and day.startswith(reading))
                for day in self.days
                for reading in piece.readings
            )
            if agrees and agreeing is None and piece.is_day:
                agreeing = piece
            if agrees or (piece.is_certain and agreeing is None):
                self._own(positions.start, positions.stop, "date")
        return agreeing

    def _title(self, *, has_date: bool) -> TitleMatch | None:
        names = [name for names in self.people.values() for name in names]
        studios = (*self.studios, *self.parents)
        found: tuple[int, int, TitleForm] | None = None
        for form in title_forms(self.proposal, studios):
            if form.needs_date and not has_date:
                continue
            places = [
                place for place in find_phrase(self.forms, form.text) if self._is_whole(*place)
            ]
            if found is not None:
                start, end, _ = found
                places = [
                    place
                    for place in places
                    if place[0] <= start
                    and end <= place[1]
                    and self._adds_words(place, (start, end), (*names, *studios))
                ]
            if places:
                place = min(places, key=lambda place: (self._neighbours(*place), -place[0]))
                found = (*place, form)
        if found is None:
            return None
        start, end, form = found
        for at in range(start, end):
            self.owners[at] = "title"
        little = says_little(form.text, names, studios)
        return TitleMatch(start, end, form, says_little=little)

    def _adds_words(
        self, longer: tuple[int, int], shorter: tuple[int, int], names: Sequence[str]
    ) -> bool:
        """Return whether a longer form of the title explains pieces that no name would explain.

        ``Q&A with Ada`` does if the performer is Ada Sample; ``Evening Light | Northlight`` does
        not, where Northlight is the studio.
        """
        more = set(range(*longer)) - set(range(*shorter))
        for name in names:
            for place in find_phrase(self.forms, name):
                more -= set(range(*place))
        return any(_is_telling(self.name.pieces[at]) for at in more)

    def _is_whole(self, start: int, end: int) -> bool:
        """Return whether a title there cuts no date, and no name that reaches beyond it."""
        title = set(range(start, end))
        if any(title & day and not title >= day for day in self.days_at):
            return False
        if any(self._cuts_tag(at) for at in (start, end)):
            return False
        return all(title.isdisjoint(name) or title >= name for name in self.names_at)

    def _cuts_tag(self, at: int) -> bool:
        """Return whether a tag such as ``4K`` reaches over the joint before this piece."""
        pieces = self.name.pieces
        return 0 < at < len(pieces) and pieces[at].is_tag and pieces[at].word == pieces[at - 1].word

    def _neighbours(self, start: int, end: int) -> int:
        """Return how many neighbours in the same part of the name nothing explains yet."""
        pieces = self.name.pieces
        part = pieces[start].part
        return sum(
            0 <= at < len(pieces) and pieces[at].part == part and not self.owners[at]
            for at in (start - 1, end)
        )

    def _studio(self, title: TitleMatch | None) -> tuple[str, bool]:
        for names, is_parent in (
            (self.studios, False),
            (self.abbreviations, False),
            (self.parents, True),
        ):
            for name in sorted(names, key=len, reverse=True):
                found = [
                    place for place in self._outside(title, name) if not self._cuts_name(*place)
                ]
                for start, end in found:
                    self._own(start, end, "studio")
                if found:
                    return name, is_parent
        return "", False

    def _cuts_name(self, start: int, end: int) -> bool:
        """Return whether a longer name of the proposal stands there, as a performer's."""
        place = set(range(start, end))
        return any(place < name for name in self.people_at)

    def _performers(self, title: TitleMatch | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
        outside: dict[str, None] = {}
        mentioned: dict[str, None] = {}
        found: list[tuple[str, str, list[tuple[int, int]]]] = []
        for own, names in self.people.items():
            for name in names:
                if find_phrase(self.forms, name):
                    found.append((own, name, self._outside(title, name)))
                if (turned := _turned(name)) and find_phrase(self.forms, turned):
                    places = [p for p in self._outside(title, turned) if self._is_gapless(*p)]
                    found.append((own, turned, places))
        found.sort(key=lambda item: -len(item[1]))
        named = {at for _, _, places in found for place in places for at in range(*place)}
        for own, form, places in found:
            is_single = len(fold_words(form)) == 1
            free = [
                place
                for place in places
                if not (is_single and self._is_part_of_name(*place, named))
                and not any(self.owners[at] == "performer" for at in range(*place))
            ]
            if free:
                outside[own] = mentioned[own] = None
            elif title is not None and self._is_inside(title, form):
                mentioned[own] = None
            for start, end in free:
                self._own(start, end, "performer")
        return tuple(outside), tuple(mentioned)

    def _is_gapless(self, start: int, end: int) -> bool:
        """Return whether no joint of names stands there: ``Beta & Dana`` are two, not Dana Beta."""
        inside = self.name.pieces[start:end]
        gaps = (self.name.text[left.end : right.start] for left, right in pairwise(inside))
        return all(piece.text for piece in inside) and _NAME_GAPS.issuperset(gaps)

    def _is_part_of_name(self, start: int, end: int, named: Collection[int]) -> bool:
        """Return whether a name of a single word is only a piece of another name here."""
        pieces = self.name.pieces
        return any(
            0 <= at < len(pieces)
            and pieces[at].part == pieces[start].part
            and at not in named
            and not self.owners[at]
            and _is_telling(pieces[at])
            for at in (start - 1, end)
        )

    def _is_inside(self, title: TitleMatch, text: str) -> bool:
        """Return whether the title holds a name."""
        places = find_phrase(self.forms, text)
        return any(title.start <= start and end <= title.end for start, end in places)

    def _outside(self, title: TitleMatch | None, text: str) -> list[tuple[int, int]]:
        """Return the places of a name that are not merely a piece of the title."""
        places = [place for place in find_phrase(self.forms, text) if self.name.is_together(*place)]
        if title is None:
            return places
        inside = any(
            phrase in whole
            for phrase in fold_phrase(text)
            for whole in fold_phrase(title.form.text)
        )
        return [
            (start, end)
            for start, end in places
            if not inside or end <= title.start or start >= title.end
        ]

    def _code(self) -> tuple[str, bool]:
        """Return the code as it stands in the name, and whether it names the scene by itself."""
        code = (self.proposal.code or "").strip()
        words = fold_words(code)
        if not any(word.isdigit() for word in words):
            return "", False
        digits = "".join(word for word in words if word.isdigit())
        has_letters = not all(word.isdigit() for word in words)
        if not has_letters and len(digits) < _NUMERIC_CODE - 1:
            return "", False
        for start, end in find_phrase(self.name.forms, code):
            text = self.name.span(start, end)
            is_cased = not {code, text} <= {code.upper(), code.lower(), text.upper(), text.lower()}
            if self._is_owned(start, end) or (is_cased and len(words) > 2 and text != code):  # noqa: PLR2004
                continue
            if not has_letters and not self._is_whole_word(start, end):
                continue
            self._own(start, end, "code")
            telling = (has_letters and len(code) >= _ID_LENGTH) or len(digits) >= _NUMERIC_CODE
            return text, telling
        return "", False

    def _is_owned(self, start: int, end: int) -> bool:
        return any(self.owners[at] not in {"", "tag"} for at in range(start, end))

    def _is_whole_word(self, start: int, end: int) -> bool:
        pieces = self.name.pieces
        before = start > 0 and pieces[start - 1].word == pieces[start].word
        after = end < len(pieces) and pieces[end].word == pieces[end - 1].word
        return not before and not after

    def _own_tlds(self) -> None:
        for at in range(1, len(self.owners)):
            piece = self.name.pieces[at]
            is_tld = piece.raw in _TLD_WORDS and self.name.text[piece.start - 1] in "._"
            if is_tld and self.owners[at - 1] == "studio" and not self.owners[at]:
                self.owners[at] = "studio"

    def _own_near_studio(self) -> bool:
        """Explain a run that differs from the studio by a letter: ``Harbor`` for ``Harbour``."""
        for start, end in self._runs():
            text = self.name.span(start, end)
            if any(within_one_edit(text, name) for name in self.studios):
                self._own(start, end, "studio")
                return True
        return False

    def _others(self, index: NameIndex, owner: str) -> tuple[str, ...]:
        """Return the names of the library that stand among what is left over."""
        texts = [piece.text for piece in self.name.pieces]
        found: list[str] = []
        for start, end in self._runs():
            for first, last, name in index.find_in(texts, start, end):
                found.append(name)
                self.owners[first:last] = [owner] * (last - first)
        return tuple(dict.fromkeys(found))

    def _markers(self) -> tuple[str, ...]:
        found: list[str] = []
        for start, end in self._runs():
            texts = [piece.raw for piece in self.name.pieces[start:end]]
            for first in range(len(texts)):
                for last in range(min(len(texts), first + _MARKER_PIECES), first, -1):
                    if "".join(texts[first:last]) in MARKERS:
                        found.append(self.name.span(start + first, start + last))
                        self._own(start + first, start + last, "marker")
                        break
        return tuple(found)

    def _runs(self) -> list[tuple[int, int]]:
        """Return the stretches of pieces that nothing explains, within a part of the name each."""
        runs: list[tuple[int, int]] = []
        for at, piece in enumerate(self.name.pieces):
            if self.owners[at]:
                continue
            if runs and runs[-1][1] == at and self.name.pieces[at - 1].part == piece.part:
                runs[-1] = (runs[-1][0], at + 1)
            else:
                runs.append((at, at + 1))
        return runs

    def _left_over(self) -> tuple[Run, ...]:
        return tuple(
            Run(
                start,
                end,
                self.name.span(start, end),
                is_telling=any(is_telling(self.name, at) for at in range(start, end)),
            )
            for start, end in self._runs()
        )


def is_telling(name: NameText, at: int) -> bool:
    """Return whether a piece that is left over may say which scene it is.

    Small words, ids and numbers of many digits do not.
    """
    piece = name.pieces[at]
    if piece.text.isdigit():
        return len(piece.text) <= _PART_DIGITS and not piece.is_id
    return _is_telling(piece) and not piece.is_id


def _is_telling(piece: Piece) -> bool:
    text = piece.raw
    if text.isdigit():
        return False
    is_short = len(text) < _TELLING_LETTERS and text.isascii()
    return not is_short and text not in _SILENT


def _turned(name: str) -> str:
    """Return a name of two words with the family name first; else nothing."""
    words = name.replace(",", " ").split()
    return f"{words[1]} {words[0]}" if len(words) == 2 else ""  # noqa: PLR2004
