"""In which order a scene's sources are asked, and what their answers are counted under.

The order follows what was known when the run began: a dry run and the run after it ask alike.
"""

from __future__ import annotations

from datetime import datetime

from stashbot.decide.filenames import known_of
from stashbot.decide.routing import Experience, Ranked, RouteKeys, order_sources, route_keys
from stashbot.flows.runtime import RunOptions, Runtime
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
    """The order for this scene by what was known when the run began."""
    found = ranked(scene, runtime.options, runtime.experience, now=runtime.began)
    return Route(ranked=found)
