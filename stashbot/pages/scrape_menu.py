"""The scrape menus of the edit form: by fragment, by query, by URL.

Between the click on a source and the end of its scrape nothing navigates: Stash would show the
late answer on whatever scene is open by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stashbot.browser import actions
from stashbot.browser.session import Session
from stashbot.models import Source, SourceKind
from stashbot.pages.obstructions import Overlays

#: A scrape that ends in silence leaves the document unchanged; the dialog takes 70-110 ms to come.
SETTLE_MS = 250
SETTLE_LIMIT_MS = 2000
#: The first opening of a dialog loads its code.
DIALOG_MS = 10_000


@dataclass(frozen=True)
class Exchange:
    """An answer as the app itself received it. ``elapsed_ms`` counts from its sending."""

    operation: str
    state: str
    status: int
    payload: dict[str, Any] | None
    detail: str
    elapsed_ms: int

    @property
    def told(self) -> str:
        """What the answer says went wrong: Stash's errors, else what came in place of an answer."""
        errors = (self.payload or {}).get("errors") or ()
        messages = "; ".join(str(one.get("message")) for one in errors)
        return messages or self.detail or f"HTTP {self.status}"

    @classmethod
    def from_page(cls, entry: dict[str, Any]) -> Exchange:
        """From the in-page helper's record."""
        return cls(
            operation=entry["operation"],
            state=entry["state"],
            status=entry["status"],
            payload=entry["payload"],
            detail=entry["detail"],
            elapsed_ms=entry["elapsed"],
        )


@dataclass(frozen=True)
class ScraperMenus:
    """The scrape controls of the edit form in one session."""

    session: Session

    async def names(self) -> tuple[str, ...]:
        """The sources of the fragment menu, top to bottom."""
        toggle = self.session.target("scrapers.fragment_toggle")
        items = self.session.target("scrapers.sources")
        _, _, texts, _ = await self.session.run(
            actions.click(toggle),
            actions.wait(items, "attached"),
            actions.ask("texts", items),
            actions.click(toggle),
        )
        return tuple(texts)

    async def scrape(self, source: Source, scene_id: str, timeout: int) -> Exchange:
        """Scrapes the open scene by fragment and gives the answer that the app received.

        The page must be clean: an older scrape's dialog must not be taken for this one's. On
        return the form is back; the results dialog may still be about to open.

        Raises:
            DirtyPage: a dialog is open.
            ElementNotReady: the menu does not offer the source.
            AnswerTimeout: no answer within ``timeout`` milliseconds.
        """
        item = self.session.target("scrapers.source", name=source.name)
        match = {"input.scene_id": scene_id, **_source_match(source)}
        *_, entry, _ = await self.session.run(
            Overlays(self.session).clean_op(),
            actions.click(self.session.target("scrapers.fragment_toggle")),
            actions.click_nth(item, source.position),
            actions.answer("ScrapeSingleScene", match, timeout),
            actions.wait(self.session.target("edit_form.form"), "attached", SETTLE_LIMIT_MS),
        )
        return Exchange.from_page(entry)

    async def scrape_url(self, index: int, url: str, timeout: int) -> Exchange:
        """Scrapes the URL in row ``index`` (from 0) of the form's URL list.

        Raises:
            ElementNotReady: no scraper knows that URL, so its button is disabled.
            AnswerTimeout: no answer within ``timeout`` milliseconds.
            DirtyPage: a dialog is open.
        """
        button = self.session.target("edit_form.url_scrape")
        *_, entry, _ = await self.session.run(
            Overlays(self.session).clean_op(),
            actions.click_nth(button, index),
            actions.answer("ScrapeSceneURL", {"url": url}, timeout),
            actions.wait(self.session.target("edit_form.form"), "attached", SETTLE_LIMIT_MS),
        )
        return Exchange.from_page(entry)

    async def query(self, source: Source, text: str, timeout: int) -> Exchange:
        """Opens the query dialog for ``source`` and searches; the candidates stay on show.

        Raises:
            DirtyPage: a dialog is open.
            ElementNotReady: the menu does not offer the source.
            AnswerTimeout: no answer within ``timeout`` milliseconds.
        """
        item = self.session.target("scrapers.query_source", name=source.name)
        field = self.session.target("scrapers.query_input")
        match = {"input.query": text, **_source_match(source)}
        *_, entry = await self.session.run(
            Overlays(self.session).clean_op(),
            actions.click(self.session.target("scrapers.query_toggle")),
            actions.click_nth(item, source.query_position),
            actions.set_value(field, text, DIALOG_MS),
            actions.click(self.session.target("scrapers.query_search")),
            actions.answer("ScrapeSingleScene", match, timeout),
        )
        return Exchange.from_page(entry)

    async def close_query(self) -> None:
        """Closes the query dialog; nothing was chosen."""
        await self.session.run(
            actions.click(self.session.target("scrapers.query_cancel")),
            actions.gone(self.session.target("scrapers.query_dialog")),
        )

    async def choose(self, source: Source, nth: int, timeout: int) -> Exchange | None:
        """Opens candidate ``nth`` of the query dialog.

        A scraper is asked once more for the whole scene; a stash-box's candidate is complete, so
        there is no second answer and ``None`` is returned.
        """
        results = self.session.target("scrapers.query_results")
        ops = [actions.click_nth(results, nth)]
        if source.kind is SourceKind.STASH_BOX:
            await self.session.run(*ops)
            return None
        ops.append(actions.answer("ScrapeSingleScene", _source_match(source), timeout))
        ops.append(actions.wait(self.session.target("edit_form.form"), "attached", SETTLE_LIMIT_MS))
        *_, entry, _ = await self.session.run(*ops)
        return Exchange.from_page(entry)

    async def settled(self) -> bool:
        """Waits for the results dialog, or for the page to come to rest without one.

        ``True`` when the dialog is open. For scrapes of which no dialog is expected.
        """
        dialog = self.session.target("scrape_dialog.dialog")
        _, is_open = await self.session.run(
            actions.quiet(SETTLE_MS, SETTLE_LIMIT_MS), actions.ask("present", dialog)
        )
        return bool(is_open)


def _source_match(source: Source) -> dict[str, str]:
    if source.kind is SourceKind.STASH_BOX:
        return {"source.stash_box_endpoint": source.key}
    return {"source.scraper_id": source.key}
