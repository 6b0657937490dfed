"""The number of elements that each selector key must find, for a scene whose data is known.

A unique key must find a single element. How many performers, URLs or sources the page must show
follows from Stash's data, so that a selector that finds too few or too many is noticed.
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
#: A scene that no Stash has; a tour opens its page to see how that looks.
NO_SCENE = "2000000000"
#: From this many new badges on, a row of the scrape dialog hides them behind a button.
COLLAPSED_FROM = 10


@dataclass(frozen=True, kw_only=True)
class KeyExpectation:
    """The number of elements that ``key`` must find with these values.

    ``expected`` of ``None`` means at least 1.
    """

    key: str
    values: dict[str, str] = field(default_factory=dict)
    expected: int | None = None


@dataclass(frozen=True, kw_only=True)
class PageSubject:
    """The data that the page shows; ``proposal`` and ``rows`` are the open scrape dialog's."""

    scene: Scene
    sources: tuple[Source, ...] = ()
    proposal: Proposal | None = None
    rows: tuple[FieldName, ...] = ()


def expected_keys(
    selectors: SelectorSet, state: str, subject: PageSubject
) -> tuple[KeyExpectation, ...]:
    """Return the expectations of all keys of ``state``, sorted by key."""
    return tuple(
        expectation
        for key in selectors.in_state(state)
        for expectation in _expectations(selectors, key, subject)
    )


def _expectations(
    selectors: SelectorSet, key: str, subject: PageSubject
) -> Iterable[KeyExpectation]:
    if key in RULES:
        return [
            KeyExpectation(key=key, values=values, expected=expected)
            for values, expected in RULES[key](subject)
        ]
    is_unique = selectors.entry(key).count == "unique"
    return [KeyExpectation(key=key, expected=1 if is_unique else None)]


#: Yields the values of a key's placeholders, each with the number of elements.
Rule = Callable[[PageSubject], Iterable[tuple[dict[str, str], int | None]]]


def _organized(subject: PageSubject) -> Iterator[tuple[dict[str, str], int]]:
    yield {}, int(subject.scene.organized)


def _not_organized(subject: PageSubject) -> Iterator[tuple[dict[str, str], int]]:
    yield {}, int(not subject.scene.organized)


def _select_values(subject: PageSubject) -> Iterator[tuple[dict[str, str], int]]:
    scene = subject.scene
    chosen = {
        FieldName.STUDIO: int(scene.studio is not None),
        FieldName.PERFORMERS: len(scene.performers),
        FieldName.GROUPS: len(scene.groups),
        FieldName.TAGS: len(scene.tags),
    }
    for name, where in SELECTS.items():
        yield where, chosen[name]


def _select_removes(subject: PageSubject) -> Iterator[tuple[dict[str, str], int]]:
    yield SELECTS[FieldName.PERFORMERS], len(subject.scene.performers)
    yield SELECTS[FieldName.TAGS], len(subject.scene.tags)


def _select_clears(subject: PageSubject) -> Iterator[tuple[dict[str, str], int]]:
    yield SELECTS[FieldName.GROUPS], len(subject.scene.groups)


def _by_name(sources: Iterable[Source]) -> Iterator[tuple[dict[str, str], int]]:
    for name, number in Counter(source.name for source in sources).items():
        yield {"name": name}, number


def _fragment_sources(subject: PageSubject) -> Iterator[Source]:
    return (source for source in subject.sources if source.fragment)


def _query_sources(subject: PageSubject) -> Iterator[Source]:
    return (source for source in subject.sources if source.query)


def _dialog_rows(subject: PageSubject) -> Iterator[tuple[dict[str, str], int]]:
    for name in subject.rows:
        yield {"field": ROW_NAMES[name]}, 1


def _new_names(subject: PageSubject) -> dict[FieldName, list[str]]:
    """Return the names in each row of the dialog whose entities Stash does not have."""
    proposal = subject.proposal
    if proposal is None:
        return {}
    by_row: dict[FieldName, tuple[ScrapedEntity, ...]] = {
        FieldName.STUDIO: (proposal.studio,) if proposal.studio else (),
        FieldName.PERFORMERS: proposal.performers,
        FieldName.GROUPS: proposal.groups,
        FieldName.TAGS: proposal.tags,
    }
    return {
        row: [entity.name for entity in entities if entity.stored_id is None]
        for row, entities in by_row.items()
        if row in subject.rows
    }


def _new_badges(subject: PageSubject) -> Iterator[tuple[dict[str, str], int]]:
    for row, names in _new_names(subject).items():
        for name in names:
            yield {"field": ROW_NAMES[row], "name": name}, 1


def _collapse_buttons(subject: PageSubject) -> Iterator[tuple[dict[str, str], int]]:
    for row, names in _new_names(subject).items():
        yield {"field": ROW_NAMES[row]}, int(len(names) >= COLLAPSED_FROM)


#: The keys whose values or numbers depend on the page's subject.
RULES: dict[str, Rule] = {
    "scene.missing": lambda _: [({"id": NO_SCENE}, None)],
    "scrape_dialog.new_named": _new_badges,
    "scene.tab": lambda _: [({"panel": panel}, 1) for panel in PANELS],
    "scene.organized_on": _organized,
    "scene.organized_off": _not_organized,
    "edit_form.text": lambda _: [({"field": name.value}, 1) for name in TEXT_FIELDS],
    "edit_form.cover_of": lambda subject: [({"id": subject.scene.id}, 1)],
    "edit_form.urls": lambda subject: [({}, len(subject.scene.urls) + 1)],
    "edit_form.select_input": lambda _: [(where, None) for where in SELECTS.values()],
    "edit_form.select_values": _select_values,
    "edit_form.select_remove": _select_removes,
    "edit_form.select_clear": _select_clears,
    "scrapers.sources": lambda subject: [({}, len(list(_fragment_sources(subject))))],
    "scrapers.source": lambda subject: _by_name(_fragment_sources(subject)),
    "scrapers.query_source": lambda subject: _by_name(_query_sources(subject)),
    "scrape_dialog.keep": _dialog_rows,
    "scrape_dialog.use": _dialog_rows,
    "scrape_dialog.new_collapse": _collapse_buttons,
}
