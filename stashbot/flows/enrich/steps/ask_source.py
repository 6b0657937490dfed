"""Ask a source through the edit form: by file, by address or by search."""

from __future__ import annotations

from collections.abc import Sequence

from stashbot.browser.graphql_answer import GraphQLAnswer
from stashbot.decide.matching.proposal_identity import is_same_answer, normalized_content
from stashbot.decide.matching.scene_facts import SceneFacts
from stashbot.decide.matching.search_candidates import best_match
from stashbot.errors import ScrapeFailed
from stashbot.flows.enrich.intake import clean_proposals
from stashbot.flows.enrich.scene_editor import SceneEditor
from stashbot.flows.runs.context import RunContext
from stashbot.models import Evidence, Model, Proposal, Scene, ScrapeQuery, Source
from stashbot.pages.answers import document_of
from stashbot.pages.scrape_menu import ScrapeMenu
from stashbot.stash.scraped_scene import parse_scrape_answer


class SourceAnswer(Model):
    """The proposal of a source; ``close_rival`` says that others of its search fit as well.

    ``rivals`` are those candidates.

    A search whose candidates were all ``rejected`` in triage before has no proposal.
    """

    proposal: Proposal | None = None
    rejected: bool = False
    close_rival: Evidence | None = None
    rivals: tuple[Proposal, ...] = ()


async def ask_source(
    context: RunContext, editor: SceneEditor, facts: SceneFacts, source: Source, query: ScrapeQuery
) -> SourceAnswer:
    """Ask a source about the scene whose edit form is open.

    With a proposal its results dialog is open or about to open; without a proposal the form is.

    Raises:
        ScrapeFailed: the source failed; the form is open.
        AnswerTimeout: no answer came.
        RequestFailed: the answer got lost, or is not Stash's.
        PageError: the page, not the source, is what failed.
    """
    menu = ScrapeMenu(await editor.session())
    timeout = context.settings.browser.scrape_ms
    if query.method == "query":
        answer = await _search(context, menu, facts, source, query.text)
    elif query.method == "url":
        received = await menu.scrape_url(_url_row(facts.scene, query.text), query.text, timeout)
        answer = SourceAnswer(proposal=await _first_cleaned(context, facts, source, received))
    else:
        received = await menu.scrape(source, facts.scene.id, timeout)
        answer = SourceAnswer(proposal=await _first_cleaned(context, facts, source, received))
    if answer.proposal is None:
        return answer
    editor.dialog_opened(source.name)
    proposal = answer.proposal.model_copy(update={"query": query})
    return answer.model_copy(update={"proposal": proposal})


async def reopen_dialog(
    context: RunContext, editor: SceneEditor, scene: Scene, wanted: Proposal
) -> None:
    """Open the results dialog of a proposal again, for what only the dialog can do.

    Raises:
        ScrapeFailed: the source proposes something else now, or nothing.
    """
    sources = context.options.all_sources
    source = next(source for source in sources if source.name == wanted.source)
    answer = await ask_source(context, editor, context.facts(scene), source, wanted.query)
    if answer.proposal is None or normalized_content(answer.proposal) != normalized_content(wanted):
        now = "nothing" if answer.proposal is None else "something else"
        editor.needs_reload()  # its dialog must not serve for the wanted proposal
        raise ScrapeFailed(
            f"{source.name} proposed something for scene {scene.id} before, and {now} now.",
            hint="Run the scene again.",
            source=source.name,
            detail="its answer changed between two scrapes",
        )


def first_proposal(source: Source, answer: GraphQLAnswer) -> Proposal | None:
    """Return the first proposal in the answer that the app received, or ``None``.

    Raises:
        RequestFailed: the answer got lost on its way, or is not Stash's.
        StashBusy: Stash's database was busy.
        ScrapeFailed: the source failed.
    """
    return next(iter(all_proposals(source, answer)), None)


def all_proposals(source: Source, answer: GraphQLAnswer) -> tuple[Proposal, ...]:
    """Return all proposals in the answer that the app received; see ``first_proposal``."""
    return parse_scrape_answer(source, document_of(answer))


async def _first_cleaned(
    context: RunContext, facts: SceneFacts, source: Source, answer: GraphQLAnswer
) -> Proposal | None:
    """Return the first proposal in the answer, cleaned; see ``first_proposal``."""
    return next(iter(await _cleaned(context, facts, all_proposals(source, answer)[:1])), None)


async def _cleaned(
    context: RunContext, facts: SceneFacts, proposals: Sequence[Proposal]
) -> tuple[Proposal, ...]:
    today = context.store.clock().date()
    return await clean_proposals(context.stash, context.entities, facts, proposals, today=today)


async def _search(
    context: RunContext, menu: ScrapeMenu, facts: SceneFacts, source: Source, text: str
) -> SourceAnswer:
    """Return the best candidate in full that was not rejected before; if none is left, close."""
    timeout = context.settings.browser.scrape_ms
    options = context.options
    received = await menu.query(source, text, timeout)
    try:
        candidates = await _cleaned(context, facts, all_proposals(source, received))
    except ScrapeFailed:
        await menu.close_query()
        raise
    rejections = await context.store.triage.rejections(facts.scene.id, source.name)
    left = [
        at
        for at, candidate in enumerate(candidates)
        if not any(is_same_answer(candidate, rejected) for rejected in rejections)
    ]
    judgements = [await context.judge(candidates[at], facts) for at in left]
    match = best_match([candidates[at] for at in left], judgements, options.search)
    if match is None:
        await menu.close_query()
        return SourceAnswer(rejected=bool(candidates))
    best = left[match.best]
    opened = await menu.open_candidate(source, best, timeout)
    return SourceAnswer(
        proposal=candidates[best]
        if opened is None
        else await _first_cleaned(context, facts, source, opened),
        close_rival=match.judgement.evidence[-1] if match.rivals else None,
        rivals=tuple(candidates[left[at]] for at in match.rivals),
    )


def _url_row(scene: Scene, url: str) -> int:
    """Return the row of the form's list in which the address stands, from 0.

    Raises:
        ScrapeFailed: the scene no longer has it.
    """
    if url not in scene.urls:
        raise ScrapeFailed(
            f"Scene {scene.id} no longer has the address {url}.",
            hint="Somebody removed it meanwhile; run the scene again.",
            detail="the address is gone",
        )
    return scene.urls.index(url)
