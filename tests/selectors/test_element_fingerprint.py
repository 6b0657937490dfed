"""Similarity: bounded, 1 for the same, blind to states, strict on surroundings."""

from __future__ import annotations

import pytest
from hypothesis import given
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


@given(fingerprints, fingerprints, st.sampled_from(["unique", "many"]))
def test_similarity_is_between_0_and_1(wanted: Fingerprint, other: Fingerprint, count: str) -> None:
    """For any two fingerprints."""
    assert 0 <= similarity(wanted, other, "many" if count == "many" else "unique") <= 1


@given(fingerprints)
def test_an_element_is_fully_similar_to_itself(element: Fingerprint) -> None:
    """Whatever its fingerprint has."""
    assert similarity(element, element) == pytest.approx(1)
    assert same_dialog(element, element)


@given(fingerprints, st.lists(st.sampled_from(TRANSIENT), min_size=1))
def test_states_do_not_matter(element: Fingerprint, states: list[str]) -> None:
    """Transient classes on the element and around it change nothing, whichever side has them."""
    path = tuple(
        outline.model_copy(update={"classes": (*outline.classes, *states)})
        for outline in element.path
    )
    changed = element.model_copy(update={"classes": (*element.classes, *states), "path": path})
    assert similarity(element, changed) == pytest.approx(1)
    assert similarity(changed, element) == pytest.approx(1)


@pytest.mark.parametrize("name", TRANSIENT)
def test_state_classes_are_transient(name: str) -> None:
    """A class that stands for a state is known as such."""
    assert is_transient(name)


@pytest.mark.parametrize("name", LASTING)
def test_naming_classes_are_not(name: str) -> None:
    """A class that only begins or ends like a state's is a name."""
    assert not is_transient(name)


def test_ids_and_data_weigh_most() -> None:
    """No other part weighs as much as an id or a data attribute."""
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
def test_a_single_change_leaves_an_element_recognisable(change: dict[str, object]) -> None:
    """After a single change the similarity is below 1, and well above the floor."""
    before = button("save", id="save", text="a")
    after = before.model_copy(update=change)
    assert 0.75 < similarity(before, after) < 1


def test_a_wrapper_shifts_the_others_only() -> None:
    """An added ancestor leaves the others in their order, so the similarity stays 1."""
    before = button("save")
    wrapped = (Outline(tag="div", classes=("new",)), *before.path)
    assert similarity(before, before.model_copy(update={"path": wrapped})) == 1


def test_another_field_is_elsewhere() -> None:
    """The same widget in another named row is clearly another element."""

    def widget(field: str) -> Fingerprint:
        row = Outline(tag="div", data={"data-field": field})
        return Fingerprint(tag="input", classes=("select-input",), path=(row,))

    assert similarity(widget("tags"), widget("studio")) < 0.70


def test_a_twin_in_other_surroundings_is_elsewhere() -> None:
    """Most of the named ancestors gone counts against an element that is the same otherwise."""
    toolbar = tuple(Outline(tag="div", classes=(name,)) for name in ("search-term", "list-toolbar"))
    sidebar = tuple(Outline(tag="div", classes=(name,)) for name in ("sidebar-search", "sidebar"))
    wanted = Fingerprint(tag="input", classes=("search-field",), path=toolbar)
    assert similarity(wanted, wanted.model_copy(update={"path": sidebar})) < 0.70


def test_a_counter_is_no_name() -> None:
    """A counted id that is the same does not make elements more similar."""
    wanted = Fingerprint(tag="input", id="react-select-#-input", classes=("first-input",))
    other = Fingerprint(tag="input", id="react-select-#-input", classes=("date-text",))
    assert similarity(wanted, other) == similarity(
        wanted.model_copy(update={"id": None}), other.model_copy(update={"id": None})
    )


def test_a_state_icon_is_no_name() -> None:
    """A check mark that became a cross changes nothing; another icon does."""
    wanted = button("keep", icons=("check",))
    assert similarity(wanted, button("keep", icons=("xmark",))) == 1
    assert similarity(button("keep"), button("keep", icons=("trash-can",))) < 0.9


def test_places_in_a_list_do_not_matter_for_many() -> None:
    """Any place will do among many elements; a unique element has its place."""
    wanted, other = button("item"), button("item", index=4, before=Outline(tag="li"))
    assert similarity(wanted, other, "many") == 1
    assert similarity(wanted, other) < 1


@pytest.mark.parametrize(
    ("wanted", "other", "same"),
    [
        (None, None, True),
        (None, ("icon pencil",), False),
        (("icon pencil",), None, False),
        ((), (), True),
        ((".scrape-dialog", ".rows", "icon pencil"), (".new-name", ".rows", "icon pencil"), True),
        ((".scrape-dialog", "icon pencil"), (".query-dialog", "icon magnifying-glass"), False),
    ],
)
def test_dialogs_are_distinguished(
    wanted: tuple[str, ...] | None, other: tuple[str, ...] | None, same: bool
) -> None:
    """A dialog that lost a mark is the same; a dialog with other marks is not."""
    assert same_dialog(button("x", dialog=wanted), button("x", dialog=other)) is same
