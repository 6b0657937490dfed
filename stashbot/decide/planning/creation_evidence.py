"""Collect the signals for creating an entity that a source names (playbook 2.4).

Signals are read of proposals that are trusted already, so that the scene itself is certain:

``name``       The proposal names a performer, studio or group, and the name is not the title's or
               that of several people. A tag is proposed by another source too, or the settings
               name it.
``site``       It has a page of its own on the scene's site, or an id of its own at the source.
``witness``    The scene's metadata or file name, or another source, has this very name.
``birthdate``  (performers) Another source gives the same day of birth.
``parent``     (studios) Its parent studio is in the library.
``studio``     (groups) It belongs to the scene's own studio.
``listed``     (tags) The settings or a tag macro name it.
``scenes``     (tags) It was proposed for several scenes.
``alias``      An alias of it is a name that the scene or another source gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from pydantic import Field, JsonValue

from stashbot.decide.intake.addresses import has_page, page_key
from stashbot.decide.intake.people import may_be_several
from stashbot.decide.matching.names import fold_case, fold_punctuation, same_name, words
from stashbot.models import EntityKind, Evidence, KnownFacts, Model, ScrapedEntity, StashId
from stashbot.settings import CreationSettings, GateSettings

#: Words that a name must have to be recognized anywhere in a file name.
_MIN_WORDS = 2


class EntityCandidate(Model):
    """An entity as a source describes it; ``parent`` is a studio's parent, or a group's studio.

    ``shown_as`` is the name in the results dialog, as in ``ScrapedEntity``.
    """

    kind: EntityKind
    source: str
    name: str
    stash_id: StashId | None = None
    disambiguation: str = ""
    aliases: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    birthdate: str | None = None
    parent: str | None = None
    remote_id: str | None = None
    shown_as: str | None = None

    @classmethod
    def from_scraped(cls, kind: EntityKind, source: str, entity: ScrapedEntity) -> EntityCandidate:
        """Return the candidate for an entity that ``source`` names."""
        values = entity.model_dump(exclude={"stored_id", "gender"})
        return cls(kind=kind, source=source, **values)


class CreationContext(Model):
    """The facts around the candidates of a proposal that their signals are read from.

    ``urls`` are those of the scene and of the proposal, ``stem`` is the file name without its
    extension, ``titles`` are the scene's and the proposal's, and ``others`` is what sources name
    for this scene. ``scenes`` is the number of scenes for which a tag was proposed, by the tag's
    name in ``fold_case``. ``listed`` are the tags
    of rules and macros; ``studios`` are studios of the library that candidates name as parents.
    """

    known: KnownFacts = KnownFacts()
    urls: tuple[str, ...] = ()
    stem: str = ""
    titles: tuple[str, ...] = ()
    others: tuple[EntityCandidate, ...] = ()
    scenes: dict[str, int] = Field(default_factory=dict)
    listed: tuple[str, ...] = ()
    studios: tuple[str, ...] = ()


class _Found(NamedTuple):
    """The value that a signal found outside the candidate, and where; no value: no signal."""

    value: str | int | None = None
    origin: str = ""


def creation_signals(
    candidate: EntityCandidate,
    context: CreationContext,
    settings: CreationSettings,
    gate: GateSettings,
) -> Iterator[Evidence]:
    """Yield each signal of the candidate's gate with the points that it earned."""
    others = [
        other
        for other in context.others
        if other.kind is candidate.kind and other.source != candidate.source
    ]
    agreeing = [other for other in others if same_name(other.name, candidate.name)]
    listed = _spelled_like(candidate.name, (*settings.tags, *context.listed))
    found = {
        "name": _name(candidate, context, agreeing, listed),
        "site": _site(candidate, context),
        "witness": _witness(candidate, context, agreeing),
        "birthdate": _birthdate(candidate, agreeing),
        "parent": _Found(_spelled_like(candidate.parent or "", context.studios), "library"),
        "studio": _studio(candidate, context),
        "listed": _Found(listed, "settings"),
        "scenes": _scenes(candidate, context, settings.frequent),
        "alias": _alias(candidate, context, others),
    }
    for signal, weight in gate.points.items():
        value, origin = found[signal]
        yield Evidence(
            signal=signal,
            scene=value,
            proposal=_proposed(candidate, signal),
            origin=origin if value is not None else "",
            points=weight if value is not None else 0.0,
            weight=weight,
        )


def _proposed(candidate: EntityCandidate, signal: str) -> JsonValue:
    """Return the candidate's own side of a signal."""
    values: dict[str, JsonValue] = {
        "site": list(candidate.urls),
        "birthdate": candidate.birthdate,
        "parent": candidate.parent,
        "studio": candidate.parent,
        "alias": list(candidate.aliases),
    }
    return values.get(signal, candidate.name)


def _name(
    candidate: EntityCandidate,
    context: CreationContext,
    agreeing: list[EntityCandidate],
    listed: str | None,
) -> _Found:
    if candidate.kind is not EntityKind.TAG:
        return _Found() if why_no_name(candidate, context) else _Found(candidate.name, "proposal")
    if listed is None and agreeing:
        return _Found(agreeing[0].name, agreeing[0].source)
    return _Found(listed, "settings")


def why_no_name(candidate: EntityCandidate, context: CreationContext) -> str:
    """Return why the text may be something else than the name of one performer; empty if not.

    Or of a studio, which like a performer only the results dialog can create.
    """
    is_by_dialog = candidate.kind in {EntityKind.PERFORMER, EntityKind.STUDIO}
    if is_by_dialog and candidate.shown_as == "":
        return "the results dialog does not show this name by itself"
    if candidate.kind is not EntityKind.PERFORMER:
        return ""
    if may_be_several(candidate.name):
        return "it may be several people"
    if any(fold_punctuation(candidate.name) == fold_punctuation(t) for t in context.titles):
        return "it is also the title"
    if candidate.disambiguation and candidate.shown_as is not None:
        return f"the source tells namesakes apart: {candidate.disambiguation}"
    return ""


def _witness(
    candidate: EntityCandidate, context: CreationContext, agreeing: list[EntityCandidate]
) -> _Found:
    """Find the name in the scene's metadata or file name, else with another source."""
    found = _name_in_scene(candidate, context)
    if found.value is None and agreeing:
        return _Found(agreeing[0].name, agreeing[0].source)
    return found


def _name_in_scene(candidate: EntityCandidate, context: CreationContext) -> _Found:
    """Find the name among those that the scene has, else as words in a row of its file name."""
    fact = "studio" if candidate.kind is EntityKind.STUDIO else "performers"
    origin = context.known.origin.get(fact, "metadata")
    fold = fold_punctuation if origin == "file name" else fold_case
    for name in _names_in_scene(candidate.kind, context):
        if fold(name) and fold(name) == fold(candidate.name):
            return _Found(name, origin)
    wanted, available = words(candidate.name), words(context.stem)
    starts = range(len(available) - len(wanted) + 1)
    is_in_row = any(available[start : start + len(wanted)] == wanted for start in starts)
    if is_in_row and len(wanted) >= _MIN_WORDS:
        return _Found(context.stem, "file name")
    return _Found()


def _names_in_scene(kind: EntityKind, context: CreationContext) -> tuple[str, ...]:
    if kind is EntityKind.PERFORMER:
        return context.known.performers
    if kind is EntityKind.STUDIO and context.known.studio:
        return (context.known.studio,)
    return ()


def _site(candidate: EntityCandidate, context: CreationContext) -> _Found:
    """Find its id at the source, else a page of its own on the scene's site.

    The scene's own page is not a page of its own; nor is the front page of a site, unless it is
    that of a studio.
    """
    if candidate.remote_id:
        return _Found(candidate.remote_id, candidate.source)
    pages = {page_key(url) for url in context.urls}
    for own in candidate.urls:
        is_front = not has_page(own) and candidate.kind is not EntityKind.STUDIO
        if is_front or page_key(own) in pages:
            continue
        for url in context.urls:
            if _same_site(url, own):
                return _Found(own, "url")
    return _Found()


def _birthdate(candidate: EntityCandidate, agreeing: list[EntityCandidate]) -> _Found:
    for other in agreeing:
        if other.birthdate and other.birthdate == candidate.birthdate:
            return _Found(other.birthdate, other.source)
    return _Found()


def _studio(candidate: EntityCandidate, context: CreationContext) -> _Found:
    studio = context.known.studio
    if studio and candidate.parent and same_name(candidate.parent, studio):
        return _Found(studio, context.known.origin.get("studio", ""))
    return _Found()


def _scenes(candidate: EntityCandidate, context: CreationContext, frequent: int) -> _Found:
    count = context.scenes.get(fold_case(candidate.name), 0)
    return _Found(count, "proposals") if count >= frequent else _Found()


def _alias(
    candidate: EntityCandidate, context: CreationContext, others: list[EntityCandidate]
) -> _Found:
    names = [*_names_in_scene(candidate.kind, context), *(other.name for other in others)]
    aliases = (name for name in names if any(same_name(name, alias) for alias in candidate.aliases))
    return _Found(next(aliases, None))


def _spelled_like(name: str, names: Iterable[str]) -> str | None:
    """Return the first of the names that is the same but for its case."""
    return next((other for other in names if fold_case(other) == fold_case(name)), None)


def _same_site(url: str, other: str) -> bool:
    """Return whether two addresses have the same host, or a host and its subdomain."""
    first, second = _host(url), _host(other)
    if not first or not second:
        return False
    return first == second or first.endswith(f".{second}") or second.endswith(f".{first}")


def _host(url: str) -> str:
    try:
        host = urlsplit(url.strip()).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")
