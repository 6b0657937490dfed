"""The form of a new tag or group, on a page of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from stashbot.browser import actions
from stashbot.browser.graphql_answer import GraphQLAnswer
from stashbot.models import EntityKind
from stashbot.pages.obstructions import Obstructions
from stashbot.pages.page_object import Capability, KeysByCapability, PageObject

LOAD_MS = 10_000


@dataclass(frozen=True)
class EntityForm(PageObject):
    """The forms for new entities."""

    keys: ClassVar[KeysByCapability] = {
        Capability.CREATE_ON_PAGE: (
            "tag.new_name",
            "tag.create",
            "group.new_name",
            "group.create",
        )
    }

    async def create(self, kind: EntityKind, name: str, timeout: int) -> GraphQLAnswer:
        """Create an entity that has nothing but a name, and return Stash's answer.

        Must run under a permit that names the write. The page is loaded anew, and is elsewhere
        afterwards.

        Raises:
            ElementNotReady: the form did not come.
        """
        field = self.target(f"{kind.value}.new_name")
        obstructions = Obstructions(self.session)
        await self.session.load(f"/{kind.plural}/new")
        await self.session.run(actions.wait(field, "attached", LOAD_MS))
        await obstructions.close_release_notes()
        _, _, _, answer = await self.session.run(
            obstructions.assert_clean_op(),
            actions.set_value(field, name),
            actions.click(self.target(f"{kind.value}.create")),
            actions.wait_for_answer(kind.create_operation, {"input.name": name}, timeout),
        )
        return answer
