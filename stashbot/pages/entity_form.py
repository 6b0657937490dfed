"""The form of a new tag or group on its own page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stashbot.browser import actions
from stashbot.browser.session import Session
from stashbot.models import FieldName
from stashbot.pages.obstructions import Overlays
from stashbot.pages.scrape_menu import Exchange

#: What creates an entity of each kind.
CREATES: Mapping[FieldName, str] = {
    FieldName.STUDIO: "StudioCreate",
    FieldName.PERFORMERS: "PerformerCreate",
    FieldName.TAGS: "TagCreate",
    FieldName.GROUPS: "GroupCreate",
}
#: The page of each kind, and the keys of its name and its button.
PAGES: Mapping[FieldName, tuple[str, str, str]] = {
    FieldName.TAGS: ("/tags/new", "tag.new_name", "tag.create"),
    FieldName.GROUPS: ("/groups/new", "group.new_name", "group.create"),
}
LOAD_MS = 10_000


@dataclass(frozen=True)
class EntityForm:
    """The forms for new entities of one session."""

    session: Session

    async def create(self, kind: FieldName, name: str, timeout: int) -> Exchange:
        """Creates an entity that has nothing but a name, and gives Stash's answer.

        Must run under a permit that names the write. The page loads anew, and stays elsewhere.

        Raises:
            ElementNotReady: the form did not come.
        """
        path, named, button = PAGES[kind]
        field = self.session.target(named)
        await self.session.load(path)
        await self.session.run(actions.wait(field, "attached", LOAD_MS))
        if "Configuration" not in self.session.guard.patches:
            await Overlays(self.session).close_release_notes()
        *_, entry = await self.session.run(
            Overlays(self.session).clean_op(),
            actions.set_value(field, name),
            actions.click(self.session.target(button)),
            actions.answer(CREATES[kind], {"input.name": name}, timeout),
        )
        return Exchange.from_page(entry)
