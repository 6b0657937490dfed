"""A plain, blocking way to the server's API: for what somebody else does behind stashbot's back."""

from __future__ import annotations

import json
from typing import Any

import httpx

from stashbot.stash.client import StashClient

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


class Api:
    """Sends documents with the client's own login. Blocks, so it serves in callbacks too."""

    def __init__(self, client: StashClient) -> None:
        self._client = client
        self._http = httpx.Client(timeout=60)

    def close(self) -> None:
        """Ends its connections."""
        self._http.close()

    def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """The answer's data. Fails on errors."""
        transport = self._client.transport
        cookies = "; ".join(f"{one['name']}={one['value']}" for one in transport.cookies())
        answer = self._http.post(
            f"{transport.url}/graphql",
            json={"query": document, "variables": variables},
            headers={**transport.auth_headers(), **({"Cookie": cookies} if cookies else {})},
        ).json()
        assert not answer.get("errors"), answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def edit(self, scene_id: str, **values: Any) -> None:
        """Changes a scene as somebody else would."""
        document = "mutation($input: SceneUpdateInput!) { sceneUpdate(input: $input) { id } }"
        self.ask(document, input={"id": scene_id, **values})

    def create(self, kind: str, **values: Any) -> str:
        """A new tag, performer, studio or group; its id."""
        name = f"{kind}Create"
        document = (
            f"mutation($input: {kind.title()}CreateInput!) {{ {name}(input: $input) {{ id }} }}"
        )
        created: str = self.ask(document, input=values)[name]["id"]
        return created

    def destroy(self, kind: str, entity_id: str) -> None:
        """Removes a tag, performer, studio or group."""
        document = (
            f"mutation($input: {kind.title()}DestroyInput!) {{ {kind}Destroy(input: $input) }}"
        )
        self.ask(document, input={"id": entity_id})

    def start_scan(self) -> None:
        """Starts a scan of the library; its end resets what open pages had cached."""
        self.ask("mutation($input: ScanMetadataInput!) { metadataScan(input: $input) }", input={})

    def interface(self) -> dict[str, Any]:
        """The user interface's own settings (``ui``)."""
        ui: dict[str, Any] = self.ask("{ configuration { ui } }")["configuration"]["ui"]
        return ui

    def set_interface(self, ui: dict[str, Any]) -> None:
        """Puts the user interface's own settings back."""
        self.ask("mutation($ui: Map!) { configureUI(input: $ui) }", ui=ui)

    def set_language(self, language: str) -> str:
        """Sets the language of the pages; gives what it was."""
        before: str = self.ask("{ configuration { interface { language } } }")["configuration"][
            "interface"
        ]["language"]
        document = (
            "mutation($i: ConfigInterfaceInput!) { configureInterface(input: $i) { language } }"
        )
        self.ask(document, i={"language": language})
        return before

    def everything(self) -> dict[str, str]:
        """All that tests could change, as JSON text: each scene, and each kind of entity."""
        data = self.ask(_EVERYTHING, all=_ALL)
        found = {f"scene {one['id']}": one for one in data["findScenes"]["scenes"]}
        found |= {f"{kind}s": data[f"find{kind.title()}s"] for kind in _ENTITIES}
        found["configuration"] = data["configuration"]
        return {name: json.dumps(value, sort_keys=True) for name, value in found.items()}
