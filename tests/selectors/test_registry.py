"""The registry reads its files, refuses wrong ones, and returns the keys of a release."""

from __future__ import annotations

from pathlib import Path

import pytest

from stashbot.errors import RegistryError, UnsupportedStash
from stashbot.selectors import Registry, data_folder

STATES = '[form]\nwhy = "the form is open"\n[menu]\nwhy = "the menu is open"\n'
RELEASES = '[stash]\noldest = "0.25"\nnewest = "0.30"\nwhy = "tried"\n'
HEAD = '[save]\nstate = "form"\ncount = "unique"\naccess = "read"\nwhy = "saves"\n'


def folder(root: Path, **pages: str) -> Path:
    root.mkdir(exist_ok=True)
    pages = {"states": STATES, "releases": RELEASES} | pages
    for page, text in pages.items():
        (root / f"{page}.toml").write_text(text)
    return root


def load(root: Path, strategies: str, head: str = HEAD) -> Registry:
    return Registry.load(folder=folder(root, form=f"{head}strategies = [{strategies}]\n"))


def test_the_shipped_registry_loads_for_every_covered_release() -> None:
    """The real files are valid, and the newest release has every key."""
    registry = Registry.load()
    assert registry.keys
    newest = registry.for_release(registry.releases.newest)
    assert newest.keys == registry.keys
    for key in newest.keys:
        values = dict.fromkeys(newest.entry(key).placeholders, "x")
        assert newest.target(key, **values).strategies
    assert registry.for_release(registry.releases.oldest).keys
    assert {newest.entry(key).state for key in newest.keys} <= set(registry.states)


def test_the_files_are_found_beside_the_code_or_at_the_root() -> None:
    """The folder has the two files that are not about pages."""
    assert {"states.toml", "releases.toml"} <= {file.name for file in data_folder().iterdir()}


def test_a_release_gets_its_strategies_in_order(tmp_path: Path) -> None:
    """``since`` is inclusive, ``until`` exclusive, and the order of the file is kept."""
    registry = load(
        tmp_path / "s",
        '{css=".new", since="0.28"}, {css=".old", until="0.28"},'
        '{css=".always", text=" Save ", nth=2}',
    )

    def css(minor: int) -> list[str]:
        target = registry.for_release((0, minor)).target("form.save")
        return [strategy.css for strategy in target.strategies]

    assert css(27) == [".old", ".always"]
    assert css(28) == [".new", ".always"]
    assert registry.for_release((0, 28)).target("form.save").to_page() == {
        "key": "form.save",
        "values": {},
        "unique": True,
        "visible": True,
        "strategies": [
            {"css": ".new", "text": None, "nth": None},
            {"css": ".always", "text": "Save", "nth": 2},
        ],
    }


def test_releases_are_compared_as_numbers(tmp_path: Path) -> None:
    """0.9 is older than 0.30; newer releases get the newest strategies, and ``exact`` is false."""
    registry = load(tmp_path / "s", '{css=".new", since="0.29"}, {css=".old", until="0.29"}')
    with pytest.raises(UnsupportedStash) as caught:
        registry.for_release((0, 9))
    assert caught.value.version == "0.9"
    assert registry.for_release((0, 30)).exact
    newer = registry.for_release((1, 0))
    assert not newer.exact
    assert newer.target("form.save").strategies[0].css == ".new"


def test_a_key_that_came_later_is_absent_before(tmp_path: Path) -> None:
    """A later key loads; an older Stash does not have it, and the error says what to update."""
    registry = load(tmp_path / "s", '{css=".new", since="0.27"}')
    old = registry.for_release((0, 26))
    assert "form.save" not in old
    assert old.keys == old.in_state("form") == ()
    with pytest.raises(UnsupportedStash, match=r"Update Stash to 0\.27"):
        old.target("form.save")
    assert registry.for_release((0, 27)).in_state("form") == ("form.save",)


def test_placeholders_are_filled_and_escaped(tmp_path: Path) -> None:
    """In CSS a value is escaped, in a text it is not."""
    registry = load(
        tmp_path / "s", '{css=\'#a [data-x={field}] a[href="/s/{field}"]\', text="{name}"}'
    )
    target = registry.for_release((0, 30)).target(
        "form.save", field='1"] *, [x="', name='{field} "b"'
    )
    value = r"\31 \"\]\ \*\,\ \[x\=\""
    assert target.strategies[0].css == f'#a [data-x={value}] a[href="/s/{value}"]'
    assert target.strategies[0].text == '{field} "b"'


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({}, "field is missing"),
        ({"field": "a", "other": "b"}, "it has no other"),
        ({"field": " "}, "field is empty"),
    ],
)
def test_a_look_up_fills_exactly_the_placeholders(
    tmp_path: Path, values: dict[str, str], problem: str
) -> None:
    """A missing, extra or empty value is refused by name, on every release alike."""
    registry = load(tmp_path / "s", '{css=".a-{field}", since="0.28"}, {css=".a", until="0.28"}')
    for minor in (25, 30):
        with pytest.raises(RegistryError, match=problem) as caught:
            registry.for_release((0, minor)).target("form.save", **values)
        assert caught.value.key == "form.save"


def test_an_unknown_key_is_an_error_with_a_guess(tmp_path: Path) -> None:
    """A misspelt key is refused, and the nearest key is named."""
    selectors = load(tmp_path / "s", '{css=".a"}').for_release((0, 30))
    with pytest.raises(RegistryError, match=r"form\.save"):
        selectors.target("form.sav")


@pytest.mark.parametrize(
    ("strategies", "problem"),
    [
        ("", "at least 1"),
        ('{css=".a", colour="red"}', "strategy 1.colour is not an attribute"),
        ('{css=".a", since="0.28"}, {css=".b", until="0.27"}', r"no strategy for Stash 0\.27"),
        ('{css=".a", until="0.29"}', r"no strategy for Stash 0\.29"),
        ('{css=".a", since="0.29", until="0.28"}', r"0\.29 is not before until 0\.28"),
        ('{css=".a", since="0.29", until="0.29"}', r"0\.29 is not before until 0\.29"),
        ('{css=".a"}, {css=".b", until="0.25"}', "strategy 2 is for no covered release"),
        ('{css=".a"}, {css=".b", since="0.31"}', "strategy 2 is for no covered release"),
        ('{css=".a"}, {css=".a", since="0.29"}', r"twice for Stash 0\.29"),
        ('{css=".a > b"}, {css=".a>b", until="0.28"}', r"twice for Stash 0\.25"),
        ('{css=".a", until="0.30"}, {css=".a", since="0.28"}', r"twice for Stash 0\.28"),
        ('{css=".a", since="29"}', "major.minor"),
        ('{css=".a", since=0.29}', "major.minor"),
        ('{css=".a", nth=-1}', "greater than or equal to 0"),
        ('{css=".a", nth="1"}', "valid integer"),
        ('{css=".a", text=" "}', "empty text"),
        ('{css=".a", text="{Name}"}', "not a placeholder"),
        ('{text="Save"}', "strategy 1.css is missing"),
        ('{css="*"}', "matches everything"),
        ('{css=".a >"}', "not a CSS selector"),
    ],
)
def test_wrong_strategies_are_refused(tmp_path: Path, strategies: str, problem: str) -> None:
    """Each mistake in a strategy is refused with file, key and reason."""
    with pytest.raises(RegistryError, match=problem) as caught:
        load(tmp_path / "s", strategies)
    assert caught.value.key == "form.save"
    assert caught.value.file == str(tmp_path / "s" / "form.toml")
    assert "form.save" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('why = "saves"', "", "why is missing"),
        ('why = "saves"', 'why = ""', "why: String should have at least 1"),
        ('"form"', '"nowhere"', "no state 'nowhere'"),
        ('"unique"', '"some"', "count: Input should be 'unique' or 'many'"),
        ('"read"', '"maybe"', "access: Input should be 'read' or 'write'"),
        ("[save]", "[Save]", "lower case"),
        ("[save]", "colour = 1\n[save]", "must be a table"),
        ("[save]", "[[save]]", "must be a table"),
    ],
)
def test_wrong_keys_are_refused(tmp_path: Path, old: str, new: str, problem: str) -> None:
    """Each mistake in a key's own attributes is refused."""
    with pytest.raises(RegistryError, match=problem):
        load(tmp_path / "s", '{css=".a"}', HEAD.replace(old, new))


def test_a_write_key_uses_every_placeholder_in_every_strategy(tmp_path: Path) -> None:
    """No strategy of a write key may ignore a value; those of a read key may."""
    strategies = '{css=".a[data-x={field}]"}, {css=".a"}'
    load(tmp_path / "s", strategies)
    with pytest.raises(RegistryError, match="strategy 2 of a write key does not use field"):
        load(tmp_path / "s", strategies, HEAD.replace("read", "write"))


def test_a_syntax_error_names_the_line(tmp_path: Path) -> None:
    """Broken TOML is refused with the line, a key that is there twice with its name."""
    with pytest.raises(RegistryError, match="line 3"):
        Registry.load(folder=folder(tmp_path / "s", form='[save]\nstate = "form"\ncount = \n'))
    text = f'{HEAD}strategies = [{{css=".a"}}]\n'
    with pytest.raises(RegistryError, match=r"twice.*line 7") as caught:
        Registry.load(folder=folder(tmp_path / "s", form=text + text))
    assert caught.value.key == "form.save"


@pytest.mark.parametrize(
    "pages",
    [
        {"states": "[form]\n"},
        {"releases": ""},
        {"releases": RELEASES.replace("0.25", "0.31")},
        {"bad-name": ""},
    ],
)
def test_the_files_around_are_checked_too(tmp_path: Path, pages: dict[str, str]) -> None:
    """States without a reason, releases in disorder and unusable file names are refused."""
    with pytest.raises(RegistryError):
        Registry.load(folder=folder(tmp_path / "s", **pages))


def test_a_missing_registry_is_an_error(tmp_path: Path) -> None:
    """A folder without the files is refused, not read as an empty registry."""
    with pytest.raises(RegistryError, match="cannot be read"):
        Registry.load(folder=tmp_path / "nowhere")


def override(root: Path, text: str) -> Path:
    root.mkdir()
    (root / "form.toml").write_text(text)
    return root


def test_a_project_overrides_by_key(tmp_path: Path) -> None:
    """The project's strategies replace the built-in ones; other keys stay; no folder, no change."""
    other = '{css=".a"}]\n' + HEAD.replace("[save]", "[other]") + 'strategies = [{css=".o"}'
    load(tmp_path / "s", other)
    extra = override(tmp_path / "own", f'{HEAD}strategies = [{{css=".mine"}}]\n')
    registry = Registry.load(extra, folder=tmp_path / "s")
    selectors = registry.for_release((0, 30))
    assert selectors.target("form.save").strategies[0].css == ".mine"
    assert selectors.target("form.other").strategies[0].css == ".o"
    assert registry.file("form.save") == str(extra / "form.toml")
    assert Registry.load(tmp_path / "none", folder=tmp_path / "s").keys == registry.keys


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("[save]", "[sav]", "overrides no key"),
        ('"write"', '"read"', "must leave access"),
        ('"unique"', '"many"', "must leave count"),
        (".mine", ".mine-{field}", "must leave placeholders"),
        ('".mine"', '".mine", since = "0.29"', r"no strategy for Stash 0\.25"),
    ],
)
def test_an_override_changes_strategies_only(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    """An override cannot add a key, or change how carefully a key is handled."""
    head = HEAD.replace("read", "write")
    load(tmp_path / "s", '{css=".a"}', head)
    text = f'{head}strategies = [{{css=".mine"}}]\n'.replace(old, new)
    with pytest.raises(RegistryError, match=problem):
        Registry.load(override(tmp_path / "own", text), folder=tmp_path / "s")


OWN: dict[str, str | bytes] = {
    "scene.toml": "[header\n",
    "dialogs.toml": f"{HEAD}strategies = [{{css='.a'}}]\n{HEAD}strategies = [{{css='.b'}}]\n",
    "login.toml": "[form]\nwhy = 1\nwhy = 2\n",
    "tag.toml": b"[form]\nwhy = '\xe9'\n",
    "states.toml": '[moon]\nwhy = "x"\n',
    "moon.toml": f"{HEAD}strategies = [{{css='.a'}}]\n",
    "form.toml": "".join(
        HEAD.replace("save", name).replace('"form"', f'"{state}"') + f"strategies = [{css}]\n"
        for name, state, css in (
            ("lost", "moon", '{css=".a"}'),
            ("twice", "form", '{css=".a", until="0.30"}, {css=".a", since="0.28"}'),
            ("hole", "form", '{css=".a", until="0.27"}, {css=".b", since="0.28"}'),
            ("all", "form", '{css=".a"}, {css="*"}'),
            ("below", "form", '{css="#root *"}'),
            ("changed", "form", '{css=".a-{x}"}'),
            ("save", "form", '{css=".mine"}'),
        )
    ),
}
NAMED = {
    "scene.toml": ("", "line 1"),
    "dialogs.toml": ("dialogs.save", "twice"),
    "login.toml": ("", "twice"),
    "tag.toml": ("", "cannot be read"),
    "states.toml": ("", "cannot be the name of a page"),
    "moon.toml": ("moon.save", "overrides no key"),
    "form.lost": ("form.lost", "no state 'moon'"),
    "form.twice": ("form.twice", "twice for Stash 0.28"),
    "form.hole": ("form.hole", "no strategy for Stash 0.27"),
    "form.all": ("form.all", "strategy 2.css: it matches everything"),
    "form.below": ("form.below", "it matches everything below"),
    "form.changed": ("form.changed", "must leave placeholders"),
}


def test_every_error_in_an_override_folder_is_named(tmp_path: Path) -> None:
    """Each wrong file and key is named with its error; correct overrides are in force.

    A wrong override leaves the built-in key as it was. Without a list to collect errors in, the
    first error is raised.
    """
    names = ("lost", "twice", "hole", "all", "below", "changed", "save")
    built_in = "".join(
        HEAD.replace("save", name) + f'strategies = [{{css=".{name}"}}]\n' for name in names
    )
    shipped = folder(tmp_path / "s", form=built_in)
    extra = tmp_path / "own"
    extra.mkdir()
    for name, text in OWN.items():
        (extra / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    problems: list[RegistryError] = []
    registry = Registry.load(extra, folder=shipped, problems=problems)
    by_name = {
        error.key if (error.key or "").startswith("form.") else Path(str(error.file)).name: error
        for error in problems
    }
    assert by_name.keys() == NAMED.keys()
    for name, (key, words) in NAMED.items():
        error = by_name[name]
        assert words in error.message
        assert str(error.file) in error.message
        assert (error.key or "") == key
        assert key in error.message
    selectors = registry.for_release((0, 30))
    css = {name: selectors.target(f"form.{name}").strategies[0].css for name in names}
    assert css == {name: ".mine" if name == "save" else f".{name}" for name in names}
    with pytest.raises(RegistryError, match=r"dialogs\.toml"):
        Registry.load(extra, folder=shipped)


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    """``[selectors] folder`` that names a file is refused, not taken for an empty folder."""
    load(tmp_path / "s", '{css=".a"}')
    with pytest.raises(RegistryError, match=r"form\.toml: it must be a folder"):
        Registry.load(tmp_path / "s" / "form.toml", folder=tmp_path / "s")
