"""The practice Stash looks and speaks like the real one that was recorded."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, get_named_type

from stashbot.flows.checks.selector_check import check_selectors
from stashbot.flows.checks.tour.tour import Looks
from stashbot.recordings.exchanges import Exchange
from stashbot.recordings.replay import load_exchanges
from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.sandbox.execution import make_schema
from stashbot.selectors.element_fingerprint import similarity
from stashbot.selectors.fingerprint_store import FILE, FingerprintBook
from stashbot.selectors.schema import release_name
from stashbot.settings import load_settings
from tests.contract.conftest import FOLDERS, RecordedState
from tests.short import short

#: Elements of the two may differ in what stands around them; not in what they are.
ALIKE = 0.8
#: What the practice Stash draws more simply, and the registry finds all the same: its player, the
#: notes, and the frame around a page that is not practised.
SIMPLER = frozenset({"scene.video", "shell.ready", "shell.release_notes"})


#: The newest one is looked at by default.
NEWEST_FIRST = sorted(FOLDERS, key=lambda folder: RecordedState(folder, "").release, reverse=True)


@pytest.mark.e2e
@pytest.mark.timeout(400)
@pytest.mark.parametrize("folder", short(NEWEST_FIRST, ids=[one.name for one in NEWEST_FIRST]))
def test_its_elements_look_like_the_recorded_ones(folder: Path, tmp_path: Path) -> None:
    """In every state every key finds an element like the one that it found on the real Stash."""
    release = RecordedState(folder, "").release
    recorded = FingerprintBook.load(folder / FILE, recordings=tmp_path)
    with Sandbox(SandboxOptions.model_validate({"release": release_name(release)})) as sandbox:
        settings = load_settings(
            None, {"stash": {"url": sandbox.url}, "state": {"dir": tmp_path / "state"}}
        )
        report = asyncio.run(check_selectors(settings, looks=Looks(fingerprints=True)))
    unlike = {}
    compared = 0
    for state in report.states:
        for found in state.findings:
            wanted = recorded.find(
                release=release,
                profile="session",
                state=state.state,
                key=found.key,
                values=found.values,
            )
            if not wanted or not found.fingerprints:
                continue
            compared += 1
            best = max(similarity(one, other) for one in wanted for other in found.fingerprints)
            if best < ALIKE and found.key not in SIMPLER:
                unlike[state.state, found.name] = round(best, 2)
    assert [one.name for one in report.broken] == []
    assert compared > 80
    assert not unlike


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_its_schema_answers_what_the_real_pages_ask(folder: Path) -> None:
    """It has every operation that the pages of the real UI sent, and of scenes every field.

    Markers, galleries, the details of files and how much performers and groups have elsewhere are
    not practised.
    """
    schema = make_schema()
    lost: dict[str, list[str]] = {}
    for one in load_exchanges(folder):
        missing = [field for field in lost_in(schema, one) if not _OTHERS.search(field)]
        if one.operation not in WHOLE:
            missing = [field for field in missing if "." not in field]
        if missing and one.operation not in NOT_PRACTISED:
            lost[one.operation] = missing
    assert lost == {}


#: Operations whose answers are practised field by field.
WHOLE = frozenset({"FindScene", "FindScenes", "ScrapeSingleScene", "ListSceneScrapers"})
#: The version check asks the internet.
NOT_PRACTISED = frozenset({"LatestVersion"})
_OTHERS = re.compile(
    r"\b(scene_markers|galleries|file|files)\b"
    r"|\.(groups|performers)\..*_count$|\.studio\.(parent\.)?url$"
)


def lost_in(schema: GraphQLSchema, one: Exchange) -> list[str]:
    """The fields of an exchange that the schema does not know."""
    root = schema.mutation_type if one.kind == "mutation" else schema.query_type
    return list(_lost(root, one.fields, ""))


def _lost(kind: Any, fields: Mapping[str, Any], path: str) -> list[str]:
    if not isinstance(kind, GraphQLObjectType):
        return []
    lost: list[str] = []
    for name, below in fields.items():
        if name == "__typename":
            continue
        field: GraphQLField | None = kind.fields.get(name)
        if field is None:
            lost.append(f"{path}{name}")
        else:
            lost += _lost(get_named_type(field.type), below, f"{path}{name}.")
    return lost
