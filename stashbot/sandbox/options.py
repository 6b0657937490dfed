"""The options of a practice Stash."""

from __future__ import annotations

from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from stashbot.errors import ConfigError

Release = Literal["0.28", "0.29", "0.30"]
Look = Literal["stash", "light", "dark", "community"]
Direction = Literal["ltr", "rtl"]
_CHOICES: dict[str, Any] = {"release": Release, "look": Look, "direction": Direction}

#: The exact version that a sandbox of each release reports.
VERSIONS: dict[str, str] = {"0.28": "v0.28.1", "0.29": "v0.29.3", "0.30": "v0.30.1"}
NEWEST: Release = "0.30"


class SandboxOptions(BaseModel):
    """The options of a sandbox. Equal options give equal libraries.

    ``port`` 0 uses any free port. With ``username`` and ``password`` the sandbox requires a login.
    An ``api_key`` requires a login, too, as in Stash.

    The skin: ``release`` is the release of Stash that pages and API imitate. ``language`` is a code
    such as ``de-DE``; there are translations for English, German, Japanese (``ja-JP``) and Persian
    (``fa-IR``), and other languages show English. ``direction`` is the writing direction of the
    page; Stash itself always uses ``ltr``. ``look`` is the user's custom CSS: none (``stash``),
    ``light``, ``dark``, or ``community``, which hides labels and changes many styles, as themes
    do. ``sfw`` is Stash's SFW content mode, added in 0.30; ``plugin`` installs a plugin that adds
    buttons beside Stash's own. All of them except ``release`` can be changed while the sandbox
    runs (``/__sandbox/skin``).

    Raises:
        ConfigError: an unknown release, look or direction, SFW mode before 0.30, or an incomplete
            login.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    username: str | None = None
    password: str | None = None
    api_key: str | None = None
    release: Release = NEWEST
    language: str = "en-GB"
    direction: Direction = "ltr"
    look: Look = "stash"
    sfw: bool = False
    plugin: bool = False
    release_notes: bool = True
    scenes: int = Field(default=26, ge=1, le=500)
    seed: int = 1
    max_session_age: int = Field(default=3600, ge=1, description="seconds")

    @property
    def needs_login(self) -> bool:
        """Whether visitors have to log in."""
        return self.username is not None

    @property
    def version(self) -> str:
        """The exact version that the sandbox reports."""
        return VERSIONS[self.release]

    @field_validator(*_CHOICES, mode="before")
    @classmethod
    def _is_one_of(cls, value: Any, info: ValidationInfo) -> Any:
        choices = get_args(_CHOICES[str(info.field_name)])
        if value not in choices:
            raise ConfigError(
                f"The sandbox has no {info.field_name} {value!r}.",
                hint=f"Choices: {', '.join(choices)}.",
            )
        return value

    @model_validator(mode="after")
    def _sfw_mode_exists(self) -> SandboxOptions:
        if self.sfw and self.release != NEWEST:
            raise ConfigError(
                f"Stash {self.release} has no SFW content mode.", hint="Use release 0.30."
            )
        return self

    @model_validator(mode="after")
    def _login_is_complete(self) -> SandboxOptions:
        if (self.username is None) != (self.password is None):
            raise ConfigError(
                "Username and password must be given together.", hint="Give both or neither."
            )
        if self.api_key is not None and self.username is None:
            raise ConfigError(
                "An API key needs a login.", hint="Give username and password as well."
            )
        return self
