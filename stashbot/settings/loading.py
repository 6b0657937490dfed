"""Load settings from ``stashbot.toml``, then ``STASHBOT_*`` variables, then flags.

``STASHBOT_STASH__URL`` is the variable of ``[stash] url``. Secrets come from the environment or
from files (``password_file``, ``api_key_file``) and are never shown.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from stashbot.errors import ConfigError
from stashbot.settings.connection import (
    BrowserSettings,
    SelectorSettings,
    StashSettings,
    StateSettings,
)
from stashbot.settings.creation import CreationSettings
from stashbot.settings.entities import PeopleSettings, TagSettings
from stashbot.settings.fields import FieldSettings
from stashbot.settings.matching import (
    ConsensusSettings,
    ContradictionSettings,
    FilenameSettings,
    RoutingSettings,
    SearchSettings,
    WeightSettings,
)
from stashbot.settings.naming import CleanupSettings, NamingSettings
from stashbot.settings.rules import CollectionsSettings, MacroSettings, RuleSettings
from stashbot.settings.runs import (
    ArtifactSettings,
    BudgetSettings,
    PatienceSettings,
    RefreshSettings,
    RescrapeSettings,
    RunSettings,
    SourceSettings,
    TriageSettings,
)

DEFAULT_FILE = Path("stashbot.toml")
ENV_PREFIX = "STASHBOT_"
_FLAGS = "flags"


class Settings(BaseSettings):
    """All settings of a stashbot process."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    stash: StashSettings = StashSettings()
    browser: BrowserSettings = BrowserSettings()
    run: RunSettings = RunSettings()
    sources: SourceSettings = SourceSettings()
    triage: TriageSettings = TriageSettings()
    weights: WeightSettings = WeightSettings()
    contradictions: ContradictionSettings = ContradictionSettings()
    patience: PatienceSettings = PatienceSettings()
    budgets: BudgetSettings = BudgetSettings()
    fields: FieldSettings = FieldSettings()
    filenames: FilenameSettings = FilenameSettings()
    search: SearchSettings = SearchSettings()
    routing: RoutingSettings = RoutingSettings()
    consensus: ConsensusSettings = ConsensusSettings()
    creation: CreationSettings = CreationSettings()
    people: PeopleSettings = PeopleSettings()
    tags: TagSettings = TagSettings()
    rules: RuleSettings = RuleSettings()
    macros: MacroSettings = MacroSettings()
    collections: CollectionsSettings = CollectionsSettings()
    naming: NamingSettings = NamingSettings()
    cleanup: CleanupSettings = CleanupSettings()
    rescrape: RescrapeSettings = RescrapeSettings()
    refresh: RefreshSettings = RefreshSettings()
    selectors: SelectorSettings = SelectorSettings()
    artifacts: ArtifactSettings = ArtifactSettings()
    state: StateSettings = StateSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file, whose tables ``load_settings`` passes in."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


def load_settings(
    config: Path | None = None,
    overrides: dict[str, dict[str, Any]] | None = None,
) -> Settings:
    """Return the settings of the file, the environment and the flags, the later ones winning.

    Without ``config`` it reads ``stashbot.toml`` in the current folder, if it exists; a file
    that ``config`` names must exist. ``overrides`` are the flags by section and key; ``None``
    values are ignored.

    Raises:
        ConfigError: A file cannot be read, or a setting is unknown or bad. It names the file and
            the key of the first problem.
    """
    file = config or DEFAULT_FILE
    tables = _read_file(file, required=config is not None)
    origin = str(file) if tables else "the environment"
    try:
        _refuse_unknown_variables()
        settings = Settings(**tables)
        if overrides:
            origin = _FLAGS
            dumped = _explicit(settings)
            for section, values in overrides.items():
                given = {key: value for key, value in values.items() if value is not None}
                dumped[section] = {**dumped.get(section, {}), **given}
            settings = Settings.model_construct(**_validated(dumped))
    except ValidationError as error:
        raise _config_error(error, origin) from error
    except SettingsError as error:
        raise ConfigError(
            f"A STASHBOT_* variable cannot be read: {error}.",
            hint='Write lists as JSON, such as STASHBOT_RUN__SOURCES=\'["A", "B"]\'.',
        ) from error
    return settings


def _explicit(settings: Settings) -> dict[str, Any]:
    return {name: dict(getattr(settings, name)) for name in Settings.model_fields}


def _validated(tables: dict[str, Any]) -> dict[str, Any]:
    sections = {}
    for name, field in Settings.model_fields.items():
        section: Any = field.annotation
        try:
            sections[name] = section.model_validate(tables.get(name, {}))
        except ValidationError as error:
            raise ValidationError.from_exception_data(
                name,
                [
                    {
                        "type": "value_error",
                        "loc": (name, *problem["loc"]),
                        "input": problem["input"],
                        "ctx": {"error": problem["msg"].removeprefix("Value error, ")},
                    }
                    for problem in error.errors()
                ],
            ) from error
    return sections


def _read_file(file: Path, *, required: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        if not required:
            return {}
        raise ConfigError(
            f"There is no settings file {file}.", hint="Check --config.", file=str(file)
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"Cannot read the settings file {file}: {error}.",
            hint="Make it a readable UTF-8 text file.",
            file=str(file),
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{file} is not valid TOML: {error}.", hint="Correct that line.", file=str(file)
        ) from error


def _refuse_unknown_variables() -> None:
    for variable in sorted(os.environ):
        if not variable.upper().startswith(ENV_PREFIX):
            continue
        section, _, key = variable.upper().removeprefix(ENV_PREFIX).lower().partition("__")
        field = Settings.model_fields.get(section)
        known: Any = field.annotation if field else None
        if known is None or (key and key not in known.model_fields):
            raise ConfigError(
                f"The variable {variable} names no setting.",
                hint="Variables are written STASHBOT_SECTION__KEY, such as STASHBOT_STASH__URL.",
                key=variable,
            )


def _config_error(error: ValidationError, origin: str) -> ConfigError:
    problem = error.errors()[0]
    key = ".".join(str(part) for part in problem["loc"])
    variable = ENV_PREFIX + key.replace(".", "__").upper()
    if origin != _FLAGS and variable in map(str.upper, os.environ):
        origin = f"the variable {variable}"
    if problem["type"] == "extra_forbidden":
        return ConfigError(
            f"Unknown setting {key!r} in {origin}.",
            hint="See docs/settings.md for all settings; check the spelling.",
            key=key,
            file=origin,
        )
    reason = problem["msg"].removeprefix("Value error, ")
    return ConfigError(
        f"Bad setting {key!r} in {origin}: {reason}.",
        hint="Correct it in the file, the STASHBOT_* variable or the flag.",
        key=key,
        file=origin,
    )
