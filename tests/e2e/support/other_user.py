"""Somebody else at the same Stash: what changes there behind stashbot's back."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx

from stashbot.sandbox import Sandbox
from stashbot.stash.client import StashClient

_SCAN_S = 30.0
_ENTITIES = {
    "tag": "findTags(filter: $all) { tags { id name aliases } }",
    "performer": (
        "findPerformers(filter: $all) { performers { id name disambiguation alias_list } }"
    ),
    "studio": "findStudios(filter: $all) { studios { id name aliases } }",
    "group": "findGroups(filter: $all) { groups { id name aliases } }",
}
_EVERYTHING = f"""
query Everything($all: FindFilterType) {{
  findScenes(filter: $all) {{ scenes {{
    id title code details director date urls rating100 organized o_counter interactive
    play_count play_duration resume_time last_played_at play_history o_history
    studio {{ id }} performers {{ id }} tags {{ id }} galleries {{ id }}
    groups {{ group {{ id }} scene_index }} stash_ids {{ endpoint stash_id }}
    files {{ id path }} scene_markers {{ id }}
  }} }}
  {" ".join(_ENTITIES.values())}
  configuration {{ ui interface {{ language }} }}
}}
"""
_ALL = {"per_page": -1, "sort": "id", "direction": "ASC"}


class OtherUser:
    """Edits and queries by the API, with the client's own login.

    Every call blocks until Stash has answered, so calls serve in callbacks too.
    """

    def __init__(self, client: StashClient, sandbox: Sandbox | None) -> None:
        self._client = client
        self._sandbox = sandbox
        self._http = httpx.Client(timeout=60)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def query(self, document: str, **variables: Any) -> dict[str, Any]:
        """Return the data of the answer; fail on errors."""
        transport = self._client.transport
        answer = self._http.post(
            f"{transport.url}/graphql",
            json={"query": document, "variables": variables},
            headers=transport.socket_headers(),
        ).json()
        assert not answer.get("errors"), answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def edit(self, scene_id: str, **values: Any) -> None:
        """Change a scene, by the names of Stash's ``SceneUpdateInput``."""
        document = "mutation($input: SceneUpdateInput!) { sceneUpdate(input: $input) { id } }"
        self.query(document, input={"id": scene_id, **values})

    def create(self, kind: str, **values: Any) -> str:
        """Create a tag, performer, studio or group, and return its id."""
        name = f"{kind}Create"
        document = (
            f"mutation($input: {kind.title()}CreateInput!) {{ {name}(input: $input) {{ id }} }}"
        )
        created: str = self.query(document, input=values)[name]["id"]
        return created

    def destroy(self, kind: str, entity_id: str) -> None:
        """Remove a tag, performer, studio or group."""
        document = (
            f"mutation($input: {kind.title()}DestroyInput!) {{ {kind}Destroy(input: $input) }}"
        )
        self.query(document, input={"id": entity_id})

    def scan(self) -> None:
        """Let a scan of the library begin and end; open pages are notified of its end."""
        if self._sandbox is not None:
            assert self._sandbox.complete_scan(), "no page listens"
            return
        self.query("mutation($input: ScanMetadataInput!) { metadataScan(input: $input) }", input={})
        deadline = time.monotonic() + _SCAN_S
        while self.query("{ jobQueue { id } }")["jobQueue"] and time.monotonic() < deadline:
            pass

    def interface(self) -> dict[str, Any]:
        """Return the user interface's own settings (``ui``)."""
        ui: dict[str, Any] = self.query("{ configuration { ui } }")["configuration"]["ui"]
        return ui

    def set_interface(self, ui: dict[str, Any]) -> None:
        """Replace the user interface's own settings."""
        self.query("mutation($ui: Map!) { configureUI(input: $ui) }", ui=ui)

    def set_language(self, language: str) -> str:
        """Set the language of the pages, and return the language before."""
        if self._sandbox is not None:
            interface = self._sandbox.library.interface
            former, interface["language"] = str(interface["language"]), language
            return former
        found = self.query("{ configuration { interface { language } } }")
        document = (
            "mutation($i: ConfigInterfaceInput!) { configureInterface(input: $i) { language } }"
        )
        self.query(document, i={"language": language})
        return str(found["configuration"]["interface"]["language"])

    def everything(self) -> dict[str, str]:
        """Return all that tests could change, as JSON: each scene, and each kind of entity."""
        data = self.query(_EVERYTHING, all=_ALL)
        found = {f"scene {scene['id']}": scene for scene in data["findScenes"]["scenes"]}
        found |= {f"{kind}s": data[f"find{kind.title()}s"] for kind in _ENTITIES}
        found["configuration"] = data["configuration"]
        return {name: json.dumps(value, sort_keys=True) for name, value in found.items()}
