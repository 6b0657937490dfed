"""Elements that a release renamed, moved, wrapped or doubled are found again, or not at all.

Each case changes the page under a key. Then the key holds still, heals onto the very element it
found before, or stays broken; it never finds another element, and a key that writes never heals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from stashbot.browser import actions
from stashbot.browser.element_search import find_replacement, fingerprints_in
from stashbot.browser.session import Session
from stashbot.browser.wire_guard import WritePolicy
from stashbot.models import TEXT_FIELDS, FieldName, Scene
from stashbot.pages.edit_form import SELECTS
from stashbot.pages.scene_page import ScenePage
from stashbot.pages.scrape_dialog import ScrapeDialog
from stashbot.pages.scrape_menu import ScrapeMenu
from stashbot.selectors import Target
from stashbot.selectors.healing import Healing
from stashbot.stash.client import StashClient
from stashbot.testing.page_mutation import FIND
from tests.e2e.conftest import OpenSession, Run, StashUnderTest
from tests.e2e.support.source_cases import SourceCases
from tests.slow_params import slow_params

SCRAPE_MS = 20_000
Outcome = Literal["holds", "heals", "stays"]

MARK = f"(target) => {{ window.right = new Set(({FIND})(target)); return window.right.size; }}"
#: Changes each of the marked elements; an element that replaces it is marked instead.
CHANGE = """(change) => {
  const right = [...window.right].map((element) => eval(change)(element) || element);
  window.right = new Set(right);
}"""
#: How many of the elements that a target finds are the right ones, and how many are not.
COUNT = f"""(target) => {{
  const found = ({FIND})(target);
  const right = found.filter((element) => window.right.has(element)).length;
  return [right, found.length - right];
}}"""


def renamed(*names: str, of: str = "e") -> str:
    """Give the element other names for these classes."""
    pairs = "".join(f'o.classList.replace("{name}", "x-{name}");' for name in names)
    return f"(e) => {{ const o = {of}; if (o) {{ {pairs} }} }}"


def attribute(old: str, new: str, of: str = "e") -> str:
    """Give an attribute another name."""
    return (
        f"(e) => {{ const o = {of}; o.setAttribute('{new}', o.getAttribute('{old}'));"
        f" o.removeAttribute('{old}'); }}"
    )


WRAP = "(e) => { const w = document.createElement('div'); e.replaceWith(w); w.append(e); }"
NO_ID = "(e) => e.removeAttribute('id')"
NO_CLASS = "(e) => e.removeAttribute('class')"
DOUBLE = "(e) => { e.after(e.cloneNode(true)); }"
REMOVE = "(e) => { e.remove(); }"
OUT = "(e) => { e.parentElement.parentElement.after(e); }"


def tag(name: str) -> str:
    """Make the element one of another tag."""
    return (
        f"(e) => {{ const n = document.createElement('{name}');"
        " for (const a of e.attributes) n.setAttribute(a.name, a.value);"
        " n.append(...e.childNodes); e.replaceWith(n); return n; }"
    )


@dataclass(frozen=True)
class Case:
    """A change under a key, and its outcome on the sandbox."""

    key: str
    change: str
    outcome: Outcome
    values: dict[str, str] = field(default_factory=dict)
    state: Literal["scene", "menu"] = "scene"

    def __str__(self) -> str:
        return f"{self.key}-{'-'.join(self.values.values())}"


TITLE, DATE = {"field": "title"}, {"field": "date"}
STUDIO = SELECTS[FieldName.STUDIO]
PERFORMERS, TAGS = SELECTS[FieldName.PERFORMERS], SELECTS[FieldName.TAGS]
EDIT = {"panel": "scene-edit-panel"}
CASES = [
    Case("edit_form.text", NO_ID, "heals", TITLE),
    Case("edit_form.text", "(e) => { e.id = 'scene-date'; }", "heals", DATE),
    Case("edit_form.text", WRAP, "holds", TITLE),
    Case("edit_form.text", REMOVE, "stays", TITLE),
    Case("edit_form.form", NO_ID, "stays"),
    Case(
        "edit_form.urls",
        renamed("string-list-input", of="e.closest('.string-list-input')"),
        "heals",
    ),
    Case("edit_form.select_input", renamed("react-select__input"), "heals", PERFORMERS),
    Case("edit_form.select_input", REMOVE, "stays", PERFORMERS),
    Case("edit_form.select_input", NO_CLASS, "stays", TAGS),
    Case("scrapers.query_toggle", renamed("dropdown-toggle"), "heals"),
    Case("scrapers.query_toggle", NO_CLASS, "heals"),
    Case("scrapers.query_toggle", WRAP, "holds"),
    Case("scrapers.query_toggle", tag("a"), "holds"),
    Case("scrapers.query_toggle", DOUBLE, "stays"),
    Case("scrapers.query_toggle", REMOVE, "stays"),
    Case("scrapers.query_toggle", OUT, "stays"),
    Case(
        "scrapers.query_toggle",
        "(e) => { e.querySelector('svg').dataset.icon = 'search'; }",
        "heals",
    ),
    Case("scrapers.fragment_toggle", renamed("dropdown-toggle"), "heals"),
    Case(
        "scrapers.fragment_toggle",
        renamed("scraper-group", of="e.closest('.scraper-group')"),
        "heals",
    ),
    Case("scrapers.fragment_toggle", REMOVE, "stays"),
    Case("scrapers.fragment_toggle", DOUBLE, "stays"),
    Case("scene.header", renamed("scene-header"), "heals"),
    Case("scene.header", tag("h2"), "holds"),
    Case("scene.edit_tab", attribute("data-rb-event-key", "data-key"), "stays"),
    Case("scene.edit_tab", REMOVE, "stays"),
    Case("scene.toolbar", renamed("scene-toolbar"), "heals"),
    Case("scene.tab", attribute("data-rb-event-key", "data-key"), "heals", EDIT),
    Case("scene.tab", REMOVE, "stays", EDIT),
    Case("scene.tabs", renamed("nav-tabs"), "heals"),
    Case("scene.organized_off", renamed("not-organized"), "stays"),
    Case("scrapers.sources", renamed("dropdown-item"), "heals", state="menu"),
]
WRITES = [
    Case("edit_form.save", change, "stays")
    for change in (renamed("edit-button"), NO_CLASS, WRAP, DOUBLE, REMOVE, tag("a"), OUT)
] + [
    Case("edit_form.delete", renamed("btn-danger"), "stays"),
    Case("scene.organized", renamed("organized-button"), "stays"),
    Case("scene.organized", "(e) => { e.querySelector('svg').dataset.icon = 'cube'; }", "stays"),
]


@dataclass
class Rig:
    """A scene's page under a guard that lets nothing out."""

    session: Session
    scene: Scene
    run: Run[Any]
    exact: bool

    def to(self, state: str) -> None:
        """Brings the page there."""
        session = self.session
        self.run(ScenePage(session).open(self.scene))
        if state == "menu":
            items = session.target("scrapers.sources")
            toggle = session.target("scrapers.fragment_toggle")
            self.run(session.run(actions.click(toggle), actions.wait(items, "attached")))
        self.run(session.run(actions.wait_until_idle(150, 4000)))

    def change(self, case: Case) -> tuple[Target, Any]:
        """Take the key's fingerprints and change the page under it."""
        target = self.session.target(case.key, **case.values)
        ((*prints,),) = self.run(fingerprints_in(self.session, target))
        assert prints, f"{target.key} holds before the change"
        assert self.page(MARK, target.to_page()) >= len(prints)
        self.page(CHANGE, case.change)
        return target, prints

    def heal(self, case: Case, target: Target, prints: Any) -> Healing:
        """Look for the key's element."""
        healing: Healing = self.run(
            find_replacement(
                self.session,
                target,
                prints,
                entry=self.session.selectors.entry(case.key),
                values=case.values,
                claimed=[other for other in self.others() if other != target],
            )
        )
        return healing

    def others(self) -> list[Target]:
        """Return the keys of the form that need values, with all of them."""
        keys = [("edit_form.text", {"field": name.value}) for name in TEXT_FIELDS]
        keys += [("edit_form.select_input", where) for where in SELECTS.values()]
        return [self.session.target(key, **values) for key, values in keys]

    def page(self, script: str, argument: Any) -> Any:
        """Evaluate a script of the test's own."""
        return self.run(self.session.page.evaluate(script, argument))


@pytest.fixture
def rig(
    open_session: OpenSession, client: StashClient, run: Run[Any], target: StashUnderTest
) -> Rig:
    """Return the page of a scene that is not organized and has performers.

    Whether a key heals depends on the release; whether that is safe does not.
    """
    scenes = run(client.find_scenes(run(client.scene_ids())))
    scene = next(scene for scene in scenes if scene.performers and not scene.organized)
    return Rig(
        open_session(write_policy=WritePolicy.BLOCKED), scene, run, target.sandbox is not None
    )


def first_of_each_key(cases: Sequence[Case]) -> list[Case]:
    """Return the cases, the first of each key before the others."""
    first = {case.key: case for case in reversed(cases)}
    return sorted(cases, key=lambda case: case is not first[case.key])


@pytest.mark.parametrize("case", slow_params(first_of_each_key(CASES), first=2), ids=str)
def test_a_changed_page_heals_onto_the_same_element_or_not_at_all(rig: Rig, case: Case) -> None:
    """The element found after the change is the element found before it."""
    rig.to(case.state)
    target, prints = rig.change(case)
    right, wrong = rig.page(COUNT, target.to_page())
    assert not wrong, "the registry's own strategies find another element"
    if right:
        assert case.outcome == "holds" or not rig.exact
        return
    healing = rig.heal(case, target, prints)
    if healing.usable:
        right, wrong = rig.page(COUNT, healing.target(target).to_page())
        assert healing.candidate is not None
        assert not wrong, f"healed onto another element: {healing.candidate.css}"
        assert right == rig.page(
            "() => [...window.right].filter((e) => e.isConnected).length", None
        )
    if rig.exact:
        assert (case.outcome == "heals") is healing.usable, healing.why


@pytest.mark.parametrize("case", slow_params(first_of_each_key(WRITES)), ids=str)
def test_a_key_that_writes_never_heals(rig: Rig, case: Case) -> None:
    """However alike the element is, nothing that saves or deletes is clicked by its looks."""
    rig.to(case.state)
    target, prints = rig.change(case)
    healing = rig.heal(case, target, prints)
    assert not healing.usable
    assert "never healed" in healing.why


DIALOG_CHANGES = [
    renamed("btn-secondary"),
    REMOVE,
    DOUBLE,
    tag("a"),
    NO_CLASS,
    renamed("scrape-dialog", of="e.closest('.scrape-dialog')"),
    renamed("modal-footer", of="e.closest('.modal-footer')"),
]


@pytest.mark.parametrize("change", slow_params(DIALOG_CHANGES))
def test_cancel_never_heals_into_apply(rig: Rig, source_cases: SourceCases, change: str) -> None:
    """Nor into anything behind or outside of the dialog, whatever becomes of the button."""
    case = source_cases.first("trusted", lambda case: case.has(FieldName.TITLE), what="a proposal")
    menus = ScrapeMenu(rig.session)

    async def scrape() -> None:
        await ScenePage(rig.session).open(case.scene)
        await menus.scrape(case.source, case.scene.id, SCRAPE_MS)
        await ScrapeDialog(rig.session).wait()

    rig.run(scrape())
    key = Case("scrape_dialog.cancel", change, "stays")
    target, prints = rig.change(key)
    right, wrong = rig.page(COUNT, target.to_page())
    if not right:
        assert not wrong
        healing = rig.heal(key, target, prints)
        if healing.usable:
            assert rig.page(COUNT, healing.target(target).to_page()) == [1, 0]
