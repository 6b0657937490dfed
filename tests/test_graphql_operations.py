"""Operations of GraphQL documents: names, and what counts as a change."""

from __future__ import annotations

import pytest

from stashbot.graphql_operations import Operation, is_mutation, operation_name, operations_of


@pytest.mark.parametrize(
    ("document", "changes"),
    [
        ("{ version { hash } }", False),
        ("query A { a }", False),
        ("subscription A { a }", False),
        ("mutation A { a }", True),
        ("# query A\nmutation { a }", True),
        ("fragment F on Scene { id } mutation A { a { ...F } }", True),
        ("query A { a } mutation B { b }", True),
        ('query A { a(text: "mutation B { b }") }', False),
        ("fragment mutation on Scene { id } query A { a { ...mutation } }", False),
        ("mutation A {", True),
        ("shopping list", True),
    ],
)
def test_a_document_changes_something_if_any_operation_may(document: str, changes: bool) -> None:
    """Words in texts, comments and names do not count; what cannot be parsed counts as a change."""
    assert is_mutation(document) is changes


def test_operations_are_listed_in_order() -> None:
    """By name; fragments are not operations."""
    document = "query A { a } fragment F on Scene { id } mutation { b }"
    assert operations_of(document) == (Operation("A", False), Operation("anonymous", True))
    assert operations_of("query {") is None


@pytest.mark.parametrize(
    ("document", "name"),
    [("query FindScene($id: ID!) { a }", "FindScene"), ("{ a }", "anonymous"), ("?", "anonymous")],
)
def test_a_document_is_named_after_its_first_operation(document: str, name: str) -> None:
    """As the request's ``operationName``."""
    assert operation_name(document) == name
