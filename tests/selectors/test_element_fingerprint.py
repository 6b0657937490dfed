"""Likeness of elements: bounded, certain of the same, blind to states, strict on surroundings."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stashbot.selectors.element_fingerprint import (
    WEIGHTS,
    Fingerprint,
    Outline,
    is_transient,
    same_dialog,
    similarity,
)
from tests.selectors.selectors_support import button, fingerprints

TRANSIENT = ["css-1a2b3c", "show", "active", "focus", "fade", "collapsing", "disabled", "organized"]
LASTING = ["organized-button", "btn-primary", "scene-header", "showcase", "form-control"]


@settings(deadline=None, max_examples=60)
@given(fingerprints, fingerprints, st.sampled_from(["unique", "many"]))
def test_likeness_is_between_none_and_full(
    one: Fingerprint, other: Fingerprint, count: str
) -> None:
    """Whatever is compared, likeness is from 0 to 1."""
    assert 0 <= similarity(one, other, "many" if count == "many" else "unique") <= 1


@settings(deadline=None, max_examples=60)
@given(fingerprints)
def test_an_element_is_fully_like_itself(one: Fingerprint) -> None:
    """Nothing that a fingerprint holds keeps an element from being like itself."""
    assert similarity(one, one) == pytest.approx(1)
    assert same_dialog(one, one)


@settings(deadline=None, max_examples=60)
@given(fingerprints, st.lists(st.sampled_from(TRANSIENT), min_size=1))
def test_states_do_not_matter(one: Fingerprint, states: list[str]) -> None:
    """Transient classes on the element and around it change nothing, whichever side has them."""
    path = tuple(
        outline.model_copy(update={"classes": (*outline.classes, *states)}) for outline in one.path
    )
    changed = one.model_copy(update={"classes": (*one.classes, *states), "path": path})
    assert similarity(one, changed) == pytest.approx(1)
    assert similarity(changed, one) == pytest.approx(1)


@pytest.mark.parametrize("name", TRANSIENT)
def test_state_classes_are_transient(name: str) -> None:
    """What tells a state is known as such."""
    assert is_transient(name)


@pytest.mark.parametrize("name", LASTING)
def test_naming_classes_are_not(name: str) -> None:
    """A class that only begins or ends like a state's is a name."""
    assert not is_transient(name)


def test_ids_and_data_weigh_most() -> None:
    """No other single part weighs as much as an id or a data attribute, and all make one whole."""
    others = [weight for name, weight in WEIGHTS.items() if name not in {"id", "marks"}]
    assert min(WEIGHTS["id"], WEIGHTS["marks"]) > max(others)


@pytest.mark.parametrize(
    "change",
    [
        {"id": None},
        {"tag": "a"},
        {"classes": ("btn", "edit-save-button")},
        {"icons": ()},
        {"index": 3, "before": Outline(tag="i")},
        {"text": "9"},
        {"path": (Outline(tag="div", classes=("new",)), button("save").path[1])},
    ],
)
def test_one_change_leaves_an_element_recognisable(change: dict[str, object]) -> None:
    """After any one change an element is less like itself, and well above the floor."""
    before = button("save", id="save", text="a")
    after = before.model_copy(update=change)
    assert 0.75 < similarity(before, after) < 1


def test_a_wrapper_shifts_the_others_only() -> None:
    """An ancestor more leaves those around it in their order, so nothing is lost."""
    before = button("save")
    wrapped = (Outline(tag="div", classes=("new",)), *before.path)
    assert similarity(before, before.model_copy(update={"path": wrapped})) == 1


def test_another_field_is_elsewhere() -> None:
    """The same widget in another named row is clearly another one."""

    def widget(field: str) -> Fingerprint:
        row = Outline(tag="div", data={"data-field": field})
        return Fingerprint(tag="input", classes=("select-input",), path=(row,))

    assert similarity(widget("tags"), widget("studio")) < 0.70


def test_a_twin_in_other_surroundings_is_elsewhere() -> None:
    """Most of the named ancestors gone counts against an element that is the same otherwise."""
    toolbar = tuple(Outline(tag="div", classes=(name,)) for name in ("search-term", "list-toolbar"))
    sidebar = tuple(Outline(tag="div", classes=(name,)) for name in ("sidebar-search", "sidebar"))
    one = Fingerprint(tag="input", classes=("search-field",), path=toolbar)
    assert similarity(one, one.model_copy(update={"path": sidebar})) < 0.70


def test_a_counter_is_no_name() -> None:
    """Elements of which only a counted id is the same are not alike for it."""
    one = Fingerprint(tag="input", id="react-select-#-input", classes=("one-input",))
    other = Fingerprint(tag="input", id="react-select-#-input", classes=("date-text",))
    assert similarity(one, other) == similarity(
        one.model_copy(update={"id": None}), other.model_copy(update={"id": None})
    )


def test_a_state_icon_is_no_name() -> None:
    """A check mark that became a cross changes nothing; another icon does."""
    one = button("keep", icons=("check",))
    assert similarity(one, button("keep", icons=("xmark",))) == 1
    assert similarity(button("keep"), button("keep", icons=("trash-can",))) < 0.9


def test_places_in_a_list_do_not_matter_for_many() -> None:
    """One of many is as good first as last; a unique element has its place."""
    one, other = button("item"), button("item", index=4, before=Outline(tag="li"))
    assert similarity(one, other, "many") == 1
    assert similarity(one, other) < 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (None, None, True),
        (None, ("icon pencil",), False),
        (("icon pencil",), None, False),
        ((), (), True),
        ((".scrape-dialog", ".rows", "icon pencil"), (".new-name", ".rows", "icon pencil"), True),
        ((".scrape-dialog", "icon pencil"), (".query-dialog", "icon magnifying-glass"), False),
    ],
)
def test_dialogs_are_told_apart(
    one: tuple[str, ...] | None, other: tuple[str, ...] | None, same: bool
) -> None:
    """A dialog that lost one of its names is the same; one with other names is not."""
    assert same_dialog(button("x", dialog=one), button("x", dialog=other)) is same
