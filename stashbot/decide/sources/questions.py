"""Decide what to ask sources about a scene: by its file, by its own addresses, by its title."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stashbot.decide.matching.scene_facts import SceneFacts
from stashbot.decide.sources.search_texts import search_texts
from stashbot.models import Model, ScrapeMethod, ScrapeQuery, Source, SourceKind


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

    A round is for scenes that the rounds before it did not find; a search has a round for each of
    its texts. Sources keep their order; ``excluded`` sources get no questions.
    """
    for method in methods:
        if method == "url":
            yield url_questions(facts, sources, excluded=excluded)
            continue
        able = [source for source in sources if source.supports(method)]
        for text in search_texts(facts) if method == "query" else ("",):
            question = ScrapeQuery(method=method, text=text)
            yield tuple(SourceQuestion(source=source, question=question) for source in able)


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
