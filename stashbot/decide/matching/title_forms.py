"""The forms in which a proposed title may stand in a file name, and what a title says at all."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from stashbot.decide.intake.titles import title_readings
from stashbot.decide.matching.folding import fold_words, word_set
from stashbot.models import Proposal

STOP_WORDS = word_set(
    """a an and as at by de der die das en et feat featuring for from ft i in is it la le my of on
    or s starring t the to und w with y your"""
)
#: Words that are in titles of every studio. A title of one or two of them names no scene.
EVERYDAY_WORDS = word_set(
    """again afternoon alone back backstage beach bed bedroom best big birthday bonus boy camera
    casting christmas class classic clip close couple date day debut diary dream dreams episode
    evening exclusive fantasy film final first friend friends full fun garden girl girls good hard
    holiday home hot hotel house interview intro introduction kitchen lesson life light little
    live long love lover lovers lunch massage meeting model moments morning movie naughty new next
    night office old one part party perfect photo photoshoot play pool preview private promo red
    release room scene school secret secrets service sexy shoot short shower sister solo some
    special story summer sunday surprise sweet tape teaser threesome time trailer training trip
    two untitled update vacation video volume walk weekend wet winter work workout yoga young"""
)
_ARTICLE = re.compile(r"^(?:the|an?)\s+", re.IGNORECASE)
_EPISODE = re.compile(r"\s+[-:\u2013]\s+s\d{1,4}\s*[:.]?\s*e\d{1,4}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TitleForm:
    """A form of a title. With ``needs_date`` it counts only beside the same date."""

    text: str
    needs_date: bool = False
    is_full: bool = True


def title_forms(proposal: Proposal, studios: Collection[str]) -> Iterator[TitleForm]:
    """Yield the forms of the proposal's title, without what other fields say first.

    ``studios`` are the names of its studio. ``Evening Light | Northlight`` repeats what another
    field says, and ``Clip 12: Frozen Pier`` may stand as ``Clip 12`` beside the same date.
    """
    readings = title_readings(proposal)
    if not readings:
        return
    title, shortest = readings[0], readings[-1]
    for reading in reversed(readings):
        yield TitleForm(reading, is_full=reading == title)
    for bare in (_ARTICLE.sub("", shortest), _EPISODE.sub("", shortest)):
        if bare and bare != shortest:
            yield TitleForm(bare, is_full=False)
    for reading in dict.fromkeys((title, shortest)):
        beginning, colon, _ = reading.partition(":")
        if colon and any(char.isdigit() for char in beginning):
            yield TitleForm(beginning, needs_date=True, is_full=False)
    words = fold_words(shortest)
    site = {word for studio in studios for word in fold_words(studio)}
    if len(words) > 1 and words[-1].isdigit() and site.issuperset(words[:-1]):
        yield TitleForm(words[-1], needs_date=True, is_full=False)


def says_little(title: str, names: Collection[str], studios: Collection[str]) -> bool:
    """Return whether a title alone could be that of many scenes.

    It has a word or two of everyday use, or only numbers, the performers' names or the studio's.
    """
    words = [word for word in fold_words(title) if word not in STOP_WORDS and not word.isdigit()]
    named = {word for name in (*names, *studios) for word in fold_words(name)}
    telling = [word for word in words if word not in named]
    return not telling or (len(telling) <= 2 and EVERYDAY_WORDS.issuperset(telling))  # noqa: PLR2004
