"""Decide what to ask sources about a scene: by its file, by its own addresses, by its title."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date

from stashbot.decide.matching.filename_parser import is_uninformative, strip_quality
from stashbot.decide.matching.scene_facts import SceneFacts
from stashbot.models import Model, ScrapeMethod, ScrapeQuery, Source, SourceKind

_EXTENSION = re.compile(
    r"\.(?:mp4|m4v|mkv|avi|mov|wmv|webm|flv|mpe?g|m2ts|ts|vob|ogv|3gp|divx)$", re.IGNORECASE
)
_DAY = re.compile(
    r"[\[(]?(?<!\d)(?P<y>\d{4})(?P<sep>[-._ ])(?P<m>\d{2})(?P=sep)(?P<d>\d{2})(?!\d)[\])]?"
)
_EDGES = " ._-\u2013\u2014,"
#: Stash hands the text to scrapers within JSON, and does not escape quotes and backslashes there.
_UNSAFE = re.compile(r'["\\\x00-\x1f\x7f]')


class SourceQuestion(Model):
    """A question to a source."""

    source: Source
    question: ScrapeQuery


def question_rounds(
    facts: SceneFacts,
    sources: Sequence[Source],
    methods: Sequence[ScrapeMethod],
    *,
    excluded: Sequence[Source] = (),
) -> Iterator[tuple[SourceQuestion, ...]]:
    """Yield the questions of each method, in the order of the methods.

    A round is for scenes that the rounds before it did not find. Sources keep their order;
    ``excluded`` sources get no questions.
    """
    for method in methods:
        if method == "url":
            yield url_questions(facts, sources, excluded=excluded)
            continue
        text = search_text(facts) if method == "query" else ""
        able = [source for source in sources if source.supports(method)] if text is not None else []
        question = ScrapeQuery(method=method, text=text or "")
        yield tuple(SourceQuestion(source=source, question=question) for source in able)


def search_text(facts: SceneFacts) -> str | None:
    """Return the title to search for, without studio, date, extension and words about the file.

    The title is that of the metadata, else of the file name. It is ``None`` if nothing telling
    remains: the name that a camera gave would find anything.
    """
    text = facts.known.title or facts.basename
    if facts.known.title is None and is_uninformative(text):
        return None
    text = _EXTENSION.sub("", unicodedata.normalize("NFC", text))
    text = _DAY.sub(_without_day, strip_quality(_UNSAFE.sub(" ", text)))
    if " " not in text.strip():
        text = re.sub(r"[._]+", " ", text)
    text = _without_studio(" ".join(text.split()).strip(_EDGES), facts.known.studio)
    has_letters = any(char.isalpha() for char in text)
    return text if has_letters and not is_uninformative(text) else None


def url_questions(
    facts: SceneFacts, sources: Sequence[Source], *, excluded: Sequence[Source] = ()
) -> tuple[SourceQuestion, ...]:
    """Return a question for each address of the scene that sources scrape, in the form's order.

    As in Stash, a source scrapes an address that contains a pattern of its own. Of several sources
    Stash picks any and does not say which: they share a question under a combined name, and there
    is no question for an address that an ``excluded`` source might read.
    """
    questions: list[SourceQuestion] = []
    for url in dict.fromkeys(facts.scene.urls):
        able = [source for source in sources if source.reads_url(url)]
        if able and not any(source.reads_url(url) for source in excluded):
            question = ScrapeQuery(method="url", text=url)
            questions.append(SourceQuestion(source=combined_source(able), question=question))
    return tuple(questions)


def combined_source(sources: Sequence[Source]) -> Source:
    """Return the only source, or a source that stands for several of which Stash picks any.

    The latter has no key.
    """
    if len(sources) == 1:
        return sources[0]
    name = " or ".join(dict.fromkeys(source.name for source in sources))
    return Source(
        kind=SourceKind.SCRAPER,
        key="",
        name=name,
        fragment=False,
        urls=tuple(pattern for source in sources for pattern in source.urls),
    )


def _without_day(match: re.Match[str]) -> str:
    """Remove a date that exists; other numbers may belong to the title."""
    try:
        date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        return match[0]
    return " "


def _without_studio(text: str, studio: str | None) -> str:
    """Remove the studio beside a separator or in brackets; "Harbor Lights" stays for "Harbor"."""
    if not studio:
        return text
    name = re.escape(studio)
    first = rf"(?:[\[(]{name}[\])]\s*[-\u2013\u2014:]?|{name}\s*(?:\s[-\u2013\u2014]|:))\s*"
    last = rf"\s*(?:[-\u2013\u2014]\s*[\[(]?{name}[\])]?|[\[(]{name}[\])])"
    shorter = re.sub(rf"^{first}|{last}$", "", text, flags=re.IGNORECASE).strip(_EDGES)
    return shorter or text
