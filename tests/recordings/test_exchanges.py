"""Recorded exchanges hold nothing of their owner, and a replay answers only what they hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stashbot.errors import NotRecorded, RecordingError
from stashbot.recordings.anonymizer import Anonymizer
from stashbot.recordings.exchanges import (
    MAX_LIST_ITEMS,
    RecordedExchange,
    load_exchanges,
    recorded_exchange,
)
from stashbot.recordings.transports import ReplayTransport

ANSWER = {
    "data": {
        "findScene": {
            "id": "7",
            "title": "Morning Walk",
            "date": "2024-05-01",
            "organized": True,
            "paths": {"screenshot": "http://nas.local:9999/scene/7/screenshot?apikey=abc"},
            "files": [{"path": "/media/Morning Walk.mp4", "size": 12} for _ in range(5)],
            "performers": [{"name": "Morning Walk", "__typename": "Performer"}],
        }
    }
}


def record(body: dict[str, Any], response: Any = None, **more: Any) -> RecordedExchange | None:
    options: dict[str, Any] = {"status": 200, "content_type": "application/json; charset=utf-8"}
    return recorded_exchange(
        body, response=response, anonymizer=Anonymizer(), state="scene", **{**options, **more}
    )


def test_the_owners_words_are_replaced_and_stashs_own_stay() -> None:
    """The same text has always the same replacement; ids, dates, booleans and kinds are kept."""
    query = (
        "query FindScene($id: ID!) { findScene(id: $id) { ...F } } fragment F on Scene { id title }"
    )
    exchange = record(
        {"operationName": "FindScene", "query": query, "variables": {"id": "7"}}, ANSWER
    )
    assert exchange is not None
    scene = exchange.response["data"]["findScene"]
    assert (scene["id"], scene["date"], scene["organized"]) == ("7", "2024-05-01", True)
    assert scene["title"] == scene["performers"][0]["name"] != "Morning Walk"
    assert scene["performers"][0]["__typename"] == "Performer"
    assert scene["paths"]["screenshot"] == "http://stash.test/scene/7/screenshot"
    assert len(scene["files"]) == MAX_LIST_ITEMS
    text = exchange.model_dump_json()
    for word in ("Morning", "nas.local", "/media", "abc"):
        assert word not in text
    assert exchange.fields == {"findScene": {"id": {}, "title": {}}}
    assert exchange.variable_types == {"id": "ID!"}
    assert exchange.content_type == "application/json"


def test_a_name_is_replaced_in_running_text_however_it_is_written() -> None:
    """Search terms that Stash makes of file names are replaced too; parts of words are not."""
    anonymizer = Anonymizer()
    anonymizer.learn(["Morning_Walk-2024.mp4", "Ada", "Rain"], "name")
    replaced = anonymizer.prose("morning walk 2024 mp4; Rain, Terrain, Ada")
    assert "morning" not in replaced
    assert "Terrain" in replaced
    assert "Rain," not in replaced
    assert "Ada" in replaced  # three letters match by chance


@example("ALICE")  # what looks like the value of an enumeration may be a title
@given(st.text(alphabet="abcdeXYZ .-_", min_size=1))
def test_a_replacement_never_holds_what_it_replaces(word: str) -> None:
    """Whatever the word, its replacement does not hold it, and stays the same."""
    anonymizer = Anonymizer()
    replaced = anonymizer.text(word, "title")
    assert replaced == anonymizer.text(word, "title")
    assert word.strip() == "" or len(word) < 4 or word not in replaced


@pytest.mark.parametrize("query", ["", "query {", "query A { a } query B { b }"])
def test_a_body_without_a_single_operation_is_not_recorded(query: str) -> None:
    """It does not parse, or holds several operations."""
    assert record({"query": query}) is None


def recorded(folder: Path, *exchanges: RecordedExchange) -> Path:
    (folder / "graphql").mkdir()
    for exchange in exchanges:
        file = folder / "graphql" / f"{exchange.operation}.json"
        file.write_text(json.dumps([exchange.model_dump(mode="json")]))
    return folder


def test_a_replay_refuses_what_was_not_recorded(tmp_path: Path) -> None:
    """The error names the operation, its variables, and the recorded variables."""
    exchange = RecordedExchange(
        operation="FindScene", kind="query", variables={"id": "7"}, status=200
    )
    replay = ReplayTransport.load(recorded(tmp_path, exchange))
    assert replay.find("FindScene", {"id": "7"}) == exchange
    with pytest.raises(NotRecorded, match="FindScene") as caught:
        replay.find("FindScene", {"id": "8"})
    assert '{"id": "7"}' in caught.value.hint
    with pytest.raises(NotRecorded, match="SceneUpdate"):
        replay.find("SceneUpdate", {})


def test_a_damaged_recording_is_named(tmp_path: Path) -> None:
    """The error names the folder without exchanges, or the file that cannot be read."""
    with pytest.raises(RecordingError, match=str(tmp_path)):
        load_exchanges(tmp_path)
    recorded(tmp_path)
    (tmp_path / "graphql" / "FindScene.json").write_text('[{"moon": 1}]')
    with pytest.raises(RecordingError, match=r"FindScene\.json"):
        load_exchanges(tmp_path)
