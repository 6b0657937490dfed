"""What is kept of an exchange, and what of its owner is not; a replay answers nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stashbot.errors import NotRecorded, RecordingError
from stashbot.recordings.exchanges import LISTED, Exchange, Neutral, exchange_of
from stashbot.recordings.replay import Replay, load_exchanges

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


def taken(body: dict[str, Any], response: Any = None, **more: Any) -> Exchange | None:
    given_: dict[str, Any] = {"status": 200, "content_type": "application/json; charset=utf-8"}
    return exchange_of(
        body, response=response, neutral=Neutral(), state="scene", **{**given_, **more}
    )


def test_the_owners_words_are_replaced_and_stashs_own_stay() -> None:
    """The same word is always replaced by the same; ids, dates, truth and kinds are kept."""
    query = (
        "query FindScene($id: ID!) { findScene(id: $id) { ...F } } fragment F on Scene { id title }"
    )
    one = taken({"operationName": "FindScene", "query": query, "variables": {"id": "7"}}, ANSWER)
    assert one is not None
    scene = one.response["data"]["findScene"]
    assert (scene["id"], scene["date"], scene["organized"]) == ("7", "2024-05-01", True)
    assert scene["title"] == scene["performers"][0]["name"] != "Morning Walk"
    assert scene["performers"][0]["__typename"] == "Performer"
    assert scene["paths"]["screenshot"] == "http://stash.test/scene/7/screenshot"
    assert len(scene["files"]) == LISTED
    text = one.model_dump_json()
    for word in ("Morning", "nas.local", "/media", "abc"):
        assert word not in text
    assert one.fields == {"findScene": {"id": {}, "title": {}}}
    assert one.variable_types == {"id": "ID!"}
    assert one.content_type == "application/json"


def test_a_name_is_found_in_running_text_however_it_is_written() -> None:
    """Search terms that Stash makes of file names are replaced too; parts of words are not."""
    neutral = Neutral()
    neutral.learn(["Morning_Walk-2024.mp4", "Ada", "Rain"], "name")
    told = neutral.within("morning walk 2024 mp4; Rain, Terrain, Ada")
    assert "morning" not in told
    assert "Terrain" in told
    assert "Rain," not in told
    assert "Ada" in told  # three letters are chance


@example("ALICE")  # what looks like a value of an enumeration may be somebody's title
@given(st.text(alphabet="abcdeXYZ .-_", min_size=1))
def test_a_replacement_never_holds_what_it_replaces(word: str) -> None:
    """Whatever the word, its neutral one does not give it away, and stays the same."""
    neutral = Neutral()
    told = neutral.text(word, "title")
    assert told == neutral.text(word, "title")
    assert word.strip() == "" or len(word) < 4 or word not in told


@pytest.mark.parametrize("query", ["", "query {", "query A { a } query B { b }"])
def test_what_is_no_single_operation_is_not_kept(query: str) -> None:
    """A body that does not parse, or holds several operations, is no exchange."""
    assert taken({"query": query}) is None


def recorded(folder: Path, *exchanges: Exchange) -> Path:
    (folder / "graphql").mkdir()
    for one in exchanges:
        file = folder / "graphql" / f"{one.operation}.json"
        file.write_text(json.dumps([one.model_dump(mode="json")]))
    return folder


def test_a_replay_refuses_what_was_not_recorded(tmp_path: Path) -> None:
    """Another operation or other variables: the error names what was asked, and what is there."""
    one = Exchange(operation="FindScene", kind="query", variables={"id": "7"}, status=200)
    replay = Replay.load(recorded(tmp_path, one))
    assert replay.answer("FindScene", {"id": "7"}) == one
    with pytest.raises(NotRecorded, match="FindScene") as caught:
        replay.answer("FindScene", {"id": "8"})
    assert '{"id": "7"}' in caught.value.hint
    with pytest.raises(NotRecorded, match="SceneUpdate"):
        replay.answer("SceneUpdate", {})


def test_a_damaged_recording_is_named(tmp_path: Path) -> None:
    """No exchanges, or a file that cannot be read: the error says which."""
    with pytest.raises(RecordingError, match=str(tmp_path)):
        load_exchanges(tmp_path)
    recorded(tmp_path)
    (tmp_path / "graphql" / "FindScene.json").write_text('[{"moon": 1}]')
    with pytest.raises(RecordingError, match=r"FindScene\.json"):
        load_exchanges(tmp_path)
