"""Writing a recording: one folder, replaced as a whole, that does not tell whose server it was."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from stashbot.errors import RecordingError
from stashbot.flows.checks.tour.key_check import StateCheck
from stashbot.recordings.exchanges import Exchange, Neutral
from stashbot.selectors.fingerprint_store import FILE, FingerprintBook

_ADDRESS = re.compile(r"(?:https?|wss?)://[^/\s\"]+(?:/[^\s\"]*)?", re.I)
#: The value of an input in a snapshot.
_TYPED = re.compile(
    r"^(\s*- (?:textbox|spinbutton|searchbox|combobox)(?: \"[^\"]*\")?(?: \[[^\]]*\])*): .*$"
)
_VERSION = re.compile(r"v?(\d+\.\d+(?:\.\d+)?)")


def version_of(text: str) -> str:
    """``0.30.1`` of ``v0.30.1-19-gcf3489efd``.

    Raises:
        RecordingError: Stash does not say which release it is.
    """
    found = _VERSION.match(text)
    if found is None:
        raise RecordingError(
            f"Stash says that its version is {text!r}; a recording needs to know it.",
            hint="Record from a release of Stash.",
            file="",
        )
    return found[1]


def write(folder: Path, files: Mapping[str, str], book: FingerprintBook) -> None:
    """All files, in place of what ``folder`` held; an older recording stays whole until then."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as made:
        fresh = Path(made) / "new"
        for name, text in files.items():
            file = fresh / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        book.save(fresh / FILE)
        if folder.exists():
            folder.replace(Path(made) / "old")
        fresh.replace(folder)


def state_files(
    checks: Sequence[StateCheck], neutral: Neutral, owners: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Name and text of the files of the states that were reached.

    ``owners`` are words that keys are asked with and that are not Stash's own, such as the names of
    sources.
    """
    told = {word: neutral.text(word, "name") for word in owners}
    for check in checks:
        if not check.reached or check.outline is None:
            continue
        found = [
            {
                "key": one.key,
                "values": _with_words(one.values, told),
                "count": one.count,
                "visible": one.visible,
                "strategy": one.strategy,
            }
            for one in check.findings
        ]
        keys = ",\n  ".join(json.dumps(one, ensure_ascii=False) for one in found)
        tree = json.dumps(_neutral_tree(check.outline, told), ensure_ascii=False)
        yield (
            f"states/{check.state}.json",
            f'{{"state": "{check.state}",\n "keys": [\n  {keys}\n ],\n "outline": {tree}}}\n',
        )
        yield f"states/{check.state}.aria.yml", neutral_aria(check.aria or "", neutral)


def _with_words(values: Mapping[str, str], told: Mapping[str, str]) -> dict[str, str]:
    return {name: told.get(value, value) for name, value in values.items()}


def _neutral_tree(node: Mapping[str, Any], told: Mapping[str, str]) -> dict[str, Any]:
    own = {**node}
    if "text" in own:
        own["text"] = told.get(own["text"], own["text"])
    if "children" in own:
        own["children"] = [_neutral_tree(child, told) for child in own["children"]]
    return own


def neutral_aria(snapshot: str, neutral: Neutral) -> str:
    """The snapshot without the owner's words: addresses, what is typed, and what was learnt."""
    lines = (_ADDRESS.sub("http://stash.test", line) for line in snapshot.splitlines())
    lines = (_TYPED.sub(r'\1: "*"', line) for line in lines)
    return "".join(f"{neutral.within(line)}\n" for line in lines)


def exchange_files(exchanges: Sequence[Exchange]) -> Iterator[tuple[str, str]]:
    """Name and text of the files of the operations."""
    by_operation: dict[str, list[Exchange]] = {}
    for one in exchanges:
        by_operation.setdefault(one.operation, []).append(one)
    for operation, found in sorted(by_operation.items()):
        items = [one.model_dump(mode="json", exclude_defaults=True) for one in found]
        yield f"graphql/{operation}.json", json.dumps(items, indent=1, ensure_ascii=False) + "\n"
