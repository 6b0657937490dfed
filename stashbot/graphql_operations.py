"""The operations of a GraphQL document: their names, and whether they change anything.

The wire guard decides by it what may pass, the client what may be sent again, and recordings what
an exchange was.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse

ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document; an operation without a name is ``anonymous``."""

    name: str
    is_mutation: bool


@lru_cache(maxsize=512)
def operations_of(document: str) -> tuple[Operation, ...] | None:
    """Return the operations of a document in order; ``None`` if it cannot be parsed."""
    try:
        tree = parse(document, no_location=True)
    except GraphQLError:
        return None
    return tuple(
        Operation(
            name=node.name.value if node.name else ANONYMOUS,
            is_mutation=node.operation is OperationType.MUTATION,
        )
        for node in tree.definitions
        if isinstance(node, OperationDefinitionNode)
    )


def is_mutation(document: str) -> bool:
    """Return whether a document may change anything.

    One mutation is enough, whichever operation is chosen; a document that cannot be parsed counts
    as a mutation.
    """
    operations = operations_of(document)
    return operations is None or any(operation.is_mutation for operation in operations)


def operation_name(document: str) -> str:
    """Return the name of the document's first operation; ``anonymous`` if it has none."""
    operations = operations_of(document)
    return operations[0].name if operations else ANONYMOUS
