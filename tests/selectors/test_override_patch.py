"""Healed keys become override files that load, and a diff that a person can read."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from stashbot.errors import RegistryError
from stashbot.selectors import Registry, SelectorSet
from stashbot.selectors.healing import Healing
from stashbot.selectors.override_patch import build_patch, template_of
from tests.selectors.selectors_support import button, candidate

RELEASE = (0, 30)
PAGES = {
    "releases": '[stash]\noldest = "0.25"\nnewest = "0.30"\nwhy = "tried"\n',
    "states": '[form]\nwhy = "the form is open"\n',
    "form": """
[tabs]
state = "form"
count = "unique"
access = "read"
why = "the tab bar of \\"the\\" form"
strategies = [{ css = ".new-tabs", since = "0.28" }, { css = ".tabs", nth = 0 }]

[row]
state = "form"
count = "many"
access = "read"
visible = false
why = "rows by field or widget"
strategies = [{ css = "[data-field={field}]", since = "0.30" }, { css = ".row:has(.{widget})" }]

[source]
state = "form"
count = "many"
access = "read"
why = "a source by name"
strategies = [{ css = ".menu .item", text = "{name}" }]

[save]
state = "form"
count = "unique"
access = "write"
why = "writes"
strategies = [{ css = ".save" }]
""",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a registry for the test."""
    root = tmp_path / "registry"
    root.mkdir()
    for page, text in PAGES.items():
        (root / f"{page}.toml").write_text(text)
    return root


@pytest.fixture
def selectors(folder: Path) -> SelectorSet:
    """Return the keys of that registry for the newest release."""
    return Registry.load(folder=folder).for_release(RELEASE)


def healed(key: str, css: str, **fields: Any) -> Healing:
    given: dict[str, Any] = {"access": "read", "usable": True, "why": "", **fields}
    return Healing(key=key, candidate=candidate(button("x"), css=css), **given)


def test_the_new_strategy_comes_first_and_the_file_loads(
    selectors: SelectorSet, folder: Path, tmp_path: Path
) -> None:
    """The override holds the whole key: the healed strategy from this release on, then the others;
    older releases find what they found before.
    """
    own = tmp_path / "own"
    patch = build_patch([healed("form.tabs", '#form [data-x="a\\"b"]')], selectors, own)
    assert not own.exists()
    patch.write()
    registry = Registry.load(own, folder=folder)
    assert registry.file("form.tabs") == str(own / "form.toml")

    def css(minor: int) -> list[str]:
        return [
            each.css for each in registry.for_release((0, minor)).target("form.tabs").strategies
        ]

    assert css(30) == ['#form [data-x="a\\"b"]', ".new-tabs", ".tabs"]
    assert css(27) == [".tabs"]
    before, after = selectors.entry("form.tabs"), registry.for_release(RELEASE).entry("form.tabs")
    assert after.strategies[1:] == before.strategies
    assert after.model_dump(exclude={"strategies"}) == before.model_dump(exclude={"strategies"})


def test_values_become_placeholders_again(
    selectors: SelectorSet, folder: Path, tmp_path: Path
) -> None:
    """A key that was healed for two fields gets a single strategy for all fields."""
    own = tmp_path / "own"
    fields = [{"field": "tags", "widget": "tag-select"}, {"field": "urls", "widget": "url-list"}]
    healings = [
        healed("form.row", f'#form [data-row="{values["field"]}"]', values=values)
        for values in fields
    ]
    build_patch(healings, selectors, own).write()
    entry = Registry.load(own, folder=folder).for_release(RELEASE).entry("form.row")
    assert [each.css for each in entry.strategies] == [
        '#form [data-row="{field}"]',
        "[data-field={field}]",
        ".row:has(.{widget})",
    ]
    assert not entry.visible


def test_a_name_stays_a_placeholder(selectors: SelectorSet, folder: Path, tmp_path: Path) -> None:
    """An override has none of the owner's words."""
    own = tmp_path / "own"
    healing = healed("form.source", "#menu li", values={"name": "My Source"}, text="My Source")
    patch = build_patch([healing], selectors, own)
    assert "My Source" not in patch.diff
    patch.write()
    target = Registry.load(own, folder=folder).for_release(RELEASE).target("form.source", name="A")
    assert [(each.css, each.text) for each in target.strategies] == [
        ("#menu li", "A"),
        (".menu .item", "A"),
    ]


@pytest.mark.parametrize(
    ("healing", "why"),
    [
        (
            healed("form.row", "#fourth", values={"field": "tags", "widget": "tag-select"}),
            "good for field=tags, widget=tag-select only",
        ),
        (healed("form.save", "#save", access="write", usable=False, why="never"), "never"),
        (healed("form.tabs", ".x", usable=False, why="two are similar"), "two are similar"),
        (healed("form.tabs", '[data-x="{a}"]'), "braces"),
    ],
)
def test_a_key_without_an_offer_is_refused_with_the_reason(
    selectors: SelectorSet, tmp_path: Path, healing: Healing, why: str
) -> None:
    """There is no override for a write, in doubt, or for a single value."""
    patch = build_patch([healing], selectors, tmp_path)
    assert patch.files == ()
    assert patch.diff == ""
    assert [(refused.key, refused.values) for refused in patch.refused] == [
        (healing.key, healing.values)
    ]
    assert why in patch.refused[0].why


OWN = """# my overrides
[row]   # rows of the form
state = "form"
count = "many"
access = "read"
visible = false
why = "mine [not a table]"
strategies = [
  { css = "[data-mine={field}]" },
  { css = ".{widget}" },
]

# the next table is about tabs
[tabs]
state = "form"
count = "unique"
access = "read"
why = "mine"
strategies = [{ css = ".my-tabs" }]
"""


@pytest.mark.parametrize(("key", "other"), [("tabs", "row"), ("row", "tabs")])
def test_the_rest_of_the_file_stays(folder: Path, tmp_path: Path, key: str, other: str) -> None:
    """Only the table of the healed key changes; comments and other tables stay as written, and
    the user's own strategies for that key come second.
    """
    own = tmp_path / "own"
    own.mkdir()
    (own / "form.toml").write_text(OWN)
    selectors = Registry.load(own, folder=folder).for_release(RELEASE)
    values = {"field": "tags", "widget": "tag-select"} if key == "row" else {}
    healing = healed(f"form.{key}", "#tags" if key == "row" else "#bar", values=values)
    patch = build_patch([healing], selectors, own)
    patch.write()
    text = (own / "form.toml").read_text()
    tables = tomllib.loads(text)
    assert tables[other] == tomllib.loads(OWN)[other]
    assert text.startswith("# my overrides\n")
    assert "\n# the next table is about tabs\n[tabs]" in text
    mine = [each["css"] for each in tomllib.loads(OWN)[key]["strategies"]]
    new = "#{field}" if key == "row" else "#bar"
    assert [each["css"] for each in tables[key]["strategies"]] == [new, *mine]
    Registry.load(own, folder=folder)


def test_the_diff_shows_the_changes(selectors: SelectorSet, tmp_path: Path) -> None:
    """A new file is a diff from nothing; applied lines are exactly the new text."""
    patch = build_patch([healed("form.tabs", "#bar")], selectors, tmp_path)
    lines = patch.diff.splitlines()
    assert lines[:2] == ["--- /dev/null", "+++ b/form.toml"]
    added = [line[1:] for line in lines[3:]]
    assert "\n".join(added) + "\n" == patch.files[0].after
    assert '  { css = "#bar", since = "0.30" },' in added


def test_the_same_strategy_is_not_written_twice(
    selectors: SelectorSet, folder: Path, tmp_path: Path
) -> None:
    """A healed selector that the key has for all releases is moved up, as the registry demands."""
    own = tmp_path / "own"
    build_patch([healed("form.tabs", ".new-tabs")], selectors, own).write()
    entry = Registry.load(own, folder=folder).for_release(RELEASE).entry("form.tabs")
    strategies = [(each.css, each.since, each.until) for each in entry.strategies]
    assert strategies == [
        (".new-tabs", (0, 30), None),
        (".new-tabs", (0, 28), (0, 30)),
        (".tabs", None, None),
    ]


def test_a_file_that_changed_meanwhile_is_left_alone(
    selectors: SelectorSet, tmp_path: Path
) -> None:
    """Changes that the user made after the diff was shown are not lost."""
    patch = build_patch([healed("form.tabs", "#bar")], selectors, tmp_path)
    (tmp_path / "form.toml").write_text("# mine\n")
    with pytest.raises(RegistryError, match="changed meanwhile"):
        patch.write()
    assert (tmp_path / "form.toml").read_text() == "# mine\n"


@pytest.mark.parametrize("text", ["[tabs\n", 'tabs = { state = "form" }\n'])
def test_a_file_that_cannot_be_edited_is_named(
    selectors: SelectorSet, tmp_path: Path, text: str
) -> None:
    """Broken TOML, or a key written in another form, is left to the user."""
    (tmp_path / "form.toml").write_text(text)
    with pytest.raises(RegistryError, match=r"form\.toml") as raised:
        build_patch([healed("form.tabs", "#bar")], selectors, tmp_path)
    assert raised.value.key == "form.tabs"


@pytest.mark.parametrize(
    ("css", "values", "template"),
    [
        ("#title", {"field": "title"}, "#{field}"),
        ("#scene-title", {"field": "title"}, "#scene-{field}"),
        ("#subtitle .title2", {"field": "title"}, "#subtitle .title2"),
        ('[href*="/scenes/1?"] .a1', {"id": "1"}, '[href*="/scenes/{id}?"] .a1'),
        ("#b .a-b", {"x": "b", "y": "a-b"}, "#{x} .{y}"),
        (".x", {}, ".x"),
    ],
)
def test_values_are_found_whole(css: str, values: dict[str, str], template: str) -> None:
    """A value is replaced where it is a whole word, never inside another word."""
    assert template_of(css, values) == template
