# ruff: noqa: E501, PLR0911, RUF001, SIM905 # schemes stand as people write them
"""File names by the schemes that people use, each with the true proposal and with near lies.

The schemes are those of public parsers' documents and tests (release names, namers, library agents,
downloaders, sites' own names), not those of stashbot's parser. A case is *knowable* if its name has
a telling title and the studio, date or performers beside it, or a code, or studio, date and all
performers; and if the proposal says the same. A lie differs in something that the name says.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TypeVar

T = TypeVar("T")

_FIRST = (
    "Ada Ben Cleo Dana Emil Finn Gia Hugo Iris Jonas Kira Lena Milo Nora Otis Pia Quinn René Sofía "
    "Tess Uma Vera Wanda Xenia Yara Zoë Amélie Björn Chloé Dóra"
).split()
_LAST = (
    "Sample Placeholder Example Mock Draft Proto Test Demo Beta Gamma Delta Stub Dummy Fixture Model "
    "Pattern Sketch Outline Trial Probe Øster Müller O'Neil Saint-Clair García Novák McArthur De Luca"
).split(" ")
_LAST = [*_LAST[:-2], "De Luca"]
STUDIOS = (
    "Northlight|Southlight|Harbor Films|Meadow|Blue Kite Pictures|Paper Lantern|Quiet Coast|"
    "Stonebridge|Orchard Lane|PierVR|Art-Harbour|HarborClub|Ada's Attic|Red & White|Studio 54|"
    "2 Lanterns|Copper Roof|Glass Garden Media|Tidal|North Shore Network|Velvet Anchor|Salt Works|"
    "Kettle Street|Lumière|Zwölf Uhr|The Long Table|MyFirstBoat|18 Sails|Far & Away|Hill House|"
    "Silver Weir|Gate Keepers|DeepBlueSea|PureRain|Old Ferry|Bright Attic"
).split("|")
#: Sister studios: their names begin alike, or belong to a network.
_SISTERS = {
    "Northlight": "Northlight Classics",
    "Meadow": "Meadow Uncovered",
    "Paper Lantern": "Paper Lantern Nights",
    "Stonebridge": "Southbridge",
    "Harbor Films": "Harbor Lights",
    "Orchard Lane": "Orchard Road",
}
_ADJECTIVES = (
    "Frozen Quiet Crooked Amber Hidden Broken Rusty Narrow Golden Borrowed Painted Sunken Velvet "
    "Stubborn Crimson Patient Wooden Distant Lonely Foggy Restless Tangled"
).split()
_NOUNS = (
    "Quay Lantern Orchard Windmill Ferry Ladder Kettle Bridge Anchor Cellar Meadow Beacon Compass "
    "Attic Harvest Clockwork Gulls Weir Tide Mosaic Thunder Parade Violin Carousel Lighthouse"
).split()
_VERBS = "Paints Mends Hides Finds Borrows Climbs Follows Forgets Repairs Sells".split()
_EVERYDAY = ("Interview", "Morning", "First Time", "Night Out", "Summer", "The Bedroom")
_TAGS = (
    "1080p|720p|2160p|XXX.1080p.MP4-GRP|XXX.720p.HEVC.x265-Grp|WEBDL-1080p|480p.MP4-XXX|4K|HD|"
    "XXX.1080p.MP4-WRB[XC]|XXX 720p AV1 XGrp|x264|[1080p]|(1080p)|[WEBDL-2160p]|[720p HEVC x265]|"
    "XXX.2160p.MP4-GRP-xpost|1080p_h264|XXX.SD.MP4-KLEENEX|WEB-DL 1080p AAC2.0 H.264"
).split("|")
_VR_TAGS = (
    "1920p_180_LR|oculus_180_180x180_3dh_LR|180_LR|4096p_LR_180|samsung_180_3dh_LR|180x180_3dh|"
    "VR180.3840p|FISHEYE190_alpha_5760p"
).split("|")
_MONTHS = "January February March April May June July August September October November December"
#: {S} studio, {D} date, {T} title, {P} performers, {C} code, {Q} tags; {N} is a site's number.
#: Lower-case fields have dots for spaces, {_x} underscores, {-x} hyphens, {xx} nothing at all.
SCHEMES = (
    "{S} - {D} - {T}", "{S} - {D} - {P} - {T}", "{S} - {D} - {T} - {P}", "{S} - {P} - {T} ({D})",
    "{S} - {T} ({D})", "{S} - {T}", "{S} - {P} - {T}", "{P} - {T} ({D})", "{P} - {T} [{S}]",
    "{P} - {T} ({D}) [{S}][1080p]", "{P} - {S} - {T} ({D})", "{T} - {S} - {D}", "{T} - {P} - {S}",
    "{T} ({S}, {D})", "{T} [{S}] [{D}]", "{D} - {S} - {T}", "{D} {S} {T}", "{D} - {T} - {P}",
    "{D} [{S}] {P} - {T}", "[{S}] {P} - {T} ({D})", "[{S}] {P} - {T}", "[{S}] {T} ({D}) {Q}",
    "[{S}] {D} - {T}", "[{S}] {P} ({T}) {D} [1080p]", "[{S}] {T} - {P} - {D} - 1080p",
    "[{S}.com] {P} - {T} ({D}) [2019 г., Snow, Harbour, 1080p]", "({S}) {T} - {P}",
    "[{S}] {P} ({T} / {D}) [2021 г., Snow, 720p]", "{S} {D} {P} {T} {Q}", "{S} {D} {T} {Q}",
    "{s}.{d}.{p}.{t}.{Q}", "{s}.{d}.{t}.{Q}", "{s}.{d}.{p}.{Q}", "{ss}.{d}.{p}.{t}.{Q}",
    "{ss}.{d}.{t}.{Q}", "{ss}.{p}.{t}.{Q}", "{ss}.{d}.{p}.XXX.1080p.MP4-GRP", "{p}.{t}.{ss}.{d}.{Q}",
    "{_S}_{D}_{_T}", "{_s}_{_t}_{D}", "{_S}_-_{_P}_-_{_T}_({D})", "{_P}_-_{_T}_({_S})_{Q}",
    "{_s}_{_p}_{_t}_1080p", "{-s}_{D}_{-t}", "{-s}-{-p}-{-t}-{N}-1080p", "{-t}-{-s}-1080p",
    "{-p}-{-t}-{-s}", "{SS}-{TT}-{PP}", "{SS}_{TT}_1080p", "{SS} - {TT}", "{ss}_{tt}_{D}",
    "{SS}-{-T}-{V}", "{_ss}_{-t}_{V}", "{SS}_{_T}_{N}_{V}", "SLR_{SS}_{T}_original_{N}_{V}",
    "{C}", "{C} {T}", "[{S}] {C} - {T}", "[site.com]{C}-CD1", "{C}_{_P}_{_T}", "{c}", "({C}) {T}",
    "{S} - {T} [{C}]", "{S} - {C} - {P} - {T}", "{S} - {T} [aB3xY_9kQz]", "{T} - {S} [xY7-pQ2mK_4]",
    "{T} ({Y}) {S}", "{S} - S{Y}E{N2} - {T}", "{S} - S01E{N2} - {T} - 1080p", "{S} E{N2} {T}",
    "{S} - {D} - {T} - Copy", "{S} - {D} - {T}_4000", "{S}.com - {P} - {T}", "{P} @ {S} - {T}",
    "{P} in {T} - {S}", "{P} – {T} – {S} – {D}", "{S} — {T}", "【{S}】{T} ({D})", "{S}： {T}",
    "{T} with {P} ({S})", "{T} feat. {P} - {S} {D}", "{S} ~ {T} ~ {D}", "{S}__{T}__{D}",
    "www.{SS}.com - {T} - {D}", "[{S}][{D}] {T} [{P}]", "{S} ({D}) {P} - {T} [{Q}]",
    "{D}_{_s}_{_t}", "{D}.{ss}.{t}.{Q}", "{S} + {P} + {T}", "{P}, {T}, {S}, {D}", "{S} | {T} | {P}",
    "{S} - {P}", "{S} - {D} - {P}", "[{S}] {P} [{D}]", "{T}", "{P} - {T}", "{S} - {D}",
)  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """The facts of a scene, or of a proposal; a date is a day in ISO form."""

    title: str
    studio: str
    day: str
    performers: tuple[str, ...]
    code: str
    duration: float
    parent: str = ""


@dataclass(frozen=True)
class NameCase:
    """A name, a proposal for it, and whether to apply it.

    ``kind`` is ``truth``, ``unknowable`` or the kind of lie.
    """

    name: str
    scheme: str
    kind: str
    duration: float
    proposal: Truth
    has: frozenset[str] = field(default_factory=frozenset)


class Grammar:
    """Makes names and proposals by chance; the same seed makes the same."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 # not for secrets
        self.people = sorted(
            {f"{self._pick(_FIRST)} {self._pick(_LAST)}" for _ in range(150)}
            | {self._pick(_FIRST) + self.random.choice(["ra", "ley", "son"]) for _ in range(6)}
        )
        self.aliases: dict[str, str] = {}
        for name in self.people:
            alias = f"{self._pick(_FIRST)} {self._pick(_NOUNS)}"
            if self.random.random() < 0.2 and alias not in self.aliases.values():  # noqa: PLR2004
                self.aliases[name] = alias

    def _pick(self, options: Sequence[T]) -> T:
        return self.random.choice(options)

    def cases(self, count: int) -> Iterator[NameCase]:
        """Yield the cases of ``count`` names: for each the truth, and lies that the name refutes."""
        for number in range(count):
            truth = self._truth(number)
            scheme = self._pick(SCHEMES)
            name, has = self._name(scheme, truth)
            known = "truth" if self._is_knowable(truth, has) else "unknowable"
            length = truth.duration + self.random.uniform(-3, 3)
            yield NameCase(name, scheme, known, length, self._as_told(truth, has), has)
            for kind, lie in self._lies(truth, has):
                yield NameCase(name, scheme, kind, length, lie, has)

    # -- the world

    def _truth(self, number: int) -> Truth:
        studio = self._pick([*STUDIOS, *_SISTERS.values()])
        people = self.random.sample(self.people, self.random.choice([1, 1, 1, 2, 2, 3]))
        day = date(2006, 1, 1) + timedelta(days=self.random.randrange(7000))
        letters = "".join(word[0] for word in re.findall(r"[A-Za-z]+", studio)).upper()
        prefix = (letters + "XQ")[:3]
        return Truth(
            title=self._title(people),
            studio=studio,
            day=day.isoformat(),
            performers=tuple(people),
            code=self._pick([f"{prefix}-{number % 9000 + 100:03}", f"{number + 100000}"]),
            duration=float(self.random.randrange(300, 4000)),
        )

    def _title(self, people: list[str]) -> str:
        adjective, noun, other = self._pick(_ADJECTIVES), self._pick(_NOUNS), self._pick(_NOUNS)
        first = people[0].split()[0]
        return self._pick(
            [
                f"{adjective} {noun}", f"The {adjective} {noun}", f"{noun} at the {other}",
                f"{adjective} {noun} and {other}", f"{adjective} {noun} & {other}",
                f"{first} {self._pick(_VERBS)} the {noun}", f"{first}'s {adjective} {noun}",
                f"{adjective} {noun}, Part {self._pick('1234')}",
                f"{adjective} {noun} {self._pick(['2', '3', '4', 'II', 'III', 'IV'])}",
                f"{adjective} {noun} Vol. {self._pick('123')}", f"{adjective} {noun} - Scene 2",
                f"{noun} No. {self.random.randrange(2, 90)}", f"A {noun} for {first}: {other}",
                f"What's the {noun}?", f"{adjective} {noun}!", f'"{adjective}" {noun}', noun,
                f"{noun} {self.random.randrange(2, 300)}: {adjective} {other}",
                f"100% {adjective} {noun}", f"Café {noun}", f"Über {adjective} {noun}",
                f"Repack the {noun}", f"The {noun} Web", f"{noun}/{other}", self._pick(_EVERYDAY),
                f"{adjective} {noun} in the {other} of {self._pick(_NOUNS)}",
                f"{noun}, {noun}, {other}", f"My {noun}'s a {other}", f"Mr. {noun} & the {other}",
            ]
        )  # fmt: skip

    # -- names

    def _name(self, scheme: str, truth: Truth) -> tuple[str, frozenset[str]]:
        has: set[str] = set()
        people = list(truth.performers)
        if self.random.random() < 0.15:  # noqa: PLR2004 # some names have only the first
            people = people[:1]
        joint = self._pick([", ", " & ", " and ", ", "])
        shown = joint.join(
            self.aliases[name] if name in self.aliases and self.random.random() < 0.5 else name  # noqa: PLR2004
            for name in people
        )
        day, has_day = self._day(truth.day)
        texts = {
            "S": truth.studio, "T": self._file_title(truth.title), "P": shown, "C": truth.code,
        }  # fmt: skip
        is_lower = self.random.random() < 0.25  # noqa: PLR2004

        def fill(match: re.Match[str]) -> str:
            form, key = match[1], match[2]
            letter = key[0].upper()
            if letter == "D":
                has.add("date" if has_day else "short date")
                return day.replace(" ", ".") if key == "d" else day
            if key == "Q":
                return self._pick(_TAGS)
            if key == "V":
                return self._pick(_VR_TAGS)
            if letter == "N":
                return (
                    f"{self.random.randrange(10, 99)}"
                    if key == "N2"
                    else str(self.random.randrange(5000, 99999))
                )
            if key == "Y":
                return truth.day[:4]
            has.add({"S": "studio", "T": "title", "P": "performers", "C": "code"}[letter])
            text = texts[letter]
            if len(key) == 2:  # noqa: PLR2004 # joined words
                words = re.findall(r"[^\W_]+", text)
                joined = "".join(word[:1].upper() + word[1:] for word in words)
                return joined.lower() if key.islower() else joined
            sep = {"_": "_", "-": "-"}.get(form, "." if key.islower() else " ")
            if sep != " ":
                text = sep.join(re.findall(r"[^\W_]+(?:'[^\W_]+)?", text))
            return text.lower() if (key.islower() and is_lower) or form == "-" else text

        name = re.sub(r"\{([_-]?)([A-Za-z]+\d?)\}", fill, scheme)
        if not re.search(r"\{[QV]\}|1080p|720p", scheme) and self.random.random() < 0.3:  # noqa: PLR2004
            name += self._pick([" 1080p", " [720p]", "_HD", " (4K)", " - 1080p"])
        return name.replace("/", self._pick([" ", "-", "_"])) + ".mp4", frozenset(has)

    def _file_title(self, title: str) -> str:
        """Return the title as file systems and people let it be."""
        bare = re.sub(r'[?":!]', "", title).replace("/", " ")
        if self.random.random() < 0.2:  # noqa: PLR2004
            bare = bare.replace("&", "and").replace("é", "e").replace("Ü", self._pick(["U", "Ue"]))
        if self.random.random() < 0.2:  # noqa: PLR2004
            bare = bare.replace(", Part ", self._pick([" Pt ", " Pt. ", " part ", " - Part "]))
            bare = bare.replace("'", self._pick(["", "\u2019", "'"]))
        return bare

    def _day(self, iso: str) -> tuple[str, bool]:
        year, month, day = iso.split("-")
        named = _MONTHS.split()[int(month) - 1]
        forms = [
            *[f"{year}-{month}-{day}"] * 5, f"{year}.{month}.{day}", f"{year}_{month}_{day}",
            f"{year}{month}{day}", f"{day}.{month}.{year}", f"{day}-{month}-{year}",
            f"{month}-{day}-{year}", f"{named} {int(day)}, {year}", f"{named[:3]} {int(day)} {year}",
            f"{int(day)} {named} {year}", f"{day}-{named[:3]}-{year}", f"{year} {month} {day}",
            *[f"{year[2:]}.{month}.{day}"] * 4, f"{year[2:]} {month} {day}",
            f"{day}.{month}.{year[2:]}", f"{year[2:]}-{month}-{day}",
        ]  # fmt: skip
        return self._pick(forms), True

    def _is_knowable(self, truth: Truth, has: frozenset[str]) -> bool:
        if "code" in has:
            return True
        telling = [w for w in re.findall(r"[A-Za-z]{3,}", truth.title) if w.lower() != "the"]
        is_weak = truth.title in _EVERYDAY or not telling
        if "title" in has and not is_weak:
            return bool(has & {"studio", "date"})
        if "title" in has:
            return has >= {"studio", "date"}
        return has >= {"studio", "date", "performers"}

    # -- what sources say

    def _as_told(self, truth: Truth, has: frozenset[str]) -> Truth:
        """Return the truth as sources write it: titles glued to other facts, entities, the like."""
        title, studio, people = truth.title, truth.studio, truth.performers
        chance = self.random.random()
        if chance < 0.06:  # noqa: PLR2004
            title = f"{title} | {studio}"
        elif chance < 0.12:  # noqa: PLR2004
            title = f"{people[0]} - {title}"
        elif chance < 0.18:  # noqa: PLR2004
            title = title.replace("&", "&amp;").replace("'", "&#039;")
        elif chance < 0.22:  # noqa: PLR2004
            title = title.upper()
        elif chance < 0.26:  # noqa: PLR2004
            studio = f"{studio.replace(' ', '')}.com"
        elif chance < 0.3 and "performers" not in has:  # noqa: PLR2004
            people = ()
        duration = truth.duration if self.random.random() < 0.4 else 0.0  # noqa: PLR2004
        return replace(
            truth, title=title, studio=studio, performers=people, duration=duration,
            code=truth.code if "code" in has or self.random.random() < 0.3 else "",  # noqa: PLR2004
        )  # fmt: skip

    def _lies(self, truth: Truth, has: frozenset[str]) -> Iterator[tuple[str, Truth]]:
        """Yield proposals that differ from the name in a single thing, and else are as told."""
        told = replace(truth, code="", duration=0.0)
        if "title" in has:
            yield "other title", replace(told, title=self._another_title(truth))
            yield "longer title", replace(told, title=f"{truth.title} {self._pick(_NOUNS)}s")
            yield "other part", replace(told, title=self._other_part(truth.title))
            words = truth.title.split()
            if len(words) > 2 and self._is_missed(words[0], truth) and words[1][0].isupper():  # noqa: PLR2004
                people = self._pick([truth.performers, ()])
                yield "title cut", replace(told, title=" ".join(words[1:]), performers=people)
            if len(words) > 3 and self._is_missed(words[-1], truth) and words[-2].istitle():  # noqa: PLR2004
                yield "title begun", replace(told, title=" ".join(words[:-1]))
            shorter = re.sub(
                r",? (?:- )?(?:Part|Vol\.|Scene|No\.)? ?(?:\d+|I+V?)$", "", truth.title
            )
            if shorter != truth.title and len(shorter.split()) > 1:
                yield "part left out", replace(told, title=shorter)
            yield "trailer", replace(told, title=f"{truth.title} {self._pick(['Trailer', 'BTS'])}")
            yield "length", replace(told, duration=truth.duration * 1.6 + 90)
        if "date" in has:
            other = self._other_day(truth.day)
            yield "other day", replace(told, day=other)
        if "studio" in has and truth.studio in _SISTERS:
            yield "sister studio", replace(told, studio=_SISTERS[truth.studio])
        if "studio" in has:
            others = [each for each in STUDIOS if each != truth.studio]
            yield "other studio", replace(told, studio=self._pick(others))
        if "performers" in has and not self._names_in(truth.title, truth.performers):
            others_than = [each for each in self.people if each not in truth.performers]
            yield "other performers", replace(told, performers=(self._pick(others_than),))
            first, *last = truth.performers[0].split(" ", 1)
            if last and len(truth.performers) == 1:
                yield "namesake", replace(told, performers=(f"{first}a {last[0]}",))
        if "code" in has and "title" not in has:
            letters, dash, number = truth.code.partition("-")
            code = f"{letters}-{int(number) + 1:03}" if dash else str(int(truth.code) + 1)
            yield "other code", replace(told, code=code, title=self._another_title(truth))

    def _is_missed(self, word: str, truth: Truth) -> bool:
        """Return whether a person sees that the word before a title is missing in a proposal."""
        names = " ".join((truth.studio, *truth.performers)).split()
        return word.isalpha() and word.lower() not in {"a", "the"} and word not in names

    def _names_in(self, title: str, people: tuple[str, ...]) -> bool:
        return any(name.split()[0] in title for name in people)

    def _another_title(self, truth: Truth) -> str:
        while (title := self._title(list(truth.performers))) == truth.title:
            continue
        words = set(re.findall(r"\w+", truth.title.lower()))
        return title if not words >= set(re.findall(r"\w+", title.lower())) else f"{title} Sundial"

    def _other_part(self, title: str) -> str:
        roman = {"II": "III", "III": "IV", "IV": "II"}
        match = re.search(r"(\d+|\bI{2,3}\b|\bIV\b)(?!.*(?:\d|\bI{2,3}\b|\bIV\b))", title)
        if match is None:
            return f"{title} {self._pick(['2', 'Part 2', 'III', 'Vol. 3'])}"
        other = roman.get(match[1]) or str(int(match[1]) + 1)
        return title[: match.start()] + other + title[match.end() :]

    def _other_day(self, iso: str) -> str:
        """Return another day that no order of the day's numbers means."""
        year, month, day = iso.split("-")
        short = {year[2:], month, day}
        true = date.fromisoformat(iso)
        while True:
            step = self.random.choice([1, -1, 2, 7, 10, 31, 365, 3650])
            other = (true + timedelta(days=step)).isoformat()
            numbers = {other[2:4], other[5:7], other[8:]}
            if numbers != short:
                return other
