"""The order in which a scene asks its sources, and the keys under which answers count.

The order follows what was known when the run began: a dry run and the run after it ask alike.
"""

from __future__ import annotations

from datetime import datetime

from stashbot.decide.matching.scene_facts import read_scene_facts
from stashbot.decide.sources.ranking import (
    RankedSource,
    RouteKeys,
    SourceHistory,
    order_sources,
    route_keys,
)
from stashbot.flows.enrich.apply_rules import chosen_sources
from stashbot.flows.runs.context import RunContext
from stashbot.flows.runs.options import RunOptions
from stashbot.models import Model, Scene


class SourceOrder(Model):
    """The sources of a scene in order, each with the numbers that put it there."""

    ranked: tuple[RankedSource, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(ranked.source for ranked in self.ranked)


def keys_of(scene: Scene, options: RunOptions) -> RouteKeys:
    """The keys under which answers for this scene count."""
    return route_keys(read_scene_facts(scene, options.filenames, options.routing))


def rank_sources(
    scene: Scene, options: RunOptions, experience: SourceHistory, *, now: datetime
) -> tuple[RankedSource, ...]:
    """The run's sources as this scene asks them, with their reasons."""
    keys = keys_of(scene, options)
    settings = options.routing
    if options.fixed_order:
        settings = settings.model_copy(update={"adaptive": False})
    names = [source.name for source in options.sources]
    return order_sources(names, experience.of(keys), keys=keys, now=now, settings=settings)


async def source_order(context: RunContext, scene: Scene) -> SourceOrder:
    """The order for this scene: that of rules, else by what was known when the run began."""
    if chosen := chosen_sources(context, scene):
        names = [source.name for source in chosen]
        fixed = context.options.routing.model_copy(update={"adaptive": False})
        keys = keys_of(scene, context.options)
        experience = context.history.of(keys)
        return SourceOrder(
            ranked=order_sources(names, experience, keys=keys, now=context.began, settings=fixed)
        )
    found = rank_sources(scene, context.options, context.history, now=context.began)
    return SourceOrder(ranked=found)
