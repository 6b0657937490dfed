"""Recorded GraphQL exchanges: the operation, its variables and the shape of its answer.

An exchange shows how Stash speaks, and nothing of whose Stash it is: all texts of the owner are
anonymized, and lists are cut to ``MAX_LIST_ITEMS``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    print_ast,
)
from pydantic import Field, ValidationError

from stashbot.errors import RecordingError
from stashbot.graphql_operations import is_mutation, operation_name
from stashbot.models import Model
from stashbot.recordings.anonymizer import Anonymizer

#: List items that a recording keeps.
MAX_LIST_ITEMS = 2


class RecordedExchange(Model):
    """A GraphQL operation and its answer.

    ``fields`` is the tree of the fields that the operation selects. ``status`` is 0 for a write
    that the wire guard stopped, so that it was never sent.
    """

    operation: str
    kind: Literal["query", "mutation"]
    variable_types: dict[str, str] = Field(default_factory=dict)
    fields: dict[str, Any] = Field(default_factory=dict)
    variables: dict[str, Any] = Field(default_factory=dict)
    status: int
    content_type: str = ""
    response: Any = None
    states: tuple[str, ...] = ()


def recorded_exchange(
    body: Mapping[str, Any],
    *,
    status: int,
    content_type: str,
    response: Any,
    anonymizer: Anonymizer,
    state: str,
) -> RecordedExchange | None:
    """Make an exchange from the JSON body of a request and its answer.

    Returns ``None`` if the body does not hold exactly a single operation.
    """
    query = str(body.get("query") or "")
    try:
        tree = parse(query, no_location=True)
    except GraphQLError:
        return None
    operations = [n for n in tree.definitions if isinstance(n, OperationDefinitionNode)]
    fragments = {n.name.value: n for n in tree.definitions if isinstance(n, FragmentDefinitionNode)}
    if len(operations) != 1:
        return None
    (operation,) = operations
    variables = operation.variable_definitions or ()
    return RecordedExchange(
        operation=str(body.get("operationName") or operation_name(query)),
        kind="mutation" if is_mutation(query) else "query",
        variable_types={each.variable.name.value: print_ast(each.type) for each in variables},
        fields=_field_tree(operation.selection_set, fragments),
        variables=anonymizer.value(body.get("variables") or {}),
        status=status,
        content_type=content_type.partition(";")[0],
        response=_shortened(anonymizer.value(response)),
        states=(state,) if state else (),
    )


def load_exchanges(folder: Path) -> tuple[RecordedExchange, ...]:
    """Load all exchanges of the recording of a release, such as ``recordings/0.30.1``.

    Raises:
        RecordingError: a file is damaged, or there is none.
    """
    files = sorted((folder / "graphql").glob("*.json"))
    if not files:
        raise RecordingError(
            f"There are no exchanges in {folder}.",
            hint="Record them with `stashbot record`.",
            file=str(folder),
        )
    exchanges: list[RecordedExchange] = []
    for file in files:
        try:
            items = json.loads(file.read_text(encoding="utf-8"))
            exchanges += [RecordedExchange.model_validate(item) for item in items]
        except (OSError, ValueError, ValidationError) as error:
            raise RecordingError(
                f"The recording {file} cannot be read: {str(error).splitlines()[0]}.",
                hint="Record it again with `stashbot record`.",
                file=str(file),
            ) from error
    return tuple(exchanges)


def _field_tree(
    selection: SelectionSetNode | None, fragments: Mapping[str, FragmentDefinitionNode]
) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for node in selection.selections if selection else ():
        if isinstance(node, FragmentSpreadNode):
            fragment = fragments[node.name.value]
            tree = _merge_trees(tree, _field_tree(fragment.selection_set, fragments))
        elif isinstance(node, InlineFragmentNode):
            tree = _merge_trees(tree, _field_tree(node.selection_set, fragments))
        elif isinstance(node, FieldNode):
            field = {node.name.value: _field_tree(node.selection_set, fragments)}
            tree = _merge_trees(tree, field)
    return tree


def _merge_trees(tree: dict[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    for name, children in other.items():
        tree[name] = _merge_trees(tree.get(name, {}), children)
    return tree


def _shortened(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _shortened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shortened(item) for item in value[:MAX_LIST_ITEMS]]
    return value
