"""Rules at work in runs: tags, marks, sources, collections, macros and webhooks."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from stashbot.flows.runs.selection import RunRequest
from stashbot.models import FieldName, Outcome, SceneResult
from stashbot.sandbox import Sandbox
from stashbot.stash.client import StashClient
from stashbot.store import AuditEntry, Failure
from tests.e2e.conftest import ReadScenes, Restored, Run
from tests.e2e.support import snapshot
from tests.e2e.support.outcomes import differing, names_of, writes
from tests.e2e.support.run_hooks import RunHooks
from tests.e2e.support.runs import SceneRuns, request_for
from tests.e2e.support.source_cases import Case, SourceCases

Rules = Callable[..., dict[str, Any]]


def write_rules(file: Path, *rules: str) -> dict[str, Any]:
    """Write rules into the file, and return the settings that name it."""
    file.write_text("\n".join(f"[[rules]]\n{rule}" for rule in rules))
    return {"rules": {"files": (file,)}}


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    """Write rules into a file; see ``write_rules``."""
    return lambda *rules: write_rules(tmp_path / "rules.toml", *rules)


class Receiver(ThreadingHTTPServer):
    """Takes messages at ``/``, and answers 404 to every other path."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    def url(self, path: str = "/") -> str:
        """Return an address at which the receiver listens."""
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/":
            self.server.messages.append(json.loads(body))
        self.send_response(204 if self.path == "/" else 404)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Log nothing."""


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """Yield an address to which webhooks are sent."""
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        yield server
        server.shutdown()


def free_tag(source_cases: SourceCases, *cases: Case) -> str:
    """Return a tag of the library that none of the cases brings, nor their scenes have."""
    taken = {tag["name"] for case in cases for tag in case.changes.get(FieldName.TAGS, ())}
    taken |= {tag.name for case in cases for tag in case.scene.tags}
    known = {tag.name for scene in source_cases.scenes for tag in scene.tags}
    known |= {
        tag["name"] for case in source_cases.cases for tag in case.changes.get(FieldName.TAGS, ())
    }
    if not known - taken:
        pytest.skip("this Stash has no other tag")
    return min(known - taken)


def webhooks(receiver: Receiver) -> str:
    addresses = (receiver.url(), receiver.url("/nobody"))
    return "[" + ", ".join(f'{{ webhook = "{address}" }}' for address in addresses) + "]"


@dataclass(frozen=True)
class Ruled:
    """A run over five scenes, for each of which a rule of its own holds.

    ``tagged`` gets a tag and is announced, ``waiting`` is not to be organized, ``endless`` has
    rules that contradict each other, ``plain`` has none; no source knows ``unknown``.
    """

    cases: dict[str, Case]
    results: dict[str, SceneResult]
    tag: str
    before: snapshot.Snapshot
    after: snapshot.Snapshot
    audit: tuple[AuditEntry, ...]
    failures: tuple[Failure, ...]
    messages: list[dict[str, Any]]


@pytest.fixture(scope="module")
def ruled(
    restored: Restored,
    new_runs: Callable[[], SceneRuns],
    source_cases: SourceCases,
    client: StashClient,
    receiver: Receiver,
    *,
    run: Run[Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Ruled:
    """Return the run; see ``Ruled``."""
    tagged, waiting, endless, plain = source_cases.some(
        "trusted", 4, lambda case: case.has(FieldName.TAGS)
    )
    unknown = next(case for case in source_cases.of(tagged.source) if case.kind == "nothing")
    tag = free_tag(source_cases, tagged, unknown)

    def rule(name: str, case: Case, then: str, more: str = "") -> str:
        on = "save" if "webhook" in then else "run"
        return (
            f'name = "{name}"\nwhen = \'id == {case.scene.id}{more}\'\non = "{on}"\nthen = {then}'
        )

    settings = write_rules(
        tmp_path_factory.mktemp("rules") / "rules.toml",
        rule("mine", tagged, f'[{{ tag = "{tag}" }}]'),
        rule("announce", tagged, webhooks(receiver)),
        rule("wait", waiting, "[{ organize = false }]"),
        rule("on", endless, "[{ organize = true }]", " and not organized"),
        rule("off", endless, "[{ organize = false }]", " and organized"),
        rule("unknown", unknown, f'[{{ tag = "{tag}" }}]'),
    )
    cases = {
        "tagged": tagged,
        "waiting": waiting,
        "endless": endless,
        "plain": plain,
        "unknown": unknown,
    }
    runs = new_runs()
    with restored() as before:
        results = runs(request_for(*cases.values()), **settings).report.scenes
        return Ruled(
            cases=cases,
            results=dict(zip(cases, results, strict=True)),
            tag=tag,
            before=before,
            after=run(snapshot.take(client)),
            audit=runs.query_store(lambda store: store.audit.entries(scene=unknown.scene.id)),
            failures=runs.query_store(lambda store: store.failures.list(scene=tagged.scene.id)),
            messages=list(receiver.messages),
        )


def test_a_rule_adds_to_what_a_source_gives(ruled: Ruled) -> None:
    """Its tag is saved with the source's; a scene for which no rule holds gets the source's."""
    result, plain = ruled.results["tagged"], ruled.results["plain"]
    assert result.outcome is Outcome.APPLIED, result.reason
    assert (set(result.rules), plain.rules) == ({"mine", "announce"}, ())
    for name, more in (("tagged", [ruled.tag]), ("plain", [])):
        case = ruled.cases[name]
        wanted = [tag["name"] for tag in case.changes[FieldName.TAGS]]
        assert sorted(names_of(ruled.results[name])) == sorted([*wanted, *more])
        assert differing(ruled.results[name], ruled.after[case.scene.id]) == []


def test_a_rule_alone_tags_what_no_source_knows(ruled: Ruled) -> None:
    """The tag is saved in the rules' name, and the scene is not organized for that."""
    result, scene = ruled.results["unknown"], ruled.after[ruled.cases["unknown"].scene.id]
    assert (result.outcome, result.source) == (Outcome.APPLIED, "rules")
    assert set(result.changes) == {"tags"}
    assert differing(result, scene) == []
    assert not scene.organized
    assert {row.source for row in ruled.audit} == {"rules"}


def test_a_rules_save_that_stash_changes_fails_its_scene(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    rules: Rules,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A plugin drops the tag of a scene that no source knows: the failure names the field."""
    case = next(case for case in source_cases.cases if case.kind == "nothing")
    tag = free_tag(source_cases, case)
    update_scene = sandbox.library.update_scene

    def without_tags(scene_id: str, changes: Mapping[str, Any]) -> Any:
        kept = {key: value for key, value in changes.items() if key != "tag_ids"}
        return update_scene(scene_id, kept)

    monkeypatch.setattr(sandbox.library, "update_scene", without_tags)
    (result,) = run_scenes(
        request_for(case),
        **rules(f'name = "mine"\nwhen = "true"\nthen = [{{ tag = "{tag}" }}]'),
    ).report.scenes
    assert result.outcome is Outcome.FAILED
    assert "saved, not verified: read again, tags was not as planned" in (result.reason or "")
    (failure,) = run_scenes.query_store(lambda store: store.failures.list(scene=case.scene.id))
    assert failure.reason == "SaveMismatch"
    assert failure.artifacts_dir is not None


def test_a_rule_keeps_a_scene_from_being_organized(ruled: Ruled) -> None:
    """The data is saved, the mark is not set."""
    result = ruled.results["waiting"]
    assert result.outcome is Outcome.APPLIED
    assert "organized" not in result.changes
    assert not ruled.after[ruled.cases["waiting"].scene.id].organized


def test_rules_that_contradict_each_other_fail_their_scene_only(ruled: Ruled) -> None:
    """The scene's failure names both rules, and the scene is as before."""
    failed, scene_id = ruled.results["endless"], ruled.cases["endless"].scene.id
    assert failed.outcome is Outcome.FAILED
    assert "'on'" in failed.reason
    assert "'off'" in failed.reason
    assert ruled.after[scene_id] == ruled.before[scene_id]


def test_a_webhook_that_is_lost_loses_no_save(ruled: Ruled) -> None:
    """The first address gets scene and changes; the second refuses, which is kept as a failure."""
    result = ruled.results["tagged"]
    assert "404" in result.reason
    (message,) = ruled.messages
    assert message["event"] == "scene.saved"
    assert message["payload"]["scene"]["id"] == result.id
    assert set(message["payload"]["changes"]) == set(result.changes) - {"organized"}
    assert [failure.phase for failure in ruled.failures] == ["webhook"]
    assert result.outcome is Outcome.APPLIED


def test_rules_on_save_see_what_will_be_saved(
    source_cases: SourceCases,
    run_scenes: SceneRuns,
    rules: Rules,
    receiver: Receiver,
    read_scenes: ReadScenes,
) -> None:
    """A scene that is complete by then is organized, though the run organizes nothing, and as the
    dry run planned; the dry run sends no webhook.
    """
    sent = len(receiver.messages)
    case = source_cases.first("trusted", lambda case: case.has(FieldName.TITLE, FieldName.DATE))
    when = 'when = "title != null and date != null"\non = "save"\n'
    complete = f'name = "complete"\n{when}then = [{{ organize = true }}]'
    announce = f'name = "announce"\n{when}then = {webhooks(receiver)}'
    never = 'name = "never"\nwhen = "id == 0"\non = "save"\nthen = [{ organize = true }]'
    settings = {**rules(complete, announce, never), "run": {"organize": False}}
    (planned,) = run_scenes(request_for(case, dry_run=True), **settings).report.scenes
    assert receiver.messages[sent:] == []
    (result,) = run_scenes(request_for(case), **settings).report.scenes
    assert "organized" in result.changes
    assert planned.changes == result.changes
    assert set(result.rules) == {"complete", "announce"}
    assert read_scenes()[case.scene.id].organized


def test_a_macro_creates_the_tags_that_are_missing(
    source_cases: SourceCases, run_scenes: SceneRuns, rules: Rules, sandbox: Sandbox
) -> None:
    """The tag of a macro that Stash lacks is created once, on the page for new tags, and
    both scenes get it.
    """
    cases = source_cases.pair("trusted")
    existing = next(iter(sandbox.library.tags.values())).name
    results = run_scenes(
        request_for(*cases),
        macros={"winter": (existing, "Never Seen")},
        **rules('name = "all"\nwhen = "true"\nthen = [{ macro = "winter" }]'),
    ).report.scenes
    assert all({existing, "Never Seen"} <= set(names_of(result)) for result in results), results
    names = [tag.name for tag in sandbox.library.tags.values()]
    assert names.count("Never Seen") == 1
    assert sum(len(result.created) for result in results) == 1
    assert all(writes(sandbox, case.scene.id).count("save") == 1 for case in cases)


@pytest.mark.slow
def test_a_rule_chooses_the_sources(
    source_cases: SourceCases, run_scenes: SceneRuns, rules: Rules
) -> None:
    """Its scene asks those alone, other scenes the run's; sources of the command line stand."""
    case, other = source_cases.pair("trusted")
    poor = next(
        source
        for source in source_cases.fast
        if source != case.source and source_cases.case(source, case.scene).kind == "nothing"
    )
    settings = rules(
        f'name = "mine"\nwhen = "id == {case.scene.id}"\n'
        f'then = [{{ scrape = "{case.source.name}" }}]'
    )

    def sources_of(result: SceneResult) -> list[str]:
        return [attempt.source for attempt in result.attempts]

    request = RunRequest(ids=(case.scene.id, other.scene.id), dry_run=True)
    chosen, plain = run_scenes(request, run={"sources": (poor.name,)}, **settings).report.scenes
    assert sources_of(chosen) == [case.source.name]
    assert sources_of(plain) == [poor.name]
    named = request.model_copy(update={"sources": (poor.name,)})
    assert sources_of(run_scenes(named, **settings).report.scenes[0]) == [poor.name]


@pytest.mark.slow
def test_rules_are_those_of_the_runs_beginning(
    source_cases: SourceCases, run_scenes: SceneRuns, rules: Rules
) -> None:
    """A run keeps its rules when their file is changed meanwhile."""
    cases = source_cases.pair("trusted", lambda case: case.has(FieldName.TAGS))
    tag = free_tag(source_cases, cases[1])
    settings = rules(f'name = "all"\nwhen = "true"\nthen = [{{ tag = "{tag}" }}]')
    (file,) = settings["rules"]["files"]
    hooks = RunHooks().at_phase("save", file.unlink)
    results = run_scenes(
        request_for(*cases), hooks=hooks, run={"workers": 1}, **settings
    ).report.scenes
    assert not file.exists()
    assert all(tag in names_of(result) for result in results)


@pytest.mark.slow
def test_a_rule_puts_a_scene_into_a_collection_that_is_a_group(
    source_cases: SourceCases, run_scenes: SceneRuns, rules: Rules, sandbox: Sandbox
) -> None:
    """The group of the collection's name is created where Stash lacks it."""
    case = source_cases.first("trusted")
    (result,) = run_scenes(
        request_for(case),
        collections={"Long walks": {"where": "duration > 0", "kind": "group"}},
        **rules('name = "all"\nwhen = "true"\nthen = [{ collection = "Long walks" }]'),
    ).report.scenes
    assert "Long walks" in names_of(result, "groups")
    groups = [group.name for group in sandbox.library.groups.values()]
    assert groups.count("Long walks") == 1
