"""The edit form of a scene: making it hold the plan, and saving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stashbot.browser import actions
from stashbot.browser.session import Session
from stashbot.errors import PageError
from stashbot.models import TEXT_FIELDS, Change, FieldName, Plan
from stashbot.pages.scrape_menu import Exchange

#: Row name and widget class of the selects.
SELECTS = {
    FieldName.STUDIO: {"field": "studio_id", "widget": "studio-select"},
    FieldName.PERFORMERS: {"field": "performer_ids", "widget": "performer-select"},
    FieldName.GROUPS: {"field": "groups", "widget": "group-select"},
    FieldName.TAGS: {"field": "tag_ids", "widget": "tag-select"},
}
#: Only the scrape dialog can bring these into the form.
DIALOG_ONLY = frozenset({FieldName.STASH_IDS, FieldName.COVER})
#: An option comes after a debounce and a query of its own.
OPTION_MS = 6000
ENABLE_MS = 2000
FORM_MS = 10_000


@dataclass(frozen=True)
class EditForm:
    """``#scene-edit-details`` of the scene that is open in one session."""

    session: Session

    def fill_ops(self, plan: Plan) -> tuple[actions.Op, ...]:
        """The program that makes the form hold the plan's values, however far it is already.

        Fields that only the scrape dialog can set are left alone: the wire guard compares what
        the form sends with the plan in any case.
        """
        ops = (self._fill_op(change) for change in plan.changes if change.field not in DIALOG_ONLY)
        return tuple(ops)

    def save_ops(self, scene_id: str, timeout: int) -> tuple[actions.Op, ...]:
        """The program that saves and gives the answer; the form is back when it ends."""
        return (
            actions.wait(self.session.target("edit_form.save"), "enabled", ENABLE_MS),
            actions.click(self.session.target("edit_form.save")),
            actions.answer_or_refusal(
                "SceneUpdate",
                {"input.id": scene_id},
                self.session.target("edit_form.invalid"),
                timeout,
            ),
            actions.wait(self.session.target("edit_form.form"), "attached", FORM_MS),
        )

    async def save(self, scene_id: str, *before: actions.Op, timeout: int) -> Exchange:
        """Carries out ``before`` and saves, in one round trip.

        Must run under a permit that names the write.

        Raises:
            ElementNotReady: the form has nothing to save.
            SaveRefused: the form refuses one of its values.
            AnswerTimeout: no answer within ``timeout`` milliseconds.
        """
        *_, entry, _ = await self.session.run(*before, *self.save_ops(scene_id, timeout))
        return Exchange.from_page(entry)

    async def invalid(self) -> tuple[str, ...]:
        """The values that the form itself refuses."""
        refused = self.session.target("edit_form.invalid")
        (values,) = await self.session.run(actions.ask("texts", refused))
        return tuple(values)

    async def value(self, field: FieldName) -> Any:
        """What the form holds: a text, or the names a select shows, or the URLs."""
        if field in TEXT_FIELDS:
            target = self.session.target("edit_form.text", field=field.value)
            (text,) = await self.session.run(actions.ask("value", target))
            return text
        if field is FieldName.URLS:
            target = self.session.target("edit_form.urls")
            (urls,) = await self.session.run(actions.ask("texts", target))
            return [url for url in urls if url]
        target = self.session.target("edit_form.select_values", **SELECTS[field])
        (names,) = await self.session.run(actions.ask("texts", target))
        return list(names)

    def _fill_op(self, change: Change) -> actions.Op:
        after: Any = change.after
        if change.field in TEXT_FIELDS:
            target = self.session.target("edit_form.text", field=change.field.value)
            return actions.set_value(target, str(after))
        if change.field is FieldName.URLS:
            return {
                "do": "list",
                "target": self.session.target("edit_form.urls").wire(),
                "values": list(after),
                "timeout": actions.WAIT_MS,
            }
        if change.field not in SELECTS:
            raise PageError(f"The edit form has no way to set {change.field.value}.")
        return self._select_op(change.field, after)

    def _select_op(self, field: FieldName, after: Any) -> actions.Op:
        entities = [after] if field is FieldName.STUDIO else list(after)
        where = SELECTS[field]
        remove = "select_clear" if field is FieldName.GROUPS else "select_remove"
        return {
            "do": "select",
            "single": field is FieldName.STUDIO,
            "entities": [
                {"name": entity["name"], "link": self._link(field, entity["id"])}
                for entity in entities
            ],
            "values": self.session.target("edit_form.select_values", **where).wire(),
            "input": self.session.target("edit_form.select_input", **where).wire(),
            "remove": self.session.target(f"edit_form.{remove}", **where).wire(),
            "option": self.session.target("shell.select_option").wire(),
            "aside": self.session.target("shell.select_aside").wire(),
            "timeout": OPTION_MS,
        }

    def _link(self, field: FieldName, entity_id: str) -> str:
        """The selector of an option's own link to the entity, which tells namesakes apart."""
        path = "studios" if field is FieldName.STUDIO else field.value
        return self.session.target("shell.select_link", path=path, id=entity_id).strategies[0].css
