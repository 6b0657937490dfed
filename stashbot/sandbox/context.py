"""What resolvers share: the request's context, and how they are attached to the schema."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema

from stashbot.sandbox.events import Events
from stashbot.sandbox.jobs import Jobs
from stashbot.sandbox.library import Library

Resolver = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a request's resolvers may use. ``base_url`` has no slash at its end."""

    library: Library
    events: Events
    base_url: str
    jobs: Jobs


if TYPE_CHECKING:
    Info = GraphQLResolveInfo[Context]
else:
    Info = GraphQLResolveInfo


def library_of(info: Info) -> Library:
    """The library that a request is about."""
    return info.context.library


def attach(schema: GraphQLSchema, type_name: str, resolvers: dict[str, Resolver]) -> None:
    """Make the resolvers those of the type's fields. Raises ``KeyError`` for an unknown field."""
    kind = schema.type_map[type_name]
    if not isinstance(kind, GraphQLObjectType):
        raise KeyError(type_name)
    for name, resolver in resolvers.items():
        kind.fields[name].resolve = resolver
