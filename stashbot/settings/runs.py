"""The tables from ``[run]`` to ``[refresh]``: how runs go, and which scenes are due."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from stashbot.settings.base import Section

#: When a saved scene is marked as organized: always, only if no performer, studio or group that its
#: source named was left out, or never.
OrganizeWhen = Literal["always", "complete", "never"]


def _from_switch(value: Any) -> Any:
    """Read the switch that the setting was before: ``true`` is always, ``false`` never."""
    return {True: "always", False: "never"}[value] if isinstance(value, bool) else value


Organize = Annotated[OrganizeWhen, BeforeValidator(_from_switch)]


class RunSettings(Section):
    """The defaults of ``stashbot run``."""

    sources: tuple[str, ...] = ()
    workers: Annotated[int, Field(ge=1, le=16, description="playbook 6.1")] = 2
    organize: Organize = "always"
    takeover_s: Annotated[
        float, Field(ge=1, le=3600, description="silence after which a worker is taken for dead")
    ] = 30.0
    ask_again_h: Annotated[
        float, Field(ge=0, description="hours before a run asks again about a scene it left")
    ] = 24.0
    attempts: Annotated[int, Field(ge=1, description="tries of a step after transient errors")] = 3


class SourceSettings(Section):
    """How long a run goes on asking a source that fails.

    A source that failed for ``stop_after`` scenes in a row is asked no more in that run; 0 never
    stops asking. A source that says when it can be asked again is waited for, if that is within
    ``max_wait_s``, and else not asked before.
    """

    stop_after: Annotated[int, Field(ge=0, le=100)] = 3
    max_wait_s: Annotated[float, Field(ge=0, le=3600)] = 120.0


class PatienceSettings(Section):
    """How long a run waits for faults that pass, such as a Stash that restarts."""

    budget_s: Annotated[
        float, Field(ge=0, le=86_400, description="from a step's first fault to giving up")
    ] = 300.0
    first_pause_s: Annotated[float, Field(gt=0, le=60)] = 0.5
    longest_pause_s: Annotated[float, Field(gt=0, le=600)] = 15.0
    scenes: Annotated[
        int, Field(ge=1, description="scenes in a row without success until the run stops")
    ] = 2


class TriageSettings(Section):
    """How scenes that wait in triage are marked in Stash: by a tag; without a name, not at all."""

    tag: str = ""


class BudgetSettings(Section):
    """Milliseconds that a phase may take before it counts as over budget (playbook 6.4).

    A run stops, and can be resumed, once a phase is over budget ``stop_after`` times in a row;
    0 never stops it.
    """

    scrape_ms: Annotated[int, Field(gt=0)] = 8000
    apply_ms: Annotated[int, Field(gt=0)] = 3000
    stop_after: Annotated[int, Field(ge=0)] = 0

    @property
    def by_phase(self) -> dict[str, int]:
        """The budget of each phase."""
        return {"scrape": self.scrape_ms, "apply": self.apply_ms}


class ArtifactSettings(Section):
    """The files that are kept of a failed scene, and for how long.

    ``trace = "retry"`` records a trace from the first retry of a failed step on, ``"always"`` from
    the start, ``"off"`` none.
    """

    trace: Literal["retry", "always", "off"] = "retry"
    keep_days: Annotated[int, Field(ge=0)] = 30
    keep_mb: Annotated[int, Field(ge=0)] = 500


class RescrapeSettings(Section):
    """When a scene that no source knew is scraped again (playbook 1.3).

    First after ``initial_delay_h`` hours, then after 2, 4, 8, ... hours, ``max_delay_h`` at most;
    ``per_tick`` scenes at a time. A scene is given up after ``tries`` failures.
    """

    initial_delay_h: Annotated[float, Field(gt=0)] = 6.0
    max_delay_h: Annotated[float, Field(gt=0)] = 24.0
    per_tick: Annotated[int, Field(ge=1)] = 5
    tries: Annotated[int, Field(ge=1)] = 8


class RefreshSettings(Section):
    """The scenes that are scraped again because their data is old (playbook 1.5).

    A month has 30 days.
    """

    months: Annotated[int, Field(ge=1)] = 12
    per_run: Annotated[int, Field(ge=1)] = 50
