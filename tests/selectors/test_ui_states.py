"""States describe their routes, and a route that leads nowhere is refused by file and state."""

from __future__ import annotations

from pathlib import Path

import pytest

from stashbot.errors import RegistryError
from stashbot.flows.checks.tour.expectations import RULES
from stashbot.flows.checks.tour.stub_answers import NEW_TAGS, SCRAPED, answer_to
from stashbot.selectors import Registry
from stashbot.selectors.ui_states import visit_order

RELEASES = '[stash]\noldest = "0.25"\nnewest = "0.30"\nwhy = "tried"\n'
KEYS = """
[menu]
state = "home"
count = "unique"
access = "read"
why = "opens"
strategies = [{css = "#menu"}]
[save]
state = "home"
count = "unique"
access = "write"
why = "writes"
strategies = [{css = "#save"}]
[delete]
state = "home"
count = "unique"
access = "write"
opens = true
why = "asks first"
strategies = [{css = "#delete"}]
[row]
state = "home"
count = "many"
access = "read"
why = "a row"
strategies = [{css = "#row-{id}"}]
[new]
state = "home"
count = "unique"
access = "read"
why = "came later"
strategies = [{css = "#new", since = "0.29"}]
"""
HOME = '[home]\nwhy = "home"\npath = "/"\n'


def load(root: Path, states: str) -> Registry:
    (root / "states.toml").write_text(states)
    (root / "releases.toml").write_text(RELEASES)
    (root / "page.toml").write_text(KEYS)
    return Registry.load(folder=root)


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ('[menu]\nwhy = "x"\nafter = "moon"\n', "'moon'"),
        ('[a]\nwhy = "x"\nafter = "b"\n[b]\nwhy = "x"\nafter = "a"\n', "after itself"),
        ('[a]\nwhy = "x"\nafter = "b"\n[b]\nwhy = "x"\n', "has no route"),
        ('[a]\nwhy = "x"\nafter = "home"\npath = "/a"\n', "not both"),
        ('[a]\nwhy = "x"\nready = "page.menu"\n', "begins at a path"),
        ('[a]\nwhy = "x"\npath = "/{moon}"\n', "'moon'"),
        ('[a]\nwhy = "x"\npath = "/"\nready = "page.moon"\n', "'page.moon'"),
        ('[a]\nwhy = "x"\npath = "/"\nleave = [{click = "page.menu"}]\n', "leave leads back"),
        ('[a]\nwhy = "x"\npath = "/"\ndo = [{click = "page.moon"}]\n', "'page.moon'"),
        ('[a]\nwhy = "x"\npath = "/"\ndo = [{click = "page.save"}]\n', "page.save, which writes"),
        ('[a]\nwhy = "x"\npath = "/"\ndo = [{click = "page.row"}]\n', "needs values for: id"),
        ('[a]\nwhy = "x"\npath = "/"\ndo = [{set = "page.menu"}]\n', "value goes with set"),
        ('[a]\nwhy = "x"\npath = "/"\ndo = [{set = "page.menu", value = "{moon}"}]\n', "'moon'"),
        ('[a]\nwhy = "x"\npath = "/"\ndo = [{wait = "page.menu", nth = 1}]\n', "nth goes with"),
        (
            '[a]\nwhy = "x"\npath = "/"\ndo = [{click = "page.menu", wait = "page.menu"}]\n',
            "one act",
        ),
        ('[a]\nwhy = "x"\npath = "/"\ndo = [{click = "page.menu", press = "Escape"}]\n', "one act"),
        ('[a]\nwhy = "x"\npath = "/"\ndo = [{nth = 1}]\n', "one act"),
        ('[a]\nwhy = "x"\npath = "/"\ndo = [{click = "page.menu", value = "x"}]\n', "goes with"),
        (
            '[a]\nwhy = "x"\npath = "/"\ndo = [{click = "page.menu", with = {id = "1"}}]\n',
            "nothing",
        ),
        ('[a]\nwhy = "x"\npath = "/"\ndo = [{tap = "page.menu"}]\n', "tap is not an attribute"),
        ('[a]\nwhy = "x"\npath = "/"\ndo = [{go = "http://x.test/"}]\n', "go"),
        ('[a]\nwhy = "x"\npath = "scenes"\n', "path"),
        ('[a]\nwhy = "x"\npath = "/{Scene}"\n', "placeholder"),
        (
            '[a]\nwhy = "x"\npath = "/"\ndo = [{set = "page.menu", value = "{"}]\n',
            "no partner",
        ),
        ('[a]\nwhy = "x"\nafter = "a"\n', "after itself"),
        ('[a]\nwhy = "x"\nafter = "home"\nleave = [{click = "page.save"}]\n', "which writes"),
        ('[a]\npath = "/"\n', "why is missing"),
        ('[a]\nwhy = "x"\npath = "/"\nsince = "30"\n', "major.minor"),
        ('[a]\nwhy = "x"\npath = "/"\nready = "page.new"\n', "page.new, which comes with 0.29"),
        ('[a]\nwhy = "x"\nafter = "home"\ndo = [{click = "page.new"}]\n', "comes with 0.29"),
        ('[a]\nwhy = "x"\npath = "/"\nneeds = ["moon"]\n', "needs"),
        ('[a]\nwhy = "x"\npath = "/"\nstub = "moon"\n', "stub"),
    ],
)
def test_a_route_that_leads_nowhere_is_refused(tmp_path: Path, states: str, words: str) -> None:
    """The error names the file, the state and what is wrong."""
    with pytest.raises(RegistryError, match=r"states\.toml") as caught:
        load(tmp_path, HOME + states)
    assert words in caught.value.message
    assert caught.value.key in {"a", "b", "menu"}


def test_a_state_may_begin_with_the_release_of_its_keys(tmp_path: Path) -> None:
    """A later key may be on the route of states of its release, and of those after them."""
    registry = load(
        tmp_path,
        HOME
        + '[a]\nwhy = "x"\npath = "/a"\nready = "page.new"\nsince = "0.29"\n'
        + '[b]\nwhy = "x"\nafter = "a"\ndo = [{click = "page.new"}]\n',
    )
    assert visit_order(registry.states) == ("home", "a", "b")


@pytest.mark.parametrize("text", ["[home\n", "[home]\nwhy = 1\n[home]\nwhy = 2\n"])
def test_a_damaged_file_of_states_is_named(tmp_path: Path, text: str) -> None:
    """A file that is not TOML, or names a state twice, is refused with its line."""
    with pytest.raises(RegistryError, match=r"states\.toml.*line \d"):
        load(tmp_path, text)


def test_a_confirmation_may_be_opened_on_a_route(tmp_path: Path) -> None:
    """A write key whose click only opens something is clicked; its children come after it."""
    registry = load(
        tmp_path,
        HOME
        + '[confirming]\nwhy = "x"\nafter = "home"\ndo = [{click = "page.delete"}]\n'
        + '[unvisited]\nwhy = "x"\n',
    )
    assert visit_order(registry.states) == ("home", "confirming")


def test_states_come_and_go_with_releases(tmp_path: Path) -> None:
    """``since`` is inclusive, ``until`` exclusive."""
    registry = load(
        tmp_path,
        HOME
        + '[new]\nwhy = "x"\npath = "/n"\nsince = "0.30"\n'
        + '[old]\nwhy = "x"\npath = "/o"\nuntil = "0.30"\n',
    )
    assert registry.for_release((0, 29)).states.keys() == {"home", "old"}
    assert registry.for_release((0, 30)).states.keys() == {"home", "new"}


def test_every_key_of_a_visited_state_can_be_looked_up() -> None:
    """A key with placeholders has a rule that gives its values in a visited state."""
    registry = Registry.load()
    selectors = registry.for_release(registry.releases.newest)
    without_values = [
        key
        for key in selectors.keys
        if selectors.entry(key).placeholders
        and registry.states[selectors.entry(key).state].reachable
        and key not in RULES
    ]
    assert without_values == []


def test_every_visited_state_has_keys_or_leads_on() -> None:
    """No state is visited for nothing."""
    registry = Registry.load()
    selectors = registry.for_release(registry.releases.newest)
    parents = {state.after for state in registry.states.values()}
    idle = [
        name
        for name in visit_order(registry.states)
        if not selectors.in_state(name) and name not in parents
    ]
    assert idle == []


def test_a_stubbed_answer_has_every_field_of_the_query() -> None:
    """Fields without a value are null; fragments and aliases are filled too."""
    document = """
    query ScrapeSingleScene($s: S!) { scrapeSingleScene(source: $s) { ...Scene } }
    fragment Scene on ScrapedScene { head: title duration tags { name stored_id ...Tag } }
    fragment Tag on ScrapedTag { remote_site_id }
    """
    answer = answer_to(document, (SCRAPED,))
    (scene,) = answer["data"]["scrapeSingleScene"]
    assert scene["head"] == SCRAPED["title"]
    assert scene["duration"] is None
    assert len(scene["tags"]) == NEW_TAGS
    assert scene["tags"][0].keys() == {"name", "stored_id", "remote_site_id"}


def test_a_stubbed_answer_to_a_url_is_a_scene_or_null() -> None:
    """``scrapeSceneURL`` returns an object where the other fields return a list."""
    document = "query ScrapeSceneURL($url: String!) { scrapeSceneURL(url: $url) { title } }"
    assert answer_to(document, ())["data"] == {"scrapeSceneURL": None}
    assert answer_to(document, (SCRAPED,))["data"]["scrapeSceneURL"]["title"] == SCRAPED["title"]
