"""In which order a scene's sources are asked, and what their answers are counted under.

The order follows what was known when the run began: a dry run and the run after it ask alike.
"""

from __future__ import annotations

from datetime import datetime

from stashbot.decide.matching.filename_parser import known_of
from stashbot.decide.sources.ranking import Experience, Ranked, RouteKeys, order_sources, route_keys
from stashbot.flows.enrich.apply_rules import chosen_sources
from stashbot.flows.runs.context import Runtime
from stashbot.flows.runs.options import RunOptions
from stashbot.models import Model, Scene


class Route(Model):
    """The sources of one scene in order, each with the numbers that put it there."""

    ranked: tuple[Ranked, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(one.source for one in self.ranked)


def keys_of(scene: Scene, options: RunOptions) -> RouteKeys:
    """The keys under which answers for this scene count."""
    return route_keys(scene, known_of(scene, options.filenames), options.routing)


def ranked(
    scene: Scene, options: RunOptions, experience: Experience, *, now: datetime
) -> tuple[Ranked, ...]:
    """The run's sources as this scene asks them, with their reasons."""
    keys = keys_of(scene, options)
    settings = options.routing
    if options.fixed_order:
        settings = settings.model_copy(update={"adaptive": False})
    names = [source.name for source in options.sources]
    return order_sources(names, experience.of(keys), keys=keys, now=now, settings=settings)


async def route(runtime: Runtime, scene: Scene) -> Route:
    """The order for this scene: that of rules, else by what was known when the run began."""
    if chosen := chosen_sources(runtime, scene):
        names = [one.name for one in chosen]
        fixed = runtime.options.routing.model_copy(update={"adaptive": False})
        keys = keys_of(scene, runtime.options)
        experience = runtime.experience.of(keys)
        return Route(
            ranked=order_sources(names, experience, keys=keys, now=runtime.began, settings=fixed)
        )
    found = ranked(scene, runtime.options, runtime.experience, now=runtime.began)
    return Route(ranked=found)
