"""The practice Stash's API answers like Stash's."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from stashbot.errors import UsageError
from stashbot.sandbox import PracticeLibrary, Sandbox, SandboxOptions
from stashbot.sandbox.library import LibraryError

Ask = Callable[..., Any]

SCRAPE = """query($source: ID!, $scene: ID!) {
  scrapeSingleScene(source: {scraper_id: $source}, input: {scene_id: $scene}) {
    title studio { name stored_id } performers { name stored_id } tags { name stored_id } } }"""


def test_equal_options_give_equal_libraries() -> None:
    """Two libraries with the same seed are the same; another seed gives other truths."""
    first, second = PracticeLibrary(SandboxOptions()), PracticeLibrary(SandboxOptions())
    other = PracticeLibrary(SandboxOptions(seed=2))
    assert first.scenes == second.scenes
    assert first.truth == second.truth
    assert first.truth != other.truth


def test_library_has_every_kind_of_truth() -> None:
    """AlphaSource answers rightly, with a lie, with no scene, with an empty object, or fails."""
    library = PracticeLibrary(SandboxOptions())
    kinds = {truth.sources["alpha"].kind for truth in library.truth.values()}
    assert kinds == {"right", "lie", "none", "null", "error"}
    for truth in library.truth.values():
        view = truth.sources["alpha"]
        assert (view.kind == "lie") == (view.about not in {None, truth.scene_id})
    assert len(library.scenes) >= 26


def test_library_grows_on_demand(ask: Ask) -> None:
    """A library may have any number of scenes; names stay unique."""
    library = PracticeLibrary(SandboxOptions(scenes=120))
    paths = {scene.files[0].path for scene in library.scenes.values()}
    assert len(paths) == 120
    assert ask("{findScenes{count}}")["data"]["findScenes"]["count"] == 26


@pytest.mark.parametrize(
    ("accept", "content_type", "status"),
    [
        ("*/*", "application/graphql-response+json", 400),
        ("application/json", "application/json", 422),
    ],
)
def test_validation_errors(sandbox: Sandbox, accept: str, content_type: str, status: int) -> None:
    """An unknown field is refused; code and type of the answer follow the Accept header."""
    answer = httpx.post(
        f"{sandbox.url}/graphql", json={"query": "{nope}"}, headers={"Accept": accept}
    )
    assert answer.status_code == status
    assert answer.headers["content-type"] == content_type
    assert answer.json()["errors"][0]["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}


def test_scraper_errors_are_answers(ask: Ask) -> None:
    """A failing scraper answers 200 with errors and no data."""
    answer = ask(SCRAPE, source="broken", scene="1")
    assert answer["data"] is None
    assert answer["errors"][0]["message"].startswith("scraper broken: ")


def test_sources_answer_as_the_truth_says(sandbox: Sandbox, ask: Ask) -> None:
    """A source answers each scene as ``truth`` announces."""
    for truth in sandbox.library.truth.values():
        for source in ("alpha", "empty"):
            view = truth.sources[source]
            answer = ask(SCRAPE, source=source, scene=truth.scene_id)
            if view.kind == "error":
                assert answer["errors"][0]["message"] == view.error
                continue
            found = answer["data"]["scrapeSingleScene"]
            if view.kind == "none":
                assert found == []
            elif view.kind == "null":
                assert found[0]["title"] is None
            else:
                assert view.answer is not None
                assert found[0]["title"] == view.answer["title"]


def test_scraped_names_match_what_is_stored(sandbox: Sandbox, ask: Ask) -> None:
    """A scraped name matches the stored entity with that name or alias, ignoring case."""
    scene = next(
        truth.scene_id
        for truth in sandbox.library.truth.values()
        if truth.facts.studio == "Harbor Films" and truth.sources["beta"].kind == "right"
    )
    found = ask(SCRAPE, source="beta", scene=scene)["data"]["scrapeSingleScene"][0]
    assert found["studio"] == {"name": "Harbour Films", "stored_id": "2"}
    lookalike = ask(SCRAPE, source="gamma", scene="8")["data"]["scrapeSingleScene"][0]
    stored = {tag["name"]: tag["stored_id"] for tag in lookalike["tags"]}
    assert stored == {"outdoors": "1", "OUTDOOR": "1", "Urban": "2"}


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({"organized": True}, {"9", "16"}),
        ({"path": {"value": "img_", "modifier": "INCLUDES"}}, {"23"}),
        ({"title": {"value": "evening walk", "modifier": "EQUALS"}}, {"9"}),
        ({"rating100": {"value": 70, "modifier": "GREATER_THAN"}}, {"9", "16"}),
        ({"date": {"value": "2023-01-01", "value2": "2023-12-31", "modifier": "BETWEEN"}}, {"9"}),
        ({"studios": {"value": ["1"], "modifier": "INCLUDES"}}, {"2"}),
        ({"tags": {"value": ["1", "3"], "modifier": "INCLUDES_ALL"}}, {"2"}),
        ({"performers": {"value": ["3"], "modifier": "INCLUDES"}}, {"2", "9"}),
        ({"NOT": {"is_missing": "date"}, "organized": False}, {"2"}),
    ],
)
def test_scene_filters(ask: Ask, criteria: dict[str, Any], expected: set[str]) -> None:
    """The filters that stashbot uses find the expected scenes."""
    query = """query($f: SceneFilterType) {
      findScenes(scene_filter: $f, filter: {per_page: -1}) { count scenes { id } } }"""
    found = ask(query, f=criteria)["data"]["findScenes"]
    assert {scene["id"] for scene in found["scenes"]} == expected
    assert found["count"] == len(expected)


def test_pages_and_words(ask: Ask) -> None:
    """``q`` finds scenes with all words, and ``page`` selects a page of the sorted list."""
    query = """query($f: FindFilterType) { findScenes(filter: $f) {
      count duration scenes { id files { path } } } }"""
    found = ask(query, f={"q": "harbor -evening", "per_page": 2, "page": 2, "sort": "path"})
    result = found["data"]["findScenes"]
    assert result["count"] == 6
    assert len(result["scenes"]) == 2
    assert result["duration"] > 0


def test_names_are_unique_but_for_groups(ask: Ask) -> None:
    """Names and aliases of tags and studios are unique; names of groups may repeat."""
    refused = ask('mutation{tagCreate(input:{name:"urban"}){id}}')
    assert refused["errors"][0]["message"] == "name 'urban' is used as alias for 'City'"
    refused = ask('mutation{performerCreate(input:{name:"ada sample"}){id}}')
    assert refused["errors"][0]["message"] == "performer with name 'ada sample' already exists"
    assert refused["data"] == {"performerCreate": None}
    assert "errors" not in ask('mutation{groupCreate(input:{name:"Windows"}){id}}')


def test_a_studios_single_url_is_the_first_of_its_urls(ask: Ask) -> None:
    """Setting the single ``url``, as the pages before 0.30 do, replaces all URLs."""
    send = "mutation($url: String){studioUpdate(input:{id:1,url:$url}){url urls}}"
    for url, urls in (("https://first.example.test", ["https://first.example.test"]), ("", [])):
        studio = ask(send, url=url)["data"]["studioUpdate"]
        assert studio == {"url": urls[0] if urls else None, "urls": urls}


def test_updates_leave_omitted_fields_alone(sandbox: Sandbox, ask: Ask) -> None:
    """A scene keeps every field that an update does not name."""
    before = dataclasses.replace(sandbox.library.scenes["2"])
    answer = ask('mutation{sceneUpdate(input:{id:"2",code:" X-1 "}){code updated_at}}')
    assert answer["data"]["sceneUpdate"]["code"] == "X-1"
    after = sandbox.library.scenes["2"]
    assert after.updated_at > before.updated_at
    assert dataclasses.replace(after, code="", updated_at=before.updated_at) == before


@pytest.mark.parametrize("date", ["2024-02-31", "13/01/2024", "soon"])
def test_impossible_dates_are_refused(sandbox: Sandbox, ask: Ask, date: str) -> None:
    """A date that does not exist changes nothing and is answered with an error."""
    answer = ask("mutation($d: String){sceneUpdate(input:{id:1,date:$d,code:$d}){id}}", d=date)
    assert "failed to parse date" in answer["errors"][0]["message"]
    assert sandbox.library.scenes["1"].code == ""


@pytest.mark.parametrize("date", ["2014", "2006-08"])
def test_partial_dates_count_from_0_30_on(sandbox: Sandbox, ask: Ask, date: str) -> None:
    """Before, Stash refused the whole save."""
    ask("mutation($d: String){sceneUpdate(input:{id:1,date:$d}){id}}", d=date)
    assert sandbox.library.scenes["1"].date == date
    older = PracticeLibrary(SandboxOptions(release="0.29"))
    with pytest.raises(LibraryError, match=f"ParseDateStringAsTime failed: dateString <{date}>"):
        older.update_scene("1", {"date": date})


def test_destroyed_objects_leave_no_reference(sandbox: Sandbox, ask: Ask) -> None:
    """Destroying a studio takes it off its scenes; destroying a scene removes it."""
    ask('mutation{studioDestroy(input:{id:"1"})}')
    assert sandbox.library.scenes["2"].studio_id is None
    assert ask('mutation{scenesDestroy(input:{ids:["1"]})}')["data"] == {"scenesDestroy": True}
    assert ask('{findScene(id:"1"){id}}')["data"] == {"findScene": None}


def test_pictures_differ(sandbox: Sandbox) -> None:
    """Each scene has its own picture, and a cover that was set replaces it."""
    first, second = (
        httpx.get(f"{sandbox.url}/scene/{number}/screenshot").content for number in (1, 2)
    )
    assert first != second
    assert first.startswith(b"\xff\xd8")
    assert httpx.get(f"{sandbox.url}/scene/999/screenshot").status_code == 404


@pytest.mark.parametrize("kind", ["http_500", "graphql_error", "html", "truncated", "lost_answer"])
def test_wire_faults(sandbox: Sandbox, ask: Ask, kind: Any) -> None:
    """A fault affects its operation once; ``applied`` says whether data changed."""
    sandbox.faults.add(kind, "Edit")
    query = 'mutation Edit{sceneUpdate(input:{id:1,title:"T"}){id}}'
    applied = kind in {"html", "truncated", "lost_answer"}
    try:
        answer = httpx.post(f"{sandbox.url}/graphql", json={"query": query})
    except httpx.RemoteProtocolError:
        assert kind == "lost_answer"
    else:
        whole = answer.status_code == 200 and '{"data":{"sceneUpdate":{"id"' in answer.text
        assert kind == "truncated" or not whole
    assert (sandbox.library.scenes["1"].title == "T") == applied
    assert [record.applied for record in sandbox.mutations] == [applied]
    assert "errors" not in ask(query)


def test_control_api(sandbox: Sandbox) -> None:
    """The control API edits scenes, adds faults, lists mutations and resets."""
    base = f"{sandbox.url}/__sandbox"
    assert httpx.post(f"{base}/edit", json={"id": 1, "code": "BEHIND"}).status_code == 200
    assert sandbox.library.scenes["1"].code == "BEHIND"
    fault = {"kind": "latency", "operation": "SceneUpdate", "seconds": 0.1, "times": None}
    page = {"kind": "cover", "selector": ".btn"}
    listed = httpx.post(f"{base}/faults", json={"wire": [fault], "page": [page]}).json()
    assert (len(listed["wire"]), len(listed["page"])) == (1, 1)
    assert httpx.post(f"{base}/faults", json={"wire": [{"kind": "?"}]}).status_code == 400
    assert httpx.post(f"{base}/reset").json() == {"ok": True}
    assert sandbox.library.scenes["1"].code == ""
    assert httpx.get(f"{base}/faults").json() == {"wire": [], "page": []}
    assert httpx.get(f"{base}/mutations").json() == []


def test_login_refuses_visitors() -> None:
    """With a login, pages redirect to it and the API refuses; a cookie or key gives access."""
    options = SandboxOptions(username="me", password="secret", api_key="key-1")
    query = {"query": "{version{version}}"}
    with Sandbox(options) as sandbox, httpx.Client(base_url=sandbox.url) as client:
        page = client.get("/scenes?sortby=path")
        assert page.status_code == 302
        assert page.headers["location"] == "/login?returnURL=%2Fscenes%3Fsortby%3Dpath"
        assert client.post("/graphql", json=query).status_code == 401
        assert client.post("/graphql", json=query, headers={"ApiKey": "no"}).status_code == 401
        assert client.post("/graphql", json=query, headers={"ApiKey": "key-1"}).status_code == 200
        wrong = {"username": "me", "password": "guess", "returnURL": "/"}
        assert client.post("/login", data=wrong).status_code == 401
        client.post("/login", data={**wrong, "password": "secret"})
        answer = client.post("/graphql", json=query)
        assert answer.status_code == 200
        assert "Max-Age=3600" in answer.headers["set-cookie"]
        sandbox.expire_sessions()
        assert client.post("/graphql", json=query).status_code == 401


def test_unknown_key_is_refused_without_login(sandbox: Sandbox) -> None:
    """Without a login a wrong key is still refused, as in Stash."""
    answer = httpx.post(
        f"{sandbox.url}/graphql", json={"query": "{version{hash}}"}, headers={"ApiKey": "x"}
    )
    assert answer.status_code == 401


def test_options_are_checked(running: Sandbox) -> None:
    """An incomplete login is refused, and so is a port that is taken."""
    with pytest.raises((ValidationError, UsageError)):
        SandboxOptions(username="me")
    port = int(running.url.rsplit(":", 1)[1])
    with pytest.raises(UsageError), Sandbox(SandboxOptions(port=port)):
        pass
