"""The base of all models."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue


class Model(BaseModel):
    """Base of all models: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def to_json(value: Any) -> JsonValue:
    """A model, or a tuple of them, in JSON form."""
    if isinstance(value, BaseModel):
        dumped: JsonValue = value.model_dump(mode="json")
        return dumped
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    plain: JsonValue = value
    return plain
