"""The base class of all models."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, JsonValue


class Model(BaseModel):
    """Base class of all models: frozen, and unknown keys are refused.

    Every model can be written as a durable record (see ``models.codec``). The record holds the
    model's ``record_name``, by default the name of the class, and its ``record_version``::

        class ScrapeResult(Model, record_name="Scraped", record_version=2): ...

    Keep the record name when a class is renamed, and raise the version when its old records can no
    longer be read. Two models with the same record name are a TypeError. Models that are defined
    within functions have no records.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    record_name: ClassVar[str]
    record_version: ClassVar[int]
    #: Every model by its record name.
    registered: ClassVar[dict[str, type[Model]]] = {}

    def __init_subclass__(
        cls, *, record_name: str = "", record_version: int = 1, **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        cls.record_name = record_name or cls.__name__
        cls.record_version = record_version
        if "<locals>" in cls.__qualname__:
            return
        other = Model.registered.setdefault(cls.record_name, cls)
        if (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(
                f"{cls.__module__}.{cls.__qualname__} and {other.__module__}.{other.__qualname__} "
                f"have the same record name {cls.record_name!r}; give either another."
            )
        Model.registered[cls.record_name] = cls


def to_json(value: Any) -> JsonValue:
    """Return a model, or a list or tuple of models, in JSON form."""
    if isinstance(value, BaseModel):
        dumped: JsonValue = value.model_dump(mode="json")
        return dumped
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    plain: JsonValue = value
    return plain
