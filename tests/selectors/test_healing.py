"""A lost key heals onto the one element that is clearly it, or stays broken."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stashbot.selectors.element_fingerprint import Fingerprint, similarity
from stashbot.selectors.healing import CAP, FLOOR, LEAD, Candidate, heal
from tests.selectors.selectors_support import button, candidate, fingerprints, target

candidates = st.lists(
    st.builds(
        Candidate,
        fingerprint=fingerprints,
        css=st.sampled_from(["", ".x", "#y"]),
        visible=st.booleans(),
        taken=st.sampled_from([(), ("form.other",)]),
    ),
    max_size=5,
)


@settings(deadline=None, max_examples=60)
@given(fingerprints, candidates)
def test_a_write_never_heals(wanted: Fingerprint, offered: list[Candidate]) -> None:
    """Not even onto an element that is wholly the same."""
    same = candidate(wanted)
    healing = heal(target(access="write"), wanted, [same, *offered])
    assert not healing.usable
    with pytest.raises(ValueError, match="is not healed"):
        healing.target(target(access="write"))


def test_a_write_shows_its_candidate() -> None:
    """A person sees the element that was found, and that nothing will click it."""
    healing = heal(target(access="write"), button("save"), [candidate(button("save"))])
    assert healing.candidate is not None
    assert healing.candidate.css == ".found-it"
    assert "never healed" in healing.why


@settings(deadline=None, max_examples=60)
@given(fingerprints, candidates)
def test_what_heals_is_above_floor_and_lead_and_below_the_cap(
    wanted: Fingerprint, offered: list[Candidate]
) -> None:
    """A usable healing's candidate is like the lost element, far before the next eligible one,
    nobody else's, in sight, in the same dialog, and has a selector.
    """
    healing = heal(target(), wanted, offered)
    if not healing.usable:
        return
    best = healing.candidate
    assert best is not None
    assert FLOOR <= best.score <= CAP
    assert healing.lead >= LEAD
    assert best.css
    assert best.visible
    assert not best.taken
    rivals = [
        similarity(wanted, one.fingerprint)
        for one in offered
        if one.visible and not one.taken and one.fingerprint.dialog == wanted.dialog
    ]
    assert sum(rival > similarity(wanted, best.fingerprint) - LEAD + 1e-3 for rival in rivals) <= 1


@settings(deadline=None, max_examples=60)
@given(fingerprints)
def test_the_same_element_heals(wanted: Fingerprint) -> None:
    """Alone in the page, an element that did not change is found again, at the cap."""
    healing = heal(target(), wanted, [candidate(wanted)])
    assert healing.usable, healing.why
    assert healing.candidate is not None
    assert healing.candidate.score == CAP
    assert healing.target(target("#gone")).strategies[0].css == ".found-it"


def test_the_floor() -> None:
    """An element that shares little is no candidate, however alone it is."""
    other = Fingerprint(tag="button", classes=("btn",))
    healing = heal(target(), button("save"), [candidate(other)])
    assert not healing.usable
    assert "0.70 is needed" in healing.why


def test_two_alike_heal_nothing() -> None:
    """A duplicated element leaves it open which one was meant."""
    healing = heal(target(), button("save"), [candidate(button("save")), candidate(button("save"))])
    assert not healing.usable
    assert "two are like it" in healing.why


@pytest.mark.parametrize(
    "field",
    [
        {"taken": ("form.apply",)},
        {"visible": False},
        {"fingerprint": button("save", dialog=("icon trash",))},
    ],
)
def test_who_is_not_eligible_is_no_rival_either(field: dict[str, object]) -> None:
    """Another key's element, a hidden one and one in a dialog are neither chosen nor in the way."""
    wanted = button("save")
    other = candidate(wanted).model_copy(update=field)
    alone = heal(target(), wanted, [other])
    assert not alone.usable
    assert alone.candidate is None
    right = candidate(button("save", index=2), css=".right")
    healing = heal(target(), wanted, [other, right])
    assert healing.usable, healing.why
    assert healing.candidate is not None
    assert healing.candidate.css == ".right"


def test_hidden_elements_are_for_keys_that_may_be_hidden() -> None:
    """A key with ``visible = false`` heals onto an element that nobody sees."""
    hidden = candidate(button("save"), visible=False)
    assert heal(target(visible=False), button("save"), [hidden]).usable


def test_an_element_of_a_dialog_stays_in_it() -> None:
    """What stood in a dialog is not looked for in the page."""
    wanted = button("cancel", dialog=(".scrape-dialog", "icon pencil"))
    assert not heal(target(), wanted, [candidate(button("cancel"))]).usable
    renamed = button("cancel", dialog=(".new-dialog", "icon pencil"))
    assert not heal(target(), wanted, [candidate(renamed)]).usable


@pytest.mark.parametrize(
    "css", [".organized-button.organized", ".toast.show.danger", ".a:not(.hidden)"]
)
def test_a_key_that_tells_a_state_does_not_heal(css: str) -> None:
    """Likeness is blind to states, so it cannot say that a scene is organized."""
    healing = heal(target(css), button("save"), [candidate(button("save"))])
    assert not healing.usable
    assert "tells a state" in healing.why


def test_a_key_that_only_counts_does_not_heal() -> None:
    """The first of two buttons that look alike is not known by its looks."""
    counted = tuple(one.model_copy(update={"nth": 0}) for one in target().strategies)
    broken = target().model_copy(update={"strategies": counted})
    healing = heal(broken, button("keep"), [candidate(button("keep"))])
    assert not healing.usable
    assert "its place" in healing.why


def test_showing_is_no_state_to_tell() -> None:
    """``.show`` only says that a menu is open, which being visible says too."""
    assert heal(target(".menu.show .item"), button("save"), [candidate(button("save"))]).usable


@pytest.mark.parametrize(
    ("css", "usable"), [('[src*="/scene/12/"]', True), (".cover", False), ("[src*='/123/']", False)]
)
def test_an_id_that_was_asked_for_is_in_the_selector(css: str, usable: bool) -> None:
    """What proves that a form is scene 12's never heals onto something of any scene."""
    wanted = button("save")
    healing = heal(target(), wanted, [candidate(wanted, css=css)], values={"id": "12"})
    assert healing.usable is usable


def test_another_field_is_not_this_one() -> None:
    """Where the lost element bore the value that was asked for, its successor bears it too."""
    wanted = button("x", attributes={"name": "title"})
    other = button("x", attributes={"name": "code"})
    values = {"field": "title"}
    assert heal(target(), wanted, [candidate(other)], values=values).candidate is None
    assert heal(target(), wanted, [candidate(wanted)], values=values).usable


@pytest.mark.parametrize("css", ["", "div", "a::before", "b:has-text(x)", "html"])
def test_a_selector_that_the_registry_refuses_heals_nothing(css: str) -> None:
    """No selector, or one that a registry file could not hold, is no healing."""
    healing = heal(target(), button("save"), [candidate(button("save"), css=css)])
    assert not healing.usable


def test_a_text_that_was_asked_for_stays() -> None:
    """A source is still chosen by its name, in the place that was found."""
    broken = target(text="Alpha")
    healing = heal(broken, button("item"), [candidate(button("item"))])
    healed = healing.target(broken).strategies
    assert [(one.css, one.text) for one in healed] == [(".found-it", "Alpha"), ("#gone", "Alpha")]


def test_nothing_recorded_heals_nothing() -> None:
    """Without a fingerprint there is nothing to be like."""
    assert "nobody recorded" in heal(target(), (), [candidate(button("save"))]).why
