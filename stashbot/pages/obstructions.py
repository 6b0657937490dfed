"""Obstructions of a page: release notes, leftover dialogs, notifications, errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from stashbot.browser import actions
from stashbot.browser.failures import page_broken
from stashbot.browser.operations import Operation
from stashbot.browser.wire_guard import OperationPermit
from stashbot.errors import DirtyPage, ElementNotReady
from stashbot.pages.page_object import Capability, KeysByCapability, PageObject

#: A dialog whose cancel button works is gone within this time, animations included.
CLOSE_MS = 2000
#: Leftover dialogs may be stacked; more than this many are not leftovers.
MAX_STACKED = 4
#: The mutations by which releases of Stash note that release notes were seen.
NOTES_SEEN_WRITES = frozenset({"ConfigureUI", "ConfigureUISetting"})
#: Stash writes its configuration file before it answers.
NOTES_SEEN_MS = 10_000


@dataclass(frozen=True)
class Obstructions(PageObject):
    """Everything that may lie over the page of a session."""

    keys: ClassVar[KeysByCapability] = {
        Capability.CLEAR_PAGE: (
            "shell.dialog",
            "shell.dialog_cancel",
            "shell.error_boundary",
            "shell.error_message",
            "shell.release_notes",
            "shell.release_notes_close",
            "shell.toast_close",
        )
    }

    def assert_clean_op(self) -> Operation[bool]:
        """Return the operation that fails as ``DirtyPage`` where a dialog is open.

        It closes a notification. ``clear`` can do more about what is open.
        """
        return actions.assert_clean(
            [self.target("shell.error_boundary"), self.target("shell.dialog")],
            self.target("shell.toast_close"),
        )

    async def clear(self) -> None:
        """Close what can be closed safely, and make sure that nothing lies over the page.

        Scrape results and other dialogs are cancelled, notifications closed. Nothing is accepted:
        a dialog without a cancel button stays.

        Raises:
            DirtyPage: a dialog remains; a reload helps.
            PageBroken: the app shows its error screen.
        """
        dialog = self.target("shell.dialog")
        boundary = self.target("shell.error_boundary")
        for _ in range(MAX_STACKED):
            errors, open_dialogs = await self.session.run(
                actions.read_texts(boundary), actions.count(dialog)
            )
            if errors:
                raise page_broken(errors[0], "over the page")
            if not open_dialogs:
                await self.dismiss_toast()
                return
            await self._cancel(open_dialogs)
        raise DirtyPage("Dialogs keep opening over the page.", found="dialogs")

    async def dismiss_toast(self) -> None:
        """Close a notification, which would lie over the form for seconds."""
        await self.session.run(actions.click_if_present(self.target("shell.toast_close"), CLOSE_MS))

    async def close_release_notes(self) -> bool:
        """Close the release notes, and return whether they showed.

        That marks them as seen in Stash. It waits for the answer: if the page were left earlier
        they might show again. The session profile never shows them, so nothing is done there.
        """
        if "Configuration" in self.session.guard.patches:
            return False
        notes = self.target("shell.release_notes")
        (is_shown,) = await self.session.run(actions.is_present(notes))
        if not is_shown:
            return False
        with self.session.guard.allow(OperationPermit(NOTES_SEEN_WRITES)):
            await self.session.run(
                actions.click(self.target("shell.release_notes_close")),
                actions.wait_until_gone(notes, CLOSE_MS),
                actions.race(
                    *(actions.answered(write, {}) for write in sorted(NOTES_SEEN_WRITES)),
                    timeout=NOTES_SEEN_MS,
                ),
            )
        return True

    async def _cancel(self, open_dialogs: int) -> None:
        dialog = self.target("shell.dialog")
        cancel = self.target("shell.dialog_cancel")
        cancel_buttons, texts = await self.session.run(
            actions.count(cancel), actions.read_texts(dialog)
        )
        name = texts[-1][:80] if texts else "unknown"
        if not cancel_buttons:
            raise DirtyPage(f"A dialog without a cancel button is open: {name!r}.", found=name)
        try:
            # The dialog on top is the last in the document.
            await self.session.run(
                actions.click(cancel, CLOSE_MS, nth=cancel_buttons - 1),
                actions.wait_for_fewer(dialog, open_dialogs, CLOSE_MS),
            )
        except ElementNotReady as error:
            raise DirtyPage(f"A dialog cannot be cancelled: {name!r}.", found=name) from error
