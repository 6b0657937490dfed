"""The context of a request, and functions that resolvers share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema

from stashbot.sandbox.events import Events
from stashbot.sandbox.jobs import Jobs
from stashbot.sandbox.library import PracticeLibrary

Resolver = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Context:
    """The objects that the resolvers of a request use. ``base_url`` has no trailing slash."""

    library: PracticeLibrary
    events: Events
    base_url: str
    jobs: Jobs


if TYPE_CHECKING:
    Info = GraphQLResolveInfo[Context]
else:
    Info = GraphQLResolveInfo


def library_of(info: Info) -> PracticeLibrary:
    """Return the library of the sandbox that received the request."""
    return info.context.library


def attach(schema: GraphQLSchema, type_name: str, resolvers: dict[str, Resolver]) -> None:
    """Set the resolvers of a type's fields.

    Raises:
        KeyError: there is no such type or field.
    """
    kind = schema.type_map[type_name]
    if not isinstance(kind, GraphQLObjectType):
        raise KeyError(type_name)
    for name, resolver in resolvers.items():
        kind.fields[name].resolve = resolver
