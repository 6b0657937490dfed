"""Settings: ``stashbot.toml``, ``STASHBOT_*`` variables and flags, in typed tables."""

from stashbot.settings.base import POINT_DIGITS, Section
from stashbot.settings.connection import (
    BrowserSettings,
    SelectorSettings,
    StashSettings,
    StateSettings,
)
from stashbot.settings.creation import (
    CreationSettings,
    GateSettings,
    GroupGate,
    PerformerGate,
    StudioGate,
    TagGate,
)
from stashbot.settings.entities import PeopleSettings, TagSettings
from stashbot.settings.fields import FieldSettings
from stashbot.settings.loading import DEFAULT_FILE, ENV_PREFIX, Settings, load_settings
from stashbot.settings.matching import (
    LIST_FIELDS,
    ConsensusSettings,
    ContradictionSettings,
    FilenamePattern,
    FilenameSettings,
    MergeRule,
    RoutingSettings,
    SearchSettings,
    WeightSettings,
)
from stashbot.settings.naming import CleanupSettings, NamingSettings
from stashbot.settings.rules import (
    CollectionSettings,
    CollectionsSettings,
    MacroSettings,
    RuleSettings,
)
from stashbot.settings.runs import (
    ArtifactSettings,
    BudgetSettings,
    Organize,
    OrganizeWhen,
    PatienceSettings,
    RefreshSettings,
    RescrapeSettings,
    RunSettings,
    SourceSettings,
    TriageSettings,
)

__all__ = [
    "DEFAULT_FILE",
    "ENV_PREFIX",
    "LIST_FIELDS",
    "POINT_DIGITS",
    "ArtifactSettings",
    "BrowserSettings",
    "BudgetSettings",
    "CleanupSettings",
    "CollectionSettings",
    "CollectionsSettings",
    "ConsensusSettings",
    "ContradictionSettings",
    "CreationSettings",
    "FieldSettings",
    "FilenamePattern",
    "FilenameSettings",
    "GateSettings",
    "GroupGate",
    "MacroSettings",
    "MergeRule",
    "NamingSettings",
    "Organize",
    "OrganizeWhen",
    "PatienceSettings",
    "PeopleSettings",
    "PerformerGate",
    "RefreshSettings",
    "RescrapeSettings",
    "RoutingSettings",
    "RuleSettings",
    "RunSettings",
    "SearchSettings",
    "Section",
    "SelectorSettings",
    "Settings",
    "SourceSettings",
    "StashSettings",
    "StateSettings",
    "StudioGate",
    "TagGate",
    "TagSettings",
    "TriageSettings",
    "WeightSettings",
    "load_settings",
]
