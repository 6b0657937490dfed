"""The scrape results dialog: a choice between existing and scraped, row by row."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from stashbot.browser import actions
from stashbot.browser.session import Session
from stashbot.models import FieldName
from stashbot.pages.entity_form import CREATES
from stashbot.pages.scrape_menu import Exchange

#: The rows that the dialog may have; a row is there only where scraped and existing differ.
ROWS = (
    FieldName.TITLE,
    FieldName.CODE,
    FieldName.URLS,
    FieldName.DATE,
    FieldName.DIRECTOR,
    FieldName.STUDIO,
    FieldName.PERFORMERS,
    FieldName.GROUPS,
    FieldName.TAGS,
    FieldName.DETAILS,
    FieldName.STASH_IDS,
)
#: The cover's row has a name of its own.
ROW_NAMES = {field: field.value for field in ROWS} | {FieldName.COVER: "cover_image"}
#: The key that a release has if its rows can be told apart.
ROWS_TOLD = "scrape_dialog.keep"
#: The first opening loads the dialog's code.
OPEN_MS = 10_000


@dataclass(frozen=True)
class ScrapeDialog:
    """The dialog of one session; it dies with the page."""

    session: Session

    @property
    def tells_rows(self) -> bool:
        """Whether this release's rows can be told apart; before 0.30 they have no names."""
        return ROWS_TOLD in self.session.selectors

    async def wait(self, timeout: int = OPEN_MS) -> None:
        """Waits until the dialog stands open.

        Raises:
            ElementNotReady: it did not come.
        """
        await self.session.run(
            actions.wait(self.session.target("scrape_dialog.dialog"), "attached", timeout)
        )

    async def is_open(self) -> bool:
        """Whether the dialog is open now."""
        dialog = self.session.target("scrape_dialog.dialog")
        (shown,) = await self.session.run(actions.ask("present", dialog))
        return bool(shown)

    async def cancel(self) -> None:
        """Closes the dialog and leaves the form as it was."""
        await self.session.run(*self.cancel_ops())

    def cancel_ops(self) -> tuple[actions.Op, ...]:
        """The program that closes the dialog and leaves the form as it was."""
        return (
            actions.click(self.session.target("scrape_dialog.cancel")),
            actions.gone(self.session.target("scrape_dialog.dialog")),
        )

    async def create(self, field: FieldName, name: str, timeout: int) -> Exchange:
        """Creates what the badge ``name`` of a row stands for, and gives Stash's answer.

        Must run under a permit that names the write. The badge goes when Stash has the entity.

        Raises:
            ElementNotReady: there is no such badge.
        """
        row = ROW_NAMES[field]
        badge = self.session.target("scrape_dialog.new_named", field=row, name=name)
        hidden = self.session.target("scrape_dialog.new_collapse", field=row)
        match = {"input.name": name}
        *_, entry, _ended = await self.session.run(
            actions.unless(actions.present(badge, "viewport"), actions.click_if_present(hidden)),
            actions.click(badge),
            actions.answer(CREATES[field], match, timeout),
            actions.race(
                actions.absent(badge),
                actions.present(self.session.target("shell.toast_error")),
                timeout=timeout,
            ),
        )
        return Exchange.from_page(entry)

    def apply_ops(self, use: Collection[FieldName]) -> tuple[actions.Op, ...]:
        """The program that takes the scraped side of the rows ``use`` and applies the dialog.

        Every other row keeps what the form holds. Rows that are not there need no choice.
        """
        keep = [
            actions.click_if_present(self.session.target("scrape_dialog.keep", field=name))
            for field, name in ROW_NAMES.items()
            if field not in use
        ]
        return (
            *keep,
            actions.click(self.session.target("scrape_dialog.apply")),
            actions.gone(self.session.target("scrape_dialog.dialog")),
        )
