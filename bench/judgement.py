"""How often stashbot is right: a library whose truth is known, run at the default settings.

A table of precision and recall of applying, linking and creating, once at the defaults and once
with exactly the playbook's score (1.2: its weights, and nothing read from file names)::

    python bench/judgement.py                                     # on the practice Stash
    python bench/judgement.py --stash-url http://127.0.0.1:9999 --truth truth.json

Each run really writes; afterwards scenes and entities are put back. Use a practice server all the
same. The truth file is a JSON object by file name, with ``title``, ``date``, ``studio``,
``performers``, ``tags`` (and ``groups``) of each. Writes ``bench/out/judgement.json``.
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
    is_known,
    pieces,
    read_state,
    told,
)
from reset import hush

from stashbot.flows.runs.driver import Progress, Request, carry_out
from stashbot.logs import set_up_logging
from stashbot.models import Scene
from stashbot.redaction import Scrubber
from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.settings import Settings, WeightSettings, load_settings
from stashbot.stash.client import StashClient, open_stash

OUT = Path(__file__).parent / "out" / "judgement.json"
FEWEST_SCENES = 40
#: Section 1.2 of the playbook; what it does not name counts nothing.
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
TARGET = 0.95
MOST_LINES = 20


def profiles() -> dict[str, dict[str, dict[str, Any]]]:
    """The settings that are compared, by name."""
    more = {
        name: 0.0
        for name, held in WeightSettings.model_fields.items()
        if name not in PLAYBOOK and held.annotation is not bool
    }
    exact: dict[str, dict[str, Any]] = {
        "weights": {**PLAYBOOK, **more},
        "filenames": {"builtin": False, "patterns": []},
    }
    return {"default": {}, "playbook": exact}


def read_truth(file: Path) -> dict[str, Truth]:
    """The truth by file name; what else the file says is left alone."""
    held = json.loads(file.read_text(encoding="utf-8"))
    wanted = Truth.model_fields
    return {
        name: Truth.model_validate({key: value for key, value in one.items() if key in wanted})
        for name, one in held.items()
    }


@contextlib.contextmanager
def library(args: argparse.Namespace) -> Iterator[tuple[str, dict[str, Truth]]]:
    """The address of a Stash, and the truth about its scenes by file name."""
    if args.stash_url:
        yield args.stash_url, read_truth(args.truth)
        return
    options = SandboxOptions(release_notes=False, scenes=args.scenes, seed=args.seed)
    with Sandbox(options) as sandbox:
        yield (
            sandbox.url,
            {
                one.facts.basename: Truth(
                    title=one.facts.title,
                    date=one.facts.date,
                    studio=one.facts.studio,
                    performers=one.facts.performers,
                    tags=one.facts.tags,
                    groups=one.facts.groups,
                )
                for one in sandbox.library.truth.values()
            },
        )


async def put_back(client: StashClient, before: State) -> None:
    """Scenes as they were, and no entity that was not there."""
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
        "performer_ids": [one.id for one in scene.performers],
        "tag_ids": [one.id for one in scene.tags],
        "groups": [{"group_id": one.id, "scene_index": one.scene_index} for one in scene.groups],
        "stash_ids": [one.model_dump() for one in scene.stash_ids],
    }


async def judged(
    settings: Settings, by_file: Mapping[str, Truth], names: tuple[str, ...]
) -> Figures:
    """The figures of one run over all scenes that are not organized; then all is put back."""
    async with open_stash(settings.stash) as client:
        before = await read_state(client)
        truths = {
            scene.id: by_file[scene.file.basename]
            for scene in before.scenes.values()
            if scene.file and scene.file.basename in by_file and not scene.organized
        }
        if len(truths) < FEWEST_SCENES:
            sys.exit(f"{len(truths)} scenes are too few: {FEWEST_SCENES} show something.")
        sources = await client.resolve_sources(names)
        sayable = await told(client, sources, before, truths)
        knowable = frozenset(
            one for one in sayable if is_known(pieces(before.scenes[one], truths[one], before))
        )
        try:
            finished = await carry_out(
                settings,
                Request(ids=tuple(truths), sources=names),
                Progress(on_result=lambda one: print(f"{one.id} {one.outcome}", file=sys.stderr)),
            )
            after = await read_state(client)
        finally:
            await put_back(client, before)
    return compare(before, after, finished.report.scenes, truths, knowable)


async def measure(args: argparse.Namespace) -> dict[str, Figures]:
    """The figures of each profile that was asked for."""
    found = {}
    names = tuple(name for name in args.sources.split(",") if name)
    with library(args) as (url, by_file):
        hush(url)
        for name, overrides in profiles().items():
            if args.only not in {None, name}:
                continue
            with tempfile.TemporaryDirectory() as state:
                flags = {**overrides, "stash": {"url": url}, "state": {"dir": Path(state)}}
                found[name] = await judged(load_settings(None, flags), by_file, names)
    return found


def show(found: Mapping[str, Figures]) -> None:
    """Prints the table, and by name what was wrong or missed."""
    print(f"{'':34}{''.join(f'{name:>22}' for name in found)}")
    print(_row("scenes", (str(one.scenes) for one in found.values())))
    for title in ("applying", "linking", "creating"):
        counts = [getattr(one, title) for one in found.values()]
        print(_row(f"{title}: precision", (_share(c.right, c.done, c.precision) for c in counts)))
        print(_row(f"{title}: recall", (_share(c.met, c.wanted, c.recall) for c in counts)))
    print(_row("wrong applies", (str(len(one.wrong)) for one in found.values())))
    print(_row("twin entities", (str(len(one.twins)) for one in found.values())))
    for name, one in found.items():
        for what in ("wrong", "twins", "invented", "unlinked", "missed", "surplus"):
            lines = getattr(one, what)
            for line in lines[:MOST_LINES]:
                print(f"{name}, {what}: {line}")
            if len(lines) > MOST_LINES:
                print(f"{name}, {what}: and {len(lines) - MOST_LINES} more, all in {OUT.name}")


def _row(title: str, cells: Iterator[str]) -> str:
    return f"{title:34}{''.join(f'{cell:>22}' for cell in cells)}"


def _share(part: int, whole: int, share: float | None) -> str:
    return "-" if share is None else f"{share:.1%} ({part}/{whole})"


def reached(figures: Figures) -> bool:
    """No wrong apply, no twin, and 95 % of the knowable scenes applied."""
    applying: Count = figures.applying
    return not figures.wrong and not figures.twins and (applying.recall or 0.0) >= TARGET


def main() -> None:
    """Measures, prints the table and writes the JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stash-url", help="a practice Stash; the sandbox without it")
    parser.add_argument("--truth", type=Path, help="the truth about the scenes of --stash-url")
    parser.add_argument("--scenes", type=int, default=48, help="of the sandbox")
    parser.add_argument("--seed", type=int, default=1, help="of the sandbox")
    parser.add_argument("--sources", default="", help="comma-separated; all by default")
    parser.add_argument("--only", choices=tuple(profiles()), help="one of the profiles")
    args = parser.parse_args()
    if args.stash_url and not args.truth:
        parser.error("--stash-url needs --truth")
    set_up_logging(scrubber=Scrubber(), level="WARNING")
    found = asyncio.run(measure(args))
    show(found)
    OUT.parent.mkdir(exist_ok=True)
    document = {name: dataclasses.asdict(one) for name, one in found.items()}
    OUT.write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")
    if "default" in found and not reached(found["default"]):
        sys.exit(1)


if __name__ == "__main__":
    main()
