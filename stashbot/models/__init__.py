"""The words that all layers share: scenes, proposals, plans, outcomes.

All models are frozen and keyword-only. Durations are seconds, times are aware UTC datetimes,
elapsed times are milliseconds. Ids are Stash's own, as strings.
"""

from stashbot.models.base import (
    Model,
    to_json,
)
from stashbot.models.plan import (
    NOT_IN_STASH,
    Change,
    LeftOut,
    NewEntity,
    Plan,
)
from stashbot.models.proposal import (
    WAYS,
    Evidence,
    FilePrint,
    Judgement,
    Known,
    Proposal,
    Question,
    Recommendation,
    ScrapedEntity,
    Source,
    SourceKind,
    Way,
)
from stashbot.models.result import (
    Attempt,
    BudgetReport,
    Outcome,
    RunReport,
    SceneResult,
    ServerInfo,
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
    "NOT_IN_STASH",
    "TEXT_FIELDS",
    "WAYS",
    "Attempt",
    "BudgetReport",
    "Change",
    "Entity",
    "Evidence",
    "FieldName",
    "FieldPolicy",
    "FilePrint",
    "GroupEntry",
    "Judgement",
    "Known",
    "LeftOut",
    "Model",
    "NewEntity",
    "Outcome",
    "Plan",
    "Proposal",
    "Question",
    "Recommendation",
    "RunReport",
    "Scene",
    "SceneResult",
    "ScrapedEntity",
    "ServerInfo",
    "Source",
    "SourceKind",
    "StashId",
    "VideoFile",
    "Way",
    "to_json",
]
