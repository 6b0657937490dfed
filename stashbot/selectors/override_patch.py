"""Healed keys as files of an override folder, and as a diff for a person to judge.

Whatever else such a file holds stays in it, byte for byte.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stashbot.errors import RegistryError
from stashbot.models import Model
from stashbot.selectors.healing import Healing
from stashbot.selectors.schema import Entry, Release, Strategy, release_name
from stashbot.selectors.selector_set import SelectorSet

_HEAD = re.compile(r"\[\s*([\w-]+)\s*\]\s*(?:#.*)?$")
_FIRST = ("state", "count", "access", "visible", "opens", "why")


class Refused(Model):
    """A healed key for which no override is offered, and why."""

    key: str
    values: dict[str, str]
    why: str


class Proposal(Model):
    """A file of the override folder: ``before`` and ``after`` are its whole texts."""

    file: Path
    keys: tuple[str, ...]
    before: str
    after: str

    @property
    def diff(self) -> str:
        """A unified diff from ``before`` to ``after``."""
        lines = difflib.unified_diff(
            self.before.splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            fromfile=f"a/{self.file.name}" if self.before else "/dev/null",
            tofile=f"b/{self.file.name}",
        )
        return "".join(lines)


class Proposals(Model):
    """What is offered, one file a page, and what is not."""

    files: tuple[Proposal, ...] = ()
    refused: tuple[Refused, ...] = ()

    @property
    def diff(self) -> str:
        """The diffs of all files."""
        return "".join(file.diff for file in self.files)

    def write(self) -> None:
        """Writes the files; one that changed since it was read is left alone.

        Raises:
            RegistryError: a file changed meanwhile, or cannot be written.
        """
        for one in self.files:
            if _read(one.file) != one.before:
                raise _wrong(one.file, one.keys, "it changed meanwhile", "Heal again.")
            try:
                one.file.parent.mkdir(parents=True, exist_ok=True)
                one.file.write_text(one.after, encoding="utf-8")
            except OSError as error:
                told = f"it cannot be written: {error}"
                raise _wrong(one.file, one.keys, told, "Make it writable.") from error


def propose(healings: Iterable[Healing], selectors: SelectorSet, folder: Path) -> Proposals:
    """Files for ``folder`` in which each usable healing is the first strategy of its key.

    The new strategy holds from the release that ``selectors`` are for. In the selector of a key
    with placeholders the values become placeholders again; where they do not occur it would hold
    for these values only, so none is offered.

    Raises:
        RegistryError: a file of the folder cannot be read, or is not TOML.
    """
    refused: list[Refused] = []
    found: dict[str, list[Strategy]] = {}
    for healing in healings:
        strategy, why = _strategy(healing, selectors)
        if strategy is None:
            refused.append(Refused(key=healing.key, values=healing.values, why=why))
        elif strategy not in found.setdefault(healing.key, []):
            found[healing.key].append(strategy)
    pages: dict[str, list[str]] = {}
    for key in sorted(found):
        pages.setdefault(key.split(".")[0], []).append(key)
    files = [_file(folder, page, keys, found, selectors) for page, keys in pages.items()]
    return Proposals(files=tuple(files), refused=tuple(refused))


def template_of(css: str, values: Mapping[str, str]) -> str:
    """``css`` with each of ``values`` put back to its ``{placeholder}`` where it stands whole."""
    names = {value: name for name, value in values.items() if value}
    if not names:
        return css
    longest = sorted(names, key=len, reverse=True)
    whole = re.compile(rf"(?<![A-Za-z0-9_])({'|'.join(map(re.escape, longest))})(?![A-Za-z0-9_])")
    return whole.sub(lambda match: f"{{{names[match[1]]}}}", css)


def table_of(name: str, entry: Entry, strategies: Sequence[Strategy]) -> str:
    """The table of a key as a selector file has it."""
    fields = {key: getattr(entry, key) for key in _FIRST}
    rest = set(Entry.model_fields) - set(_FIRST) - {"strategies"}
    fields |= {key: getattr(entry, key) for key in sorted(rest)}
    lines = [
        f"{key} = {_toml(value)}"
        for key, value in fields.items()
        if value is not None and value != Entry.model_fields[key].default
    ]
    ways = [f"  {{ {_fields(strategy)} }},\n" for strategy in strategies]
    return f"[{name}]\n" + "\n".join(lines) + "\nstrategies = [\n" + "".join(ways) + "]\n"


def _strategy(healing: Healing, selectors: SelectorSet) -> tuple[Strategy | None, str]:
    """The strategy that a healing gives, or why it gives none."""
    if healing.candidate is None or not healing.usable:
        return None, healing.why
    css = healing.candidate.css
    if re.search(r"[{}]", css):
        return None, f"its selector {css} holds braces, which a file reads as a placeholder"
    entry = selectors.entry(healing.key)
    text = healing.text and template_of(healing.text, healing.values)
    strategy = Strategy(
        css=template_of(css, healing.values), text=text or None, since=selectors.release
    )
    if not any(strategy.placeholders >= known.placeholders for known in entry.strategies):
        asked = ", ".join(f"{name}={value}" for name, value in sorted(healing.values.items()))
        return None, f"its selector {css} is good for {asked} only"
    return strategy, ""


def _file(
    folder: Path,
    page: str,
    keys: Sequence[str],
    found: Mapping[str, Sequence[Strategy]],
    selectors: SelectorSet,
) -> Proposal:
    file = folder / f"{page}.toml"
    before = _read(file)
    after = before
    for key in keys:
        entry = selectors.entry(key)
        older = (_older(one, found[key], selectors.release) for one in entry.strategies)
        known = tuple(one for one in older if one)
        name = key.split(".", 1)[1]
        after = _with_table(after, name, table_of(name, entry, (*found[key], *known)))
    _check(file, keys, before, after)
    return Proposal(file=file, keys=tuple(keys), before=before, after=after)


def _older(known: Strategy, found: Sequence[Strategy], release: Release) -> Strategy | None:
    """``known`` up to where a new strategy says the same: the registry refuses it twice."""
    same = any((one.css, one.text, one.nth) == (known.css, known.text, known.nth) for one in found)
    if not same or (known.until and known.until <= release):
        return known
    if known.since and known.since >= release:
        return None
    return known.model_copy(update={"until": release})


def _with_table(text: str, name: str, table: str) -> str:
    """``text`` with the table ``name`` replaced, or added at the end."""
    lines = text.splitlines(keepends=True)
    heads = [number for number, line in enumerate(lines) if _HEAD.match(line)]
    own = [number for number in heads if _HEAD.sub(r"\1", lines[number]).strip() == name]
    if not own:
        gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
        return f"{text}{gap}{table}"
    start = own[0]
    end = next((number for number in heads if number > start), len(lines))
    while end > start + 1 and lines[end - 1].lstrip()[:1] in {"", "#"}:
        end -= 1  # what is said before the next table belongs to that one
    return "".join(lines[:start]) + table + "".join(lines[end:])


def _check(file: Path, keys: Sequence[str], before: str, after: str) -> None:
    """All other tables must be as they were: the files are a person's."""
    mine = {key.split(".", 1)[1] for key in keys}
    held, holds = _tables(file, keys, before), _tables(file, keys, after)
    if {k: v for k, v in held.items() if k not in mine} != {
        k: v for k, v in holds.items() if k not in mine
    } or not mine <= holds.keys():
        raise _wrong(
            file, keys, "its tables cannot be told apart", "Write each key as a [table] of its own."
        )


def _tables(file: Path, keys: Sequence[str], text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(file, keys, f"it is not valid TOML: {error}", "Correct the file.") from error


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8") if file.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(file, (), f"it cannot be read: {error}", "Correct the file.") from error


def _wrong(file: Path, keys: Sequence[str], what: str, hint: str) -> RegistryError:
    named = f" for {', '.join(keys)}" if keys else ""
    return RegistryError(
        f"No override{named} in {file}: {what}.",
        hint=hint,
        file=str(file),
        key=keys[0] if keys else None,
    )


def _fields(strategy: Strategy) -> str:
    named: dict[str, Any] = {"css": strategy.css, "text": strategy.text, "nth": strategy.nth}
    for bound in ("since", "until"):
        release = getattr(strategy, bound)
        named[bound] = release and release_name(release)
    return ", ".join(f"{key} = {_toml(value)}" for key, value in named.items() if value is not None)


def _toml(value: Any) -> str:
    """Strings, numbers, booleans and lists of them are written alike in JSON and TOML."""
    if isinstance(value, tuple):
        value = list(value)
    return json.dumps(value, ensure_ascii=False)
