"""Writing healed keys to files of an override folder, and showing them as a diff.

Everything else in such a file stays as it is, byte for byte.
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


class RefusedKey(Model):
    """A key for which no override is offered, and why."""

    key: str
    values: dict[str, str]
    why: str


class FilePatch(Model):
    """A changed file of the override folder; ``before`` and ``after`` are its whole texts."""

    file: Path
    keys: tuple[str, ...]
    before: str
    after: str

    @property
    def diff(self) -> str:
        """The unified diff from ``before`` to ``after``."""
        lines = difflib.unified_diff(
            self.before.splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            fromfile=f"a/{self.file.name}" if self.before else "/dev/null",
            tofile=f"b/{self.file.name}",
        )
        return "".join(lines)


class OverridePatch(Model):
    """The files to change, by page, and the keys for which no override is offered."""

    files: tuple[FilePatch, ...] = ()
    refused: tuple[RefusedKey, ...] = ()

    @property
    def diff(self) -> str:
        """The diffs of all files."""
        return "".join(file.diff for file in self.files)

    def write(self) -> None:
        """Write the files; a file that changed since it was read is left alone.

        Raises:
            RegistryError: a file changed meanwhile, or cannot be written.
        """
        for patch in self.files:
            file, keys = patch.file, patch.keys
            if _read(file) != patch.before:
                raise _error(file, keys, "it changed meanwhile", "Heal again.")
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(patch.after, encoding="utf-8")
            except OSError as error:
                reason = f"it cannot be written: {error}"
                raise _error(file, keys, reason, "Make it writable.") from error


def build_patch(healings: Iterable[Healing], selectors: SelectorSet, folder: Path) -> OverridePatch:
    """Build files in which each usable healing is the first strategy of its key.

    The new strategy is for the release of ``selectors`` and later ones. In the selector of a key
    with placeholders the values become placeholders again; a selector without them would find the
    element for these values only, so it is refused.

    Raises:
        RegistryError: a file of the folder cannot be read, or is not TOML.
    """
    refused: list[RefusedKey] = []
    healed: dict[str, list[Strategy]] = {}
    for healing in healings:
        strategy, why = _strategy(healing, selectors)
        if strategy is None:
            refused.append(RefusedKey(key=healing.key, values=healing.values, why=why))
        elif strategy not in healed.setdefault(healing.key, []):
            healed[healing.key].append(strategy)
    pages: dict[str, list[str]] = {}
    for key in sorted(healed):
        pages.setdefault(key.split(".")[0], []).append(key)
    files = [_patch_file(folder, page, keys, healed, selectors) for page, keys in pages.items()]
    return OverridePatch(files=tuple(files), refused=tuple(refused))


def template_of(css: str, values: Mapping[str, str]) -> str:
    """Return ``css`` with its ``{placeholder}`` in place of each whole value."""
    names = {value: name for name, value in values.items() if value}
    if not names:
        return css
    longest = sorted(names, key=len, reverse=True)
    whole = re.compile(rf"(?<![A-Za-z0-9_])({'|'.join(map(re.escape, longest))})(?![A-Za-z0-9_])")
    return whole.sub(lambda match: f"{{{names[match[1]]}}}", css)


def table_of(name: str, entry: Entry, strategies: Sequence[Strategy]) -> str:
    """Return the table of a key in the form of a selector file."""
    fields = {key: getattr(entry, key) for key in _FIRST}
    rest = set(Entry.model_fields) - set(_FIRST) - {"strategies"}
    fields |= {key: getattr(entry, key) for key in sorted(rest)}
    lines = [
        f"{key} = {_toml(value)}"
        for key, value in fields.items()
        if value is not None and value != Entry.model_fields[key].default
    ]
    items = [f"  {{ {_fields(strategy)} }},\n" for strategy in strategies]
    return f"[{name}]\n" + "\n".join(lines) + "\nstrategies = [\n" + "".join(items) + "]\n"


def _strategy(healing: Healing, selectors: SelectorSet) -> tuple[Strategy | None, str]:
    """Return the strategy that a healing gives, or ``None`` and the reason."""
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
        values = ", ".join(f"{name}={value}" for name, value in sorted(healing.values.items()))
        return None, f"its selector {css} is good for {values} only"
    return strategy, ""


def _patch_file(
    folder: Path,
    page: str,
    keys: Sequence[str],
    healed: Mapping[str, Sequence[Strategy]],
    selectors: SelectorSet,
) -> FilePatch:
    file = folder / f"{page}.toml"
    before = _read(file)
    after = before
    for key in keys:
        entry = selectors.entry(key)
        known = (
            _bounded(strategy, healed[key], selectors.release) for strategy in entry.strategies
        )
        older = tuple(strategy for strategy in known if strategy)
        name = key.split(".", 1)[1]
        after = _with_table(after, name, table_of(name, entry, (*healed[key], *older)))
    _check(file, keys, before, after)
    return FilePatch(file=file, keys=tuple(keys), before=before, after=after)


def _bounded(known: Strategy, new: Sequence[Strategy], release: Release) -> Strategy | None:
    """Return ``known`` for the releases before a new strategy that is the same.

    The registry refuses the same strategy twice for a release.
    """
    is_same = any(
        (each.css, each.text, each.nth) == (known.css, known.text, known.nth) for each in new
    )
    if not is_same or (known.until and known.until <= release):
        return known
    if known.since and known.since >= release:
        return None
    return known.model_copy(update={"until": release})


def _with_table(text: str, name: str, table: str) -> str:
    """Return ``text`` with the table ``name`` replaced, or added at the end."""
    lines = text.splitlines(keepends=True)
    heads = [number for number, line in enumerate(lines) if _HEAD.match(line)]
    own = [number for number in heads if _HEAD.sub(r"\1", lines[number]).strip() == name]
    if not own:
        gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
        return f"{text}{gap}{table}"
    start = own[0]
    end = next((number for number in heads if number > start), len(lines))
    while end > start + 1 and lines[end - 1].lstrip()[:1] in {"", "#"}:
        end -= 1  # comments before the next table belong to that table
    return "".join(lines[:start]) + table + "".join(lines[end:])


def _check(file: Path, keys: Sequence[str], before: str, after: str) -> None:
    """Refuse a patch that changes another table: the files belong to the user."""
    patched = {key.split(".", 1)[1] for key in keys}
    old, new = _tables(file, keys, before), _tables(file, keys, after)
    old_rest, new_rest = (
        {name: table for name, table in tables.items() if name not in patched}
        for tables in (old, new)
    )
    if old_rest != new_rest or not patched <= new.keys():
        raise _error(
            file, keys, "its tables cannot be separated", "Write each key as a [table] of its own."
        )


def _tables(file: Path, keys: Sequence[str], text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _error(file, keys, f"it is not valid TOML: {error}", "Correct the file.") from error


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8") if file.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise _error(file, (), f"it cannot be read: {error}", "Correct the file.") from error


def _error(file: Path, keys: Sequence[str], what: str, hint: str) -> RegistryError:
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
    """Return a value as TOML, which writes these types as JSON does."""
    if isinstance(value, tuple):
        value = list(value)
    return json.dumps(value, ensure_ascii=False)
