"""The document that the door sends in place of the page's own."""

from __future__ import annotations

import pytest

from stashbot.browser.write_document import NotASingleWrite, single_write

SAVE = """
mutation SceneUpdate($input: SceneUpdateInput!) {
  sceneUpdate(input: $input) { ...SceneData }
}
fragment SceneData on Scene { id title studio { ...SlimStudio } }
fragment SlimStudio on Studio { id name }
fragment Unused on Scene { id }
"""


def test_the_pages_selection_is_kept_and_the_rest_left_out() -> None:
    """The app is answered with every field that it wants; fragments that it does not use go."""
    assert single_write(SAVE, "SceneUpdate") == (
        "mutation SceneUpdate($input: SceneUpdateInput!) {\n"
        "  sceneUpdate(input: $input) {\n"
        "    ...SceneData\n"
        "  }\n"
        "}\n"
        "\n"
        "fragment SceneData on Scene {\n"
        "  id\n"
        "  title\n"
        "  studio {\n"
        "    ...SlimStudio\n"
        "  }\n"
        "}\n"
        "\n"
        "fragment SlimStudio on Studio {\n"
        "  id\n"
        "  name\n"
        "}"
    )


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (
            "mutation SceneUpdate($input: I!) { sceneUpdate(input: $input) { id } "
            'evil: tagCreate(input: { name: "evil" }) { id } }',
            "several mutations at once: sceneUpdate, tagCreate",
        ),
        (
            "mutation SceneUpdate($input: I!) { ...Evil } "
            "fragment Evil on Mutation { sceneUpdate(input: $input) { id } }",
            "several mutations at once: a fragment",
        ),
        (
            "mutation SceneUpdate($input: I!) { sceneUpdate(input: $input) { id } } "
            'mutation Evil { tagCreate(input: { name: "evil" }) { id } }',
            "several operations",
        ),
        (
            "mutation SceneUpdate($input: I!) { tagCreate(input: $input) { id } }",
            "tagCreate instead of sceneUpdate",
        ),
        (
            "mutation SceneUpdate($input: I!) { x: sceneUpdate(input: $input) { id } }",
            "an alias or a directive",
        ),
        (
            "mutation SceneUpdate($input: I!) { sceneUpdate(input: $input) @skip(if: 1) { id } }",
            "an alias or a directive",
        ),
        (
            'mutation SceneUpdate { sceneUpdate(input: { id: "2", title: "evil" }) { id } }',
            "values of its own",
        ),
        (
            'mutation SceneUpdate($input: I = { id: "2" }) { sceneUpdate(input: $input) { id } }',
            "values of their own",
        ),
        (
            "mutation SceneUpdate($input: I!) { sceneUpdate(input: $input) { ...Gone } }",
            "fragment Gone is missing",
        ),
        ("query SceneUpdate { sceneUpdate { id } }", "sceneUpdate instead of sceneUpdate"),
        ("mutation {", "cannot be read"),
    ],
)
def test_a_document_that_asks_for_more_is_refused(document: str, why: str) -> None:
    """Whatever stands beside the single write, the error names it."""
    with pytest.raises(NotASingleWrite, match=why):
        single_write(document, "SceneUpdate")
