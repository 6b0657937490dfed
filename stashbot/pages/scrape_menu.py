"""The scrape menus of the edit form: by fragment, by query, by URL.

Between the click on a source and the end of its scrape nothing may navigate: Stash would show the
late answer on whatever scene is open by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from stashbot.browser import actions
from stashbot.browser.graphql_answer import GraphQLAnswer
from stashbot.browser.operations import Operation
from stashbot.models import Source, SourceKind
from stashbot.pages.obstructions import Obstructions
from stashbot.pages.page_object import Capability, KeysByCapability, PageObject

#: A scrape that ends without a dialog leaves the document unchanged; a dialog takes 70-110 ms.
IDLE_MS = 250
IDLE_LIMIT_MS = 2000
#: The first opening of a dialog loads its code.
DIALOG_MS = 10_000


@dataclass(frozen=True)
class ScrapeMenu(PageObject):
    """The scrape controls of the edit form."""

    keys: ClassVar[KeysByCapability] = {
        Capability.SCRAPE: (
            "scrapers.fragment_toggle",
            "scrapers.source",
            "scrapers.sources",
            "edit_form.form",
            "scrape_dialog.dialog",
        ),
        Capability.SCRAPE_BY_NAME: (
            "scrapers.query_toggle",
            "scrapers.query_source",
            "scrapers.query_input",
            "scrapers.query_search",
            "scrapers.query_results",
            "scrapers.query_dialog",
            "scrapers.query_cancel",
        ),
        Capability.SCRAPE_BY_URL: ("edit_form.url_scrape", "edit_form.form"),
    }

    async def names(self) -> tuple[str, ...]:
        """Return the names of the sources in the fragment menu, top to bottom."""
        toggle = self.target("scrapers.fragment_toggle")
        items = self.target("scrapers.sources")
        _, _, names, _ = await self.session.run(
            actions.click(toggle),
            actions.wait(items, "attached"),
            actions.read_texts(items),
            actions.click(toggle),
        )
        return names

    async def scrape(self, source: Source, scene_id: str, timeout: int) -> GraphQLAnswer:
        """Scrape the open scene by fragment and return the answer that the app received.

        The page must be clean, so that the dialog of an older scrape is not taken for this. On
        return the form is back; the results dialog may still be about to open.

        Raises:
            DirtyPage: a dialog is open.
            ElementNotReady: the menu does not offer the source.
            AnswerTimeout: no answer within ``timeout`` milliseconds.
        """
        item = self.target("scrapers.source", name=source.name)
        variables = {"input.scene_id": scene_id, **_source_variables(source)}
        answer: GraphQLAnswer
        *_, answer, _ = await self.session.run(
            Obstructions(self.session).assert_clean_op(),
            actions.click(self.target("scrapers.fragment_toggle")),
            actions.click(item, nth=source.position),
            actions.wait_for_answer("ScrapeSingleScene", variables, timeout),
            self._form_is_back_op(),
        )
        return answer

    async def scrape_url(self, index: int, url: str, timeout: int) -> GraphQLAnswer:
        """Scrape the URL in row ``index`` (from 0) of the form's URL list.

        Raises:
            ElementNotReady: no scraper knows that URL, so its button is disabled.
            AnswerTimeout: no answer within ``timeout`` milliseconds.
            DirtyPage: a dialog is open.
        """
        _, _, answer, _ = await self.session.run(
            Obstructions(self.session).assert_clean_op(),
            actions.click(self.target("edit_form.url_scrape"), nth=index),
            actions.wait_for_answer("ScrapeSceneURL", {"url": url}, timeout),
            self._form_is_back_op(),
        )
        return answer

    async def query(self, source: Source, text: str, timeout: int) -> GraphQLAnswer:
        """Open the query dialog for ``source`` and search; the candidates stay on show.

        Raises:
            DirtyPage: a dialog is open.
            ElementNotReady: the menu does not offer the source.
            AnswerTimeout: no answer within ``timeout`` milliseconds.
        """
        item = self.target("scrapers.query_source", name=source.name)
        variables = {"input.query": text, **_source_variables(source)}
        answer: GraphQLAnswer
        *_, answer = await self.session.run(
            Obstructions(self.session).assert_clean_op(),
            actions.click(self.target("scrapers.query_toggle")),
            actions.click(item, nth=source.query_position),
            actions.set_value(self.target("scrapers.query_input"), text, DIALOG_MS),
            actions.click(self.target("scrapers.query_search")),
            actions.wait_for_answer("ScrapeSingleScene", variables, timeout),
        )
        return answer

    async def close_query(self) -> None:
        """Close the query dialog without opening a candidate."""
        await self.session.run(
            actions.click(self.target("scrapers.query_cancel")),
            actions.wait_until_gone(self.target("scrapers.query_dialog")),
        )

    async def open_candidate(self, source: Source, nth: int, timeout: int) -> GraphQLAnswer | None:
        """Open candidate ``nth`` (from 0) of the query dialog.

        Of a scraper the app requests the whole scene then. A stash-box's candidate is complete, so
        there is no second answer and ``None`` is returned.
        """
        click = actions.click(self.target("scrapers.query_results"), nth=nth)
        if source.kind is SourceKind.STASH_BOX:
            await self.session.run(click)
            return None
        _, answer, _ = await self.session.run(
            click,
            actions.wait_for_answer("ScrapeSingleScene", _source_variables(source), timeout),
            self._form_is_back_op(),
        )
        return answer

    async def wait_for_dialog_or_idle(self) -> bool:
        """Wait for the results dialog, or for the page to come to rest without it.

        For scrapes that are not certain to open a dialog. Returns whether it is open.
        """
        _, is_open = await self.session.run(
            actions.wait_until_idle(IDLE_MS, IDLE_LIMIT_MS),
            actions.is_present(self.target("scrape_dialog.dialog")),
        )
        return is_open

    def _form_is_back_op(self) -> Operation[bool]:
        return actions.wait(self.target("edit_form.form"), "attached", IDLE_LIMIT_MS)


def _source_variables(source: Source) -> dict[str, str]:
    if source.kind is SourceKind.STASH_BOX:
        return {"source.stash_box_endpoint": source.key}
    return {"source.scraper_id": source.key}
