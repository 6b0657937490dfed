"""The form of a new tag or group on its own page."""

from __future__ import annotations

from dataclasses import dataclass

from stashbot.browser import actions
from stashbot.browser.session import Session
from stashbot.models import EntityKind
from stashbot.pages.obstructions import Obstructions
from stashbot.pages.scrape_menu import GraphQLAnswer

LOAD_MS = 10_000


@dataclass(frozen=True)
class EntityForm:
    """The forms for new entities of one session."""

    session: Session

    async def create(self, kind: EntityKind, name: str, timeout: int) -> GraphQLAnswer:
        """Creates an entity that has nothing but a name, and gives Stash's answer.

        Must run under a permit that names the write. The page loads anew, and stays elsewhere.

        Raises:
            ElementNotReady: the form did not come.
        """
        field = self.session.target(f"{kind.value}.new_name")
        await self.session.load(f"/{kind.plural}/new")
        await self.session.run(actions.wait(field, "attached", LOAD_MS))
        if "Configuration" not in self.session.guard.patches:
            await Obstructions(self.session).close_release_notes()
        *_, entry = await self.session.run(
            Obstructions(self.session).clean_op(),
            actions.set_value(field, name),
            actions.click(self.session.target(f"{kind.value}.create")),
            actions.wait_for_answer(kind.create_operation, {"input.name": name}, timeout),
        )
        return GraphQLAnswer.from_page(entry)
