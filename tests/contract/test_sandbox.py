"""The practice Stash has the elements and the API of the recorded releases."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, get_named_type

from stashbot.flows.checks.selector_check import check_selectors
from stashbot.flows.checks.tour.tour import Captures
from stashbot.recordings.exchanges import RecordedExchange, load_exchanges
from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.sandbox.execution import make_schema
from stashbot.selectors.element_fingerprint import similarity
from stashbot.selectors.fingerprint_store import FILE, FingerprintStore
from stashbot.selectors.schema import release_name
from stashbot.settings import load_settings
from tests.contract.conftest import FOLDERS, RecordedState
from tests.slow_params import slow_params

#: The least similarity: surroundings of elements may differ, the elements may not.
MIN_SIMILARITY = 0.8
#: Keys whose elements are simpler in the practice Stash: the player, the release notes, and the
#: frame around a page that it does not have.
SIMPLER = frozenset({"scene.video", "shell.ready", "shell.release_notes"})


#: The newest release is checked by default.
NEWEST_FIRST = sorted(FOLDERS, key=lambda folder: RecordedState(folder, "").release, reverse=True)


@pytest.mark.browser
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    "folder", slow_params(NEWEST_FIRST, ids=[folder.name for folder in NEWEST_FIRST])
)
def test_elements_look_like_the_recorded_elements(folder: Path, tmp_path: Path) -> None:
    """In every state every key finds an element like the recorded element."""
    release = RecordedState(folder, "").release
    recorded = FingerprintStore.load(folder / FILE, recordings=tmp_path)
    with Sandbox(SandboxOptions.model_validate({"release": release_name(release)})) as sandbox:
        settings = load_settings(
            None, {"stash": {"url": sandbox.url}, "state": {"dir": tmp_path / "state"}}
        )
        report = asyncio.run(check_selectors(settings, captures=Captures(fingerprints=True)))
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
            best = max(similarity(known, shown) for known in wanted for shown in found.fingerprints)
            if best < MIN_SIMILARITY and found.key not in SIMPLER:
                unlike[state.state, found.name] = round(best, 2)
    assert [finding.name for finding in report.broken] == []
    assert compared > 80
    assert not unlike


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_schema_answers_the_requests_of_the_real_pages(folder: Path) -> None:
    """It has every operation that the real pages sent, and every field of scenes.

    Missing are markers, galleries, details of files, and counts of performers and groups.
    """
    schema = make_schema()
    lost: dict[str, list[str]] = {}
    for exchange in load_exchanges(folder):
        missing = [
            field for field in unknown_fields(schema, exchange) if not _OMITTED.search(field)
        ]
        if exchange.operation not in COMPLETE:
            missing = [field for field in missing if "." not in field]
        if missing and exchange.operation not in NOT_PRACTISED:
            lost[exchange.operation] = missing
    assert lost == {}


#: Operations whose answers have every field.
COMPLETE = frozenset({"FindScene", "FindScenes", "ScrapeSingleScene", "ListSceneScrapers"})
#: The version check asks the internet.
NOT_PRACTISED = frozenset({"LatestVersion"})
_OMITTED = re.compile(
    r"\b(scene_markers|galleries|file|files)\b"
    r"|\.(groups|performers)\..*_count$|\.studio\.(parent\.)?url$"
)


def unknown_fields(schema: GraphQLSchema, exchange: RecordedExchange) -> list[str]:
    """Return the fields of an exchange that the schema does not have."""
    root = schema.mutation_type if exchange.kind == "mutation" else schema.query_type
    return list(_unknown(root, exchange.fields, ""))


def _unknown(kind: Any, fields: Mapping[str, Any], path: str) -> list[str]:
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
            lost += _unknown(get_named_type(field.type), below, f"{path}{name}.")
    return lost
