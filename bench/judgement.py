"""Precision and recall of a run over a library whose true metadata is known.

Prints a table for applying, linking and creating: with the default settings, and with exactly the
playbook's score (1.2: its weights, and nothing read from file names)::

    python bench/judgement.py                                     # on the practice Stash
    python bench/judgement.py --stash-url http://127.0.0.1:9999 --truth truth.json

    python bench/judgement.py --names 10000                       # names alone, no Stash
    python bench/judgement.py --names 10000 --seed 7 --namer DIR/bin/python

Each run really writes; afterwards scenes and entities are restored. Use a practice server all the
same. The truth file is a JSON object by file name, with ``title``, ``date``, ``studio``,
``performers``, ``tags`` (and ``groups``) of each. ``--names`` judges the names of the tests' tables
and of a grammar with near lies (``name_grammar.py``), beside namer's own comparison if a Python has
it. Writes ``bench/out/judgement.json``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from judging import (
    ROOTS,
    Count,
    Figures,
    State,
    Truth,
    compare,
    is_recognizable,
    read_state,
    recognizable_facts,
    truthfully_answered,
)
from name_figures import as_json, measure_names, names_are_good, show_names
from reset import hush

from stashbot.flows.runs.driver import RunObserver, start_run
from stashbot.flows.runs.selection import RunRequest, prepare_enrich
from stashbot.flows.workflows import WORKFLOWS
from stashbot.logs import set_up_logging
from stashbot.models import Scene, SceneResult
from stashbot.redaction import Scrubber
from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.services import open_services
from stashbot.settings import Settings, WeightSettings, load_settings
from stashbot.stash.client import StashClient, open_stash

OUT = Path(__file__).parent / "out" / "judgement.json"
MIN_SCENES = 40
#: Section 1.2 of the playbook; signals that it does not name have no weight.
PLAYBOOK: dict[str, float] = {
    "threshold": 0.6,
    "title": 0.4,
    "date": 0.2,
    "duration_close": 0.2,
    "duration_near": 0.1,
    "duration_close_s": 10.0,
    "duration_near_s": 30.0,
    "performer": 0.05,
    "performers_max": 0.2,
}
TARGET_RECALL = 0.95
MAX_LINES = 20


def profiles() -> dict[str, dict[str, dict[str, Any]]]:
    """Return the settings to compare, by name."""
    more = {
        name: 0.0
        for name, weight in WeightSettings.model_fields.items()
        if name not in PLAYBOOK and weight.annotation is not bool
    }
    exact: dict[str, dict[str, Any]] = {
        "weights": {**PLAYBOOK, **more},
        "filenames": {"builtin": False, "patterns": []},
    }
    return {"default": {}, "playbook": exact}


def read_truth(file: Path) -> dict[str, Truth]:
    """Return the truth by file name; other keys in the file are ignored."""
    scenes = json.loads(file.read_text(encoding="utf-8"))
    known = Truth.model_fields
    return {
        name: Truth.model_validate({key: value for key, value in scene.items() if key in known})
        for name, scene in scenes.items()
    }


@contextlib.contextmanager
def library(args: argparse.Namespace) -> Iterator[tuple[str, dict[str, Truth]]]:
    """Open a Stash; yield its address and the truth about its scenes by file name."""
    if args.stash_url:
        yield args.stash_url, read_truth(args.truth)
        return
    options = SandboxOptions(release_notes=False, scenes=args.scenes, seed=args.seed)
    with Sandbox(options) as sandbox:
        yield (
            sandbox.url,
            {
                scene.facts.basename: Truth(
                    title=scene.facts.title,
                    date=scene.facts.date,
                    studio=scene.facts.studio,
                    performers=scene.facts.performers,
                    tags=scene.facts.tags,
                    groups=scene.facts.groups,
                )
                for scene in sandbox.library.truth.values()
            },
        )


async def restore(client: StashClient, before: State) -> None:
    """Restore the scenes and delete the entities that were created since."""
    now = await read_state(client)
    for scene_id, scene in before.scenes.items():
        if now.scenes.get(scene_id, scene) != scene:
            await client.update_scene(_values(scene))
    for kind, (_, inner) in ROOTS.items():
        name = inner.removesuffix("s")
        document = f"mutation Gone($i: {name.title()}DestroyInput!) {{ {name}Destroy(input: $i) }}"
        for entity_id in now.entities[kind].keys() - before.entities[kind].keys():
            await client.transport.execute(document, {"i": {"id": entity_id}})


def _values(scene: Scene) -> dict[str, Any]:
    return {
        "id": scene.id,
        **{name: getattr(scene, name) or "" for name in ("title", "code", "details", "director")},
        "date": scene.date,
        "urls": list(scene.urls),
        "organized": scene.organized,
        "studio_id": scene.studio.id if scene.studio else None,
        "performer_ids": [performer.id for performer in scene.performers],
        "tag_ids": [tag.id for tag in scene.tags],
        "groups": [
            {"group_id": group.id, "scene_index": group.scene_index} for group in scene.groups
        ],
        "stash_ids": [stash_id.model_dump() for stash_id in scene.stash_ids],
    }


async def measure_run(
    settings: Settings, by_file: Mapping[str, Truth], names: tuple[str, ...]
) -> Figures:
    """Run over all scenes that are not organized, restore them, and return the figures."""
    async with open_stash(settings.stash) as client:
        before = await read_state(client)
        truths = {
            scene.id: by_file[scene.file.basename]
            for scene in before.scenes.values()
            if scene.file and scene.file.basename in by_file and not scene.organized
        }
        if len(truths) < MIN_SCENES:
            sys.exit(f"{len(truths)} scenes are too few: {MIN_SCENES} show something.")
        sources = await client.resolve_sources(names)
        answered = await truthfully_answered(client, sources, before, truths)
        knowable = frozenset(
            scene_id
            for scene_id in answered
            if is_recognizable(
                recognizable_facts(before.scenes[scene_id], truths[scene_id], before)
            )
        )
        request = RunRequest(ids=tuple(truths), sources=names)
        try:
            async with open_services(settings, WORKFLOWS, redactor=Scrubber()) as services:
                outcome = await start_run(
                    services,
                    lambda services: prepare_enrich(services, request),
                    RunObserver(on_result=_print_result),
                )
            after = await read_state(client)
        finally:
            await restore(client, before)
    return compare(before, after, outcome.report.scenes, truths, knowable)


def _print_result(result: SceneResult) -> None:
    print(f"{result.id} {result.outcome}", file=sys.stderr)


async def measure(args: argparse.Namespace) -> dict[str, Figures]:
    """Return the figures of each selected profile."""
    found = {}
    names = tuple(name for name in args.sources.split(",") if name)
    with library(args) as (url, by_file):
        hush(url)
        for name, overrides in profiles().items():
            if args.only not in {None, name}:
                continue
            with tempfile.TemporaryDirectory() as state:
                flags = {**overrides, "stash": {"url": url}, "state": {"dir": Path(state)}}
                found[name] = await measure_run(load_settings(None, flags), by_file, names)
    return found


def show(found: Mapping[str, Figures]) -> None:
    """Print the table, then the scenes and names that were wrong or missed."""
    print(f"{'':34}{''.join(f'{name:>22}' for name in found)}")
    print(_row("scenes", (str(figures.scenes) for figures in found.values())))
    for title in ("applying", "linking", "creating"):
        counts = [getattr(figures, title) for figures in found.values()]
        print(_row(f"{title}: precision", (_share(c.right, c.done, c.precision) for c in counts)))
        print(_row(f"{title}: recall", (_share(c.met, c.wanted, c.recall) for c in counts)))
    print(_row("wrong applies", (str(len(figures.wrong)) for figures in found.values())))
    print(_row("twin entities", (str(len(figures.twins)) for figures in found.values())))
    for name, figures in found.items():
        for what in ("wrong", "twins", "invented", "unlinked", "missed", "surplus"):
            lines = getattr(figures, what)
            for line in lines[:MAX_LINES]:
                print(f"{name}, {what}: {line}")
            if len(lines) > MAX_LINES:
                print(f"{name}, {what}: and {len(lines) - MAX_LINES} more, all in {OUT.name}")


def _row(title: str, cells: Iterator[str]) -> str:
    return f"{title:34}{''.join(f'{cell:>22}' for cell in cells)}"


def _share(part: int, whole: int, share: float | None) -> str:
    return "-" if share is None else f"{share:.1%} ({part}/{whole})"


def is_good(figures: Figures) -> bool:
    """Return whether 95 % of the knowable scenes were applied, none wrongly and without twins."""
    applying: Count = figures.applying
    return not figures.wrong and not figures.twins and (applying.recall or 0.0) >= TARGET_RECALL


def write(document: Mapping[str, Any]) -> None:
    """Write the figures to ``bench/out``."""
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")


def main() -> None:
    """Measure, print the table and write the JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stash-url", help="a practice Stash; the sandbox without it")
    parser.add_argument("--truth", type=Path, help="the truth about the scenes of --stash-url")
    parser.add_argument("--scenes", type=int, default=48, help="of the sandbox")
    parser.add_argument("--seed", type=int, default=1, help="of the sandbox or the grammar")
    parser.add_argument("--sources", default="", help="comma-separated; all by default")
    parser.add_argument("--only", choices=tuple(profiles()), help="only this profile")
    parser.add_argument("--names", type=int, help="judge so many names of a grammar instead")
    parser.add_argument("--namer", metavar="PYTHON", help="beside namer, which this Python has")
    args = parser.parse_args()
    if args.names:
        figures = measure_names(args.names, args.seed, args.namer)
        show_names(figures)
        write(as_json(figures))
        sys.exit(0 if names_are_good(figures) else 1)
    if args.stash_url and not args.truth:
        parser.error("--stash-url needs --truth")
    set_up_logging(scrubber=Scrubber(), level="WARNING")
    found = asyncio.run(measure(args))
    show(found)
    write({name: dataclasses.asdict(figures) for name, figures in found.items()})
    if "default" in found and not is_good(found["default"]):
        sys.exit(1)


if __name__ == "__main__":
    main()
