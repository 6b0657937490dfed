"""The models that all layers share: scenes, proposals, plans and results.

All models are frozen and keyword-only. Durations are in seconds, elapsed times in milliseconds,
times are aware datetimes in UTC, and ids are Stash's own, as strings.
"""

from stashbot.models.base import (
    Model,
    to_json,
)
from stashbot.models.entity_kind import EntityKind
from stashbot.models.plan import (
    Change,
    NewEntity,
    Omission,
    OmissionKind,
    Plan,
)
from stashbot.models.proposal import (
    SCRAPE_METHODS,
    Cleaning,
    Contradiction,
    ContradictionKind,
    Evidence,
    FileFingerprint,
    Judgement,
    KnownFacts,
    NamePart,
    Proposal,
    Recommendation,
    ScrapedEntity,
    ScrapeMethod,
    ScrapeQuery,
    Source,
    SourceKind,
)
from stashbot.models.result import (
    Attempt,
    BudgetReport,
    Outcome,
    RunReport,
    SceneResult,
    ServerInfo,
    SourceOutage,
)
from stashbot.models.scene import (
    ENTITY_LIST_FIELDS,
    TEXT_FIELDS,
    Entity,
    FieldName,
    FieldPolicy,
    GroupEntry,
    Scene,
    StashId,
    VideoFile,
)

__all__ = [
    "ENTITY_LIST_FIELDS",
    "SCRAPE_METHODS",
    "TEXT_FIELDS",
    "Attempt",
    "BudgetReport",
    "Change",
    "Cleaning",
    "Contradiction",
    "ContradictionKind",
    "Entity",
    "EntityKind",
    "Evidence",
    "FieldName",
    "FieldPolicy",
    "FileFingerprint",
    "GroupEntry",
    "Judgement",
    "KnownFacts",
    "Model",
    "NamePart",
    "NewEntity",
    "Omission",
    "OmissionKind",
    "Outcome",
    "Plan",
    "Proposal",
    "Recommendation",
    "RunReport",
    "Scene",
    "SceneResult",
    "ScrapeMethod",
    "ScrapeQuery",
    "ScrapedEntity",
    "ServerInfo",
    "Source",
    "SourceKind",
    "SourceOutage",
    "StashId",
    "VideoFile",
    "to_json",
]
