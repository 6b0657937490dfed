"""Page objects look up the selector keys that they declare, and no others."""

from __future__ import annotations

from typing import Any, ClassVar, cast

import pytest

from stashbot.browser.session import Session
from stashbot.errors import RegistryError
from stashbot.pages.page_object import Capability, KeysByCapability, PageObject
from stashbot.selectors import Registry, Target


class _Session:
    """A session without a page, which is enough for looking up keys."""

    def target(self, key: str, **values: str) -> Target:
        return Registry.load().for_release((0, 30)).target(key, **values)


class _Form(PageObject):
    keys: ClassVar[KeysByCapability] = {
        Capability.SAVE: ("edit_form.save",),
        Capability.FILL_FORM: ("edit_form.text",),
    }


def _form() -> Any:
    return _Form(cast("Session", _Session()))


def test_a_declared_key_is_looked_up_with_its_values() -> None:
    """Whatever capability it belongs to."""
    assert _form().target("edit_form.save").key == "edit_form.save"
    assert _form().target("edit_form.text", field="title").values == {"field": "title"}


def test_a_key_that_is_not_declared_is_refused() -> None:
    """The error names the class and the key, and says what to do."""
    with pytest.raises(RegistryError, match=r"_Form looks up scene\.header") as raised:
        _form().target("scene.header")
    assert "`keys`" in raised.value.hint
