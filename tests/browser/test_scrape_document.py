"""What is asked of a scraped scene beyond what Stash's page asks for."""

from __future__ import annotations

import pytest
from graphql import parse, print_ast

from stashbot.browser.scrape_document import with_length

PAGE = """query ScrapeSingleScene($source: ScraperSourceInput!) {
  scrapeSingleScene(source: $source) { ...ScrapedSceneData __typename }
}
fragment ScrapedSceneData on ScrapedScene {
  title
  file { duration __typename }
  __typename
}
fragment ScrapedSceneTagData on ScrapedTag { name }"""
WIDENED = """query ScrapeSingleScene($source: ScraperSourceInput!) {
  scrapeSingleScene(source: $source) { ...ScrapedSceneData __typename }
}
fragment ScrapedSceneData on ScrapedScene {
  duration
  title
  file { duration __typename }
  __typename
}
fragment ScrapedSceneTagData on ScrapedTag { name }"""


def test_a_scrape_asks_for_the_length() -> None:
    """Of the scene, not of its file; nothing else of the document changes."""
    assert print_ast(parse(with_length(PAGE))) == print_ast(parse(WIDENED))


@pytest.mark.parametrize(
    "document",
    [
        "query FindScene($id: ID!) { findScene(id: $id) { title } }",
        "fragment ScrapedSceneTagData on ScrapedTag { name } query Q { q }",
        "mutation SceneUpdate($input: SceneUpdateInput!) { sceneUpdate(input: $input) { id } }",
        "",
    ],
)
def test_other_documents_stay_as_they_are(document: str) -> None:
    """Down to their spaces."""
    assert with_length(document) == document
