"""The keys that each capability needs, as the page objects declare them."""

from __future__ import annotations

import pytest

from stashbot.flows.checks.key_usage import (
    KEYS_BY_CAPABILITY,
    PAGE_OBJECTS,
    BrokenCapability,
    broken_capabilities,
)
from stashbot.pages.page_object import PageObject
from stashbot.selectors import Registry

REGISTRY = Registry.load()


@pytest.mark.parametrize("capability", KEYS_BY_CAPABILITY)
def test_every_declared_key_exists(capability: str) -> None:
    """Each capability needs keys, and the registry has all of them."""
    keys = set(KEYS_BY_CAPABILITY[capability])
    assert keys
    assert keys <= set(REGISTRY.keys)


def test_every_page_object_counts() -> None:
    """No page object is missing from the table."""
    ours = [each for each in PageObject.__subclasses__() if each.__module__.startswith("stashbot.")]
    assert set(PAGE_OBJECTS) == set(ours)
    assert KEYS_BY_CAPABILITY["save"] == (
        "edit_form.save",
        "edit_form.invalid",
        "edit_form.form",
    )
    assert "shell.toast_error" in KEYS_BY_CAPABILITY["scrape"]


def test_a_capability_breaks_by_a_missing_or_a_broken_key() -> None:
    """Each capability with such a key is reported with it; the others are not."""
    old, new = REGISTRY.for_release((0, 28)), REGISTRY.for_release((0, 30))
    assert broken_capabilities(new.keys, set()) == {}
    assert broken_capabilities(new.keys, {"scene.video"}) == {
        "probe": BrokenCapability(capability="probe", lacking=(), broken=("scene.video",))
    }
    assert broken_capabilities(old.keys, set()) == {
        "apply by the dialog": BrokenCapability(
            capability="apply by the dialog", lacking=("scrape_dialog.keep",), broken=()
        ),
        "create": BrokenCapability(
            capability="create",
            lacking=("scrape_dialog.new_named", "scrape_dialog.new_collapse"),
            broken=(),
        ),
    }
