"""The tables ``[rules]``, ``[macros]`` and ``[collections]``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field

from stashbot.settings.base import Section


class RuleSettings(Section):
    """The rule files, in the order in which they are read.

    A file that the settings name must exist; the default file may be missing.
    """

    files: tuple[Path, ...] = (Path("stashbot-rules.toml"),)


class MacroSettings(Section):
    """Tag macros (playbook 3.3): each a name and the tags or other macros that it stands for."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, tuple[str, ...]] = Field(init=False)

    @property
    def tables(self) -> dict[str, tuple[str, ...]]:
        """The macros by name."""
        return dict(self.__pydantic_extra__)


class CollectionSettings(Section):
    """A collection: the expression ``where`` selects its scenes, which get a tag or group.

    With ``adds_only`` no scene loses the tag or group again.
    """

    where: str
    kind: Literal["tag", "group"] = "tag"
    adds_only: bool = False


class CollectionsSettings(Section):
    """Smart collections (playbook 3.2), each a table ``[collections.NAME]``."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, CollectionSettings] = Field(init=False)

    @property
    def tables(self) -> dict[str, CollectionSettings]:
        """The collections by name."""
        return dict(self.__pydantic_extra__)
