"""Clean a proposal before it is judged and written.

Each stage is a function from a proposal to a proposal, in the order of ``clean_proposal``. A stage
notes what it changed, so that evidence and ``explain`` can show it; what it cannot mend stays as
it is, and the plan leaves it out with a reason. The results dialog of Stash shows the proposal as
the source gave it, so the cleaned proposal keeps that too.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import Field

from stashbot.decide.intake.addresses import clean_url, has_page, page_key
from stashbot.decide.intake.dates import date_readings, is_filler, is_partial
from stashbot.decide.intake.entities import distinct_entities
from stashbot.decide.intake.people import IsKnown, may_be_several, read_person, split_people
from stashbot.decide.intake.studios import clean_studio
from stashbot.decide.intake.texts import (
    clean_line,
    clean_paragraphs,
    is_stand_in,
    strip_separators,
)
from stashbot.decide.intake.titles import two_titles
from stashbot.models import Cleaning, FieldName, Model, Proposal, Scene, ScrapedEntity

_LINES = (FieldName.TITLE, FieldName.CODE, FieldName.DIRECTOR)
_ENTITY_LISTS = (FieldName.PERFORMERS, FieldName.TAGS, FieldName.GROUPS)
_STANDS_FOR_NOTHING = "it stands for nothing"
#: Fields that a scraper may set for every scene, and those about the answer itself.
_FIXED = {"source", "query", "fingerprints", "studio", "urls", "cleanings", "in_dialog", "doubts"}


class IntakeFacts(Model):
    """The facts that cleaning needs: the day, the release, and what is known of the scene.

    ``takes_partial_dates`` is whether Stash takes a year or a month as a date, as it does from 0.30
    on. ``days`` are those that the scene's metadata or file name gives: of the days that a date
    may mean, such a day is taken.
    """

    today: date
    takes_partial_dates: bool = True
    days: tuple[str, ...] = ()
    fingerprints: dict[str, str] = Field(default_factory=dict)


def nobody_is_known(name: str) -> bool:
    """Return that no person of the name is known: splits lists by their signs alone."""
    del name
    return False


def clean_proposal(
    proposal: Proposal, facts: IntakeFacts, *, is_known: IsKnown = nobody_is_known
) -> Proposal:
    """Return the proposal cleaned, with a note for each change; the same if it is clean.

    ``is_known`` says whether the library has a performer of a name.
    """
    cleaned = _clean_texts(proposal)
    cleaned = _clean_date(cleaned, facts)
    cleaned = _clean_names(cleaned)
    cleaned = _clean_people(cleaned, is_known)
    cleaned = _clean_studio(cleaned)
    cleaned = _clean_urls(cleaned)
    cleaned = _choose_duration(cleaned, facts)
    cleaned = _doubt_title(cleaned)
    if cleaned.cleanings == proposal.cleanings:
        return cleaned
    shown = proposal.as_shown.model_copy(update={"fingerprints": ()})
    return cleaned.model_copy(update={"in_dialog": shown})


def names_several_people(proposal: Proposal) -> bool:
    """Return whether cleaning must know the library's performers: a name may be of several."""
    return any(may_be_several(clean_line(person.name)) for person in proposal.performers)


def says_nothing(proposal: Proposal, scene: Scene) -> bool:
    """Return whether a proposal holds nothing about the scene: the source does not know it.

    A scraper that gives its own studio to every answer, or the scene's own address back, has found
    nothing.
    """
    if proposal.model_dump(exclude=_FIXED, exclude_defaults=True):
        return False
    own = {page_key(url) for url in scene.urls}
    return all(page_key(url) in own or not has_page(url) for url in proposal.urls)


# -- the stages


def _clean_texts(proposal: Proposal) -> Proposal:
    """Clean title, code and director as lines, and the details as paragraphs."""
    for name in _LINES:
        text = getattr(proposal, name.value)
        if text is None:
            continue
        line = clean_line(text)
        stripped = strip_separators(line)
        if is_stand_in(line):
            proposal = _with(proposal, name, None, _STANDS_FOR_NOTHING)
        elif stripped != text:
            proposal = _with(proposal, name, stripped, _line_reason(text, line, stripped))
    if proposal.details is not None:
        details = clean_paragraphs(proposal.details)
        if not details or is_stand_in(details):
            proposal = _with(proposal, FieldName.DETAILS, None, _STANDS_FOR_NOTHING)
        elif details != proposal.details:
            proposal = _with(proposal, FieldName.DETAILS, details, "entities or control characters")
    return proposal


def _clean_date(proposal: Proposal, facts: IntakeFacts) -> Proposal:
    """Read the date; leave out what is no day of a film, and half a date that Stash refuses.

    A text that is no date stays, and so does a date that may be two days: the plan leaves them out.
    """
    text = proposal.date
    if text is None:
        return proposal
    if is_stand_in(clean_line(text)):
        return _with(proposal, FieldName.DATE, None, _STANDS_FOR_NOTHING)
    day = date_readings(clean_line(text)).settle(facts.days)
    if day is None:
        return proposal
    if is_filler(day, facts.today):
        return _with(proposal, FieldName.DATE, None, "it stands for no date")
    if is_partial(day) and not facts.takes_partial_dates:
        return _with(proposal, FieldName.DATE, None, "Stash takes whole days only, before 0.30")
    return proposal if day == text else _with(proposal, FieldName.DATE, day, "read as a day")


def _clean_names(proposal: Proposal) -> Proposal:
    """Clean the names of all entities as lines, and leave out stand-ins."""
    for field in _ENTITY_LISTS:
        before: tuple[ScrapedEntity, ...] = getattr(proposal, field.value)
        after = distinct_entities(found for entity in before if (found := _clean_entity(entity)))
        proposal = _with_entities(proposal, field, before, after, "names cleaned")
    if proposal.studio is not None:
        studio = _clean_entity(proposal.studio)
        before = (proposal.studio,)
        proposal = _with_entities(
            proposal, FieldName.STUDIO, before, (studio,) if studio else (), "name cleaned"
        )
    return proposal


def _clean_entity(entity: ScrapedEntity) -> ScrapedEntity | None:
    """Return the entity with clean texts; ``None`` if its name stands for nothing."""
    name = clean_line(entity.name)
    if is_stand_in(name):
        return None
    aliases = (strip_separators(clean_line(alias)) for alias in entity.aliases)
    parent = clean_line(entity.parent or "")
    values: dict[str, Any] = {
        "name": strip_separators(name),
        "disambiguation": clean_line(entity.disambiguation),
        "aliases": tuple(dict.fromkeys(alias for alias in aliases if not is_stand_in(alias))),
        "urls": tuple(dict.fromkeys(clean_url(url) or url for url in entity.urls)),
        "parent": None if is_stand_in(parent) else strip_separators(parent),
    }
    is_clean = all(getattr(entity, key) == value for key, value in values.items())
    return entity if is_clean else _changed(entity, values)


def _clean_people(proposal: Proposal, is_known: IsKnown) -> Proposal:
    """Take lists of people apart, and their disambiguations and aliases from the names."""
    before = proposal.performers
    after = distinct_entities(
        person for entity in before for person in _people_of(entity, is_known)
    )
    return _with_entities(
        proposal, FieldName.PERFORMERS, before, after, "several people, or more than a name"
    )


def _people_of(entity: ScrapedEntity, is_known: IsKnown) -> Sequence[ScrapedEntity]:
    names = (entity.name,) if entity.stored_id is not None else split_people(entity.name, is_known)
    people = [read_person(name) for name in names]
    if len(people) == 1:
        (person,) = people
        values = {
            "name": person.name,
            "disambiguation": entity.disambiguation or person.disambiguation,
            "aliases": tuple(dict.fromkeys((*entity.aliases, *person.aliases))),
        }
        return (_changed(entity, values),)
    # Page, birthdate and gender of a list belong to none of its people for certain.
    return [
        ScrapedEntity(
            name=person.name,
            disambiguation=person.disambiguation,
            aliases=person.aliases,
            shown_as="",
        )
        for person in people
    ]


def _clean_studio(proposal: Proposal) -> Proposal:
    """Take marks and the parts of an address from the studio's name."""
    if proposal.studio is None:
        return proposal
    studio = _changed(proposal.studio, {"name": clean_studio(proposal.studio.name)})
    return _with_entities(
        proposal, FieldName.STUDIO, (proposal.studio,), (studio,), "a mark or an address"
    )


def _clean_urls(proposal: Proposal) -> Proposal:
    """Complete addresses, and leave out tracking keys, fragments and repeated pages.

    What is no address stays, for the plan to leave out with a reason.
    """
    urls: dict[str, str] = {}
    for url in proposal.urls:
        cleaned = clean_url(url)
        urls.setdefault(page_key(url), url if cleaned is None else cleaned)
    after = tuple(urls.values())
    if after == proposal.urls:
        return proposal
    note = Cleaning(
        field=FieldName.URLS,
        before=", ".join(proposal.urls),
        after=", ".join(after),
        reason="addresses completed and shortened",
    )
    return _noted(proposal.model_copy(update={"urls": after}), note)


def _choose_duration(proposal: Proposal, facts: IntakeFacts) -> Proposal:
    """Take the length of the fingerprints that are the file's own, else of all, where none is told.

    Fingerprints of short clips of the scene would move the median.
    """
    if proposal.duration is not None:
        return proposal
    timed = [print_ for print_ in proposal.fingerprints if print_.duration]
    own = [print_ for print_ in timed if facts.fingerprints.get(print_.kind) == print_.value]
    lengths = [print_.duration for print_ in own or timed if print_.duration]
    return (
        proposal.model_copy(update={"duration": statistics.median(lengths)})
        if lengths
        else (proposal)
    )


def _doubt_title(proposal: Proposal) -> Proposal:
    """Leave a proposal to a person whose title is two titles."""
    titles = two_titles(proposal.title or "")
    if not titles:
        return proposal
    doubt = f"{proposal.source} gives two titles: {' and '.join(map(repr, titles))}"
    doubts = dict.fromkeys((*proposal.doubts, doubt))
    return proposal.model_copy(update={"doubts": tuple(doubts)})


# -- notes


def _with(proposal: Proposal, field: FieldName, value: str | None, reason: str) -> Proposal:
    """Return the proposal with another text in a field, and a note of it."""
    before = getattr(proposal, field.value)
    note = Cleaning(field=field, before=before, after=value, reason=reason)
    return _noted(proposal.model_copy(update={field.value: value}), note)


def _with_entities(
    proposal: Proposal,
    field: FieldName,
    before: tuple[ScrapedEntity, ...],
    after: tuple[ScrapedEntity, ...],
    reason: str,
) -> Proposal:
    """Return the proposal with other entities in a field; a note only where a name changed."""
    if after == before:
        return proposal
    value = after if field is not FieldName.STUDIO else next(iter(after), None)
    changed = proposal.model_copy(update={field.value: value})
    names = [_label(entity) for entity in before], [_label(entity) for entity in after]
    if names[0] == names[1]:
        return changed
    gone = [name for name in names[0] if name not in names[1]]
    come = [name for name in names[1] if name not in names[0]]
    note = Cleaning(
        field=field, before="; ".join(gone), after="; ".join(come) or None, reason=reason
    )
    return _noted(changed, note)


def _changed(entity: ScrapedEntity, values: Mapping[str, Any]) -> ScrapedEntity:
    """Return an entity with other values, and the name under which the dialog shows it.

    A button is found by its text: white space in a name that a page shows otherwise hides it.
    """
    if values["name"] == entity.name or entity.shown_as is not None:
        return entity.model_copy(update=dict(values))
    is_line = entity.name.isprintable() and entity.name == " ".join(entity.name.split())
    return entity.model_copy(update={**values, "shown_as": entity.name if is_line else ""})


def _label(entity: ScrapedEntity) -> str:
    return f"{entity.name} ({entity.disambiguation})" if entity.disambiguation else entity.name


def _noted(proposal: Proposal, note: Cleaning) -> Proposal:
    return proposal.model_copy(update={"cleanings": (*proposal.cleanings, note)})


def _line_reason(text: str, line: str, stripped: str) -> str:
    reasons = {
        "entities, spaces or control characters": line != text,
        "separators": stripped != line,
    }
    return "; ".join(reason for reason, applies in reasons.items() if applies)
