"""Clicking and waiting in a page: only visible, free and enabled elements are clicked."""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stashbot.browser import actions
from stashbot.browser.session import DialogPolicy, Session
from stashbot.errors import (
    AmbiguousElement,
    ElementNotReady,
    PageBroken,
    RegistryError,
    UsageError,
)
from stashbot.pages.scene_page import ScenePage
from stashbot.settings import BrowserSettings
from stashbot.stash.client import StashClient
from tests.e2e.conftest import OpenSession, Run
from tests.e2e.support.toys import Calls, toy_selectors

Show = Callable[[str], None]

#: A page where ``window.clicks`` lists the ids of what was clicked.
PAGE = """<!doctype html><body style="margin:0;height:4000px"><script>
window.clicks = [];
document.addEventListener("click", (event) => window.clicks.push(event.target.id), true);
</script>{body}</body>"""
SHORT_MS = 120
CHAIN = ("first", "second", "third", "fourth", "fifth")


@pytest.fixture(scope="module")
def session(open_module_session: OpenSession, tmp_path_factory: pytest.TempPathFactory) -> Session:
    """Return a guarded session of this module, with the keys ``toy.…``; each test shows a page."""
    session = open_module_session()
    keys = {"it": ["#it"], "either": ["#first", "#second"], "any": [".any"]}
    keys |= {name: [f"#{name}"] for name in ("a", "b", "c", *CHAIN)}
    session.selectors = toy_selectors(tmp_path_factory.mktemp("toys"), keys, many=("any",))
    return session


@pytest.fixture
def show(session: Session, run: Run[Any]) -> Show:
    """Show a page of the test's own."""
    return lambda body: run(session.page.set_content(PAGE.replace("{body}", body)))


def clicks(session: Session, run: Run[Any]) -> list[str]:
    """Return the ids of the clicked elements, in order."""
    clicked: list[str] = run(session.page.evaluate("window.clicks"))
    return clicked


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "absent"),
        ("<button id=it style='display:none'>x</button>", "hidden"),
        ("<button id=it style='visibility:hidden'>x</button>", "hidden"),
        ("<p style='display:none'><button id=it>x</button></p>", "hidden"),
        ("<button id=it style='width:0;height:0;padding:0;border:0'></button>", "hidden"),
        ("<button id=it style='position:fixed;left:-500px'>x</button>", "off-screen"),
        ("<button id=it disabled>x</button>", "disabled"),
        ("<fieldset disabled><button id=it>x</button></fieldset>", "disabled"),
        ("<a id=it class='btn disabled'>x</a>", "disabled"),
        ("<div id=it aria-disabled=true>x</div>", "disabled"),
        (
            "<button id=it>x</button>"
            "<div id=sheet class='veil dim' style='position:fixed;inset:0'></div>",
            "covered by div#sheet.veil.dim",
        ),
    ],
)
def test_what_is_not_ready_is_named_and_not_clicked(
    session: Session, show: Show, run: Run[Any], body: str, reason: str
) -> None:
    """Absent, hidden, off-screen, disabled and covered elements get no click, and the error says
    why, and which element covers it.
    """
    show(body)
    with pytest.raises(ElementNotReady) as raised:
        run(session.click_visible("toy.it", SHORT_MS))
    assert raised.value.details == {"key": "toy.it", "reasons": {"#it": reason}}
    assert reason in raised.value.message
    assert clicks(session, run) == []


def test_a_covered_or_missing_element_is_not_visible_either(
    session: Session, show: Show, run: Run[Any]
) -> None:
    """``wait_visible`` wants the element in view and uncovered; disabled it may be."""
    show("<button id=it disabled>x</button>")
    run(session.wait_visible("toy.it", SHORT_MS))
    show("<button id=it>x</button><div style='position:fixed;inset:0'></div>")
    with pytest.raises(ElementNotReady, match="covered by div"):
        run(session.wait_visible("toy.it", SHORT_MS))
    with pytest.raises(ElementNotReady, match="absent"):
        run(session.wait_visible("toy.a", SHORT_MS))


def test_an_element_outside_the_window_is_scrolled_to_the_centre(
    session: Session, show: Show, run: Run[Any]
) -> None:
    """An element off the screen is scrolled to the middle of the window and clicked there."""
    show("<button id=it style='position:absolute;top:2500px'>x</button>")
    run(session.click_visible("toy.it", SHORT_MS))
    off_centre = run(
        session.page.evaluate(
            "() => { const box = document.getElementById('it').getBoundingClientRect();"
            " return box.top + box.height / 2 - innerHeight / 2 }"
        )
    )
    assert abs(off_centre) < 2
    assert clicks(session, run) == ["it"]


def test_an_element_that_its_list_hides_is_scrolled_into_view(
    session: Session, show: Show, run: Run[Any]
) -> None:
    """An entry below the visible part of a scrolling list counts as off-screen, not as covered."""
    show(
        "<div style='height:150px;overflow-y:auto'><div style='height:400px'></div>"
        "<button id=it>x</button></div><p style='height:600px'>below</p>"
    )
    run(session.click_visible("toy.it", SHORT_MS))
    assert clicks(session, run) == ["it"]


def test_two_matches_of_a_unique_key_are_ambiguous(
    session: Session, show: Show, run: Run[Any]
) -> None:
    """Nothing is clicked where two visible elements match; a hidden twin does not count, and a
    key that may match many takes the first.
    """
    show("<button id=it>x</button><button id=it>y</button>")
    with pytest.raises(AmbiguousElement) as raised:
        run(session.click_visible("toy.it", SHORT_MS))
    assert (raised.value.key, raised.value.count) == ("toy.it", 2)
    assert clicks(session, run) == []

    show("<button id=it hidden>x</button><button id=it>y</button>")
    run(session.click_visible("toy.it", SHORT_MS))
    show("<button id=left class=any>x</button><button id=right class=any>y</button>")
    run(session.click_visible("toy.any", SHORT_MS))
    assert clicks(session, run) == ["left"]


@pytest.mark.parametrize(
    ("first", "clicked"),
    [
        ("<button id=first>x</button>", "first"),
        ("", "second"),
        ("<button id=first hidden>x</button>", "second"),
        ("<button id=first disabled>x</button>", "second"),
        ("<button id=first style='position:fixed;top:-99px'>x</button>", "second"),
        ("<button id=first>x</button><button id=first>y</button>", "second"),
        (
            "<button id=first style='position:absolute;top:200px;left:0'>x</button>"
            "<div style='position:absolute;top:150px;left:0;width:300px;height:200px'></div>",
            "second",
        ),
    ],
)
def test_the_first_strategy_that_is_really_usable_serves(
    session: Session, show: Show, run: Run[Any], first: str, clicked: str
) -> None:
    """Strategies are tried in order; a strategy whose element is unusable is passed over."""
    show(f"<button id=second>x</button>{first}")
    run(session.click_visible("toy.either", SHORT_MS))
    assert clicks(session, run) == [clicked]


def test_a_batch_is_one_round_trip_and_clicks_in_order(
    session: Session, show: Show, run: Run[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three clicks, the second on an element that appears by the first, take a single call."""
    show(
        "<button id=a onclick='b.hidden = false'>x</button><button id=b hidden>x</button>"
        "<button id=c>x</button>"
    )
    calls = Calls(session.page)
    monkeypatch.setattr(session.page, "evaluate", calls)
    run(session.batch_clicks(["toy.a", "toy.b", "toy.c"]))
    assert len(calls.sent) == 1
    assert clicks(session, run) == ["a", "b", "c"]


def test_what_is_drawn_anew_when_it_gets_the_focus_is_clicked_all_the_same(
    session: Session, show: Show, run: Run[Any]
) -> None:
    """Once, and the element that is there then; Stash before 0.30 draws its URL buttons so."""
    show(
        "<div id=box><button id=it>x</button></div><script>"
        "box.addEventListener('focusin', () => { box.innerHTML = '<button id=it>y</button>'; });"
        "</script>"
    )
    run(session.click_visible("toy.it"))
    assert clicks(session, run) == ["it"]


def test_the_first_failure_ends_a_batch(session: Session, show: Show, run: Run[Any]) -> None:
    """Nothing after the click that failed is clicked; the error names the failed key."""
    show("<button id=a>x</button><button id=b disabled>x</button><button id=c>x</button>")
    with pytest.raises(ElementNotReady) as raised:
        run(session.batch_clicks(["toy.a", "toy.b", "toy.c"], SHORT_MS))
    assert raised.value.key == "toy.b"
    assert clicks(session, run) == ["a"]


def test_unknown_keys_and_empty_lists_are_refused_before_any_click(
    session: Session, show: Show, run: Run[Any]
) -> None:
    """A batch with nothing in it, or with a key that the registry lacks, touches nothing."""
    show("<button id=a>x</button>")
    with pytest.raises(UsageError, match="empty"):
        run(session.batch_clicks([]))
    with pytest.raises(RegistryError, match=r"toy\.nothing"):
        run(session.batch_clicks(["toy.a", "toy.nothing"]))
    for act in (session.click_visible, session.wait_visible):
        with pytest.raises(RegistryError, match=r"toy\.nothing"):
            run(act("toy.nothing"))
    assert clicks(session, run) == []


def test_a_change_of_the_page_is_answered_at_once(
    session: Session, show: Show, run: Run[Any]
) -> None:
    """Elements that appear after a while are clicked when they appear, not at the next look.

    Each of five buttons comes a while after the click on the button before; the middle time from
    its coming to its click is a small part of the helper's own timer of 100 ms.
    """
    show(
        """<script>
        window.took = [];
        const ids = ["first", "second", "third", "fourth", "fifth"];
        const add = () => {
          const button = document.createElement("button");
          button.id = ids.shift();
          document.body.append(button);
          const since = performance.now();
          button.append(button.id);
          button.onclick = () => {
            window.took.push(performance.now() - since);
            if (ids.length) setTimeout(add, 40);
          };
        };
        setTimeout(add, 40);
        </script>"""
    )
    run(session.batch_clicks([f"toy.{name}" for name in CHAIN]))
    took = run(session.page.evaluate("window.took"))
    assert len(took) == len(CHAIN)
    assert statistics.median(took) < 20


@pytest.mark.parametrize(
    ("body", "change"),
    [
        ("<button id=it disabled>x</button>", "it.disabled = false"),
        (
            "<style>.veiled::after{content:'';position:fixed;inset:0}</style>"
            "<main class=veiled><button id=it>x</button></main>",
            "document.querySelector('main').className = ''",
        ),
        ("<p hidden><button id=it>x</button></p>", "it.parentElement.hidden = false"),
        ("<button id=it>x</button><i id=it>y</i>", "document.querySelector('i').remove()"),
    ],
)
def test_what_gets_ready_in_time_is_clicked_once(
    session: Session, show: Show, run: Run[Any], body: str, change: str
) -> None:
    """An element that becomes enabled, uncovered, shown or unique meanwhile gets one click."""
    show(f"{body}<script>setTimeout(() => {{ {change} }}, 60)</script>")
    run(session.click_visible("toy.it"))
    assert clicks(session, run) == ["it"]


def test_the_limits_are_those_of_the_settings(
    open_session: OpenSession, tmp_path: Path, run: Run[Any]
) -> None:
    """An action gives up after ``wait_ms``, a click of a batch after ``batch_wait_ms``."""
    session = open_session(browser={"wait_ms": 300, "batch_wait_ms": 120})
    session.selectors = toy_selectors(tmp_path, {"it": ["#it"]})

    async def failure(act: Any) -> tuple[str, float]:
        started = time.monotonic()
        with pytest.raises(ElementNotReady) as raised:
            await act
        return raised.value.message, time.monotonic() - started

    async def all_of_them() -> Any:
        return await asyncio.gather(
            failure(session.click_visible("toy.it")),
            failure(session.wait_visible("toy.it")),
            failure(session.run(actions.read_value(session.target("toy.it")))),
            failure(session.batch_clicks(["toy.it"])),
            failure(session.batch_clicks(["toy.it"], 200)),
        )

    limits_ms = (300, 300, 300, 120, 200)
    for (message, took), limit_ms in zip(run(all_of_them()), limits_ms, strict=True):
        waited = re.search(r"within (\d+) ms", message)
        assert waited is not None
        assert limit_ms <= int(waited[1]) < took * 1000
        assert took > limit_ms / 1000 - 0.05


BOUNDARY = "<h2>Something went wrong.</h2><details class=error-message>%s</details>"
ALERT = (
    "<div id=root><div class=main><div class=ErrorMessage-container>%s</div></div>"
    "<div class=tab-pane><div class=ErrorMessage-container>status code 500</div></div></div>"
)


@pytest.mark.parametrize(
    "case",
    [
        (BOUNDARY % "TypeError: Failed to fetch dynamically imported module: /a.js", "Type", True),
        (BOUNDARY % "TypeError: x is undefined", "TypeError: x is undefined", False),
        (ALERT % "Response not successful: Received status code 500", "Response not", True),
    ],
    ids=["code", "bug", "data"],
)
def test_an_error_of_the_app_ends_a_wait(
    case: tuple[str, str, bool], session: Session, tmp_path: Path, run: Run[Any]
) -> None:
    """The error says what the page shows, and whether a request that failed is behind it."""
    body, shown, passes = case
    session.selectors = toy_selectors(tmp_path, {"it": ["#it"]})
    late = f"<script>setTimeout(() => document.body.innerHTML = {json.dumps(body)}, 50)</script>"
    run(session.page.set_content(PAGE.replace("{body}", late)))
    with pytest.raises(PageBroken) as caught:
        run(session.run(actions.wait(session.target("toy.it"), "attached", 60_000)))
    assert caught.value.shown.startswith(shown)
    assert caught.value.passes is passes
    assert 0 < caught.value.waited_ms < 60_000


def test_another_message_of_the_app_does_not_end_a_wait(
    session: Session, tmp_path: Path, run: Run[Any]
) -> None:
    """A scene that is missing, or a failure within a tab, is no failure of the page."""
    session.selectors = toy_selectors(tmp_path, {"it": ["#it"]})
    run(session.page.set_content(ALERT % "No scene found with id 12."))
    with pytest.raises(ElementNotReady):
        run(session.run(actions.wait(session.target("toy.it"), "attached", 50)))


def test_the_playbook_has_the_default_limits() -> None:
    """4000 ms for an action, 1500 ms for a click of a batch."""
    assert (BrowserSettings().wait_ms, BrowserSettings().batch_wait_ms) == (4000, 1500)


@pytest.mark.parametrize(
    ("policy", "answer"), [(DialogPolicy.ACCEPT, True), (DialogPolicy.LEAVE, False)]
)
def test_a_native_dialog_is_accepted_or_left_to_the_person(
    open_session: OpenSession, run: Run[Any], policy: DialogPolicy, *, answer: bool
) -> None:
    """Either way it is noted; a dialog that is left can still be dismissed."""
    session = open_session(dialog_policy=policy)

    async def ask() -> Any:
        async with session.page.expect_event("dialog") as event:
            await session.page.evaluate(
                "() => { setTimeout(() => { window.answer = confirm('Leave the page?') }, 0) }"
            )
        dialog = await event.value
        if policy is DialogPolicy.LEAVE:
            await dialog.dismiss()
        return await session.page.evaluate("window.answer")

    assert run(ask()) is answer
    assert session.dialogs == ["confirm: Leave the page?"]


def test_the_same_actions_serve_on_the_page_of_a_scene(
    open_session: OpenSession, client: StashClient, run: Run[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The edit tab and its scraper menu open in a batch, which is a single round trip."""
    session = open_session()
    run(ScenePage(session).load(run(client.scene_ids())[0]))
    calls = Calls(session.page)
    monkeypatch.setattr(session.page, "evaluate", calls)
    run(session.batch_clicks(["scene.edit_tab", "scrapers.fragment_toggle"], 6000))
    assert len(calls.sent) == 1
    run(session.wait_visible("scrapers.sources"))
    with pytest.raises(ElementNotReady, match="disabled"):
        run(session.click_visible("edit_form.save", SHORT_MS))
    assert session.guard.blocked_writes == []
