"""The edit form of a scene: making it hold the plan, and saving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stashbot.browser import actions
from stashbot.browser.session import Session
from stashbot.errors import ElementNotReady, PageError, SaveButtonDisabled
from stashbot.models import TEXT_FIELDS, Change, EntityKind, FieldName, Plan
from stashbot.pages.scrape_menu import GraphQLAnswer

#: Row name and widget class of the selects.
SELECTS = {kind.field: {"field": kind.input_key, "widget": kind.widget} for kind in EntityKind}
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

    async def save(self, scene_id: str, *before: actions.Op, timeout: int) -> GraphQLAnswer:
        """Carries out ``before`` and saves, in one round trip.

        Must run under a permit that names the write.

        Raises:
            SaveButtonDisabled: the form has nothing to save, or refuses a value.
            ElementNotReady: another element is missing.
            SaveRefused: the form refuses one of its values.
            AnswerTimeout: no answer within ``timeout`` milliseconds.
        """
        try:
            *_, entry, _ = await self.session.run(*before, *self.save_ops(scene_id, timeout))
        except ElementNotReady as error:
            if error.key != "edit_form.save":
                raise
            raise SaveButtonDisabled(
                error.message, hint=error.hint, key=error.key, reasons=error.reasons
            ) from error
        return GraphQLAnswer.from_page(entry)

    async def invalid(self) -> tuple[str, ...]:
        """The values that the form itself refuses."""
        refused = self.session.target("edit_form.invalid")
        (values,) = await self.session.run(actions.query("texts", refused))
        return tuple(values)

    async def value(self, field: FieldName) -> Any:
        """What the form holds: a text, or the names a select shows, or the URLs."""
        if field in TEXT_FIELDS:
            target = self.session.target("edit_form.text", field=field.value)
            (text,) = await self.session.run(actions.query("value", target))
            return text
        if field is FieldName.URLS:
            target = self.session.target("edit_form.urls")
            (urls,) = await self.session.run(actions.query("texts", target))
            return [url for url in urls if url]
        target = self.session.target("edit_form.select_values", **SELECTS[field])
        (names,) = await self.session.run(actions.query("texts", target))
        return list(names)

    def _fill_op(self, change: Change) -> actions.Op:
        after: Any = change.after
        if change.field in TEXT_FIELDS:
            target = self.session.target("edit_form.text", field=change.field.value)
            return actions.set_value(target, str(after))
        if change.field is FieldName.URLS:
            return {
                "do": "list",
                "target": self.session.target("edit_form.urls").to_page(),
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
            "values": self.session.target("edit_form.select_values", **where).to_page(),
            "input": self.session.target("edit_form.select_input", **where).to_page(),
            "remove": self.session.target(f"edit_form.{remove}", **where).to_page(),
            "option": self.session.target("shell.select_option").to_page(),
            "aside": self.session.target("shell.select_aside").to_page(),
            "timeout": OPTION_MS,
        }

    def _link(self, field: FieldName, entity_id: str) -> str:
        """The selector of an option's own link to the entity, which tells namesakes apart."""
        path = EntityKind.of_field(field).plural
        return self.session.target("shell.select_link", path=path, id=entity_id).strategies[0].css
