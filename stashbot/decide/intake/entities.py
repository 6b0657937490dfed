"""Join what a source names twice."""

from __future__ import annotations

from collections.abc import Iterable

from stashbot.models import ScrapedEntity


def distinct_entities(entities: Iterable[ScrapedEntity]) -> tuple[ScrapedEntity, ...]:
    """Return each entity once.

    Two are the same if they have the same id, or the same name in any case unless they are matched
    to different ids or told apart by their disambiguations. Of two, the matched one stays, at the
    place of the first.
    """
    kept: list[ScrapedEntity] = []
    by_id: dict[str, int] = {}
    by_name: dict[tuple[str, str], int] = {}
    for entity in entities:
        name = (entity.name.casefold(), entity.disambiguation.casefold())
        stored = entity.stored_id
        if stored is not None and stored in by_id:
            continue
        place = by_name.get(name)
        if place is None or (stored is not None and kept[place].stored_id is not None):
            place = len(kept)
            kept.append(entity)
            by_name.setdefault(name, place)
        elif stored is not None:
            kept[place] = entity
        if stored is not None:
            by_id[stored] = place
    return tuple(kept)
