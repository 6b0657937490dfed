"""What a page must show of each selector key, for one scene whose data is known.

A key of which one element must be there is easy. How many chosen performers, URLs or sources there
must be follows from what Stash holds: a selector that finds too few or too many is noticed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from stashbot.models import TEXT_FIELDS, FieldName, Proposal, Scene, ScrapedEntity, Source
from stashbot.pages.edit_form import SELECTS
from stashbot.pages.scrape_dialog import ROW_NAMES
from stashbot.selectors import SelectorSet

PANELS = ("scene-details-panel", "scene-file-info-panel", "scene-edit-panel")
#: A scene that no Stash has: what the tour asks for in vain.
NO_SCENE = "2000000000"
#: From so many new badges on, a row of the scrape dialog hides them behind a button.
COLLAPSED_FROM = 10


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One question: how many elements ``key`` finds with these placeholder values.

    ``expected`` is a number, or ``None`` for one or more.
    """

    key: str
    values: dict[str, str] = field(default_factory=dict)
    expected: int | None = None


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What the page is about. ``proposal`` and ``rows`` are of the open scrape dialog."""

    scene: Scene
    sources: tuple[Source, ...] = ()
    proposal: Proposal | None = None
    rows: tuple[FieldName, ...] = ()


def probes(selectors: SelectorSet, state: str, subject: Subject) -> tuple[Probe, ...]:
    """The questions for all keys of ``state``, sorted by key."""
    return tuple(
        probe for key in selectors.in_state(state) for probe in _of(selectors, key, subject)
    )


def _of(selectors: SelectorSet, key: str, subject: Subject) -> Iterable[Probe]:
    if key in _RULES:
        return [
            Probe(key=key, values=values, expected=expected)
            for values, expected in _RULES[key](subject)
        ]
    unique = selectors.entry(key).count == "unique"
    return [Probe(key=key, expected=1 if unique else None)]


Rule = Callable[[Subject], Iterable[tuple[dict[str, str], int | None]]]


def _organized(subject: Subject) -> Iterator[tuple[dict[str, str], int]]:
    yield {}, int(subject.scene.organized)


def _not_organized(subject: Subject) -> Iterator[tuple[dict[str, str], int]]:
    yield {}, int(not subject.scene.organized)


def _values(subject: Subject) -> Iterator[tuple[dict[str, str], int]]:
    scene = subject.scene
    held = {
        FieldName.STUDIO: int(scene.studio is not None),
        FieldName.PERFORMERS: len(scene.performers),
        FieldName.GROUPS: len(scene.groups),
        FieldName.TAGS: len(scene.tags),
    }
    for name, where in SELECTS.items():
        yield where, held[name]


def _removes(subject: Subject) -> Iterator[tuple[dict[str, str], int]]:
    yield SELECTS[FieldName.PERFORMERS], len(subject.scene.performers)
    yield SELECTS[FieldName.TAGS], len(subject.scene.tags)


def _clears(subject: Subject) -> Iterator[tuple[dict[str, str], int]]:
    yield SELECTS[FieldName.GROUPS], len(subject.scene.groups)


def _named(usable: Iterable[Source]) -> Iterator[tuple[dict[str, str], int]]:
    for name, number in Counter(source.name for source in usable).items():
        yield {"name": name}, number


def _rows(subject: Subject) -> Iterator[tuple[dict[str, str], int]]:
    for name in subject.rows:
        yield {"field": ROW_NAMES[name]}, 1


def _new_names(subject: Subject) -> dict[FieldName, list[str]]:
    """The entities of each row of the dialog that Stash does not have."""
    proposal = subject.proposal
    if proposal is None:
        return {}
    named: dict[FieldName, tuple[ScrapedEntity, ...]] = {
        FieldName.STUDIO: (proposal.studio,) if proposal.studio else (),
        FieldName.PERFORMERS: proposal.performers,
        FieldName.GROUPS: proposal.groups,
        FieldName.TAGS: proposal.tags,
    }
    return {
        name: [entity.name for entity in entities if entity.stored_id is None]
        for name, entities in named.items()
        if name in subject.rows
    }


def _named_badges(subject: Subject) -> Iterator[tuple[dict[str, str], int]]:
    for row, names in _new_names(subject).items():
        for name in names:
            yield {"field": ROW_NAMES[row], "name": name}, 1


def _collapsed(subject: Subject) -> Iterator[tuple[dict[str, str], int]]:
    for row, names in _new_names(subject).items():
        yield {"field": ROW_NAMES[row]}, int(len(names) >= COLLAPSED_FROM)


_RULES: dict[str, Rule] = {
    "scene.missing": lambda _: [({"id": NO_SCENE}, None)],
    "scrape_dialog.new_named": _named_badges,
    "scene.tab": lambda _: [({"panel": panel}, 1) for panel in PANELS],
    "scene.organized_on": _organized,
    "scene.organized_off": _not_organized,
    "edit_form.text": lambda _: [({"field": name.value}, 1) for name in TEXT_FIELDS],
    "edit_form.cover_of": lambda subject: [({"id": subject.scene.id}, 1)],
    "edit_form.urls": lambda subject: [({}, len(subject.scene.urls) + 1)],
    "edit_form.select_input": lambda _: [(where, None) for where in SELECTS.values()],
    "edit_form.select_values": _values,
    "edit_form.select_remove": _removes,
    "edit_form.select_clear": _clears,
    "scrapers.sources": lambda subject: [({}, sum(one.fragment for one in subject.sources))],
    "scrapers.source": lambda subject: _named(one for one in subject.sources if one.fragment),
    "scrapers.query_source": lambda subject: _named(one for one in subject.sources if one.query),
    "scrape_dialog.keep": _rows,
    "scrape_dialog.use": _rows,
    "scrape_dialog.new_collapse": _collapsed,
}
