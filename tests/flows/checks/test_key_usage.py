"""The table of what each flow needs is true to the registry and to the pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stashbot import pages
from stashbot.flows.checks.key_usage import NEEDS, broken_flows
from stashbot.selectors import Registry

REGISTRY = Registry.load()
#: They look at keys to check them; no flow needs what only they need.
_LOOKERS = {"checks.py", "healer.py", "probes.py", "stages.py", "tour.py"}

#: What no page looks up yet: for merging duplicates, and for sessions that a person watches.
_PLANNED = {
    *("duplicates.count_text", "duplicates.groups", "duplicates.row_check"),
    *("duplicates.row_link", "duplicates.row_merge"),
    *("merge_dialog.sources", "merge_dialog.destination", "merge_dialog.swap"),
    *("merge_dialog.cancel", "merge_dialog.fields_rows", "merge_dialog.fields_apply"),
    *("merge_dialog.fields_cancel", "scrape_dialog.use"),
    *("scene.tabs", "scene.toolbar", "scene_list.card_links"),
}


def _looked_up() -> set[str]:
    folder = Path(str(pages.__file__)).parent
    code = "\n".join(
        file.read_text(encoding="utf-8")
        for file in folder.glob("*.py")
        if file.name not in _LOOKERS
    )
    return {key for key in re.findall(r'"([a-z_]+\.[a-z_]+)"', code) if key in REGISTRY.keys}


@pytest.mark.parametrize("flow", NEEDS)
def test_every_key_that_a_flow_needs_exists(flow: str) -> None:
    """No flow needs a key that the registry does not have."""
    assert set(NEEDS[flow]) <= set(REGISTRY.keys)


def test_every_key_that_pages_look_up_belongs_to_a_flow() -> None:
    """A page that begins to use a key must say for which flow."""
    looked_up = _looked_up()
    assert {"edit_form.save", "scrape_dialog.keep", "scene.organized"} <= looked_up
    assert looked_up <= {key for keys in NEEDS.values() for key in keys}


def test_every_key_is_used_or_planned_or_on_the_way() -> None:
    """The registry holds what stashbot needs, the ways there, and what is planned; nothing else."""
    used = {key for keys in NEEDS.values() for key in keys}
    for state in REGISTRY.states.values():
        steps = (*state.do, *state.leave)
        used |= {key for key in (state.ready, *(step.key for step in steps)) if key}
    assert not used & _PLANNED
    assert set(REGISTRY.keys) == used | _PLANNED


def test_a_flow_breaks_by_a_lacking_or_a_broken_key() -> None:
    """Each flow with such a key is named with it; the others are not named."""
    old, new = REGISTRY.for_release((0, 28)), REGISTRY.for_release((0, 30))
    assert broken_flows(new.keys, set()) == {}
    assert broken_flows(new.keys, {"scene.video"}) == {"probe": ((), ("scene.video",))}
    if "scrape_dialog.keep" not in old:
        assert broken_flows(old.keys, set()) == {
            "apply by the dialog": (("scrape_dialog.keep",), ()),
            "create": (("scrape_dialog.new_named", "scrape_dialog.new_collapse"), ()),
        }
