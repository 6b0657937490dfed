"""The kinds of entities that a scene can be linked to, and the names that Stash gives them."""

from __future__ import annotations

from enum import StrEnum

from stashbot.models.scene import FieldName


class EntityKind(StrEnum):
    """A kind of entity: studio, performer, tag or group.

    The names are those of Stash 0.27 and later; before, groups were called movies (see
    ``stash.documents`` for the queries of those releases).
    """

    STUDIO = "studio"
    PERFORMER = "performer"
    TAG = "tag"
    GROUP = "group"

    @classmethod
    def of_field(cls, field: FieldName) -> EntityKind:
        """Return the kind of the entities that a field of a scene holds.

        Raises:
            ValueError: the field holds no entities.
        """
        for kind in cls:
            if kind.field is field:
                return kind
        raise ValueError(f"{field} holds no entities")

    @property
    def field(self) -> FieldName:
        """The field of a scene that holds these entities."""
        return FieldName.STUDIO if self is EntityKind.STUDIO else FieldName(self.plural)

    @property
    def is_list(self) -> bool:
        """Whether a scene can have several of them."""
        return self is not EntityKind.STUDIO

    @property
    def plural(self) -> str:
        """The plural, which is also the path of their pages and their name in query results."""
        return f"{self.value}s"

    @property
    def input_key(self) -> str:
        """The key of the field in Stash's ``SceneUpdateInput`` and in its edit form."""
        if self is EntityKind.GROUP:
            return self.plural
        return f"{self.value}_ids" if self.is_list else f"{self.value}_id"

    @property
    def find_query(self) -> str:
        """The query that finds an entity by its id, such as ``findTag``."""
        return f"find{self.value.title()}"

    @property
    def list_query(self) -> str:
        """The query that lists entities, such as ``findTags``."""
        return f"{self.find_query}s"

    @property
    def destroy_mutation(self) -> str:
        """The mutation that deletes an entity by its id, such as ``tagDestroy``."""
        return f"{self.value}Destroy"

    @property
    def create_operation(self) -> str:
        """The operation by which Stash's pages create an entity, such as ``TagCreate``."""
        return f"{self.value.title()}Create"

    @property
    def widget(self) -> str:
        """The class of the select in Stash's edit form, such as ``tag-select``."""
        return f"{self.value}-select"
