"""What may lie over a page: release notes, leftover dialogs, notifications, the error screen."""

from __future__ import annotations

from dataclasses import dataclass

from stashbot.browser import actions
from stashbot.browser.session import Session
from stashbot.browser.wire_guard import OnlyOperations
from stashbot.errors import DirtyPage, ElementNotReady

#: A dialog that answers to its cancel button is gone within this time, animations included.
CLOSE_MS = 2000
#: Leftover dialogs may be stacked; more than this is no leftover any more.
MAX_STACKED = 4
#: What the close button adds to a notification's text.
_CLOSE_BUTTON = "\N{MULTIPLICATION SIGN}Close"
#: By which Stash notes that release notes were seen: one of these, by release.
NOTES_SEEN_WRITES = frozenset({"ConfigureUI", "ConfigureUISetting"})
#: Stash writes its configuration file before it answers.
NOTES_SEEN_MS = 10_000


@dataclass(frozen=True)
class Overlays:
    """The overlays of one page."""

    session: Session

    def clean_op(self) -> actions.Op:
        """Proves within a program that no dialog is open, and closes a notification.

        The program fails as ``DirtyPage`` where one is; ``clear`` can do more about it.
        """
        covering = ("shell.error_boundary", "shell.dialog")
        return {
            "do": "clean",
            "targets": [self.session.target(key).wire() for key in covering],
            "toast": self.session.target("shell.toast_close").wire(),
        }

    async def clear(self) -> None:
        """Proves that nothing lies over the page, closing what can be closed safely.

        Scrape results and other dialogs are cancelled, notifications closed. Nothing is accepted:
        a dialog without a cancelling button stays.

        Raises:
            DirtyPage: a dialog or the error screen remains; a reload helps.
        """
        dialog = self.session.target("shell.dialog")
        boundary = self.session.target("shell.error_boundary")
        for _ in range(MAX_STACKED):
            broken, open_dialogs = await self.session.run(
                actions.ask("present", boundary), actions.ask("count", dialog)
            )
            if broken:
                raise DirtyPage("Stash shows its error screen.", found="error screen")
            if not open_dialogs:
                await self.dismiss_toast()
                return
            await self._cancel(int(open_dialogs))
        raise DirtyPage("Dialogs keep opening over the page.", found="dialogs")

    async def dismiss_toast(self) -> None:
        """Closes the notification, if one shows: it would lie over the form for seconds."""
        toast = self.session.target("shell.toast_close")
        await self.session.run(actions.click_if_present(toast, CLOSE_MS))

    async def error_text(self) -> str | None:
        """The text of the error notification that is showing, without its close button."""
        (text,) = await self.session.run(
            actions.ask("text", self.session.target("shell.toast_error"))
        )
        return str(text).removesuffix(_CLOSE_BUTTON).strip() if text else None

    async def close_release_notes(self) -> bool:
        """Closes the release notes as their owner would, which marks them as seen in Stash.

        The session profile never shows them; this is for ``profile = "user"``. Returns whether
        they showed, once Stash has answered: leaving the page earlier might show them again.
        """
        notes = self.session.target("shell.release_notes")
        (shown,) = await self.session.run(actions.ask("present", notes))
        if not shown:
            return False
        with self.session.guard.permitting(OnlyOperations(NOTES_SEEN_WRITES)):
            await self.session.run(
                actions.click(self.session.target("shell.release_notes_close")),
                actions.gone(notes, CLOSE_MS),
                actions.race(
                    *(actions.answered(write, {}) for write in sorted(NOTES_SEEN_WRITES)),
                    timeout=NOTES_SEEN_MS,
                ),
            )
        return True

    async def _cancel(self, open_dialogs: int) -> None:
        dialog = self.session.target("shell.dialog")
        cancel = self.session.target("shell.dialog_cancel")
        cancels, found = await self.session.run(
            actions.ask("count", cancel), actions.ask("texts", dialog)
        )
        named = str(found[-1])[:80] if found else "unknown"
        if not cancels:
            raise DirtyPage(f"A dialog without a cancel button is open: {named!r}.", found=named)
        try:
            # The dialog on top is the last one in the document.
            await self.session.run(
                actions.click_nth(cancel, int(cancels) - 1, CLOSE_MS),
                {"do": "fewer", "target": dialog.wire(), "than": open_dialogs, "timeout": CLOSE_MS},
            )
        except ElementNotReady as error:
            raise DirtyPage(f"A dialog cannot be cancelled: {named!r}.", found=named) from error
