"""Hypothesis strategies for scenes and proposals, with few values so that they often agree."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from stashbot.models import (
    Entity,
    FieldName,
    FieldPolicy,
    GroupEntry,
    Plan,
    Proposal,
    Scene,
    ScrapedEntity,
    StashId,
    VideoFile,
)
from stashbot.settings import FieldSettings

LISTS = ("urls", "performers", "groups", "tags", "stash_ids")
FIELDS = tuple(name for name in FieldName if name is not FieldName.ORGANIZED)

ids = st.sampled_from(["1", "2", "3", "4", "5"])
texts = st.one_of(st.none(), st.sampled_from(["Clip 12", "clip 12", "Zwölf", "a\nb", "x"]))
urls = st.sampled_from([f"https://example.org/{number}" for number in range(4)])
days = st.one_of(st.none(), st.sampled_from(["2024-01-13", "2024-01", "2024-02-10"]))
stash_ids = st.builds(
    StashId,
    endpoint=st.sampled_from(["https://first.example/graphql", "https://second.example/graphql"]),
    stash_id=st.sampled_from(["aa", "bb"]),
)


def entity(number: str) -> Entity:
    """Return the entity that Stash has under an id."""
    return Entity(id=number, name=f"Name {number}")


def _listed(values: st.SearchStrategy[Any], *, key: Any = None) -> st.SearchStrategy[Any]:
    return st.lists(values, max_size=4, unique_by=key or (lambda value: value)).map(tuple)


entities = _listed(ids).map(lambda numbers: tuple(entity(number) for number in numbers))
groups = _listed(
    st.builds(
        lambda number, index: GroupEntry(id=number, name=f"Name {number}", scene_index=index),
        ids,
        st.one_of(st.none(), st.integers(1, 9)),
    ),
    key=lambda group: group.id,
)
scenes = st.builds(
    Scene,
    id=st.just("7"),
    title=texts,
    code=texts,
    details=texts,
    director=texts,
    date=days,
    urls=_listed(urls),
    studio=st.one_of(st.none(), ids.map(entity)),
    performers=entities,
    tags=entities,
    groups=groups,
    stash_ids=_listed(stash_ids, key=lambda box: (box.endpoint, box.stash_id)),
    organized=st.booleans(),
    files=st.just((VideoFile(id="1", path="/v/a.mp4", basename="a.mp4", duration=600),)),
)
scraped = st.builds(
    lambda number, known: ScrapedEntity(name=f"Name {number}", stored_id=number if known else None),
    ids,
    st.booleans(),
)
scraped_list = st.lists(scraped, max_size=4).map(tuple)
proposals = st.builds(
    Proposal,
    source=st.just("Catalog"),
    title=st.one_of(texts, st.sampled_from(["", "  ", " Clip 12\r\n"])),
    code=texts,
    details=st.one_of(texts, st.just("a\r\nb")),
    director=texts,
    date=st.one_of(
        days, st.sampled_from(["January 13, 2024", "03/04/2024", "soon", "2024-13-40", " "])
    ),
    urls=st.lists(st.one_of(urls, st.sampled_from(["javascript:0", "", " "])), max_size=4).map(
        tuple
    ),
    studio=st.one_of(st.none(), scraped),
    performers=scraped_list,
    tags=scraped_list,
    groups=scraped_list,
    stash_id=st.one_of(st.none(), stash_ids),
    cover=st.one_of(st.none(), st.just("ab" * 32)),
)


def _policy(name: str) -> st.SearchStrategy[FieldPolicy]:
    if name == "cover":
        return st.sampled_from([FieldPolicy.KEEP, FieldPolicy.OVERWRITE])
    lists_only = () if name in LISTS else (FieldPolicy.UNION,)
    return st.sampled_from([policy for policy in FieldPolicy if policy not in lists_only])


policies = st.fixed_dictionaries({name.value: _policy(name.value) for name in FIELDS}).map(
    FieldSettings.model_validate
)


def all_by(policy: FieldPolicy) -> FieldSettings:
    """Return ``policy`` for all fields; texts are filled instead of united, covers overwritten."""
    chosen = dict.fromkeys((name.value for name in FIELDS), policy)
    if policy is FieldPolicy.UNION:
        chosen = {name: chosen[name] if name in LISTS else FieldPolicy.FILL for name in chosen}
    if policy is not FieldPolicy.KEEP:
        chosen["cover"] = FieldPolicy.OVERWRITE
    return FieldSettings.model_validate(chosen)


def applied(scene: Scene, plan: Plan) -> Scene:
    """Return the scene after Stash has saved every planned value."""
    values = {
        change.field.value: change.after
        for change in plan.changes
        if change.field is not FieldName.COVER
    }
    return Scene.model_validate({**scene.model_dump(), **values})


def shuffled(scene: Scene) -> Scene:
    """Return the scene as Stash may return it: with entity lists in another order."""
    turned = {
        name: tuple(reversed(getattr(scene, name))) for name in ("performers", "tags", "groups")
    }
    return scene.model_copy(update={**turned, "stash_ids": scene.stash_ids[::-1]})
