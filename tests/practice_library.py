"""The expected outcomes for the sandbox's standard library at the defaults, written down as data.

``practice_library.json`` has a row for each source and each scene that is not organized. A row is
the kind of the source's answer, and, where it has content, the values that a plan takes from it:

- ``takes`` names the fields whose planned value is the answer's own value;
- other fields give the planned value itself, entities by their names;
- ``omits`` lists what the answer proposes and the plan leaves out.

A source that answers about the wrong scene is ``low``, and so is a right answer about a scene whose
file name says nothing; their values are those that accepting the proposal brings. Rows are missing
where reasonable people differ about the kind. Whoever changes a row says why in the commit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from stashbot.sandbox.sources import SceneTruth

Kind = Literal["trusted", "low", "nothing", "empty", "failing"]

_FILE = Path(__file__).with_suffix(".json")


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """The expected outcome of a source's answer about a scene.

    ``changes`` are the planned values by field, entities by their names; ``omitted`` is what the
    plan leaves out, as field and name.
    """

    source: str
    scene: str
    kind: Kind
    changes: Mapping[str, Any]
    omitted: tuple[tuple[str, str], ...]


@cache
def _rows() -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = json.loads(_FILE.read_text("utf-8"))
    return rows


def expectations(truth: Mapping[str, SceneTruth]) -> list[Expectation]:
    """Return all expectations; ``truth`` is that of the sandbox's standard library."""
    return [
        _expectation(source, scene, row, truth[scene].sources[source].answer or {})
        for source, rows in _rows().items()
        for scene, row in rows.items()
    ]


def _expectation(
    source: str, scene: str, row: str | dict[str, Any], answer: Mapping[str, Any]
) -> Expectation:
    if isinstance(row, str):
        row = {"kind": row}
    values = {name: value for name, value in row.items() if name not in {"kind", "takes", "omits"}}
    return Expectation(
        source=source,
        scene=scene,
        kind=row["kind"],
        changes={**{name: answer[name] for name in row.get("takes", ())}, **values},
        omitted=tuple(
            (field, name) for field, names in row.get("omits", {}).items() for name in names
        ),
    )
