"""The tables of the settings file about Stash, the browser, runs and what is kept.

Numbers that the AutomateStash playbook fixes are marked with its section.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from stashbot.models import FieldName, FieldPolicy


class Section(BaseModel):
    """A table of the settings file: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StashSettings(Section):
    """The server."""

    url: Annotated[str, Field(pattern=r"^https?://[^\s/]+")] = "http://127.0.0.1:9999"
    username: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    api_key: SecretStr | None = None
    api_key_file: Path | None = None
    timeout_s: Annotated[float, Field(gt=0)] = 30.0
    cache_ttl_s: Annotated[float, Field(ge=0, description="playbook 6.2")] = 5.0

    @property
    def secrets(self) -> tuple[str, ...]:
        """All secret values, for scrubbing."""
        held = (self.password, self.api_key)
        return tuple(secret.get_secret_value() for secret in held if secret is not None)

    @model_validator(mode="after")
    def _read_files(self) -> StashSettings:
        for name in ("password", "api_key"):
            file: Path | None = getattr(self, f"{name}_file")
            if file is None or getattr(self, name) is not None:
                continue
            try:
                secret = file.read_text(encoding="utf-8").strip()
            except OSError as error:
                message = f"cannot read {name}_file {file}: {error.strerror}"
                raise ValueError(message) from error
            object.__setattr__(self, name, SecretStr(secret))
        return self


class BrowserSettings(Section):
    """The browser and its pages."""

    path: Path | None = None
    headless: bool = True
    profile: Literal["session", "user"] = "session"
    width: Annotated[int, Field(ge=320)] = 1280
    height: Annotated[int, Field(ge=480)] = 800
    retire_after: Annotated[int, Field(ge=1, description="scenes before a page is replaced")] = 100
    args: tuple[str, ...] = ()
    wait_ms: Annotated[int, Field(gt=0, description="playbook: waitVisible")] = 4000
    batch_wait_ms: Annotated[int, Field(gt=0, description="playbook 6.3")] = 1500
    load_ms: Annotated[int, Field(gt=0)] = 30_000
    scrape_ms: Annotated[int, Field(gt=0, description="longest wait for a source")] = 60_000
    save_ms: Annotated[int, Field(gt=0)] = 20_000


class SelectorSettings(Section):
    """Where the elements of Stash's UI are found, when the registry is not enough.

    ``folder`` holds selector files of one's own, which replace keys of the registry. ``heal`` lets
    a run go on with the likeliest element where a key that only reads finds nothing; a key that
    writes never heals.
    """

    folder: Path = Path("stashbot-selectors")
    heal: bool = False


class RunSettings(Section):
    """What ``stashbot run`` does."""

    sources: tuple[str, ...] = ()
    workers: Annotated[int, Field(ge=1, le=16, description="playbook 6.1")] = 2
    organize: bool = True
    attempts: Annotated[int, Field(ge=1, description="tries of a step after transient errors")] = 3


class WeightSettings(Section):
    """Points of the match score, playbook 1.2. ``threshold`` gates the apply.

    ``studio``, ``url``, ``fingerprint`` and ``title_like`` are stashbot's own: with all of them at
    0 the score is exactly the playbook's.
    """

    threshold: Annotated[float, Field(gt=0, le=1)] = 0.6
    title: Annotated[float, Field(ge=0, le=1)] = 0.4
    date: Annotated[float, Field(ge=0, le=1)] = 0.2
    duration_close: Annotated[float, Field(ge=0, le=1)] = 0.2
    duration_near: Annotated[float, Field(ge=0, le=1)] = 0.1
    duration_close_s: Annotated[float, Field(ge=0)] = 10.0
    duration_near_s: Annotated[float, Field(ge=0)] = 30.0
    performer: Annotated[float, Field(ge=0, le=1)] = 0.05
    performers_max: Annotated[float, Field(ge=0, le=1)] = 0.2
    studio: Annotated[float, Field(ge=0, le=1)] = 0.2
    url: Annotated[float, Field(ge=0, le=1)] = 0.6
    fingerprint: Annotated[float, Field(ge=0, le=1)] = 0.6
    title_like: Annotated[float, Field(ge=0, le=1)] = 0.0
    title_like_from: Annotated[float, Field(ge=0, le=1)] = 0.9

    @model_validator(mode="after")
    def _reachable(self) -> WeightSettings:
        best = max(self.title, self.title_like) + self.date
        best += max(self.duration_close, self.duration_near)
        best += (
            self.studio
            + self.url
            + self.fingerprint
            + (self.performers_max if self.performer else 0.0)
        )
        if round(best, 6) < self.threshold:
            message = f"the weights add up to {best:g} and never reach threshold {self.threshold:g}"
            raise ValueError(message)
        if self.duration_near_s < self.duration_close_s:
            raise ValueError("duration_near_s must not be below duration_close_s")
        return self


class BudgetSettings(Section):
    """Milliseconds a phase may take before it counts as over budget, playbook 6.4.

    A run stops, to be resumed, after ``stop_after`` times over budget in a row; never for 0.
    """

    scrape_ms: Annotated[int, Field(gt=0)] = 8000
    apply_ms: Annotated[int, Field(gt=0)] = 3000
    stop_after: Annotated[int, Field(ge=0)] = 0

    @property
    def by_phase(self) -> dict[str, int]:
        """The budget of each phase."""
        return {"scrape": self.scrape_ms, "apply": self.apply_ms}


class FilenamePattern(Section):
    """A named regular expression over the file name without its extension.

    Groups: ``studio``, ``title``, ``date`` (or ``year``, ``month``, ``day``), ``performers``.
    """

    name: str
    regex: str


class FilenameSettings(Section):
    """How a file name is read; own ``patterns`` come before the built-in ones."""

    patterns: tuple[FilenamePattern, ...] = ()
    builtin: bool = True


class ArtifactSettings(Section):
    """What is kept of a failed scene.

    ``trace``: actions and network always, with screenshots and snapshots from the first ``retry``
    of a failed step, ``always``, or no trace at all (``off``).
    """

    trace: Literal["retry", "always", "off"] = "retry"
    keep_days: Annotated[int, Field(ge=0)] = 30
    keep_mb: Annotated[int, Field(ge=0)] = 500


class StateSettings(Section):
    """Where stashbot keeps its own data."""

    dir: Path = Path(".stashbot")
    database: str | None = None

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL: the configured one, else a SQLite file in ``dir``."""
        return self.database or f"sqlite:///{self.dir.resolve() / 'stashbot.sqlite'}"


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
        """The policy of ``field``."""
        policy: FieldPolicy = getattr(self, field.value)
        return policy
