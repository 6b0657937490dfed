"""Fingerprints for tests: a few by hand, any by hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from stashbot.selectors.element_fingerprint import Fingerprint, Outline
from stashbot.selectors.healing import ElementCandidate
from stashbot.selectors.schema import Access, Count, FilledStrategy, Target

NAMES = st.sampled_from(
    ["scene-header", "scene-title", "btn", "btn-primary", "row", "mt-2", "a", "b", "show", "css-1x"]
)
TAGS = st.sampled_from(["div", "a", "button", "input", "span", "li"])
DATA = st.dictionaries(st.sampled_from(["data-field", "data-id"]), NAMES, max_size=2)

outlines = st.builds(
    Outline,
    tag=TAGS,
    id=st.none() | NAMES,
    classes=st.lists(NAMES, max_size=4).map(tuple),
    data=DATA,
)
fingerprints = st.builds(
    Fingerprint,
    tag=TAGS,
    id=st.none() | NAMES,
    classes=st.lists(NAMES, max_size=4).map(tuple),
    attributes=st.dictionaries(
        st.sampled_from(["data-field", "name", "type", "href"]), NAMES, max_size=3
    ),
    role=st.none() | st.sampled_from(["button", "tab"]),
    text=st.sampled_from(["", "a", "a 9"]),
    icons=st.lists(st.sampled_from(["box", "gear", "check"]), max_size=2).map(tuple),
    inside=st.lists(NAMES, max_size=3).map(tuple),
    before=st.none() | outlines,
    after=st.none() | outlines,
    path=st.lists(outlines, max_size=5).map(tuple),
    index=st.integers(0, 5),
    dialog=st.none() | st.lists(NAMES, max_size=3).map(tuple),
)


def button(name: str, **fields: Any) -> Fingerprint:
    """Return a button of a form, with a class of its own, neighbours and surroundings."""
    given: dict[str, Any] = {
        "tag": "button",
        "classes": ("btn", f"{name}-button"),
        "attributes": {"type": "button"},
        "icons": (f"icon-{name}",),
        "path": (Outline(tag="div", classes=("edit-buttons",)), Outline(tag="div", id="form")),
        **fields,
    }
    return Fingerprint(**given)


def target(
    *css: str,
    access: Access = "read",
    count: Count = "unique",
    visible: bool = True,
    text: str | None = None,
) -> Target:
    """Return the target of a key that finds nothing."""
    strategies = tuple(FilledStrategy(css=each, text=text) for each in css or ("#gone",))
    return Target(key="form.it", access=access, count=count, visible=visible, strategies=strategies)


def candidate(fingerprint: Fingerprint, **fields: Any) -> ElementCandidate:
    """Return a candidate of the page, with a selector."""
    return ElementCandidate(**{"css": ".found-it", **fields, "fingerprint": fingerprint})
