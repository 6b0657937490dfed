"""Execution of GraphQL operations, with Stash's messages and status codes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    execute,
    parse,
    validate,
)
from graphql.language import FieldNode

from stashbot.sandbox.context import Context
from stashbot.sandbox.mutations import attach_mutations
from stashbot.sandbox.options import NEWEST, Release
from stashbot.sandbox.queries import attach_queries
from stashbot.sandbox.views import attach_views

RESPONSE_TYPE = "application/graphql-response+json"


@dataclass(frozen=True, kw_only=True)
class MutationRecord:
    """A mutation that the sandbox received. ``applied`` is false if it was not executed."""

    operation: str
    fields: tuple[str, ...]
    variables: dict[str, Any] = field(default_factory=dict)
    applied: bool = False


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A parsed request: a document with a single operation to execute."""

    name: str
    document: DocumentNode
    definition: OperationDefinitionNode
    variables: dict[str, Any]

    @property
    def is_mutation(self) -> bool:
        """Whether the operation is a mutation."""
        return self.definition.operation is OperationType.MUTATION

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the top-level fields."""
        selections = self.definition.selection_set.selections
        return tuple(node.name.value for node in selections if isinstance(node, FieldNode))


class BadRequest(Exception):
    """A request that is refused before execution; ``errors`` are sent to the client."""

    def __init__(self, errors: list[dict[str, Any]], *, validation: bool = False) -> None:
        super().__init__(errors)
        self.errors = errors
        self.validation = validation


def make_schema() -> GraphQLSchema:
    """Return the schema of the API with all resolvers attached."""
    schema = build_schema(Path(__file__).with_name("schema.graphql").read_text("utf-8"))
    attach_views(schema)
    attach_queries(schema)
    attach_mutations(schema)
    return schema


def parse_request(schema: GraphQLSchema, body: bytes) -> Operation:
    """Return the operation in a request's body.

    Raises:
        BadRequest: it is invalid.
    """
    try:
        request = json.loads(body)
        query = request["query"]
    except (ValueError, KeyError, TypeError) as error:
        message = f"json request body could not be decoded: {error} body:{body[:80]!r}"
        raise BadRequest([{"message": message}]) from error
    document = _checked(schema, query)
    definitions = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    wanted = request.get("operationName")
    named = [d for d in definitions if not wanted or (d.name and d.name.value == wanted)]
    if len(named) != 1:
        raise BadRequest([{"message": f"operation {wanted or ''} not found"}])
    fallback = next(iter(_top_fields(named[0])), "")
    return Operation(
        name=named[0].name.value if named[0].name else fallback,
        document=document,
        definition=named[0],
        variables=request.get("variables") or {},
    )


@lru_cache(maxsize=256)
def _checked(schema: GraphQLSchema, query: str) -> DocumentNode:
    """Parse and validate a document.

    Raises:
        BadRequest: it is invalid.
    """
    try:
        document = parse(query)
    except GraphQLError as error:
        raise BadRequest([_refusal(error, "GRAPHQL_PARSE_FAILED")], validation=True) from error
    errors = validate(schema, document)
    if errors:
        refusals = [_refusal(error, "GRAPHQL_VALIDATION_FAILED") for error in errors]
        raise BadRequest(refusals, validation=True)
    return document


def _top_fields(definition: OperationDefinitionNode) -> list[str]:
    selections = definition.selection_set.selections
    return [node.name.value for node in selections if isinstance(node, FieldNode)]


async def run_operation(
    schema: GraphQLSchema, operation: Operation, context: Context
) -> dict[str, Any]:
    """Execute an operation; return ``errors``, if there are any, then ``data``."""
    name = operation.definition.name
    outcome = execute(
        schema,
        operation.document,
        context_value=context,
        variable_values=operation.variables,
        operation_name=name.value if name else None,
    )
    result = await outcome if hasattr(outcome, "__await__") else outcome
    if not result.errors:
        return {"data": result.data}
    return {"errors": [_error(error) for error in result.errors], "data": result.data}


def status_of(refused: BadRequest, content_type: str) -> int:
    """Return Stash's status code for a refused request, which depends on the content type."""
    if refused.validation and content_type == "application/json":
        return 422
    return 400


def content_type_for(accept: str, release: Release = NEWEST) -> str:
    """Return the content type of the answer for the ``Accept`` header.

    Stash 0.28 always answers ``application/json``. From 0.29, clients that accept anything get
    ``application/graphql-response+json``.
    """
    plain = release == "0.28" or "application/json" in accept
    return "application/json" if plain else RESPONSE_TYPE


def _error(error: GraphQLError) -> dict[str, Any]:
    message = getattr(error.original_error, "message", None) or error.message
    return {"message": message, **({"path": error.path} if error.path else {})}


def _refusal(error: GraphQLError, code: str) -> dict[str, Any]:
    places = [
        {"line": location.line, "column": location.column} for location in error.locations or ()
    ]
    return {"message": error.message, "locations": places, "extensions": {"code": code}}
