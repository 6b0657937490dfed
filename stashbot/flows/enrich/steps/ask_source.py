"""Asking a source through the edit form, by any of its three ways; a good answer opens a dialog."""

from __future__ import annotations

from stashbot.decide.matching.filename_parser import known_of
from stashbot.decide.matching.proposal_identity import gist
from stashbot.decide.matching.search_candidates import best_match
from stashbot.errors import AnswerTimeout, ScrapeFailed
from stashbot.flows.runs.context import Lease, Runtime
from stashbot.models import Evidence, Model, Proposal, Question, Scene, Source
from stashbot.pages.scrape_menu import Exchange, ScraperMenus
from stashbot.stash.scraped_scene import parse_scrape_answer


class Answer(Model):
    """What a source said; ``doubt`` is another candidate of a search that fits nearly as well."""

    proposal: Proposal | None = None
    doubt: Evidence | None = None


async def ask(
    runtime: Runtime, lease: Lease, scene: Scene, source: Source, question: Question
) -> Answer:
    """Asks about the scene whose edit form is open.

    With a proposal its results dialog is open or about to be; without one the form is.

    Raises:
        ScrapeFailed: the source failed; the form is open.
        AnswerTimeout: no answer came, or it got lost.
        PageError: the page, not the source, is what failed.
    """
    menus = ScraperMenus(await lease.page())
    timeout = runtime.settings.browser.scrape_ms
    if question.by == "query":
        answer = await _search(runtime, menus, scene, source, question.text)
    elif question.by == "url":
        exchange = await menus.scrape_url(_row(scene, question.text), question.text, timeout)
        answer = Answer(proposal=proposal_of(source, exchange))
    else:
        exchange = await menus.scrape(source, scene.id, timeout)
        answer = Answer(proposal=proposal_of(source, exchange))
    if answer.proposal is None:
        return answer
    lease.dialog = source.name
    asked = answer.proposal.model_copy(update={"asked": question})
    return answer.model_copy(update={"proposal": asked})


async def ask_again(runtime: Runtime, lease: Lease, scene: Scene, wanted: Proposal) -> None:
    """Opens the results dialog of a proposal anew, for what only the dialog can do.

    Raises:
        ScrapeFailed: the source, which gave the proposal before, does not give it now.
    """
    source = next(one for one in runtime.options.askable if one.name == wanted.source)
    answer = await ask(runtime, lease, scene, source, wanted.asked)
    if answer.proposal is None or gist(answer.proposal) != gist(wanted):
        now = "nothing" if answer.proposal is None else "another one"
        lease.fresh = True  # its dialog must not serve for the one that is wanted
        raise ScrapeFailed(
            f"{source.name} gave its proposal for scene {scene.id} only once, and {now} now.",
            source=source.name,
            detail="asked again, it says otherwise",
        )


def proposal_of(source: Source, exchange: Exchange) -> Proposal | None:
    """The first proposal in the answer that the app received; ``None`` if there is none.

    Raises:
        AnswerTimeout: the answer got lost on its way.
        ScrapeFailed: the source failed, or Stash answered something that is no JSON.
    """
    return next(iter(proposals_of(source, exchange)), None)


def proposals_of(source: Source, exchange: Exchange) -> tuple[Proposal, ...]:
    """All proposals in the answer that the app received, as ``proposal_of``."""
    if exchange.state == "failed":
        raise AnswerTimeout(
            f"The answer to {exchange.operation} was lost: {exchange.detail}.",
            operation=exchange.operation,
            waited_ms=exchange.elapsed_ms,
        )
    if exchange.payload is None:
        raise ScrapeFailed(
            f"{source.name}: Stash's answer ({exchange.status}) is no JSON: {exchange.detail}",
            source=source.name,
            detail=exchange.detail,
        )
    return parse_scrape_answer(source, exchange.payload)


async def _search(
    runtime: Runtime, menus: ScraperMenus, scene: Scene, source: Source, text: str
) -> Answer:
    """The best candidate in full; the dialog of a search that found nothing is closed."""
    timeout = runtime.settings.browser.scrape_ms
    options = runtime.options
    exchange = await menus.query(source, text, timeout)
    try:
        candidates = proposals_of(source, exchange)
    except ScrapeFailed:
        await menus.close_query()
        raise
    known = known_of(scene, options.filenames)
    match = best_match(candidates, known, options.weights, options.search)
    if match is None:
        await menus.close_query()
        return Answer()
    near = match.lead is not None and match.lead < options.search.lead
    chosen = await menus.choose(source, match.best, timeout)
    return Answer(
        proposal=candidates[match.best] if chosen is None else proposal_of(source, chosen),
        doubt=match.judgement.evidence[-1] if near else None,
    )


def _row(scene: Scene, url: str) -> int:
    """The row of the form's list in which the address stands, from 0.

    Raises:
        ScrapeFailed: the scene no longer has it.
    """
    if url not in scene.urls:
        raise ScrapeFailed(f"Scene {scene.id} no longer has the address {url}.", detail="gone")
    return scene.urls.index(url)
