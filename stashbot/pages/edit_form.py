"""The edit form of a scene: filling it as planned, and saving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from stashbot.browser import actions
from stashbot.browser.graphql_answer import GraphQLAnswer
from stashbot.errors import ElementNotReady, PageError, SaveButtonDisabled
from stashbot.models import TEXT_FIELDS, Change, EntityKind, FieldName, Plan
from stashbot.pages.page_object import Capability, KeysByCapability, PageObject

#: Row name and widget class of the selects, as placeholders of their keys.
SELECTS = {kind.field: {"field": kind.input_key, "widget": kind.widget} for kind in EntityKind}
#: Only the scrape dialog can bring these into the form.
DIALOG_ONLY = frozenset({FieldName.STASH_IDS, FieldName.COVER})
#: An option comes after a debounce and a query of its own.
OPTION_MS = 6000
ENABLE_MS = 2000
FORM_MS = 10_000


@dataclass(frozen=True)
class EditForm(PageObject):
    """``#scene-edit-details`` of the scene that is open in the session."""

    keys: ClassVar[KeysByCapability] = {
        Capability.FILL_FORM: (
            "edit_form.text",
            "edit_form.urls",
            "edit_form.select_values",
            "edit_form.select_input",
            "edit_form.select_remove",
            "edit_form.select_clear",
            "shell.select_option",
            "shell.select_aside",
            "shell.select_link",
        ),
        Capability.SAVE: ("edit_form.save", "edit_form.invalid", "edit_form.form"),
    }

    def fill_ops(self, plan: Plan) -> tuple[actions.Op, ...]:
        """Return the program that makes the form hold the plan's values.

        It may hold some of them already. Fields that only the scrape dialog can set are left
        alone: the wire guard compares what the form sends with the plan in any case.
        """
        return tuple(
            self._fill_op(change) for change in plan.changes if change.field not in DIALOG_ONLY
        )

    def save_ops(self, scene_id: str, timeout: int) -> tuple[actions.Op, ...]:
        """Return the program that saves, and waits until the form is back.

        Its third result is Stash's answer.
        """
        return (
            actions.wait(self.target("edit_form.save"), "enabled", ENABLE_MS),
            actions.click(self.target("edit_form.save")),
            actions.wait_for_answer(
                "SceneUpdate",
                {"input.id": scene_id},
                timeout,
                refusal=self.target("edit_form.invalid"),
            ),
            actions.wait(self.target("edit_form.form"), "attached", FORM_MS),
        )

    async def save(self, scene_id: str, *before: actions.Op, timeout: int) -> GraphQLAnswer:
        """Carry out ``before`` and save, in a single round trip; return Stash's answer.

        Must run under a permit that names the write.

        Raises:
            SaveButtonDisabled: the form has nothing to save, or refuses a value.
            ElementNotReady: the Save button, or another element, is absent, hidden or covered.
            SaveRefused: the form refuses a value.
            AnswerTimeout: no answer within ``timeout`` milliseconds.
        """
        answer: GraphQLAnswer
        try:
            *_, answer, _ = await self.session.run(*before, *self.save_ops(scene_id, timeout))
        except ElementNotReady as error:
            if error.key != "edit_form.save" or "disabled" not in error.reasons.values():
                raise
            raise SaveButtonDisabled(
                error.message, hint=error.hint, key=error.key, reasons=error.reasons
            ) from error
        return answer

    def wait_savable_ops(self) -> tuple[actions.Op, ...]:
        """Return the program that waits until Save is enabled and nothing covers it."""
        save = self.target("edit_form.save")
        return actions.wait(save, "enabled"), actions.wait(save, "viewport")

    async def invalid(self) -> tuple[str, ...]:
        """Return the values that the form itself refuses."""
        (values,) = await self.session.run(actions.read_texts(self.target("edit_form.invalid")))
        return values

    async def value(self, field: FieldName) -> Any:
        """Return what the form holds: a text, the URLs, or the names that a select shows."""
        if field in TEXT_FIELDS:
            target = self.target("edit_form.text", field=field.value)
            (text,) = await self.session.run(actions.read_value(target))
            return text
        if field is FieldName.URLS:
            (urls,) = await self.session.run(actions.read_texts(self.target("edit_form.urls")))
            return [url for url in urls if url]
        target = self.target("edit_form.select_values", **SELECTS[field])
        (names,) = await self.session.run(actions.read_texts(target))
        return list(names)

    def _fill_op(self, change: Change) -> actions.Op:
        after: Any = change.after
        if change.field in TEXT_FIELDS:
            return actions.set_value(
                self.target("edit_form.text", field=change.field.value), str(after)
            )
        if change.field is FieldName.URLS:
            return actions.fill_list(self.target("edit_form.urls"), list(after))
        if change.field not in SELECTS:
            raise PageError(f"The edit form has no way to set {change.field.value}.")
        return self._select_op(change.field, after)

    def _select_op(self, field: FieldName, after: Any) -> actions.Op:
        entities = [after] if field is FieldName.STUDIO else list(after)
        where = SELECTS[field]
        remove = "select_clear" if field is FieldName.GROUPS else "select_remove"
        select = actions.SelectTargets(
            values=self.target("edit_form.select_values", **where),
            remove=self.target(f"edit_form.{remove}", **where),
            input=self.target("edit_form.select_input", **where),
            option=self.target("shell.select_option"),
            aside=self.target("shell.select_aside"),
        )
        choices = [
            actions.SelectChoice(name=entity["name"], link=self._link(field, entity["id"]))
            for entity in entities
        ]
        return actions.fill_select(
            select, choices, single=field is FieldName.STUDIO, timeout=OPTION_MS
        )

    def _link(self, field: FieldName, entity_id: str) -> str:
        """Return the selector of an option's link to the entity."""
        path = EntityKind.of_field(field).plural
        return self.target("shell.select_link", path=path, id=entity_id).strategies[0].css
