"""Explain a scene: what is known of it, which sources a run would ask, their latest answers.

Everything is read from Stash and from stashbot's own records. A source is asked only if the caller
names it, and nothing is written.
"""

from __future__ import annotations

from pydantic import Field, JsonValue

from stashbot.decide.intake.doubts import with_doubts
from stashbot.decide.intake.proposal_cleaning import says_nothing
from stashbot.decide.matching.filename_parser import (
    compile_patterns,
    is_uninformative,
    read_file_name,
)
from stashbot.decide.matching.library_names import LibraryNames
from stashbot.decide.matching.scene_facts import SceneFacts, read_scene_facts
from stashbot.decide.matching.scoring import explain_low_score, explain_score, score_proposal
from stashbot.decide.sources.questions import SourceQuestion, question_rounds
from stashbot.decide.sources.ranking import RankedSource, RouteKeys, route_keys
from stashbot.errors import ScrapeFailed
from stashbot.flows.enrich.build_plan import plan_single_proposal
from stashbot.flows.enrich.intake import clean_proposals
from stashbot.flows.enrich.source_order import rank_sources
from stashbot.flows.runs.options import RunOptions
from stashbot.models import Judgement, Model, Plan, Proposal, Source
from stashbot.settings import Settings
from stashbot.stash.client import StashClient, open_stash
from stashbot.stash.entity_library import EntityLibrary
from stashbot.store import AuditEntry, LeftOut, PastResult, SceneState
from stashbot.store.connection import utc_now
from stashbot.views.source_history import LatestAnswer, latest_answers, load_scene_records

KNOWN_FIELDS = ("title", "date", "studio", "performers", "duration")


class KnownField(Model):
    """A fact about a scene, and where it was read; without a value it is unknown."""

    name: str
    value: JsonValue = None
    origin: str = ""
    pattern: str | None = None


class PatternAttempt(Model):
    """A file-name pattern in the order of trying: whether it fits, and its values."""

    name: str
    own: bool
    fits: bool
    read: dict[str, JsonValue] = Field(default_factory=dict)


class SceneReading(Model):
    """The known facts of a scene. ``patterns`` end with the first that fits; none comes after it.

    With ``is_uninformative`` the file's name is a camera's or the like, and no pattern is tried.
    """

    file: str | None
    is_uninformative: bool
    pieces: tuple[KnownField, ...]
    patterns: tuple[PatternAttempt, ...]


class LiveScrape(Model):
    """The answer of a source at this moment, and the plan that a run would make of it."""

    source: str
    proposal: Proposal | None = None
    judgement: Judgement | None = None
    plan: Plan | None = None
    why: str


class Explanation(Model):
    """The explanation of a scene. ``results`` and ``changes`` are the newest.

    ``questions`` are those of a run in which no source knows the scene by its file.
    """

    scene: str
    name: str
    organized: bool
    reading: SceneReading
    keys: RouteKeys
    order: tuple[RankedSource, ...]
    questions: tuple[SourceQuestion, ...] = ()
    said: tuple[LatestAnswer, ...]
    asked: LiveScrape | None = None
    state: SceneState
    results: tuple[PastResult, ...] = ()
    changes: tuple[AuditEntry, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


async def explain(settings: Settings, scene_id: str, *, source: str | None = None) -> Explanation:
    """Explain a scene; with a ``source``, scrape the scene from it now.

    Raises:
        UnknownScene: Stash has no such scene.
        UnknownSource: Stash has no such source.
        ForeignState, UnreadableState: the state is another Stash's, or damaged.
        UnreachableError: Stash is not there.
    """
    async with open_stash(settings.stash) as client:
        scene = await client.get_scene(scene_id)
        ways = settings.search.methods
        sources = await client.resolve_sources(settings.run.sources, methods=ways)
        others = tuple(s for s in await client.sources() if s not in sources)
        facts = read_scene_facts(scene, settings.filenames, settings.routing)
        later = question_rounds(facts, sources, ways, excluded=others)
        options = RunOptions(
            sources=sources,
            weights=settings.weights,
            filenames=settings.filenames,
            routing=settings.routing,
        )
        library = await EntityLibrary(client).names()
        named = await client.resolve_sources((source,)) if source is not None else ()
        records, experience = await load_scene_records(settings, scene.id)
        return Explanation(
            scene=scene.id,
            name=scene.display_name,
            organized=scene.organized,
            reading=reading_of(facts, settings),
            keys=route_keys(facts),
            order=rank_sources(facts, options, experience, now=utc_now()),
            questions=tuple(
                question
                for questions in later
                for question in questions
                if question.question.method != "fragment"
            ),
            said=latest_answers(facts, records, settings, library),
            asked=await scrape_now(client, settings, facts, named[0], library) if named else None,
            state=records.state,
            results=records.results,
            changes=records.changes,
            left_out=records.left_out,
        )


def reading_of(facts: SceneFacts, settings: Settings) -> SceneReading:
    """Return the known facts of the scene, and how each file-name pattern reads its name."""
    scene, known = facts.scene, facts.known
    basename = scene.file.basename if scene.file else None
    uninformative = basename is not None and is_uninformative(basename)
    tried: list[PatternAttempt] = []
    patterns = compile_patterns(settings.filenames.patterns, builtin=settings.filenames.builtin)
    for pattern in patterns if basename and not uninformative else ():
        reading = read_file_name(basename or "", (pattern,))
        read = reading.model_dump(mode="json", exclude={"pattern"})
        fits = reading.pattern is not None
        tried.append(
            PatternAttempt(
                name=pattern.name,
                own=pattern.own,
                fits=fits,
                read={name: value for name, value in read.items() if value},
            )
        )
        if fits:
            break
    values = known.model_dump(mode="json")
    pieces = []
    for name in KNOWN_FIELDS:
        origin = known.origin.get(name, "")
        pattern_name = known.pattern if origin == "file name" else None
        pieces.append(
            KnownField(name=name, value=values[name] or None, origin=origin, pattern=pattern_name)
        )
    return SceneReading(
        file=basename, is_uninformative=uninformative, pieces=tuple(pieces), patterns=tuple(tried)
    )


async def scrape_now(
    client: StashClient,
    settings: Settings,
    facts: SceneFacts,
    source: Source,
    library: LibraryNames,
) -> LiveScrape:
    """Scrape a scene through Stash's API, without any write, and judge the answer."""
    scene = facts.scene
    try:
        proposals = await client.scrape_single_scene(source, scene.id)
    except ScrapeFailed as error:
        return LiveScrape(source=source.name, why=error.message)
    cleaned = await clean_proposals(
        client, EntityLibrary(client), facts, proposals[:1], today=utc_now().date()
    )
    proposal = next((found for found in cleaned if not says_nothing(found, scene)), None)
    if proposal is None:
        return LiveScrape(source=source.name, why="it found nothing")
    judgement = with_doubts(
        score_proposal(proposal, facts, settings.weights, settings.contradictions, library),
        proposal.doubts,
    )
    threshold = settings.weights.threshold
    return LiveScrape(
        source=source.name,
        proposal=proposal,
        judgement=judgement,
        plan=await plan_single_proposal(
            client, settings.fields, scene, proposal, organize=settings.run.organize != "never"
        ),
        why=explain_score(judgement.score, threshold)
        if judgement.accepted
        else explain_low_score(judgement, threshold),
    )
