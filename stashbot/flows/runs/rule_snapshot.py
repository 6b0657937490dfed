"""The rules, macros and collections of a run: read when it begins, and kept with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import Field

from stashbot.decide.rules.collections import compile_collections
from stashbot.decide.rules.macros import Macros
from stashbot.decide.rules.rule_files import read_rules
from stashbot.decide.rules.rule_set import ActionKind, RuleSet
from stashbot.errors import ConfigError
from stashbot.models import Model, ScrapeMethod, Source
from stashbot.settings import CollectionSettings, RuleSettings, Settings
from stashbot.stash.client import StashClient

_BY_DEFAULT = RuleSettings().files


class RuleSnapshot(Model):
    """The texts that rules are read from, by file, with what they name.

    ``sources`` are those that rules ask, by the names in the rules.
    """

    files: dict[str, str] = Field(default_factory=dict)
    macros: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    collections: dict[str, CollectionSettings] = Field(default_factory=dict)
    sources: dict[str, Source] = Field(default_factory=dict)

    def compile(self) -> RuleSet:
        """Return the rules, ready to be applied.

        Raises:
            ConfigError: macros, collections or rules are wrong, by file, rule, line and column.
        """
        names = [collection.name for collection in compile_collections(self.collections)]
        return read_rules(self.files, Macros(self.macros), collections=names)


def read_rule_files(settings: Settings, files: Sequence[Path] = ()) -> RuleSnapshot:
    """Return the rules of ``files``, by default of those in the settings.

    The file that is read by default may be missing; a file that somebody named may not.

    Raises:
        ConfigError: a file is missing or cannot be read.
    """
    texts: dict[str, str] = {}
    for file in files or settings.rules.files:
        try:
            texts[str(file)] = file.read_text(encoding="utf-8")
        except FileNotFoundError as error:
            if not files and file in _BY_DEFAULT:
                continue
            raise ConfigError(
                f"There is no file of rules {file}.",
                hint="Check [rules] files, or the name on the command line.",
                file=str(file),
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"Cannot read the file of rules {file}: {error}.",
                hint="Make it a readable UTF-8 text file.",
                file=str(file),
            ) from error
    return RuleSnapshot(
        files=texts, macros=settings.macros.tables, collections=settings.collections.tables
    )


async def snapshot_rules(
    settings: Settings, client: StashClient, *, by: Sequence[ScrapeMethod] = ()
) -> RuleSnapshot:
    """Return the rules for a run that asks sources in these ways; without ways they add to plans.

    Raises:
        ConfigError: as ``rulebook`` and ``RuleSnapshot.read``.
        UnknownSource: a rule asks a source that Stash does not have.
    """
    book = read_rule_files(settings)
    names = _asked(book.compile()) if by else ()
    found = [(await client.resolve_sources((name,), methods=by))[0] for name in names]
    return book.model_copy(update={"sources": dict(zip(names, found, strict=True))})


def _asked(rules: RuleSet) -> tuple[str, ...]:
    """Return the sources that rules name."""
    return tuple(dict.fromkeys(named(rules, ActionKind.SCRAPE)))


def named(rules: RuleSet, kind: ActionKind) -> Iterable[str]:
    """Return the names that the actions of a kind use in all rules."""
    return (
        name
        for rule in rules.rules
        for action in rule.then
        if action.kind is kind
        for name in action.names
    )
