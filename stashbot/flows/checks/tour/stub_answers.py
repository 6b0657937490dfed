"""Answers that a tour gives its own page in Stash's place.

With them the scrape dialog, a list of candidates or an error notification can be checked on any
server, always the same, and no source is called. The answers are built from the page's own query,
so they have every field that this release of Stash's UI asks for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)

from stashbot.browser.graphql_request import Variables
from stashbot.browser.profile import ui_of
from stashbot.browser.session import Session
from stashbot.browser.wire_guard import AnswerPatch, AnswerStub
from stashbot.models import Proposal, Source
from stashbot.selectors.ui_states import StubName
from stashbot.stash.scraped_scene import proposal_from_answer

_PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42Y"
    "AAAAASUVORK5CYII="
)
_NEW = "stashbot tour"
#: More new tags than a row shows at once: from ten on they are behind a button.
NEW_TAGS = 12
ERROR = f"{_NEW}: a scrape that fails"

#: Every field differs from what a scene is likely to have, and every entity is new.
SCRAPED: Mapping[str, Any] = {
    "title": f"{_NEW} title",
    "code": "TOUR-1",
    "details": f"{_NEW} details",
    "director": f"{_NEW} director",
    "date": "2001-02-03",
    "urls": ["https://tour.example.test/1"],
    "url": "https://tour.example.test/1",
    "image": _PIXEL,
    "remote_site_id": "00000000-0000-4000-8000-000000000001",
    "studio": {"name": f"{_NEW} studio", "tags": [], "__typename": "ScrapedStudio"},
    "performers": [
        {"name": f"{_NEW} performer {n}", "tags": [], "__typename": "ScrapedPerformer"}
        for n in (1, 2)
    ],
    "groups": [{"name": f"{_NEW} group", "__typename": "ScrapedGroup"}],
    "movies": [{"name": f"{_NEW} group", "__typename": "ScrapedMovie"}],
    "tags": [{"name": f"{_NEW} tag {n:02}", "__typename": "ScrapedTag"} for n in range(NEW_TAGS)],
    "__typename": "ScrapedScene",
}


def stubbed_proposal(source: Source) -> Proposal:
    """Return the proposal that ``source`` seems to make under the stub ``proposal``."""
    return proposal_from_answer(source, SCRAPED)


#: After these stubs the page has to be loaded anew.
NEEDS_RELOAD: frozenset[StubName] = frozenset({"notes", "broken-code", "signed-out"})
#: These stubs begin once the page is loaded.
AFTER_LOAD: frozenset[StubName] = frozenset({"broken-code"})
_CODE = re.compile("/assets/")


@dataclass
class StubbedAnswers:
    """The answers of a stub, in force in a session from ``begin`` to ``end``."""

    session: Session
    name: StubName
    _patches: dict[str, AnswerPatch]

    @classmethod
    async def begin(cls, session: Session, name: StubName) -> Self:
        """Answer in Stash's place from here on."""
        guard = session.guard
        stubs = cls(session, name, dict(guard.patches))
        guard.stubs.update(stubs._scrape_stubs())
        if name == "notes":
            before = guard.patches.get("Configuration", _as_is)
            guard.patches["Configuration"] = lambda payload: _unseen_notes(before(payload))
        if name == "broken-code":
            guard.failing_paths = _CODE
        session.door.signed_in = name != "signed-out"
        return stubs

    async def end(self) -> None:
        """Take the stubs away: Stash answers again."""
        guard = self.session.guard
        guard.stubs.clear()
        guard.patches.clear()
        guard.patches.update(self._patches)
        guard.failing_paths = None
        self.session.door.signed_in = True

    def _scrape_stubs(self) -> dict[str, AnswerStub]:
        scrape = {
            "proposal": self._scraped(SCRAPED),
            "candidates": self._scraped(*(_candidate(n) for n in (1, 2, 3))),
            "error": _failing,
        }.get(self.name)
        return {} if scrape is None else {"ScrapeSingleScene": scrape, "ScrapeSceneURL": scrape}

    def _scraped(self, *items: Mapping[str, Any]) -> AnswerStub:
        async def stub(document: str, _variables: Variables) -> dict[str, Any]:
            return answer_to(document, items)

        return stub


def answer_to(document: str, items: tuple[Mapping[str, Any], ...]) -> dict[str, Any]:
    """Return an answer to ``document`` with ``items`` as the result of its field.

    Every field of the document is there, ``null`` where ``items`` do not have it.
    """
    tree = parse(document, no_location=True)
    fragments = {
        node.name.value: node
        for node in tree.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    top = _top_field(tree)
    name = top.alias.value if top.alias else top.name.value
    filled = [_filled(top.selection_set, item, fragments) for item in items]
    single = top.name.value == "scrapeSceneURL"
    return {"data": {name: (next(iter(filled), None) if single else filled)}}


def _top_field(tree: DocumentNode) -> FieldNode:
    (operation,) = (n for n in tree.definitions if isinstance(n, OperationDefinitionNode))
    (top,) = (n for n in operation.selection_set.selections if isinstance(n, FieldNode))
    return top


def _filled(
    selected: SelectionSetNode | None,
    value: Any,
    fragments: Mapping[str, FragmentDefinitionNode],
) -> Any:
    if selected is None or value is None:
        return value
    if isinstance(value, list):
        return [_filled(selected, item, fragments) for item in value]
    answer: dict[str, Any] = {}
    for node in selected.selections:
        if isinstance(node, FragmentSpreadNode):
            answer |= _filled(fragments[node.name.value].selection_set, value, fragments)
        elif isinstance(node, InlineFragmentNode):
            answer |= _filled(node.selection_set, value, fragments)
        elif isinstance(node, FieldNode):
            name = node.name.value
            shown = node.alias.value if node.alias else name
            answer[shown] = _filled(node.selection_set, value.get(name), fragments)
    return answer


def _as_is(payload: dict[str, Any]) -> dict[str, Any]:
    return payload


async def _failing(_document: str, _variables: Variables) -> dict[str, Any]:
    return {"errors": [{"message": ERROR}], "data": None}


def _candidate(number: int) -> dict[str, Any]:
    return {**SCRAPED, "title": f"{_NEW} candidate {number}", "code": f"TOUR-{number}"}


def _unseen_notes(payload: dict[str, Any]) -> dict[str, Any]:
    if (ui := ui_of(payload)) is not None:
        ui["lastNoteSeen"] = 1
    return payload
