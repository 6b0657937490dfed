"""CI servers can read the JUnit reports, and these say what the checks found."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from stashbot.errors import UsageError
from stashbot.flows.checks.save_rehearsal import SmokeStep
from stashbot.flows.checks.selector_check import SelectorReport
from stashbot.flows.checks.smoke import SmokeReport
from stashbot.reports.junit import junit, to_xml, write_junit, write_smoke_junit
from tests.reports.build import broken, finding, healed, report, state, unreached

#: Attributes and children, in order, that the schema which Jenkins publishes allows.
SCHEMA: dict[str, tuple[set[str], tuple[str, ...]]] = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, ("testsuite",)),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
        ("properties", "testcase"),
    ),
    "properties": (set(), ("property",)),
    "property": ({"name", "value"}, ()),
    "testcase": (
        {"name", "classname", "time"},
        ("skipped", "error", "failure", "system-out"),
    ),
    "skipped": ({"message"}, ()),
    "error": ({"type", "message"}, ()),
    "failure": ({"type", "message"}, ()),
    "system-out": (set(), ()),
}


def read(given: SelectorReport, path: Path) -> dict[str, ET.Element]:
    """Write a report, and return its suites by name, after validating the file."""
    write_junit(given, path)
    return suites_in(path)


def suites_in(path: Path) -> dict[str, ET.Element]:
    """Return the suites of a file by name, after validating it."""
    root = ET.parse(path).getroot()  # noqa: S314 # our own file
    assert root.tag == "testsuites"
    for element in root.iter():
        attributes, children = SCHEMA[element.tag]
        assert set(element.attrib) == attributes
        order = [children.index(child.tag) for child in element]
        assert order == sorted(order)
    counted = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    for suite in root:
        cases = suite.findall("testcase")
        assert suite.get("tests") == str(len(cases))
        assert len({(case.get("classname"), case.get("name")) for case in cases}) == len(cases)
        for attribute, tag in counted.items():
            assert suite.get(attribute) == str(len(suite.findall(f"testcase/{tag}")))
    for attribute in ("tests", "failures", "errors"):
        assert root.get(attribute) == str(sum(int(suite.attrib[attribute]) for suite in root))
    return {suite.attrib["name"]: suite for suite in root}


def test_every_state_is_a_suite_and_every_key_a_case(tmp_path: Path) -> None:
    """Times are in seconds: of the state, and until the key held."""
    key = finding(values={"id": "7", "field": "title"}, held_ms=250)
    suites = read(report(state("list", key, elapsed_ms=1500), state("menu")), tmp_path / "r.xml")
    assert list(suites) == ["list", "menu", "server"]
    assert suites["list"].get("time") == "1.500"
    (case,) = suites["list"].findall("testcase")
    assert case.get("name") == "list.card(id=7, field=title)"
    assert case.get("time") == "0.250"
    assert len(case) == 0


def test_a_key_that_does_not_hold_is_a_failure_with_details(tmp_path: Path) -> None:
    """The expected number, the number of each strategy, and the most similar element."""
    suites = read(report(state("list", broken(), healed("list.menu"))), tmp_path / "r.xml")
    first, second = suites["list"].findall("testcase/failure")
    assert (first.get("type"), first.get("message")) == ("broken", "absent")
    assert "expected 1, found 0, visible 0" in (first.text or "")
    assert "2. .b: found 1, visible 1" in (first.text or "")
    assert second.get("type") == "healed"
    assert "most similar (0.91): div.renamed" in (second.text or "")


def test_a_state_that_was_not_reached_is_skipped_with_its_reason(tmp_path: Path) -> None:
    """Also a state that the page should have reached."""
    suites = read(report(unreached("menu", "no scraper is installed")), tmp_path / "r.xml")
    (skipped,) = suites["menu"].findall("testcase/skipped")
    assert skipped.get("message") == "no scraper is installed"


def test_a_changed_stash_is_an_error(tmp_path: Path) -> None:
    """A stopped write is only reported; a damaged selector file is a failure."""
    changed = report(changed=("scenes: 4 to 5",), blocked_writes=("SceneUpdate: outside a step",))
    server = read(changed, tmp_path / "r.xml")["server"]
    (error,) = server.findall("testcase/error")
    assert error.get("message") == "scenes: 4 to 5"
    assert "SceneUpdate" in (server.findtext("testcase/system-out") or "")

    stopped = read(report(blocked_writes=("SceneUpdate: no",)), tmp_path / "r.xml")["server"]
    assert (stopped.get("errors"), stopped.get("failures")) == ("0", "0")

    damaged = read(report(problems=("list.toml is damaged",)), tmp_path / "r.xml")["server"]
    assert damaged.get("failures") == "1"


def test_the_properties_describe_the_conditions(tmp_path: Path) -> None:
    """Every suite has them, and the time in UTC; they say if Stash is newer."""
    given = report(state("list"), language="ja-JP", exact=False)
    suite = read(given, tmp_path / "r.xml")["list"]
    properties = {each.get("name"): each.get("value") for each in suite.iter("property")}
    assert properties == {
        "version": "v0.30.1",
        "release": "0.30 (Stash is newer)",
        "language": "ja-JP",
        "direction": "ltr",
        "viewport": "1280x800",
        "profile": "session",
        "scene": "",
    }
    assert suite.get("timestamp") == "2026-03-04T05:07:08"


def test_a_smoke_test_adds_a_suite_of_its_steps(tmp_path: Path) -> None:
    """Failed and skipped steps say why; the whole counts them with the keys of the selectors."""
    steps = [
        SmokeStep(name="open", verdict="ok", detail="scene 1", elapsed_ms=250),
        SmokeStep(name="save", verdict="failed", detail="nothing was sent\x00"),
        SmokeStep(name="form", verdict="skipped", detail="save failed"),
    ]
    given = SmokeReport(
        version="v0.30.1",
        url="http://127.0.0.1:9999",
        started="2026-03-04T06:07:08+01:00",
        elapsed_ms=1500,
        steps=tuple(steps),
        selectors=report(state("list", finding(), broken("list.gone"))),
    )
    path = tmp_path / "r.xml"
    write_smoke_junit(given, path)
    root = ET.parse(path).getroot()  # noqa: S314 # our own file
    assert [suite.get("name") for suite in root] == ["list", "server", "smoke"]
    assert {name: root.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "7",
        "failures": "2",
        "errors": "0",
    }
    smoke = root[-1]
    assert smoke.attrib == {
        "name": "smoke",
        "tests": "3",
        "failures": "1",
        "errors": "0",
        "skipped": "1",
        "time": "1.500",
    }
    opened, saved, form = smoke
    assert (opened.get("time"), opened.findtext("system-out")) == ("0.250", "scene 1")
    (failure,), (skipped,) = saved, form
    assert (failure.tag, failure.text) == ("failure", "nothing was sent\ufffd")
    assert (skipped.tag, skipped.get("message")) == ("skipped", "save failed")


def test_texts_that_xml_cannot_hold_do_no_harm(tmp_path: Path) -> None:
    """Control characters, lone surrogates and markup from a page leave a file that parses."""
    nasty = "<b>&\"']]>\x00\x0b\x1b[31m\ud800\ufffe é日"
    given = report(
        state("list", broken(why=nasty, values={"name": nasty})),
        unreached("menu", nasty),
        blocked_writes=(nasty,),
    )
    suites = read(given, tmp_path / "r.xml")
    (failure,) = suites["list"].findall("testcase/failure")
    message = failure.get("message") or ""
    assert message.startswith("<b>&\"']]>\ufffd\ufffd\ufffd[31m\ufffd\ufffd é日")


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """A path that cannot be written to is named; nothing is left over; folders are made."""
    path = tmp_path / "new" / "r.xml"
    write_junit(report(), path)
    assert path.read_text(encoding="utf-8") == to_xml(junit(report()))
    blocked = tmp_path / "new" / "r.xml" / "x.xml"
    with pytest.raises(UsageError, match="cannot be written") as caught:
        write_junit(report(), blocked)
    assert str(blocked) in str(caught.value)
    assert [file.name for file in path.parent.iterdir()] == ["r.xml"]
