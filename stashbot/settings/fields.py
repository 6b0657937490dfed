"""The table ``[fields]``."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from stashbot.models import FieldName, FieldPolicy
from stashbot.settings.base import Section


class FieldSettings(Section):
    """The policy of each field: ``fill``, ``overwrite``, ``union`` (lists only) or ``keep``."""

    title: FieldPolicy = FieldPolicy.FILL
    code: FieldPolicy = FieldPolicy.FILL
    urls: FieldPolicy = FieldPolicy.UNION
    date: FieldPolicy = FieldPolicy.FILL
    director: FieldPolicy = FieldPolicy.FILL
    studio: FieldPolicy = FieldPolicy.FILL
    performers: FieldPolicy = FieldPolicy.UNION
    groups: FieldPolicy = FieldPolicy.UNION
    tags: FieldPolicy = FieldPolicy.UNION
    stash_ids: FieldPolicy = FieldPolicy.UNION
    details: FieldPolicy = FieldPolicy.FILL
    cover: Literal[FieldPolicy.KEEP, FieldPolicy.OVERWRITE] = FieldPolicy.KEEP

    @model_validator(mode="after")
    def _union_needs_a_list(self) -> FieldSettings:
        for name in ("title", "code", "date", "director", "studio", "details"):
            if getattr(self, name) is FieldPolicy.UNION:
                raise ValueError(f"{name}: union is for lists; use fill, overwrite or keep")
        return self

    def policy(self, field: FieldName) -> FieldPolicy:
        """Return the policy of ``field``."""
        policy: FieldPolicy = getattr(self, field.value)
        return policy
