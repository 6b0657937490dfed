"""The document that the door sends for a permitted write, in place of the page's own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    parse,
    print_ast,
)


class NotASingleWrite(ValueError):
    """A document asks for more than a single write of its variables; the text says what."""


@lru_cache(maxsize=64)
def single_write(document: str, operation: str) -> str:
    """Return a document that makes the write ``operation`` and nothing else.

    It holds a single mutation with a single field, whose arguments are variables. Taken over from
    the page's document is which fields of the answer the page wants: Stash's app needs them all.
    The field is named as the operation, which all of Stash's own mutations are.

    Raises:
        NotASingleWrite: the page's document asks for anything else.
    """
    try:
        tree = parse(document, no_location=True)
    except GraphQLError as error:
        raise NotASingleWrite("it cannot be read as GraphQL") from error
    mutation = _only_operation(tree)
    field = _only_field(mutation)
    expected = operation[:1].lower() + operation[1:]
    if mutation.operation is not OperationType.MUTATION or field.name.value != expected:
        raise NotASingleWrite(f"it asks for {field.name.value} instead of {expected}")
    if field.alias or field.directives or mutation.directives:
        raise NotASingleWrite("its mutation has an alias or a directive")
    if any(not isinstance(argument.value, VariableNode) for argument in field.arguments or ()):
        raise NotASingleWrite("it holds values of its own beside the variables")
    if any(variable.default_value for variable in mutation.variable_definitions or ()):
        raise NotASingleWrite("its variables have values of their own")
    fragments = _fragments_of(tree, field)
    return print_ast(DocumentNode(definitions=(mutation, *fragments)))


def _only_operation(tree: DocumentNode) -> OperationDefinitionNode:
    operations = [node for node in tree.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) != 1:
        raise NotASingleWrite("it holds several operations")
    return operations[0]


def _only_field(operation: OperationDefinitionNode) -> FieldNode:
    selections = operation.selection_set.selections
    if len(selections) != 1 or not isinstance(selections[0], FieldNode):
        names = ", ".join(
            node.name.value if isinstance(node, FieldNode) else "a fragment" for node in selections
        )
        raise NotASingleWrite(f"it asks for several mutations at once: {names}")
    return selections[0]


def _fragments_of(tree: DocumentNode, field: FieldNode) -> tuple[FragmentDefinitionNode, ...]:
    """Return the fragments that the field's answer uses, themselves by others too."""
    known = {
        node.name.value: node
        for node in tree.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    used: dict[str, FragmentDefinitionNode] = {}
    waiting = list(_spreads(field.selection_set))
    while waiting:
        name = waiting.pop()
        if name in used:
            continue
        if name not in known:
            raise NotASingleWrite(f"its fragment {name} is missing")
        used[name] = known[name]
        waiting += _spreads(known[name].selection_set)
    return tuple(node for name, node in known.items() if name in used)


def _spreads(selected: SelectionSetNode | None) -> Iterator[str]:
    nodes: list[Node] = list(selected.selections) if selected else []
    while nodes:
        node = nodes.pop()
        if isinstance(node, FragmentSpreadNode):
            yield node.name.value
        selection_set: SelectionSetNode | None = getattr(node, "selection_set", None)
        if selection_set is not None:
            nodes += selection_set.selections
