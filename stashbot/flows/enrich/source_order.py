"""The order in which a scene asks its sources.

It follows what was known when the run began: a dry run and the run after it ask alike.
"""

from __future__ import annotations

from datetime import datetime

from stashbot.decide.matching.scene_facts import SceneFacts
from stashbot.decide.sources.ranking import (
    RankedSource,
    SourceHistory,
    order_sources,
    route_keys,
)
from stashbot.flows.runs.context import RunContext
from stashbot.flows.runs.options import RunOptions
from stashbot.models import Model, SourceOutage


class SourceOrder(Model):
    """The sources of a scene in order, each with the numbers that put it there.

    ``outages`` are those that are not asked at this moment, because they kept failing.
    """

    ranked: tuple[RankedSource, ...] = ()
    outages: tuple[SourceOutage, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the names of the sources."""
        return tuple(ranked.source for ranked in self.ranked)


async def source_order(context: RunContext, facts: SceneFacts) -> SourceOrder:
    """Return the order that rules choose, else the order of success.

    Raises:
        ConfigError: the rules would go on without end for this scene.
    """
    options = context.options
    chosen = () if options.fixed_order else context.rules.apply(facts.scene, "run").sources
    names = dict.fromkeys(options.rules.sources[name].name for name in chosen)
    return SourceOrder(
        ranked=rank_sources(
            facts, options, context.history, now=context.began, chosen=tuple(names)
        ),
        outages=await context.store.outages.of_run(context.run_id),
    )


def rank_sources(
    facts: SceneFacts,
    options: RunOptions,
    history: SourceHistory,
    *,
    now: datetime,
    chosen: tuple[str, ...] = (),
) -> tuple[RankedSource, ...]:
    """Return the run's sources, or the ``chosen`` ones in their order, with their reasons."""
    keys = route_keys(facts)
    names = chosen or tuple(source.name for source in options.sources)
    is_fixed = options.fixed_order or bool(chosen)
    settings = (
        options.routing.model_copy(update={"adaptive": False}) if is_fixed else options.routing
    )
    return order_sources(names, history.of(keys), keys=keys, now=now, settings=settings)
