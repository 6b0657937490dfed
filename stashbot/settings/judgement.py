"""The tables of the settings file that decisions read: ``[routing]``, ``[creation]``, ...

Numbers that the AutomateStash playbook fixes are marked with its section.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, ValidationError, model_validator

from stashbot.models import WAYS, FieldName, FieldPolicy, Way
from stashbot.settings.sections import FieldSettings, Section


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


Points = Annotated[float, Field(ge=0, le=1)]
#: Decimals of points that count: .4 and .2 meet .6.
POINT_DIGITS = 6


class GateSettings(Section):
    """What lets stashbot create an entity by itself: points of signals, and how many it takes.

    ``create = false`` never creates one of this kind; what is not created is left to a person.
    """

    create: bool = True
    threshold: Annotated[float, Field(gt=0, le=1)] = 0.6
    name: Points = 0.4
    alias: Points = 0.1

    @property
    def points(self) -> dict[str, float]:
        """The points of each signal, by its name."""
        settings = {"create", "threshold"}
        return {
            name: getattr(self, name) for name in type(self).model_fields if name not in settings
        }

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        best = round(sum(self.points.values()), POINT_DIGITS)
        if self.create and best < self.threshold:
            message = f"the signals add up to {best:g} and never reach threshold {self.threshold:g}"
            raise ValueError(message)
        return self


class PerformerGate(GateSettings):
    """Playbook 2.4: name .4, site .3, birthdate .2, alias .1."""

    site: Points = 0.3
    birthdate: Points = 0.2


class StudioGate(GateSettings):
    """Name .4, site .3, a parent studio that the library has .2, alias .1."""

    site: Points = 0.3
    parent: Points = 0.2


class TagGate(GateSettings):
    """Named by another source or the settings .4, listed there .3, many scenes .2, alias .1."""

    listed: Points = 0.3
    scenes: Points = 0.2


class GroupGate(GateSettings):
    """Name .4, site .3, of the scene's own studio .2, alias .1."""

    site: Points = 0.3
    studio: Points = 0.2


class CreationSettings(Section):
    """Which entities stashbot creates by itself, playbook 2.4.

    ``tags`` are names that may be created wherever a source proposes them. A tag counts as frequent
    from ``frequent`` scenes. When a proposal would create more than ``most`` entities of a kind,
    none of them is created.
    """

    performer: PerformerGate = PerformerGate()
    studio: StudioGate = StudioGate()
    tag: TagGate = TagGate()
    group: GroupGate = GroupGate()
    tags: tuple[str, ...] = ()
    frequent: Annotated[int, Field(ge=1)] = 3
    most: Annotated[int, Field(ge=0)] = 10

    @property
    def never(self) -> CreationSettings:
        """The same with every gate shut; names are still linked."""
        gates = {"performer": self.performer, "studio": self.studio}
        gates |= {"tag": self.tag, "group": self.group}
        shut = {name: gate.model_copy(update={"create": False}) for name, gate in gates.items()}
        return self.model_copy(update=shut)


#: How several proposals become one value: that of the first source in order, that of most sources,
#: or (lists only) the members of all.
Merging = Literal["order", "majority", "all"]
LISTS = (FieldName.URLS, FieldName.PERFORMERS, FieldName.GROUPS, FieldName.TAGS)


class ConsensusSettings(Section):
    """How proposals of several sources are merged field by field.

    ``ask`` is how many sources are to be accepted before no more are asked; 1 merges nothing.
    ``by`` says for a field how it is merged (else ``order``, lists ``all``), ``order`` which
    sources go first there (else as they were asked). ``policies`` are field policies of one source,
    in place of the general ones: ``policies.Catalog = {tags = "keep"}`` takes no tags from it.
    """

    ask: Annotated[int, Field(ge=1)] = 1
    by: dict[FieldName, Merging] = Field(default_factory=dict)
    order: dict[FieldName, tuple[str, ...]] = Field(default_factory=dict)
    policies: dict[str, dict[FieldName, FieldPolicy]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _usable(self) -> ConsensusSettings:
        for name, merging in self.by.items():
            if merging == "all" and name not in LISTS:
                raise ValueError(f"{name.value}: all is for lists; use order or majority")
        for name in {*self.by, *self.order}:
            if name is FieldName.ORGANIZED:
                raise ValueError("organized: no source says whether a scene is organized")
        for source, policies in self.policies.items():
            try:
                FieldSettings.model_validate(policies)
            except ValidationError as error:
                problem = error.errors()[0]
                where = ".".join(str(part) for part in problem["loc"])
                reason = problem["msg"].removeprefix("Value error, ")
                message = f"{source}: {where + ': ' if where else ''}{reason}"
                raise ValueError(message) from error
        return self

    def merging(self, name: FieldName) -> Merging:
        """How a field is merged."""
        return self.by.get(name, "all" if name in LISTS else "order")


class NamingSettings(Section):
    """How files are named, playbook 3.1: see ``stashbot.decide.renaming.template`` for templates.

    ``most_bytes`` is the longest a file's or folder's name may be in UTF-8; 255 is what all usual
    file systems take. ``same_name`` says what becomes of scenes whose files would have one name.
    """

    template: str = "{studio} - {date} - {title}.{ext}"
    most_bytes: Annotated[int, Field(ge=32, le=255)] = 255
    same_name: Literal["number", "refuse"] = "number"


# fmt: off
SMALL_WORDS = (
    "a", "an", "and", "as", "at", "but", "by", "for", "from", "if", "in", "into", "nor", "of",
    "off", "on", "onto", "or", "over", "per", "so", "the", "to", "up", "via", "vs", "with", "yet",
)
#: None that is a word as well, such as us, am and it.
ACRONYMS = (
    "3D", "4K", "8K", "BBC", "BTS", "CEO", "DIY", "DJ", "DVD", "EU", "FAQ", "FBI", "HD", "NASA",
    "NYC", "OK", "POV", "TV", "UFO", "UK", "USA", "VHS", "VIP", "VR",
)
# fmt: on


class CleanupSettings(Section):
    """How titles are written, playbook 3.4.

    ``small_words`` are lower-case within a title; ``acronyms`` and ``spelled`` are written as they
    stand here, whatever their case in the title.
    """

    title_case: bool = True
    small_words: tuple[str, ...] = SMALL_WORDS
    acronyms: tuple[str, ...] = ACRONYMS
    spelled: tuple[str, ...] = ()


class RescrapeSettings(Section):
    """When a scene that got nothing is scraped again, playbook 1.3.

    First after ``first_h`` hours, then after 2 hours, 4, 8, ..., at most ``longest_h``;
    ``per_tick`` at a time; given up after ``tries``.
    """

    first_h: Annotated[float, Field(gt=0)] = 6.0
    longest_h: Annotated[float, Field(gt=0)] = 24.0
    per_tick: Annotated[int, Field(ge=1)] = 5
    tries: Annotated[int, Field(ge=1)] = 8


class RefreshSettings(Section):
    """Which scenes are scraped anew because their data is old, playbook 1.5: months of 30 days."""

    months: Annotated[int, Field(ge=1)] = 12
    per_run: Annotated[int, Field(ge=1)] = 50


class SearchSettings(Section):
    """How scenes are looked for that no source finds by their files.

    ``query`` searches sources by a cleaned title, ``url`` asks by the scene's own addresses. The
    best candidate of a search must be ``lead`` ahead of the second to be taken.
    """

    query: bool = True
    url: bool = True
    lead: Annotated[float, Field(ge=0, le=1)] = 0.1

    @property
    def ways(self) -> tuple[Way, ...]:
        """The ways of asking that are on; a fragment always is."""
        on = {"fragment": True, "url": self.url, "query": self.query}
        return tuple(way for way in WAYS if on[way])


class RuleSettings(Section):
    """Files of rules; those of ``files`` that are not there are an error, unless by default."""

    files: tuple[Path, ...] = (Path("stashbot-rules.toml"),)


class MacroSettings(Section):
    """Tag macros, playbook 3.3: a name and the tags, or other macros, that it stands for."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, tuple[str, ...]] = Field(init=False)

    @property
    def tables(self) -> dict[str, tuple[str, ...]]:
        """The macros by their names."""
        return dict(self.__pydantic_extra__)


class CollectionSettings(Section):
    """A table ``[collections.NAME]``: ``where`` describes its scenes, ``kind`` is what they bear.

    With ``adds_only`` no scene ever loses it.
    """

    where: str
    kind: Literal["tag", "group"] = "tag"
    adds_only: bool = False


class CollectionsSettings(Section):
    """Smart collections, playbook 3.2, by their names."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, CollectionSettings] = Field(init=False)

    @property
    def tables(self) -> dict[str, CollectionSettings]:
        """The collections by their names."""
        return dict(self.__pydantic_extra__)
