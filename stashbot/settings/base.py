"""The base of all settings tables, and the numbers that several of them use."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

#: A share of a score, from 0 to 1.
Points = Annotated[float, Field(ge=0, le=1)]
#: Decimals of a score that count, so that 0.4 + 0.2 reaches 0.6.
POINT_DIGITS = 6


class Section(BaseModel):
    """A table of the settings file; it is frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
