"""Why a scene is where it is: what is known of it, whom a run would ask, what sources last said.

Read from Stash and from stashbot's own records. No source is asked unless one is named, and nothing
is written.
"""

from __future__ import annotations

from pydantic import Field, JsonValue

from stashbot.decide.matching.filename_parser import (
    compile_patterns,
    known_of,
    read_file_name,
    says_nothing,
)
from stashbot.decide.matching.scoring import judge, why_low
from stashbot.decide.sources.questions import Asking, rounds
from stashbot.decide.sources.ranking import Ranked, RouteKeys
from stashbot.errors import ScrapeFailed
from stashbot.flows.enrich.build_plan import planned
from stashbot.flows.enrich.source_order import keys_of, ranked
from stashbot.flows.runs.options import RunOptions
from stashbot.models import Judgement, Known, Model, Plan, Proposal, Scene, Source
from stashbot.settings import Settings
from stashbot.stash.client import StashClient, open_stash
from stashbot.stash.scenes import existing_scene
from stashbot.store import AuditEntry, PastResult, SceneState
from stashbot.store.base import utc_now
from stashbot.views.source_history import LastWord, last_words, remembered

PIECES = ("title", "date", "studio", "performers", "duration")


class Piece(Model):
    """One thing that is known of a scene: where it was read, or why it is not known."""

    name: str
    value: JsonValue = None
    origin: str = ""
    pattern: str | None = None


class PatternTried(Model):
    """A file-name pattern, in the order of trying: whether it fitted, and what it then read."""

    name: str
    own: bool
    fits: bool
    read: dict[str, JsonValue] = Field(default_factory=dict)


class Reading(Model):
    """What is known of a scene. ``patterns`` end with the first that fits; none comes after it.

    With ``says_nothing`` the file's name is a camera's or the like, and no pattern is tried.
    """

    file: str | None
    says_nothing: bool
    pieces: tuple[Piece, ...]
    patterns: tuple[PatternTried, ...]


class Asked(Model):
    """What a source says at this moment, and what a run would make of it."""

    source: str
    proposal: Proposal | None = None
    judgement: Judgement | None = None
    plan: Plan | None = None
    why: str


class Explanation(Model):
    """All that is to be said of one scene. ``results`` and ``changes`` are the newest ones.

    ``questions`` are what a run would ask if no source knew the scene by its file.
    """

    scene: str
    name: str
    organized: bool
    reading: Reading
    keys: RouteKeys
    order: tuple[Ranked, ...]
    questions: tuple[Asking, ...] = ()
    said: tuple[LastWord, ...]
    asked: Asked | None = None
    state: SceneState
    results: tuple[PastResult, ...] = ()
    changes: tuple[AuditEntry, ...] = ()


async def explain(settings: Settings, scene_id: str, *, source: str | None = None) -> Explanation:
    """What there is to say of a scene; a ``source`` that is named is asked about it now.

    Raises:
        UnknownScene: Stash has no such scene.
        UnknownSource: Stash has no such source.
        ForeignState, UnreadableState: the state is another Stash's, or damaged.
        UnreachableError: Stash is not there.
    """
    async with open_stash(settings.stash) as client:
        scene = await existing_scene(client, scene_id)
        ways = settings.search.ways
        sources = await client.resolve_sources(settings.run.sources, by=ways)
        others = tuple(one for one in await client.sources() if one not in sources)
        later = rounds(scene, sources, ways, settings.filenames, others=others)
        options = RunOptions(
            sources=sources,
            weights=settings.weights,
            filenames=settings.filenames,
            routing=settings.routing,
        )
        named = await client.resolve_sources((source,)) if source is not None else ()
        records, experience = await remembered(settings, scene.id)
        known = known_of(scene, settings.filenames)
        return Explanation(
            scene=scene.id,
            name=scene.display_name,
            organized=scene.organized,
            reading=reading_of(scene, known, settings),
            keys=keys_of(scene, options),
            order=ranked(scene, options, experience, now=utc_now()),
            questions=tuple(
                one for asked in later for one in asked if one.question.by != "fragment"
            ),
            said=last_words(scene, known, records, settings),
            asked=await ask(client, settings, scene, known, named[0]) if named else None,
            state=records.state,
            results=records.results,
            changes=records.changes,
        )


def reading_of(scene: Scene, known: Known, settings: Settings) -> Reading:
    """Where each piece that is ``known`` of the scene was read, pattern by pattern."""
    basename = scene.file.basename if scene.file else None
    nothing = basename is not None and says_nothing(basename)
    tried: list[PatternTried] = []
    patterns = compile_patterns(settings.filenames.patterns, builtin=settings.filenames.builtin)
    for pattern in patterns if basename and not nothing else ():
        reading = read_file_name(basename or "", (pattern,))
        read = reading.model_dump(mode="json", exclude={"pattern"})
        fits = reading.pattern is not None
        tried.append(
            PatternTried(
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
    for name in PIECES:
        origin = known.origin.get(name, "")
        pattern_name = known.pattern if origin == "file name" else None
        pieces.append(
            Piece(name=name, value=values[name] or None, origin=origin, pattern=pattern_name)
        )
    return Reading(file=basename, says_nothing=nothing, pieces=tuple(pieces), patterns=tuple(tried))


async def ask(
    client: StashClient, settings: Settings, scene: Scene, known: Known, source: Source
) -> Asked:
    """Asks a source, through Stash's API and without any write, and judges what it says."""
    try:
        proposals = await client.scrape_single_scene(source, scene.id)
    except ScrapeFailed as error:
        return Asked(source=source.name, why=error.message)
    proposal = next((one for one in proposals[:1] if not one.is_empty), None)
    if proposal is None:
        return Asked(source=source.name, why="it found nothing")
    judgement = judge(proposal, known, settings.weights)
    threshold = settings.weights.threshold
    return Asked(
        source=source.name,
        proposal=proposal,
        judgement=judgement,
        plan=await planned(
            client, settings.fields, scene, proposal, organize=settings.run.organize
        ),
        why=f"score {judgement.score:g} reaches the threshold {threshold:g}"
        if judgement.accepted
        else why_low(judgement),
    )
