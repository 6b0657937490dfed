"""Rules at work in runs: their sources, tags, marks and collections, and who is told of a save."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from stashbot.flows.runs.driver import Request
from stashbot.models import FieldName, Outcome, SceneResult
from stashbot.sandbox import Sandbox
from tests.e2e.conftest import Read, Runs
from tests.e2e.support.lab import Case, Lab
from tests.e2e.support.outcomes import unheld, writes
from tests.e2e.support.stage import at

Rules = Callable[..., dict[str, Any]]


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    """Writes rules into a file, and gives the settings that name it."""

    def write(*rules: str) -> dict[str, Any]:
        file = tmp_path / "rules.toml"
        file.write_text("\n".join(f"[[rules]]\n{rule}" for rule in rules))
        return {"rules": {"files": (file,)}}

    return write


class Receiver(ThreadingHTTPServer):
    """Takes messages at ``/``, and answers 404 elsewhere."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    def url(self, path: str = "/") -> str:
        """An address at which it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/":
            self.server.got.append(json.loads(body))
        self.send_response(204 if self.path == "/" else 404)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A web address of one's own."""
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def some_tag(lab: Lab, case: Case) -> str:
    """A tag of the library that the case does not bring."""
    brought = {one["name"] for one in case.changes.get(FieldName.TAGS, ())}
    held = {tag.name for scene in lab.scenes for tag in scene.tags}
    held |= {one["name"] for other in lab.cases for one in other.changes.get(FieldName.TAGS, ())}
    free = sorted(held - brought - {tag.name for tag in case.scene.tags})
    if not free:
        pytest.skip("this Stash has no other tag")
    return free[0]


def tags(result: SceneResult) -> list[str]:
    """The tags that the scene has afterwards."""
    after: Any = result.changes["tags"][1]
    return [one["name"] for one in after]


def test_a_rule_adds_to_what_a_source_gives(
    lab: Lab, carry: Runs, rules: Rules, read: Read
) -> None:
    """Its tag is in the plan of the dry run and in the one save; others than its scene get none."""
    case, other = lab.two("trusted", lambda one: one.has(FieldName.TAGS))
    tag = some_tag(lab, case)
    chosen = rules(f'name = "mine"\nwhen = \'id == {case.scene.id}\'\nthen = [{{ tag = "{tag}" }}]')
    request = Request(ids=(case.scene.id, other.scene.id), sources=(case.source.name,))
    planned = carry(request.model_copy(update={"dry_run": True}), **chosen).report.scenes
    result, plain = carry(request, **chosen).report.scenes
    assert result.outcome is Outcome.APPLIED, result.reason
    assert (result.rules, plain.rules) == (("mine",), ())
    assert tag in tags(result)
    assert [one.changes for one in planned] == [result.changes, plain.changes]
    wanted = [one["name"] for one in other.changes[FieldName.TAGS]]
    assert sorted(tags(plain)) == sorted(wanted)
    after = read()
    assert unheld(result, after[case.scene.id]) == unheld(plain, after[other.scene.id]) == []


def test_a_rule_alone_tags_what_no_source_knows(
    lab: Lab, carry: Runs, rules: Rules, read: Read
) -> None:
    """The tag is saved in the rules' name, and the scene is not organized for that."""
    case = lab.one("nothing", what="a scene that a source does not know")
    tag = some_tag(lab, case)
    chosen = rules(f'name = "all"\nwhen = "true"\nthen = [{{ tag = "{tag}" }}]')
    request = Request(ids=(case.scene.id,), sources=(case.source.name,))
    (planned,) = carry(request.model_copy(update={"dry_run": True}), **chosen).report.scenes
    (result,) = carry(request, **chosen).report.scenes
    assert (result.outcome, result.source) == (Outcome.APPLIED, "rules")
    assert set(result.changes) == {"tags"}
    assert planned.changes == result.changes
    scene = read()[case.scene.id]
    assert unheld(result, scene) == []
    assert not scene.organized
    rows = carry.from_store(lambda store: store.audit(scene=case.scene.id))
    assert {row.source for row in rows} == {"rules"}


@pytest.mark.slow
def test_a_rule_chooses_the_sources(lab: Lab, carry: Runs, rules: Rules) -> None:
    """Its scene asks those alone, another one the run's; sources of the command line stand."""
    case, other = lab.two("trusted")
    poor = next(
        one
        for one in lab.fast
        if one != case.source and lab.case(one, case.scene).kind != "trusted"
    )
    chosen = rules(
        f'name = "mine"\nwhen = "id == {case.scene.id}"\n'
        f'then = [{{ scrape = "{case.source.name}" }}]'
    )
    request = Request(ids=(case.scene.id, other.scene.id), dry_run=True)
    ruled, plain = carry(request, run={"sources": (poor.name,)}, **chosen).report.scenes
    assert [one.source for one in ruled.attempts] == [case.source.name]
    assert [one.source for one in plain.attempts] == [poor.name]
    named = request.model_copy(update={"sources": (poor.name,)})
    assert [one.source for one in carry(named, **chosen).report.scenes[0].attempts] == [poor.name]


def test_rules_on_save_see_what_will_be_saved(
    lab: Lab, carry: Runs, rules: Rules, read: Read
) -> None:
    """Organized is what is complete by then, and nothing else, though the run organizes nothing."""
    full = lab.one("trusted", lambda one: one.has(FieldName.TITLE, FieldName.DATE))
    complete = 'name = "complete"\nwhen = "title != null and date != null"\non = "save"\n'
    never = 'name = "never"\nwhen = "id == 0"\non = "save"\nthen = [{ organize = true }]'
    request = Request(ids=(full.scene.id,), sources=(full.source.name,))
    chosen = rules(complete + "then = [{ organize = true }]", never)
    chosen["run"] = {"organize": False}
    (planned,) = carry(request.model_copy(update={"dry_run": True}), **chosen).report.scenes
    (result,) = carry(request, **chosen).report.scenes
    assert "organized" in result.changes
    assert planned.changes == result.changes
    assert result.rules == ("complete",)
    assert read()[full.scene.id].organized


def test_a_rule_keeps_a_scene_from_being_organized(
    lab: Lab, carry: Runs, rules: Rules, read: Read
) -> None:
    """The data is saved, the mark is not set."""
    case = lab.one("trusted")
    chosen = rules('name = "wait"\nwhen = "true"\nthen = [{ organize = false }]')
    (result,) = carry(
        Request(ids=(case.scene.id,), sources=(case.source.name,)), **chosen
    ).report.scenes
    assert result.outcome is Outcome.APPLIED
    assert "organized" not in result.changes
    assert not read()[case.scene.id].organized


def test_who_wants_to_is_told_and_a_lost_message_loses_no_save(
    lab: Lab, carry: Runs, rules: Rules, receiver: Receiver, read: Read
) -> None:
    """One address hears of scene and changes; the other refuses, which is written down. The scene
    is saved in any case. A dry run tells nobody.
    """
    case = lab.one("trusted")
    chosen = rules(
        f'name = "tell"\nwhen = "true"\non = "save"\nthen = ['
        f'{{ webhook = "{receiver.url("/gone")}" }}, {{ webhook = "{receiver.url()}" }}]'
    )
    request = Request(ids=(case.scene.id,), sources=(case.source.name,))
    carry(request.model_copy(update={"dry_run": True}), **chosen)
    assert receiver.got == []
    (result,) = carry(request, **chosen).report.scenes
    assert result.outcome is Outcome.APPLIED
    assert "404" in result.reason
    assert unheld(result, read()[case.scene.id]) == []
    (message,) = receiver.got
    assert message["event"] == "scene.saved"
    assert message["payload"]["scene"]["id"] == case.scene.id
    told = message["payload"]["changes"]
    assert set(told) == set(result.changes) - {"organized"}
    failures = carry.from_store(lambda store: store.failures(scene=case.scene.id))
    assert [one.phase for one in failures] == ["webhook"]


@pytest.mark.slow
def test_rules_are_those_of_the_runs_beginning(lab: Lab, carry: Runs, rules: Rules) -> None:
    """Whatever becomes of their file meanwhile."""
    cases = lab.two("trusted", lambda one: one.has(FieldName.TAGS))
    tag = some_tag(lab, cases[1])
    chosen = rules(f'name = "all"\nwhen = "true"\nthen = [{{ tag = "{tag}" }}]')
    (file,) = chosen["rules"]["files"]
    request = Request(ids=tuple(case.scene.id for case in cases), sources=(cases[0].source.name,))
    finished = carry(
        request, progress=at("save", file.unlink), run={"workers": 1}, **chosen
    ).report.scenes
    assert not file.exists()
    assert all(tag in tags(one) for one in finished)


def test_rules_that_go_on_without_end_fail_their_scene_only(
    lab: Lab, carry: Runs, rules: Rules, read: Read
) -> None:
    """The scene's failure names both rules; the next scene is applied."""
    case, other = lab.two("trusted")
    mine = f"id == {case.scene.id}"
    chosen = rules(
        f'name = "on"\nwhen = "{mine} and not organized"\nthen = [{{ organize = true }}]',
        f'name = "off"\nwhen = "{mine} and organized"\nthen = [{{ organize = false }}]',
    )
    before = read()[case.scene.id]
    failed, fine = carry(
        Request(ids=(case.scene.id, other.scene.id), sources=(case.source.name,)), **chosen
    ).report.scenes
    assert (failed.outcome, fine.outcome) == (Outcome.FAILED, Outcome.APPLIED)
    assert "'on'" in failed.reason
    assert "'off'" in failed.reason
    assert read()[case.scene.id] == before


def test_a_macro_creates_the_tags_that_are_missing(
    lab: Lab, carry: Runs, rules: Rules, practice: Sandbox
) -> None:
    """Of a macro's tags the one that Stash lacks is created once, on the page for new tags, and
    both scenes get it.
    """
    cases = lab.two("trusted")
    ids = tuple(case.scene.id for case in cases)
    chosen = rules('name = "all"\nwhen = "true"\nthen = [{ macro = "winter" }]')
    held = next(iter(practice.library.tags.values())).name
    macros = {"winter": (held, "Never Seen")}
    results = carry(
        Request(ids=ids, sources=(cases[0].source.name,)), macros=macros, **chosen
    ).report.scenes
    assert all({held, "Never Seen"} <= set(tags(one)) for one in results), results
    names = [tag.name for tag in practice.library.tags.values()]
    assert names.count("Never Seen") == 1
    assert sum(len(one.created) for one in results) == 1
    assert all(writes(practice, one).count("save") == 1 for one in ids)


@pytest.mark.slow
def test_a_rule_puts_a_scene_into_a_collection_that_is_a_group(
    lab: Lab, carry: Runs, rules: Rules, practice: Sandbox
) -> None:
    """The group of the collection's name is created where Stash lacks it."""
    case = lab.one("trusted")
    chosen = rules('name = "all"\nwhen = "true"\nthen = [{ collection = "Long walks" }]')
    collections = {"Long walks": {"where": "duration > 0", "kind": "group"}}
    (result,) = carry(
        Request(ids=(case.scene.id,), sources=(case.source.name,)),
        collections=collections,
        **chosen,
    ).report.scenes
    after: Any = result.changes["groups"][1]
    assert "Long walks" in [one["name"] for one in after]
    assert [one.name for one in practice.library.groups.values()].count("Long walks") == 1
