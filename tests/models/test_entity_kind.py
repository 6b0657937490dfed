"""The kinds of entities and the names that Stash gives them."""

from __future__ import annotations

import pytest

from stashbot.models import EntityKind, FieldName

NAMES = {
    EntityKind.STUDIO: (
        FieldName.STUDIO, "studios", "studio_id", "findStudio", "findStudios", "studioDestroy",
        "StudioCreate", "studio-select", False,
    ),
    EntityKind.PERFORMER: (
        FieldName.PERFORMERS, "performers", "performer_ids", "findPerformer", "findPerformers",
        "performerDestroy", "PerformerCreate", "performer-select", True,
    ),
    EntityKind.TAG: (
        FieldName.TAGS, "tags", "tag_ids", "findTag", "findTags", "tagDestroy", "TagCreate",
        "tag-select", True,
    ),
    EntityKind.GROUP: (
        FieldName.GROUPS, "groups", "groups", "findGroup", "findGroups", "groupDestroy",
        "GroupCreate", "group-select", True,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", EntityKind)
def test_every_kind_has_the_names_of_stash(kind: EntityKind) -> None:
    """As its schema, its pages and its edit form spell them."""
    assert NAMES[kind] == (
        kind.field,
        kind.plural,
        kind.input_key,
        kind.find_query,
        kind.list_query,
        kind.destroy_mutation,
        kind.create_operation,
        kind.widget,
        kind.is_list,
    )


@pytest.mark.parametrize("kind", EntityKind)
def test_the_field_of_a_kind_leads_back_to_it(kind: EntityKind) -> None:
    """No two kinds share a field."""
    assert EntityKind.of_field(kind.field) is kind


def test_a_field_without_entities_has_no_kind() -> None:
    """A title is a text."""
    with pytest.raises(ValueError, match="title holds no entities"):
        EntityKind.of_field(FieldName.TITLE)
