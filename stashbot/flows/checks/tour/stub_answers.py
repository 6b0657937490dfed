"""Answers that a tour gives its own page in Stash's place, so that it sees what follows them.

A scrape dialog, a list of candidates or an error notification can then be looked at on any server,
always the same, and no source is really asked. The answers are made from the page's own query: they
hold every field that this release of Stash's UI asks for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from playwright.async_api import Route

from stashbot.browser.session import Session
from stashbot.browser.wire_guard import Patch, Stand, Variables
from stashbot.models import Proposal, Source
from stashbot.selectors.ui_states import Stage
from stashbot.stash.scraped_scene import proposal_from_answer

_PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42Y"
    "AAAAASUVORK5CYII="
)
_NEW = "stashbot tour"
#: More new tags than a row shows at once: from ten on they hide behind a button.
NEW_TAGS = 12
ERROR = f"{_NEW}: a scrape that fails"

#: Every field differs from what any scene is likely to hold, and everything named is new.
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


def staged_proposal(source: Source) -> Proposal:
    """What ``source`` seems to say where the stage ``proposal`` is set."""
    return proposal_from_answer(source, SCRAPED)


#: After these the page is not what it was: it has to be loaded anew.
WEARING: frozenset[Stage] = frozenset({"notes", "broken-code", "signed-out"})
#: These begin once the page is loaded.
LATE: frozenset[Stage] = frozenset({"broken-code"})
_CODE = "**/assets/**"


@dataclass
class Staging:
    """The answers of one stage, in force in one session from ``set_up`` to ``end``."""

    session: Session
    name: Stage
    _patches: dict[str, Patch]
    _cookies: Sequence[Any] = ()

    @classmethod
    async def set_up(cls, session: Session, name: Stage) -> Self:
        """Puts the stage's answers in place of Stash's."""
        guard = session.guard
        staging = cls(session, name, dict(guard.patches))
        guard.stands.update(staging._stands())
        if name == "notes":
            before = guard.patches.get("Configuration", _as_is)
            guard.patches["Configuration"] = lambda payload: _unseen_notes(before(payload))
        if name == "broken-code":
            await session.context.route(_CODE, _lose)
        if name == "signed-out":
            staging._cookies = await session.context.cookies()
            await session.context.clear_cookies()
            await session.context.set_extra_http_headers({})
        return staging

    async def end(self) -> None:
        """Takes the stage's answers away; Stash answers again."""
        guard = self.session.guard
        guard.stands.clear()
        guard.patches.clear()
        guard.patches.update(self._patches)
        if self.name == "broken-code":
            await self.session.context.unroute(_CODE, _lose)
        if self.name == "signed-out":
            await self.session.context.add_cookies(self._cookies)
            await self.session.context.set_extra_http_headers(self.session.headers)

    def _stands(self) -> dict[str, Stand]:
        scrape = {
            "proposal": self._scraped(SCRAPED),
            "candidates": self._scraped(*(_candidate(n) for n in (1, 2, 3))),
            "error": _failing,
        }.get(self.name)
        return {} if scrape is None else {"ScrapeSingleScene": scrape, "ScrapeSceneURL": scrape}

    def _scraped(self, *items: Mapping[str, Any]) -> Stand:
        async def stand(document: str, _variables: Variables) -> dict[str, Any]:
            return answer_to(document, items)

        return stand


def answer_to(document: str, items: tuple[Mapping[str, Any], ...]) -> dict[str, Any]:
    """An answer to ``document`` with ``items`` as the result of its one field.

    Every field that the document asks for is there, ``null`` where ``items`` say nothing.
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
        return [_filled(selected, one, fragments) for one in value]
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


async def _lose(route: Route) -> None:
    await route.abort("failed")


async def _failing(_document: str, _variables: Variables) -> dict[str, Any]:
    return {"errors": [{"message": ERROR}], "data": None}


def _candidate(number: int) -> dict[str, Any]:
    return {**SCRAPED, "title": f"{_NEW} candidate {number}", "code": f"TOUR-{number}"}


def _unseen_notes(payload: dict[str, Any]) -> dict[str, Any]:
    configuration = (payload.get("data") or {}).get("configuration")
    ui = configuration.get("ui") if isinstance(configuration, dict) else None
    if isinstance(ui, dict):
        ui["lastNoteSeen"] = 1
    return payload
