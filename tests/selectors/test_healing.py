"""A lost key heals onto the element that is clearly it, or stays broken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stashbot.selectors.element_fingerprint import Fingerprint, similarity
from stashbot.selectors.healing import CAP, FLOOR, LEAD, ElementCandidate, decide_healing
from tests.selectors.selectors_support import button, candidate, fingerprints, target

candidates = st.lists(
    st.builds(
        ElementCandidate,
        fingerprint=fingerprints,
        css=st.sampled_from(["", ".x", "#y"]),
        visible=st.booleans(),
        claimed_by=st.sampled_from([(), ("form.other",)]),
    ),
    max_size=5,
)


@given(fingerprints, candidates)
def test_a_write_never_heals(wanted: Fingerprint, offered: list[ElementCandidate]) -> None:
    """Not even onto an element that is exactly the same."""
    same = candidate(wanted)
    healing = decide_healing(target(access="write"), wanted, [same, *offered])
    assert not healing.usable
    with pytest.raises(ValueError, match="is not healed"):
        healing.target(target(access="write"))


def test_a_write_shows_its_candidate() -> None:
    """A person sees the element that was found, and that nothing will click it."""
    healing = decide_healing(target(access="write"), button("save"), [candidate(button("save"))])
    assert healing.candidate is not None
    assert healing.candidate.css == ".found-it"
    assert "never healed" in healing.why


@given(fingerprints, candidates)
def test_what_heals_is_above_floor_and_lead_and_below_the_cap(
    wanted: Fingerprint, offered: list[ElementCandidate]
) -> None:
    """A usable candidate is similar, far ahead of the next eligible candidate, claimed by no other
    key, visible, in the same dialog, and has a selector.
    """
    healing = decide_healing(target(), wanted, offered)
    if not healing.usable:
        return
    best = healing.candidate
    assert best is not None
    assert FLOOR <= best.score <= CAP
    assert healing.lead >= LEAD
    assert best.css
    assert best.visible
    assert not best.claimed_by
    rivals = [
        similarity(wanted, other.fingerprint)
        for other in offered
        if other.visible and not other.claimed_by and other.fingerprint.dialog == wanted.dialog
    ]
    assert sum(rival > similarity(wanted, best.fingerprint) - LEAD + 1e-3 for rival in rivals) <= 1


@given(fingerprints)
def test_the_same_element_heals(wanted: Fingerprint) -> None:
    """Alone in the page, an element that did not change is found again, at the cap."""
    healing = decide_healing(target(), wanted, [candidate(wanted)])
    assert healing.usable, healing.why
    assert healing.candidate is not None
    assert healing.candidate.score == CAP
    assert healing.target(target("#gone")).strategies[0].css == ".found-it"


def test_the_floor() -> None:
    """An element that shares little is not used, even if there is no other."""
    other = Fingerprint(tag="button", classes=("btn",))
    healing = decide_healing(target(), button("save"), [candidate(other)])
    assert not healing.usable
    assert "needs 0.70" in healing.why


def test_two_similar_elements_heal_nothing() -> None:
    """A duplicated element leaves it open which of the two was meant."""
    healing = decide_healing(
        target(), button("save"), [candidate(button("save")), candidate(button("save"))]
    )
    assert not healing.usable
    assert "two elements are similar" in healing.why


@pytest.mark.parametrize(
    "field",
    [
        {"claimed_by": ("form.apply",)},
        {"visible": False},
        {"fingerprint": button("save", dialog=("icon trash",))},
    ],
)
def test_an_ineligible_element_is_not_a_rival_either(field: dict[str, object]) -> None:
    """An element of another key, hidden, or in a dialog, is neither chosen nor in the way."""
    wanted = button("save")
    other = candidate(wanted).model_copy(update=field)
    alone = decide_healing(target(), wanted, [other])
    assert not alone.usable
    assert alone.candidate is None
    right = candidate(button("save", index=2), css=".right")
    healing = decide_healing(target(), wanted, [other, right])
    assert healing.usable, healing.why
    assert healing.candidate is not None
    assert healing.candidate.css == ".right"


def test_hidden_elements_are_for_keys_that_may_be_hidden() -> None:
    """A key with ``visible = false`` may heal onto a hidden element."""
    hidden = candidate(button("save"), visible=False)
    assert decide_healing(target(visible=False), button("save"), [hidden]).usable


def test_an_element_of_a_dialog_stays_in_it() -> None:
    """An element of a dialog is not searched for in the page."""
    wanted = button("cancel", dialog=(".scrape-dialog", "icon pencil"))
    assert not decide_healing(target(), wanted, [candidate(button("cancel"))]).usable
    renamed = button("cancel", dialog=(".new-dialog", "icon pencil"))
    assert not decide_healing(target(), wanted, [candidate(renamed)]).usable


@pytest.mark.parametrize(
    "css", [".organized-button.organized", ".toast.show.danger", ".a:not(.hidden)"]
)
def test_a_key_that_depends_on_a_state_does_not_heal(css: str) -> None:
    """Similarity is blind to states, so it cannot show that a scene is organized."""
    healing = decide_healing(target(css), button("save"), [candidate(button("save"))])
    assert not healing.usable
    assert "depends on the state class" in healing.why


def test_a_key_that_only_counts_does_not_heal() -> None:
    """Two similar buttons are distinguished by their place only."""
    counted = tuple(each.model_copy(update={"nth": 0}) for each in target().strategies)
    broken = target().model_copy(update={"strategies": counted})
    healing = decide_healing(broken, button("keep"), [candidate(button("keep"))])
    assert not healing.usable
    assert "its place" in healing.why


def test_showing_is_not_a_state() -> None:
    """``.show`` only means that a menu is open, and then it is visible anyway."""
    assert decide_healing(
        target(".menu.show .item"), button("save"), [candidate(button("save"))]
    ).usable


@pytest.mark.parametrize(
    ("css", "usable"), [('[src*="/scene/12/"]', True), (".cover", False), ("[src*='/123/']", False)]
)
def test_the_id_of_a_key_is_in_the_selector(css: str, usable: bool) -> None:
    """A key for scene 12 never heals onto an element that any scene has."""
    wanted = button("save")
    healing = decide_healing(target(), wanted, [candidate(wanted, css=css)], values={"id": "12"})
    assert healing.usable is usable


def test_another_field_is_not_this_one() -> None:
    """Where the lost element had the value in a name, its replacement has it too."""
    wanted = button("x", attributes={"name": "title"})
    other = button("x", attributes={"name": "code"})
    values = {"field": "title"}
    assert decide_healing(target(), wanted, [candidate(other)], values=values).candidate is None
    assert decide_healing(target(), wanted, [candidate(wanted)], values=values).usable


@pytest.mark.parametrize("css", ["", "div", "a::before", "b:has-text(x)", "html"])
def test_a_selector_that_the_registry_refuses_heals_nothing(css: str) -> None:
    """Without a selector that a registry file may have there is no healing."""
    healing = decide_healing(target(), button("save"), [candidate(button("save"), css=css)])
    assert not healing.usable


def test_the_text_of_a_key_stays() -> None:
    """A source is still chosen by its name, among the elements that were found."""
    broken = target(text="Alpha")
    healing = decide_healing(broken, button("item"), [candidate(button("item"))])
    healed = healing.target(broken).strategies
    assert [(each.css, each.text) for each in healed] == [
        (".found-it", "Alpha"),
        ("#gone", "Alpha"),
    ]


def test_a_key_without_a_fingerprint_does_not_heal() -> None:
    """There is nothing to compare elements with."""
    assert "no fingerprint" in decide_healing(target(), (), [candidate(button("save"))]).why
