"""The tables ``[stash]``, ``[browser]``, ``[selectors]`` and ``[state]``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from stashbot.settings.base import Section


class StashSettings(Section):
    """The address of Stash, the credentials for it, and how long its answers are reused.

    A secret may come from a file instead: ``password_file`` or ``api_key_file``. The file is not
    read if the secret itself is given. ``headers`` go with every request to Stash, for a proxy in
    front of it; their values count as secrets.
    """

    url: Annotated[str, Field(pattern=r"^https?://[^\s/]+")] = "http://127.0.0.1:9999"
    username: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    api_key: SecretStr | None = None
    api_key_file: Path | None = None
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    ca_file: Path | None = None
    tls_verify: bool = True
    timeout_s: Annotated[float, Field(gt=0)] = 30.0
    cache_ttl_s: Annotated[float, Field(ge=0, description="playbook 6.2")] = 5.0

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secret values that are set, for redaction."""
        secrets = (self.password, self.api_key, *self.headers.values())
        return tuple(secret.get_secret_value() for secret in secrets if secret is not None)

    @property
    def header_values(self) -> dict[str, str]:
        """The headers of every request, with their secret values."""
        return {name: value.get_secret_value() for name, value in self.headers.items()}

    @model_validator(mode="after")
    def _read_secret_files(self) -> StashSettings:
        for name in ("password", "api_key"):
            file: Path | None = getattr(self, f"{name}_file")
            if file is None or getattr(self, name) is not None:
                continue
            try:
                secret = file.read_text(encoding="utf-8").strip()
            except OSError as error:
                message = f"cannot read {name}_file {file}: {error.strerror}"
                raise ValueError(message) from error
            object.__setattr__(self, name, SecretStr(secret))  # the model is frozen
        return self


class BrowserSettings(Section):
    """The browser to start, its pages, and how long to wait for them."""

    path: Path | None = None
    headless: bool = True
    profile: Literal["session", "user"] = "session"
    width: Annotated[int, Field(ge=320)] = 1280
    height: Annotated[int, Field(ge=480)] = 800
    memory_mb: Annotated[int, Field(ge=0, le=4096, description="for each page; 0 is no limit")] = (
        160
    )
    retire_after: Annotated[int, Field(ge=1, description="scenes before a page is replaced")] = 100
    args: tuple[str, ...] = ()
    wait_ms: Annotated[int, Field(gt=0, description="playbook: waitVisible")] = 4000
    batch_wait_ms: Annotated[int, Field(gt=0, description="playbook 6.3")] = 1500
    load_ms: Annotated[int, Field(gt=0)] = 30_000
    scrape_ms: Annotated[int, Field(gt=0, description="longest wait for a source")] = 60_000
    save_ms: Annotated[int, Field(gt=0)] = 20_000


class SelectorSettings(Section):
    """Selectors of the user's own, and whether a run may replace broken selectors.

    The selector files in ``folder`` replace keys of the registry. With ``heal`` a run goes on with
    the most similar element where a key that only reads finds nothing; a key that writes never
    heals.
    """

    folder: Path = Path("stashbot-selectors")
    heal: bool = False


class StateSettings(Section):
    """Where stashbot keeps its own data."""

    dir: Path = Path(".stashbot")
    database: str | None = None

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL: ``database``, else that of a SQLite file in ``dir``."""
        return self.database or f"sqlite:///{self.dir.resolve() / 'stashbot.sqlite'}"
