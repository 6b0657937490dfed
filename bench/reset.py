"""Remove the metadata of scenes of a practice Stash, before each benchmark.

python bench/reset.py --url http://127.0.0.1:9999 --yes 3 4 5
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import Any

import httpx

#: Every field that a scrape can fill in, except the cover, as right after a scan.
BLANK: dict[str, Any] = {
    "title": "",
    "code": "",
    "details": "",
    "director": "",
    "urls": [],
    "date": None,
    "organized": False,
    "studio_id": None,
    "performer_ids": [],
    "groups": [],
    "tag_ids": [],
    "stash_ids": [],
}
SCENE = """
    id title code details director urls date organized
    studio { name } performers { name } tags { name } groups { group { name } }
    stash_ids { endpoint stash_id } files { basename }
"""


def gql(
    url: str,
    query: str,
    variables: dict[str, Any] | None = None,
    *,
    api_key: str | None = None,
) -> dict[str, Any]:
    """Send a GraphQL request and return its ``data``.

    Raises:
        RuntimeError: Stash answered with an error.
        httpx.HTTPError: Stash did not answer.
    """
    answer = httpx.post(
        f"{url.rstrip('/')}/graphql",
        json={"query": query, "variables": variables or {}},
        headers={"ApiKey": api_key} if api_key else {},
        timeout=60,
    )
    answer.raise_for_status()
    body = answer.json()
    if body.get("errors"):
        raise RuntimeError(body["errors"][0]["message"])
    data: dict[str, Any] = body["data"]
    return data


def blank(url: str, scene_ids: Iterable[str], *, api_key: str | None = None) -> None:
    """Remove the metadata of the scenes, in a single request."""
    gql(
        url,
        "mutation Blank($scenes: [SceneUpdateInput!]!) { scenesUpdate(input: $scenes) { id } }",
        {"scenes": [{"id": scene_id, **BLANK} for scene_id in scene_ids]},
        api_key=api_key,
    )


def read(
    url: str, scene_ids: Iterable[str], *, api_key: str | None = None
) -> dict[str, dict[str, Any]]:
    """Return the scenes by id, with sorted names of entities and file names without folders.

    Raises:
        KeyError: Stash has no such scene.
    """
    query = f"query Read($ids: [ID!]) {{ findScenes(ids: $ids) {{ scenes {{ {SCENE} }} }} }}"
    ids = list(scene_ids)
    found = gql(url, query, {"ids": ids}, api_key=api_key)["findScenes"]["scenes"]
    by_id = {scene["id"]: _flat(scene) for scene in found}
    return {scene_id: by_id[scene_id] for scene_id in ids}


def hush(url: str, *, api_key: str | None = None) -> None:
    """Mark the release notes as seen; their dialog covers the first page of a new server."""
    query = 'mutation Hush { configureUISetting(key: "lastNoteSeen", value: 99999999) }'
    gql(url, query, api_key=api_key)


def _flat(scene: dict[str, Any]) -> dict[str, Any]:
    names = {key: sorted(entity["name"] for entity in scene[key]) for key in ("performers", "tags")}
    return {
        **scene,
        **names,
        "studio": scene["studio"] and scene["studio"]["name"],
        "groups": sorted(entry["group"]["name"] for entry in scene["groups"]),
        "files": [file["basename"] for file in scene["files"]],
    }


def main() -> None:
    """Remove the metadata of the scenes given on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("scenes", nargs="+", metavar="ID")
    parser.add_argument("--url", default="http://127.0.0.1:9999")
    parser.add_argument("--yes", action="store_true", help="really delete their metadata")
    given = parser.parse_args()
    if not given.yes:
        sys.exit(f"This deletes the metadata of {len(given.scenes)} scenes: add --yes.")
    blank(given.url, given.scenes)


if __name__ == "__main__":
    main()
