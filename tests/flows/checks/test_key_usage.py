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

#: What no page looks up yet: for merging duplicates, and for sessions that a person watches.
_PLANNED = {
    *("duplicates.count_text", "duplicates.groups", "duplicates.row_check"),
    *("duplicates.row_link", "duplicates.row_merge"),
    *("merge_dialog.sources", "merge_dialog.destination", "merge_dialog.swap"),
    *("merge_dialog.cancel", "merge_dialog.fields_rows", "merge_dialog.fields_apply"),
    *("merge_dialog.fields_cancel", "scrape_dialog.use"),
    *("scene.tabs", "scene.toolbar", "scene_list.card_links"),
}


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


def test_every_key_is_used_or_planned_or_on_the_way() -> None:
    """The registry holds what stashbot needs, the ways there, and what is planned; nothing else."""
    used = {key for keys in KEYS_BY_CAPABILITY.values() for key in keys}
    for state in REGISTRY.states.values():
        steps = (*state.do, *state.leave)
        used |= {key for key in (state.ready, *(step.key for step in steps)) if key}
    assert not used & _PLANNED
    assert set(REGISTRY.keys) == used | _PLANNED


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
