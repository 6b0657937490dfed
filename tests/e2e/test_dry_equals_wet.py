"""The run does what the dry run planned, scene by scene, whatever the library and settings.

Library, sources and settings are drawn from a seed; each is a practice Stash of its own.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stashbot.browser.launch import BrowserHost
from stashbot.flows.runs.selection import RunRequest
from stashbot.models import FieldName, Outcome, Scene, SceneResult
from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.settings import FieldSettings, load_settings
from stashbot.stash.client import open_stash
from tests.e2e.conftest import Run
from tests.e2e.support.runs import SceneRuns

#: Seeds, and over how many scenes each runs: the short form and the long one.
SHORT, LONG = [(0, 4)], [(seed, 8) for seed in range(40)]
SOURCES = (
    *("AlphaSource", "AlphaSource box", "BetaSource", "BrokenSource", "EmptySource"),
    "GammaSource",
)
RULES = (
    'when = "duration > 600"\nthen = [{ tag = "Outdoor" }, { collection = "Long" }]',
    'when = "id % 3 == 0"\nthen = [{ scrape = "BetaSource" }]',
    'when = "id % 2 == 0"\nthen = [{ tag = "Brand New" }]',
    'when = "studio != null"\non = "save"\nthen = [{ organize = true }]',
    'when = "tags.length > 2"\non = "save"\nthen = [{ organize = false }, { tag = "Many" }]',
)
COLLECTIONS = {"Long": {"where": "duration > 600", "kind": "group"}}
DONE_AS = {Outcome.PLANNED: Outcome.APPLIED}
_LISTS = {"urls", "performers", "groups", "tags", "stash_ids"}


class Drawn:
    """A library with some data of its owner's, and the settings of runs over it."""

    def __init__(self, seed: int, count: int) -> None:
        self.rng = random.Random(f"dry-{seed}")  # noqa: S311 - no secret
        self.options = SandboxOptions(
            release_notes=False, seed=self.rng.randrange(1000), scenes=self.rng.randint(26, 40)
        )
        everything = [str(number) for number in range(1, self.options.scenes + 1)]
        self.ids = tuple(self.rng.sample(everything, count))
        self.sources = tuple(self.rng.sample(SOURCES, self.rng.randint(2, len(SOURCES))))
        self.fixed = self.rng.random() < 0.5
        self.settings = self._settings()

    def _settings(self) -> dict[str, dict[str, Any]]:
        pick = self.rng.choice
        fields = {}
        for name in FieldSettings.model_fields:
            takes = ["fill", "fill", "overwrite", "keep"] + ["union"] * 4 * (name in _LISTS)
            fields[name] = pick(["keep", "overwrite"] if name == "cover" else takes)
        return {
            "fields": fields,
            "consensus": {"sources_wanted": pick([1, 1, 2, 3])},
            "weights": {"threshold": pick([0.2, 0.4, 0.6])},
            "run": {"organize": pick([True, True, False]), "sources": list(self.sources)},
            "search": {"url": pick([True, False]), "query": pick([True, False])},
        }

    def write_rules(self, file: Path) -> dict[str, Any]:
        """Write some rules into the file, and return the settings that name it."""
        some = self.rng.sample(RULES, self.rng.randint(0, len(RULES)))
        file.write_text("\n".join(f"[[rules]]\n{rule}" for rule in some))
        return {"rules": {"files": (file,)}, "collections": COLLECTIONS}

    def enter_data(self, sandbox: Sandbox) -> None:
        """Enter data as an owner might, true or not, as far as Stash has the entities."""
        library, rng = sandbox.library, self.rng
        for scene_id in self.ids:
            facts, other = (library.truth[key].facts for key in (scene_id, rng.choice(self.ids)))
            entered: dict[str, Any] = {
                "title": rng.choice([facts.title, other.title]),
                "date": rng.choice([facts.date, other.date]),
                "code": "OWN-1",
                "details": "What its owner wrote.",
                "urls": [rng.choice([*facts.urls, "https://owner.example.test/1"])],
                "studio_id": rng.choice([*library.studios]),
                "performer_ids": rng.sample([*library.performers], 2),
                "tag_ids": rng.sample([*library.tags], 2),
                "organized": False,
            }
            chosen = {name: value for name, value in entered.items() if rng.random() < 0.3}
            library.update_scene(scene_id, chosen)

    def request(self, *, dry_run: bool = False) -> RunRequest:
        """Return the request for a run over the drawn scenes."""
        sources = self.sources if self.fixed else ()
        return RunRequest(ids=self.ids, sources=sources, dry_run=dry_run)


@pytest.fixture
def drawn(request: pytest.FixtureRequest) -> Drawn:
    """Return the library and settings of the test's seed."""
    seed, count = request.param
    return Drawn(seed, count)


@pytest.fixture
def own(drawn: Drawn) -> Iterator[Sandbox]:
    """Yield a practice Stash with the drawn library."""
    with Sandbox(drawn.options) as sandbox:
        drawn.enter_data(sandbox)
        yield sandbox


@pytest.mark.parametrize(
    "drawn",
    [
        *(pytest.param(drawn, id=f"{drawn[0]}") for drawn in SHORT),
        *(pytest.param(drawn, id=f"{drawn[0]}-long", marks=pytest.mark.slow) for drawn in LONG),
    ],
    indirect=True,
)
def test_the_run_does_what_the_dry_run_planned(
    drawn: Drawn, own: Sandbox, tmp_path: Path, run: Run[Any], host: BrowserHost
) -> None:
    """The dry run sends no write; then each scene comes out as planned: outcome, source, score,
    evidence, every change and everything left out. Stash holds it, and every other field and scene
    is as it was.
    """
    base = load_settings(None, {"stash": {"url": own.url}})
    run_scenes = SceneRuns(base, tmp_path / "state", run, host)
    settings = {**drawn.settings, **drawn.write_rules(tmp_path / "rules.toml")}
    before = run(_scenes(own))
    sent = len(own.mutations)
    plan = run_scenes(drawn.request(dry_run=True), **settings).report
    assert own.mutations[sent:] == []
    assert run(_scenes(own)) == before

    done = run_scenes(drawn.request(), **settings).report
    assert [_agreed(result) for result in done.scenes] == [
        _agreed(result) for result in plan.scenes
    ]
    created = {name for result in done.scenes for name in result.created}
    assert created == {name for result in plan.scenes for name in result.created}
    after = run(_scenes(own))
    results = {result.id: result for result in done.scenes}
    for scene_id, scene in before.items():
        wanted = _values(scene)
        if scene_id in results:
            changes = _named(results[scene_id].changes)
            wanted |= {name: change[1] for name, change in changes.items() if name != "cover"}
        assert _values(after[scene_id]) == wanted, results.get(scene_id)


def _agreed(result: SceneResult) -> dict[str, Any]:
    """Return what plan and run must agree on.

    Entities count by name: a plan knows no id of new ones.
    """
    return {
        "scene": result.id,
        "outcome": DONE_AS.get(result.outcome, result.outcome),
        "source": result.source,
        "score": result.score,
        "evidence": result.evidence,
        "changes": _named(result.changes),
        "omitted": result.omitted,
        "attempts": [(each.source, each.result, each.score) for each in result.attempts],
        "rules": result.rules,
        "reason": result.reason,
    }


def _named(changes: dict[str, Any]) -> dict[str, list[Any]]:
    return {name: [_plain(value) for value in values] for name, values in changes.items()}


def _values(scene: Scene) -> dict[str, Any]:
    return {name.value: _plain(scene.value(name)) for name in FieldName}


def _plain(value: Any) -> Any:
    """Return the value with entities by name, in no order: Stash orders them by itself."""
    if isinstance(value, dict):
        return value.get("name", value.get("stash_id"))
    if isinstance(value, list | tuple) and value and isinstance(value[0], dict):
        return sorted(map(_plain, value))
    return list(value) if isinstance(value, tuple) else value


async def _scenes(sandbox: Sandbox) -> dict[str, Scene]:
    async with open_stash(load_settings(None, {"stash": {"url": sandbox.url}}).stash) as client:
        found = {scene.id: scene async for scene in client.iter_scenes()}
    return {key: scene.model_copy(update={"updated_at": None}) for key, scene in found.items()}
