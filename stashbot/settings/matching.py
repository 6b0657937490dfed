"""The tables about sources and their proposals, from ``[filenames]`` to ``[consensus]``.

Numbers that the AutomateStash playbook fixes name its section.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from stashbot.models import SCRAPE_METHODS, ContradictionKind, FieldName, FieldPolicy, ScrapeMethod
from stashbot.settings.base import POINT_DIGITS, Points, Section
from stashbot.settings.fields import FieldSettings


class FilenamePattern(Section):
    """A named regular expression over a file name without its extension.

    Groups: ``studio``, ``title``, ``date`` (or ``year``, ``month``, ``day``), ``performers``.
    """

    name: str
    regex: str


class FilenameSettings(Section):
    """How file names are read: the user's ``patterns`` first, else in the light of a proposal.

    ``date_order`` is the order of two-digit dates and of dates that end in their year; ``any``
    takes every order into account. ``studios`` are abbreviations: ``nl = "Northlight"``.
    """

    patterns: tuple[FilenamePattern, ...] = ()
    builtin: bool = True
    date_order: Literal["any", "ymd", "dmy", "mdy"] = "any"
    studios: dict[str, str] = Field(default_factory=dict)


class WeightSettings(Section):
    """The points of the match score, and the ``threshold`` from which a proposal is applied.

    The playbook (1.2) fixes title, date, duration and performers. ``studio``, ``code``,
    ``explained``, ``url``, ``fingerprint`` and ``title_like`` are stashbot's own: with all of them
    at 0 the score is exactly the playbook's.
    """

    threshold: Annotated[float, Field(gt=0, le=1)] = 0.6
    title: Points = 0.4
    date: Points = 0.2
    duration_close: Points = 0.2
    duration_near: Points = 0.1
    duration_close_s: Annotated[float, Field(ge=0)] = 10.0
    duration_near_s: Annotated[float, Field(ge=0)] = 30.0
    performer: Points = 0.05
    performers_max: Points = 0.2
    studio: Points = 0.2
    code: Points = 0.6
    explained: Points = 0.2
    url: Points = 0.6
    fingerprint: Points = 0.6
    title_like: Points = 0.0
    title_like_from: Points = 0.9

    @model_validator(mode="after")
    def _threshold_is_reachable(self) -> WeightSettings:
        best = (
            max(self.title, self.title_like)
            + self.date
            + max(self.duration_close, self.duration_near)
            + (self.performers_max if self.performer else 0.0)
            + self.studio
            + self.code
            + self.explained
            + self.url
            + self.fingerprint
        )
        if round(best, POINT_DIGITS) < self.threshold:
            message = f"the weights add up to {best:g} and never reach threshold {self.threshold:g}"
            raise ValueError(message)
        if self.duration_near_s < self.duration_close_s:
            raise ValueError("duration_near_s must not be below duration_close_s")
        return self


class ContradictionSettings(Section):
    """The contradictions that keep a proposal from being applied, whatever its score.

    A length contradicts if it differs by more than ``duration_s`` seconds and by more than
    ``duration_share`` of the file's length.
    """

    title: bool = True
    number: bool = True
    marker: bool = True
    date: bool = True
    duration: bool = True
    performers: bool = True
    studio: bool = True
    code: bool = True
    duration_s: Annotated[float, Field(ge=0)] = 60.0
    duration_share: Points = 0.15

    def counts(self, kind: ContradictionKind) -> bool:
        """Return whether contradictions of that kind are on."""
        found: bool = getattr(self, kind.value)
        return found


class SearchSettings(Section):
    """How sources look for scenes whose files they do not know.

    ``query`` searches sources for the cleaned title, ``url`` asks them to read the scene's own
    addresses. The best candidate of a search is accepted only if its score leads that of the second
    by ``lead``.
    """

    query: bool = True
    url: bool = True
    lead: Points = 0.1

    @property
    def methods(self) -> tuple[ScrapeMethod, ...]:
        """The methods that are on; ``fragment`` always is."""
        on = {"fragment": True, "url": self.url, "query": self.query}
        return tuple(method for method in SCRAPE_METHODS if on[method])


class RoutingSettings(Section):
    """How sources are ordered by their success (playbook 1.1).

    A source without answers is taken to succeed at ``prior_rate``, an assumption that weighs as
    much as ``prior_weight`` answers. An answer counts half after ``half_life_days``. ``series`` are
    regular expressions with a group ``series``, tried on titles and file names before the built-in
    patterns.
    """

    adaptive: bool = True
    half_life_days: Annotated[float, Field(gt=0, le=36_500)] = 90.0
    prior_rate: Annotated[float, Field(gt=0, lt=1)] = 0.5
    prior_weight: Annotated[float, Field(gt=0, le=1000)] = 4.0
    series: tuple[str, ...] = ()


#: How several proposals become a single value: that of the first source, that of most sources, or
#: (lists only) the members of all.
MergeRule = Literal["order", "majority", "all"]
LIST_FIELDS = (FieldName.URLS, FieldName.PERFORMERS, FieldName.GROUPS, FieldName.TAGS)


class ConsensusSettings(Section):
    """How the proposals of several sources are merged, field by field.

    A scene is done once ``sources_wanted`` sources are accepted; 1 merges nothing. ``by`` is the
    merge rule of a field (default: ``order``, for lists ``all``), ``order`` lists the sources that
    come first there (default: the order of the run). ``policies`` replace the field policies for a
    single source: ``policies.Catalog = {tags = "keep"}`` takes no tags from it.
    """

    sources_wanted: Annotated[int, Field(ge=1)] = 1
    by: dict[FieldName, MergeRule] = Field(default_factory=dict)
    order: dict[FieldName, tuple[str, ...]] = Field(default_factory=dict)
    policies: dict[str, dict[FieldName, FieldPolicy]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _rules_fit_their_fields(self) -> ConsensusSettings:
        for name, rule in self.by.items():
            if rule == "all" and name not in LIST_FIELDS:
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

    def merge_rule(self, name: FieldName) -> MergeRule:
        """Return how the field ``name`` is merged."""
        return self.by.get(name, "all" if name in LIST_FIELDS else "order")
