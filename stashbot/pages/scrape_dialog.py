"""The scrape results dialog: a choice between existing and scraped value in each row."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from stashbot.browser import actions
from stashbot.browser.graphql_answer import GraphQLAnswer
from stashbot.browser.operations import Operation
from stashbot.models import EntityKind, FieldName
from stashbot.pages.page_object import Capability, KeysByCapability, PageObject

#: The rows that the dialog may have; a row is there only where scraped and existing value differ.
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
#: Only releases whose rows have names have this key.
NAMED_ROWS_KEY = "scrape_dialog.keep"
#: The first opening loads the dialog's code.
OPEN_MS = 10_000


@dataclass(frozen=True)
class ScrapeDialog(PageObject):
    """The scrape results dialog of a session."""

    keys: ClassVar[KeysByCapability] = {
        Capability.SCRAPE: (
            "scrape_dialog.dialog",
            "scrape_dialog.cancel",
            "shell.toast_error",
        ),
        Capability.APPLY: (
            "scrape_dialog.dialog",
            "scrape_dialog.cancel",
            "shell.toast_error",
        ),
        Capability.APPLY_BY_DIALOG: (NAMED_ROWS_KEY, "scrape_dialog.apply"),
        Capability.CREATE: (
            "scrape_dialog.new_named",
            "scrape_dialog.new_collapse",
            "shell.toast_error",
        ),
    }

    @property
    def has_named_rows(self) -> bool:
        """Whether this release's rows have names, which they do not before 0.30."""
        return NAMED_ROWS_KEY in self.session.selectors

    async def wait(self, timeout: int = OPEN_MS) -> None:
        """Wait until the dialog is open.

        Raises:
            ElementNotReady: it did not open.
        """
        await self.session.run(
            actions.wait(self.target("scrape_dialog.dialog"), "attached", timeout)
        )

    def wait_or_error_op(self) -> Operation[int]:
        """Return the operation that waits for the dialog, or an error notification."""
        return actions.race(
            actions.present(self.target("scrape_dialog.dialog"), "viewport"),
            actions.present(self.target("shell.toast_error")),
            timeout=OPEN_MS,
        )

    async def is_open(self) -> bool:
        """Say whether the dialog is open now."""
        (is_open,) = await self.session.run(actions.is_present(self.target("scrape_dialog.dialog")))
        return is_open

    async def cancel(self) -> None:
        """Close the dialog and leave the form as it was."""
        await self.session.run(*self.cancel_ops())

    def cancel_ops(self) -> tuple[actions.Op, ...]:
        """Return the program that closes the dialog and leaves the form as it was."""
        return (
            actions.click(self.target("scrape_dialog.cancel")),
            actions.wait_until_gone(self.target("scrape_dialog.dialog")),
        )

    async def create(self, kind: EntityKind, name: str, timeout: int) -> GraphQLAnswer:
        """Create the entity of the badge ``name`` in a row, and return Stash's answer.

        Must run under a permit that names the write. The badge goes when Stash has the entity.

        Raises:
            ElementNotReady: there is no such badge.
        """
        row = ROW_NAMES[kind.field]
        badge = self.target("scrape_dialog.new_named", field=row, name=name)
        collapse = self.target("scrape_dialog.new_collapse", field=row)
        _, _, answer, _ = await self.session.run(
            actions.unless(actions.present(badge, "viewport"), actions.click_if_present(collapse)),
            actions.click(badge),
            actions.wait_for_answer(kind.create_operation, {"input.name": name}, timeout),
            actions.race(
                actions.absent(badge),
                actions.present(self.target("shell.toast_error")),
                timeout=timeout,
            ),
        )
        return answer

    def apply_ops(self, use: Collection[FieldName]) -> tuple[actions.Op, ...]:
        """Return the program that takes the scraped side of the rows ``use``, and applies.

        Every other row keeps what the form holds. Rows that are not there need no choice.
        """
        keep = [
            actions.click_if_present(self.target(NAMED_ROWS_KEY, field=name))
            for field, name in ROW_NAMES.items()
            if field not in use
        ]
        return (
            *keep,
            actions.click(self.target("scrape_dialog.apply")),
            actions.wait_until_gone(self.target("scrape_dialog.dialog")),
        )
