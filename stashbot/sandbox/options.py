"""What a practice Stash is started with."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator

from stashbot.errors import ConfigError

#: The release whose pages and API the sandbox imitates.
IMITATED_VERSION = "v0.30.1"


class SandboxOptions(BaseModel):
    """How a sandbox is set up. Equal options give equal libraries.

    ``port`` 0 takes any free port. With ``username`` and ``password`` the sandbox asks for a
    login; an ``api_key`` without them is refused, since Stash knows no key without a login.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    username: str | None = None
    password: str | None = None
    api_key: str | None = None
    language: str = "en-GB"
    release_notes: bool = True
    scenes: int = Field(default=26, ge=1, le=500)
    seed: int = 1
    max_session_age: int = Field(default=3600, ge=1, description="seconds")

    @property
    def needs_login(self) -> bool:
        """Whether visitors have to log in."""
        return self.username is not None

    @model_validator(mode="after")
    def _login_is_whole(self) -> SandboxOptions:
        if (self.username is None) != (self.password is None):
            raise ConfigError("username and password go together.", hint="Give both or neither.")
        if self.api_key is not None and self.username is None:
            raise ConfigError(
                "An API key needs a login.", hint="Give username and password as well."
            )
        return self
