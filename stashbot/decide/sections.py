"""The tables of the settings file that these decisions read: ``[routing]``, ``[creation]``, ...

Numbers that the AutomateStash playbook fixes are marked with its section.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stashbot.settings import Section


class RoutingSettings(Section):
    """How sources are ordered by their success, playbook 1.1.

    A source of which nothing is known counts as ``prior_rate`` successful; that opinion weighs as
    much as ``prior_weight`` answers. An answer counts half after ``half_life_days``. ``series`` are
    regular expressions with a group ``series``, tried on titles and file names before the built-in
    ones.
    """

    adaptive: bool = True
    half_life_days: Annotated[float, Field(gt=0, le=36_500)] = 90.0
    prior_rate: Annotated[float, Field(gt=0, lt=1)] = 0.5
    prior_weight: Annotated[float, Field(gt=0, le=1000)] = 4.0
    series: tuple[str, ...] = ()
