"""What a dry run plans is what the run then does, scene by scene, whatever library and settings.

Libraries, sources and settings are drawn from a seed; each is a practice Stash of its own.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stashbot.browser.launch import BrowserHost
from stashbot.flows.runs.driver import Request
from stashbot.models import FieldName, Outcome, Scene, SceneResult
from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.settings import FieldSettings, load_settings
from stashbot.stash.client import open_stash
from tests.e2e.conftest import CarryOut, Run, Runs

SHORT, LONG = 1, 40
AT_ONCE = 8
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
    """A library with some data of its owner's, and a way to run over it."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(f"dry-{seed}")  # noqa: S311 - no secret
        self.options = SandboxOptions(
            release_notes=False, seed=self.rng.randrange(1000), scenes=self.rng.randint(26, 40)
        )
        everything = [str(number) for number in range(1, self.options.scenes + 1)]
        self.ids = tuple(self.rng.sample(everything, AT_ONCE))
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
            "consensus": {"ask": pick([1, 1, 2, 3])},
            "weights": {"threshold": pick([0.2, 0.4, 0.6])},
            "run": {"organize": pick([True, True, False]), "sources": list(self.sources)},
            "search": {"url": pick([True, False]), "query": pick([True, False])},
        }

    def write_rules(self, file: Path) -> dict[str, Any]:
        """Some rules in a file, and the settings that name it."""
        some = self.rng.sample(RULES, self.rng.randint(0, len(RULES)))
        file.write_text("\n".join(f"[[rules]]\n{one}" for one in some))
        return {"rules": {"files": (file,)}, "collections": COLLECTIONS}

    def enter_data(self, sandbox: Sandbox) -> None:
        """What the owner entered by hand, true or not, as far as Stash has the entities."""
        library, rng = sandbox.library, self.rng
        for scene_id in self.ids:
            facts, other = (library.truth[one].facts for one in (scene_id, rng.choice(self.ids)))
            held: dict[str, Any] = {
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
            chosen = {name: value for name, value in held.items() if rng.random() < 0.3}
            library.update_scene(scene_id, chosen)

    @property
    def request(self) -> Request:
        """A run over the drawn scenes."""
        return Request(ids=self.ids, sources=self.sources if self.fixed else ())


@pytest.fixture
def drawn(request: pytest.FixtureRequest) -> Drawn:
    """What the test's seed draws."""
    return Drawn(request.param)


@pytest.fixture
def own(drawn: Drawn) -> Iterator[Sandbox]:
    """A practice Stash with the drawn library."""
    with Sandbox(drawn.options) as sandbox:
        drawn.enter_data(sandbox)
        yield sandbox


def _seeds() -> list[Any]:
    return [
        pytest.param(seed, marks=() if seed < SHORT else pytest.mark.slow) for seed in range(LONG)
    ]


@pytest.mark.parametrize("drawn", _seeds(), indirect=True)
def test_the_run_does_what_the_dry_run_planned(
    drawn: Drawn, own: Sandbox, tmp_path: Path, run: Run[Any], host: BrowserHost
) -> None:
    """The dry run sends no write; then each scene comes out as planned: outcome, source, score,
    evidence, every change and everything left out. Stash holds it, and every other field and scene
    is as it was.
    """
    flags = {"stash": {"url": own.url}}
    carry: CarryOut = Runs(load_settings(None, flags), tmp_path / "state", run, host)
    settings = {**drawn.settings, **drawn.write_rules(tmp_path / "rules.toml")}
    before = run(_scenes(own))
    sent = len(own.mutations)
    plan = carry(drawn.request.model_copy(update={"dry_run": True}), **settings).report
    assert own.mutations[sent:] == []
    assert run(_scenes(own)) == before

    done = carry(drawn.request, **settings).report
    assert [_told(one) for one in done.scenes] == [_told(one) for one in plan.scenes]
    created = {name for one in done.scenes for name in one.created}
    assert created == {name for one in plan.scenes for name in one.created}
    after = run(_scenes(own))
    results = {one.id: one for one in done.scenes}
    for scene_id, scene in before.items():
        wanted = _values(scene)
        if scene_id in results:
            changes = _named(results[scene_id].changes)
            wanted |= {name: change[1] for name, change in changes.items() if name != "cover"}
        assert _values(after[scene_id]) == wanted, results.get(scene_id)


def _told(result: SceneResult) -> dict[str, Any]:
    """What plan and run must agree on. Entities count by name: a plan knows no id of new ones."""
    return {
        "scene": result.id,
        "outcome": DONE_AS.get(result.outcome, result.outcome),
        "source": result.source,
        "score": result.score,
        "evidence": result.evidence,
        "changes": _named(result.changes),
        "left out": result.left_out,
        "asked": [(one.source, one.result, one.score) for one in result.attempts],
        "rules": result.rules,
        "reason": result.reason,
    }


def _named(changes: dict[str, Any]) -> dict[str, list[Any]]:
    return {name: [_plain(value) for value in values] for name, values in changes.items()}


def _values(scene: Scene) -> dict[str, Any]:
    return {name.value: _plain(scene.value(name)) for name in FieldName}


def _plain(value: Any) -> Any:
    """Entities by name, and in no order: Stash orders them by itself."""
    if isinstance(value, dict):
        return value.get("name", value.get("stash_id"))
    if isinstance(value, list | tuple) and value and isinstance(value[0], dict):
        return sorted(_plain(one) for one in value)
    return list(value) if isinstance(value, tuple) else value


async def _scenes(sandbox: Sandbox) -> dict[str, Scene]:
    async with open_stash(load_settings(None, {"stash": {"url": sandbox.url}}).stash) as client:
        found = {scene.id: scene async for scene in client.iter_scenes()}
    return {key: scene.model_copy(update={"updated_at": None}) for key, scene in found.items()}
