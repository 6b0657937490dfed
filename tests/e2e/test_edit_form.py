"""The edit form takes exactly the planned values, and Stash has them after the save."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from stashbot.browser.session import Session
from stashbot.errors import ElementNotReady, SaveRefused
from stashbot.models import FieldName, Scene
from stashbot.pages.edit_form import EditForm
from stashbot.pages.scene_page import ScenePage
from stashbot.stash.client import StashClient
from tests.e2e.conftest import Run
from tests.e2e.support import snapshot
from tests.e2e.support.other_user import OtherUser
from tests.e2e.support.plans import plan_of, save

Make = Callable[..., str]
Fill = Callable[[dict[FieldName, Any]], Scene]

LISTS = (FieldName.PERFORMERS, FieldName.TAGS, FieldName.GROUPS)
ODD_TEXTS = {
    "emoji": "\U0001f30a waves \U0001f469\u200d\U0001f467 e\u0301 \U0001f1ef\U0001f1f5",
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u202eabc\u202c end",
    "quotes and markup": "\"it's\" `so` \\n <b>bold</b> & {{x}} ${y} %20 'q' \u201eZ\u201c",
    "5000 signs": ("Long title " * 500)[:4999] + "Z",
    "a single sign": "\u00e9",
}


@pytest.fixture
def scene(scenes: snapshot.Snapshot, client: StashClient, run: Run[Any]) -> Scene:
    """Return a scene without any data."""
    scene = next(scene for scene in scenes.values() if not scene.organized)
    texts = dict.fromkeys(("title", "code", "details", "director"), "")
    lists: dict[str, Any] = {"urls": [], "performer_ids": [], "tag_ids": [], "groups": []}
    nothing = {"date": None, "studio_id": None, **texts, **lists}
    emptied: Scene = run(client.update_scene({"id": scene.id, **nothing}))
    return emptied


@pytest.fixture
def fill(session: Session, scene: Scene, client: StashClient, run: Run[Any]) -> Fill:
    """Save values through the scene's form, and return the scene as Stash has it then."""

    async def do(values: dict[FieldName, Any]) -> Scene:
        current = await client.get_scene(scene.id)
        await ScenePage(session).open(current)
        await save(session, client, plan_of(current, values))
        return await client.get_scene(scene.id)

    return lambda values: run(do(values))


def values_of(scene: Scene, names: Any) -> dict[FieldName, Any]:
    """Return the fields as Stash holds them; it orders entities by itself."""
    return {name: in_order(name, scene.value(name)) for name in names}


def in_order(name: FieldName, value: Any) -> Any:
    return sorted(value, key=lambda entity: int(entity["id"])) if name in LISTS else value


def named(entity: Make, kind: str, name: str, **more: Any) -> dict[str, Any]:
    """Return a new entity, in the form of plans."""
    number: dict[str, Any] = {"scene_index": None} if kind == "group" else {}
    return {"id": entity(kind, name=name, **more), "name": name, **number}


def test_every_field_comes_to_hold_what_is_planned(fill: Fill, entity: Make) -> None:
    """All fields of an empty scene are set in a single save, and all are changed in another."""
    studios = [named(entity, "studio", f"Form Studio {n}") for n in "AB"]
    people = [named(entity, "performer", f"Form Performer {n}") for n in "ABC"]
    tags = [named(entity, "tag", f"Form Tag {n}") for n in "ABC"]
    groups = [named(entity, "group", f"Form Group {n}") for n in "AB"]
    first: dict[FieldName, Any] = {
        FieldName.TITLE: "A first title",
        FieldName.CODE: "FORM-1",
        FieldName.URLS: ["https://example.test/1", "https://example.test/2"],
        FieldName.DATE: "2021-03-04",
        FieldName.DIRECTOR: "A Director",
        FieldName.STUDIO: studios[0],
        FieldName.PERFORMERS: people[:2],
        FieldName.GROUPS: groups[:1],
        FieldName.TAGS: tags[:2],
        FieldName.DETAILS: "First line.\n\nThird line,\tafter a gap.",
    }
    assert values_of(fill(first), first) == first
    second: dict[FieldName, Any] = {
        FieldName.TITLE: "A second title",
        FieldName.CODE: "FORM-2",
        FieldName.URLS: ["https://example.test/3"],
        FieldName.DATE: "2022",
        FieldName.DIRECTOR: "Another Director",
        FieldName.STUDIO: studios[1],
        FieldName.PERFORMERS: people[1:],
        FieldName.GROUPS: groups,
        FieldName.TAGS: tags[2:],
        FieldName.DETAILS: "Other words",
    }
    assert values_of(fill(second), second) == second


def test_urls_are_added_changed_and_removed(fill: Fill) -> None:
    """The form comes to have the planned URLs in their order, whatever it had before."""
    first, second, third, fourth = (f"https://example.test/{number}" for number in range(1, 5))
    for urls in (
        [first],
        [first, second, third],
        [first, fourth, third],
        [third, first],
        [second, "https://\u4f8b\u3048.test/?a=1&b=%20#x"],
    ):
        assert values_of(fill({FieldName.URLS: urls}), [FieldName.URLS]) == {FieldName.URLS: urls}


def test_groups_are_replaced(fill: Fill, entity: Make) -> None:
    """Groups that are not planned leave the form, whether others come or not."""
    first, second, third = (named(entity, "group", f"Replaced Group {n}") for n in "ABC")
    for groups in ([first, second], [second], [third], [first, third]):
        assert values_of(fill({FieldName.GROUPS: groups}), [FieldName.GROUPS]) == {
            FieldName.GROUPS: groups
        }


def test_odd_texts_arrive_as_they_are(fill: Fill) -> None:
    """Emoji, right-to-left text, quotes, markup and 5,000 signs come out as they went in."""
    for name, text in ODD_TEXTS.items():
        values: dict[FieldName, Any] = {
            FieldName.TITLE: text,
            FieldName.DETAILS: f"{text}\n{text}",
            FieldName.DIRECTOR: text[:200].strip(),
        }
        assert values_of(fill(values), values) == values, name


def test_entities_are_picked_by_their_exact_names(fill: Fill, entity: Make) -> None:
    """A name that begins, ends or differs in case from another's is not taken for it."""
    values: dict[FieldName, Any] = {}
    for kind, field in (
        ("tag", FieldName.TAGS),
        ("performer", FieldName.PERFORMERS),
        ("group", FieldName.GROUPS),
    ):
        for longer in ("Quay North", "Old Quay", "Quay (2)"):
            entity(kind, name=f"{longer} {kind}" if longer == "Old Quay" else longer)
        wanted = ["Quay", 'A "quoted" <b>name</b> & \\', "Wave \U0001f30a", "Double  space"]
        values[field] = [named(entity, kind, name) for name in wanted]
    entity("studio", name="Quay Pictures")
    values[FieldName.STUDIO] = named(entity, "studio", "Quay")
    scene = fill(values)
    for field in (FieldName.TAGS, FieldName.PERFORMERS, FieldName.GROUPS):
        assert [entity["id"] for entity in in_order(field, scene.value(field))] == [
            entity["id"] for entity in in_order(field, values[field])
        ]
    assert scene.studio is not None
    assert scene.studio.id == values[FieldName.STUDIO]["id"]


def test_an_alias_is_no_obstacle_to_the_name(fill: Fill, entity: Make) -> None:
    """An alias of another entity does not hide the entity of that name."""
    entity("tag", name="Alias bearer", aliases=["Ferry boat"])
    tag = named(entity, "tag", "Ferry", aliases=["Ferry line"])
    entity("studio", name="Studio with alias", aliases=["Ferry Films"])
    studio = named(entity, "studio", "Ferry", aliases=["FF"])
    scene = fill({FieldName.TAGS: [tag], FieldName.STUDIO: studio})
    assert [each.id for each in scene.tags] == [tag["id"]]
    assert scene.studio is not None
    assert scene.studio.id == studio["id"]


def test_a_performer_with_a_disambiguation_stays_and_is_found(
    fill: Fill, entity: Make, scene: Scene, other_user: OtherUser
) -> None:
    """Of two performers of the same name, that of the scene stays; a third is added by name.

    Stash shows the disambiguation behind the name.
    """
    entity("performer", name="Kim Double")
    second = named(entity, "performer", "Kim Double", disambiguation="second")
    only = named(entity, "performer", "Lee Single", disambiguation="single")
    other = named(entity, "performer", "Moe Other")
    other_user.edit(scene.id, performer_ids=[second["id"]])
    values: dict[FieldName, Any] = {FieldName.PERFORMERS: [second, only, other]}
    assert values_of(fill(values), values) == values


def test_a_date_that_is_none_is_refused_by_the_form(
    session: Session, scene: Scene, client: StashClient, run: Run[Any]
) -> None:
    """The form marks it and keeps its button off: nothing is sent, and the value is named."""
    run(ScenePage(session).open(scene))
    with pytest.raises((ElementNotReady, SaveRefused)):
        run(save(session, client, plan_of(scene, {FieldName.DATE: "tomorrow"})))
    assert run(EditForm(session).invalid()) == ("tomorrow",)
    assert run(client.find_scene(scene.id)).date is None


def test_the_form_tells_what_it_holds(
    session: Session, scene: Scene, client: StashClient, entity: Make, run: Run[Any]
) -> None:
    """Texts, URLs and the names in selects are read as the page shows them."""
    tag, person = entity("tag", name="Shown Tag"), entity("performer", name="Shown Performer")
    urls = ["https://example.test/a", "https://example.test/b"]
    values = {"title": "Shown", "urls": urls, "tag_ids": [tag], "performer_ids": [person]}
    run(ScenePage(session).open(run(client.update_scene({"id": scene.id, **values}))))
    form = EditForm(session)
    shown = {name: run(form.value(name)) for name in (FieldName.TITLE, FieldName.URLS, *LISTS)}
    assert shown == {
        FieldName.TITLE: "Shown",
        FieldName.URLS: urls,
        FieldName.PERFORMERS: ["Shown Performer"],
        FieldName.TAGS: ["Shown Tag"],
        FieldName.GROUPS: [],
    }
