"""Scraper menus, the query dialog and the results dialog, and what they leave behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import expect
from pydantic import SecretStr

from stashbot.browser import actions
from stashbot.browser.session import Session
from stashbot.errors import ElementNotReady, SessionExpired, WrongScene
from stashbot.models import TEXT_FIELDS, FieldName, Scene
from stashbot.pages.edit_form import EditForm
from stashbot.pages.scene_page import ScenePage
from stashbot.pages.scrape_dialog import ScrapeDialog
from stashbot.pages.scrape_menu import ScrapeMenu
from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.settings import StashSettings, load_settings
from stashbot.stash.client import StashClient
from stashbot.stash.scraped_scene import parse_scrape_answer
from stashbot.stash.transport import GraphQLTransport
from tests.e2e.conftest import OpenSession, Run, StashUnderTest
from tests.e2e.support import snapshot
from tests.e2e.support.plans import plan_of
from tests.e2e.support.source_cases import Case, SourceCases

SCRAPE_MS = 20_000
#: A person reads an error for five seconds; nobody waits for that here.
SOON_MS = 2000


def scraped(session: Session, case: Case, run: Run[Any]) -> None:
    """Open the case's scene, scrape it and wait for the results dialog."""

    async def do() -> None:
        await ScenePage(session).open(case.scene)
        await ScrapeMenu(session).scrape(case.source, case.scene.id, SCRAPE_MS)
        await ScrapeDialog(session).wait()

    run(do())


def form_values(session: Session, run: Run[Any]) -> dict[FieldName, Any]:
    """Return the values in the form."""
    names = (*TEXT_FIELDS, FieldName.URLS, FieldName.PERFORMERS, FieldName.TAGS)
    return {name: run(EditForm(session).value(name)) for name in names}


def with_results(case: Case) -> bool:
    """Whether the case's dialog has a title and some other text."""
    return case.has(FieldName.TITLE) and case.has(FieldName.DATE)


# -- menus


def test_the_menu_offers_all_sources_in_order(
    session: Session, source_cases: SourceCases, client: StashClient, run: Run[Any]
) -> None:
    """The fragment menu's names are those that the API gives, built-in ones included."""
    run(ScenePage(session).open(source_cases.scenes[0]))
    offered = [source.name for source in run(client.sources()) if source.fragment]
    assert list(run(ScrapeMenu(session).names())) == offered


def test_a_source_is_chosen_by_its_exact_name(
    session: Session, source_cases: SourceCases, run: Run[Any]
) -> None:
    """Where a source's name begins another's, each choice asks the source that was meant.

    A source that the menu does not have is not replaced by a source of a similar name.
    """
    pairs = [
        (source, other)
        for source in source_cases.sources
        for other in source_cases.sources
        if other.name != source.name and other.name.startswith(source.name)
    ]
    if not pairs:
        pytest.skip("this Stash has no source whose name begins another's")
    scene = source_cases.scenes[0]
    for source in pairs[0]:
        run(ScenePage(session).open(scene, fresh=source is pairs[0][1]))
        # the exchange is matched by the source's key: another source's would not be taken
        exchange = run(ScrapeMenu(session).scrape(source, scene.id, SCRAPE_MS))
        assert exchange.state == "done"
    unknown = pairs[0][0].model_copy(update={"name": pairs[0][0].name[:-1]})
    run(ScenePage(session).open(scene, fresh=True))
    with pytest.raises(ElementNotReady, match="absent"):
        run(ScrapeMenu(session).scrape(unknown, scene.id, SCRAPE_MS))


def test_a_query_lists_candidates_and_opens_the_chosen_one(
    session: Session, source_cases: SourceCases, run: Run[Any]
) -> None:
    """The query dialog shows what the source found; the chosen result opens the results dialog."""
    case = source_cases.first(
        "trusted",
        lambda case: case.source.query and with_results(case),
        what="a source that searches by name",
    )
    assert case.proposal is not None
    text = case.proposal.title or ""
    menus = ScrapeMenu(session)
    run(ScenePage(session).open(case.scene))
    found = run(menus.query(case.source, text, SCRAPE_MS))
    titles = [each.title for each in parse_scrape_answer(case.source, found.payload or {})]
    shown = session.target("scrapers.query_results")
    run(session.run(actions.wait(shown, "attached")))
    assert run(session.run(actions.count(shown)))[0] == len(titles) > 0
    chosen = run(menus.open_candidate(case.source, titles.index(text), SCRAPE_MS))
    assert chosen is not None
    assert parse_scrape_answer(case.source, chosen.payload or {})[0].title == text
    assert run(menus.wait_for_dialog_or_idle())
    run(ScrapeDialog(session).cancel())


def test_a_url_is_scraped_where_a_source_knows_it(
    session: Session, source_cases: SourceCases, run: Run[Any]
) -> None:
    """The button beside a URL asks for that URL; beside a URL that nobody knows it is off."""

    def known(case: Case) -> bool:
        urls = case.proposal.urls if case.proposal else ()
        return any(pattern in url for url in urls[:1] for pattern in case.source.urls)

    case = source_cases.first("trusted", known, what="a proposal whose URL its own source scrapes")
    assert case.proposal is not None
    url, menus = case.proposal.urls[0], ScrapeMenu(session)
    urls = list(case.scene.urls)
    change = plan_of(case.scene, {FieldName.URLS: [*urls, url, "https://nobody.test/1"]})
    run(ScenePage(session).open(case.scene))
    run(session.run(*EditForm(session).fill_ops(change)))
    with pytest.raises(ElementNotReady, match="disabled"):
        run(menus.scrape_url(len(urls) + 1, "https://nobody.test/1", SCRAPE_MS))
    exchange = run(menus.scrape_url(len(urls), url, SCRAPE_MS))
    assert exchange.state == "done"
    answer = (exchange.payload or {})["data"]["scrapeSceneURL"]
    assert answer["title"] == case.proposal.title


# -- results dialog


def test_the_rows_that_are_used_go_into_the_form_and_no_others(
    session: Session,
    source_cases: SourceCases,
    client: StashClient,
    scenes: snapshot.Snapshot,
    run: Run[Any],
) -> None:
    """Title is taken, everything else is kept; nothing is saved by that."""
    case = source_cases.first("trusted", with_results, what="a proposal with title and date")
    assert case.proposal is not None
    run(ScenePage(session).open(case.scene))
    before = form_values(session, run)
    scraped(session, case, run)
    run(session.run(*ScrapeDialog(session).apply_ops({FieldName.TITLE})))
    assert form_values(session, run) == {**before, FieldName.TITLE: case.changes[FieldName.TITLE]}
    assert snapshot.differences(scenes, run(snapshot.take(client))) == {}


def test_all_rows_can_be_used(session: Session, source_cases: SourceCases, run: Run[Any]) -> None:
    """With every row used, the form has all that was proposed and that Stash knows."""
    case = source_cases.first("trusted", with_results, what="a proposal with title and date")
    scraped(session, case, run)
    run(session.run(*ScrapeDialog(session).apply_ops(set(FieldName))))
    shown = form_values(session, run)
    for name in (FieldName.TITLE, FieldName.DATE, FieldName.URLS):
        assert shown[name] == case.changes.get(name, shown[name])
    for name in (FieldName.PERFORMERS, FieldName.TAGS):
        wanted = {entity["name"] for entity in case.changes.get(name, ())}
        assert set(shown[name]) >= wanted


def test_a_cancelled_dialog_leaves_the_form_alone(
    session: Session, source_cases: SourceCases, run: Run[Any]
) -> None:
    """Cancel closes the dialog, and there is nothing to save."""
    case = source_cases.first("trusted", with_results, what="a proposal with title and date")
    run(ScenePage(session).open(case.scene))
    before = form_values(session, run)
    scraped(session, case, run)
    run(ScrapeDialog(session).cancel())
    assert form_values(session, run) == before
    with pytest.raises(ElementNotReady, match="disabled"):
        run(session.click_visible("edit_form.save", 200))


# -- leftovers


@pytest.mark.parametrize("alike", [False, True])
def test_a_changed_form_does_not_keep_the_page_on_its_scene(
    session: Session, source_cases: SourceCases, run: Run[Any], *, alike: bool
) -> None:
    """Leaving unsaved text raises a question of the browser, which is answered and noted.

    The text is not carried over, not even to a scene with the same data, whose form Stash does
    not fill anew.
    """
    first, second = two_scenes(source_cases, alike=alike)
    page = ScenePage(session)
    run(page.open(first))
    title = session.target("edit_form.text", field="title")
    run(session.run(actions.set_value(title, "Never to be saved")))
    run(page.open(second))
    assert [dialog.split(":")[0] for dialog in session.dialogs] == ["confirm"]
    assert run(EditForm(session).value(FieldName.TITLE)) == (second.title or "")
    assert session.guard.blocked_writes == []


def two_scenes(source_cases: SourceCases, *, alike: bool) -> tuple[Scene, Scene]:
    """Two scenes whose forms hold the same, or not."""

    def data(scene: Scene) -> list[Any]:
        return [scene.value(name) for name in FieldName if name is not FieldName.ORGANIZED]

    for first in source_cases.scenes:
        for second in source_cases.scenes:
            if first.id != second.id and (data(first) == data(second)) is alike:
                return first, second
    pytest.skip(f"this Stash has no two scenes that are {'alike' if alike else 'different'}")


def test_a_page_that_stays_on_another_scene_is_not_worked_on(
    open_session: OpenSession, source_cases: SourceCases, run: Run[Any]
) -> None:
    """Had the question been declined, the address would be the new scene's and the form the old
    scene's; that is noticed.
    """
    session = open_session()
    first, second = source_cases.scenes[:2]
    page = ScenePage(session)
    run(page.open(first))
    title = session.target("edit_form.text", field="title")
    run(session.run(actions.set_value(title, "Never to be saved")))

    async def decline() -> None:
        session.page.remove_listener("dialog", session._on_dialog)
        session.page.on("dialog", lambda dialog: dialog.dismiss())

    run(decline())
    with pytest.raises(WrongScene):
        run(page.open(second))


# -- login page


@pytest.fixture
def locked(target: StashUnderTest) -> Iterator[tuple[str, str, str]]:
    """Address, user and password of a server with a login."""
    if target.sandbox is None:
        settings = load_settings(None).stash
        if not (settings.username and settings.password):
            pytest.skip("this Stash has no login, or no password was given for it")
        yield target.url, settings.username, settings.password.get_secret_value()
        return
    with Sandbox(SandboxOptions(username="tester", password="practice")) as sandbox:
        yield sandbox.url, "tester", "practice"


def test_the_login_page_is_noticed_and_lets_in(
    locked: tuple[str, str, str], open_session: OpenSession, run: Run[Any]
) -> None:
    """A page without a session ends as ``SessionExpired``; the login page's keys log in.

    A wrong password is reported on the page.
    """
    url, username, password = locked
    login = StashSettings(url=url, username=username, password=SecretStr(password))
    transport = run(GraphQLTransport(login).__aenter__())
    session = open_session(upstream=transport)
    session.door.signed_in = False
    with pytest.raises(SessionExpired):
        run(session.load("/scenes"))

    async def log_in(secret: str) -> None:
        for key, value in (("login.username", username), ("login.password", secret)):
            await session.page.locator(session.target(key).strategies[0].css).fill(value)
        await session.click_visible("login.submit")

    run(log_in("wrong"))
    run(expect(session.page.locator(".login-error")).not_to_be_empty())
    run(log_in(password))
    run(session.page.wait_for_url(f"{session.base_url}/scenes**"))
    run(session.load("/scenes"))
    run(session.wait_visible("scene_list.cards", timeout=20_000))
    run(session.close())
    run(transport.__aexit__(None, None, None))
