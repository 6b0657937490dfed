"""Writing a recording: a folder, replaced as a whole, without its owner's words."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from stashbot.errors import RecordingError
from stashbot.flows.checks.tour.key_check import StateCheck
from stashbot.recordings.anonymizer import Anonymizer
from stashbot.recordings.exchanges import RecordedExchange
from stashbot.selectors.fingerprint_store import FILE, FingerprintStore

_ADDRESS = re.compile(r"(?:https?|wss?)://[^/\s\"]+(?:/[^\s\"]*)?", re.I)
#: The value of an input in an ARIA snapshot.
_INPUT_VALUE = re.compile(
    r"^(\s*- (?:textbox|spinbutton|searchbox|combobox)(?: \"[^\"]*\")?(?: \[[^\]]*\])*): .*$"
)
_VERSION = re.compile(r"v?(\d+\.\d+(?:\.\d+)?)")


def parse_version(text: str) -> str:
    """Return the version in Stash's build name: ``0.30.1`` of ``v0.30.1-19-gcf3489e``.

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


def write_recording(folder: Path, files: Mapping[str, str], fingerprints: FingerprintStore) -> None:
    """Write a recording to ``folder``, in place of an older recording.

    That stays whole until this is. ``files`` maps names within the folder to texts.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as temporary:
        new = Path(temporary) / "new"
        for name, text in files.items():
            file = new / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        fingerprints.save(new / FILE)
        if folder.exists():
            folder.replace(Path(temporary) / "old")
        new.replace(folder)


def state_files(
    checks: Sequence[StateCheck], anonymizer: Anonymizer, names: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield name and text of the files of the states that were reached.

    ``names`` are the owner's words among the values of keys, such as the names of sources.
    """
    replacements = {name: anonymizer.text(name, "name") for name in names}
    for check in checks:
        if not check.reached or check.outline is None:
            continue
        findings = [
            {
                "key": finding.key,
                "values": {
                    name: replacements.get(value, value) for name, value in finding.values.items()
                },
                "count": finding.count,
                "visible": finding.visible,
                "strategy": finding.strategy,
            }
            for finding in check.findings
        ]
        keys = ",\n  ".join(json.dumps(finding, ensure_ascii=False) for finding in findings)
        tree = json.dumps(_anonymized_tree(check.outline, replacements), ensure_ascii=False)
        yield (
            f"states/{check.state}.json",
            f'{{"state": "{check.state}",\n "keys": [\n  {keys}\n ],\n "outline": {tree}}}\n',
        )
        yield f"states/{check.state}.aria.yml", anonymized_aria(check.aria or "", anonymizer)


def _anonymized_tree(node: Mapping[str, Any], replacements: Mapping[str, str]) -> dict[str, Any]:
    anonymized = {**node}
    if "text" in anonymized:
        anonymized["text"] = replacements.get(anonymized["text"], anonymized["text"])
    if "children" in anonymized:
        anonymized["children"] = [
            _anonymized_tree(child, replacements) for child in anonymized["children"]
        ]
    return anonymized


def anonymized_aria(snapshot: str, anonymizer: Anonymizer) -> str:
    """Return an ARIA snapshot without addresses, input values and library words."""
    lines = (_ADDRESS.sub("http://stash.test", line) for line in snapshot.splitlines())
    lines = (_INPUT_VALUE.sub(r'\1: "*"', line) for line in lines)
    return "".join(f"{anonymizer.prose(line)}\n" for line in lines)


def exchange_files(exchanges: Sequence[RecordedExchange]) -> Iterator[tuple[str, str]]:
    """Yield name and text of the file of each GraphQL operation."""
    by_operation: dict[str, list[RecordedExchange]] = {}
    for exchange in exchanges:
        by_operation.setdefault(exchange.operation, []).append(exchange)
    for operation, found in sorted(by_operation.items()):
        items = [exchange.model_dump(mode="json", exclude_defaults=True) for exchange in found]
        yield f"graphql/{operation}.json", json.dumps(items, indent=1, ensure_ascii=False) + "\n"
