"""Durable records as JSON: every value comes back as it was, and strange records are refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from types import new_class
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stashbot.errors import GraphQLError, ScrapeFailed, StateError, UnexpectedError
from stashbot.models import (
    Change,
    Entity,
    FieldName,
    GroupEntry,
    Model,
    Omission,
    OmissionKind,
    Outcome,
    Plan,
    Scene,
    SceneResult,
)
from stashbot.models.codec import decode, encode


class Renamed(Model, record_name="FormerName", record_version=3):
    """A model whose class was renamed, in its third form."""

    number: int = 0


def through_json(value: Any) -> Any:
    """Return the value after a round trip through JSON text."""
    return decode(json.loads(json.dumps(encode(value), allow_nan=False)))


SCENE = Scene(
    id="7",
    title="Low Tide",
    urls=("https://example.test/7",),
    studio=Entity(id="1", name="Northlight"),
    groups=(GroupEntry(id="2", name="Harbour", scene_index=3),),
)
PLAN = Plan(
    scene_id="7",
    source="AlphaSource",
    changes=(Change(field=FieldName.TITLE, before=None, after="Low Tide"),),
    omitted=(
        Omission(
            field=FieldName.TAGS,
            name="Dusk",
            kind=OmissionKind.NOT_IN_STASH,
            reason="not in Stash",
        ),
    ),
)
RESULT = SceneResult(id="7", outcome=Outcome.APPLIED, changes={"title": (None, "Low Tide")})

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.datetimes(timezones=st.just(UTC))
    | st.sampled_from([SCENE, PLAN, RESULT]),
    lambda values: (
        st.lists(values)
        | st.lists(values).map(tuple)
        | st.dictionaries(
            st.text() | st.sampled_from(["model", "v", "data", "error", "tuple", "dict"]), values
        )
    ),
    max_leaves=20,
)


@given(plain)
def test_every_value_comes_back_as_it_was(value: Any) -> None:
    """Tuples stay tuples, models stay models, and dictionaries may have any keys."""
    assert through_json(value) == value
    assert type(through_json(value)) is type(value)


@pytest.mark.parametrize("keys", [("model", "v", "data"), ("error", "data"), ("tuple",), ("dict",)])
def test_a_dictionary_with_the_keys_of_a_tag_stays_a_dictionary(keys: tuple[str, ...]) -> None:
    """A dictionary that looks like a record is not mistaken for it, at any depth."""
    value = dict.fromkeys(keys, "x")
    assert through_json(value) == value
    assert through_json({"dict": value}) == {"dict": value}


def test_a_model_is_written_by_its_record_name_and_version() -> None:
    """The record names neither the module nor, where it was renamed, the class."""
    assert encode(Renamed(number=4)) == {"model": "FormerName", "v": 3, "data": {"number": 4}}
    assert encode(Entity(id="1", name="A")) == {
        "model": "Entity",
        "v": 1,
        "data": {"id": "1", "name": "A"},
    }


def test_an_error_keeps_class_message_hint_and_attributes() -> None:
    """A tuple among its attributes stays a tuple."""
    error = GraphQLError(
        "Stash answered Ask with: no.",
        hint="Look into Stash's log.",
        operation="Ask",
        variables=("id",),
        messages=("no",),
    )
    copy = through_json(error)
    assert type(copy) is GraphQLError
    assert (copy.message, copy.hint, copy.details) == (error.message, error.hint, error.details)


def test_a_foreign_exception_becomes_an_unexpected_error() -> None:
    """Its type and message are kept; reading it back gives an error of stashbot's."""
    copy = through_json(ZeroDivisionError("by zero"))
    assert type(copy) is UnexpectedError
    assert str(copy).startswith("ZeroDivisionError: by zero")


class _Colour(StrEnum):
    RED = "red"


class _Thing:
    """A class that the codec does not know."""


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (_Thing(), "_Thing"),
        ([{"a": _Thing()}], "_Thing"),
        ({1, 2}, "set"),
        (b"x", "bytes"),
        (_Colour.RED, "_Colour"),
        ({1: "x"}, "must be a str, not 1"),
        ({_Colour.RED: "x"}, "must be a str"),
    ],
)
def test_a_value_without_a_json_form_is_refused(value: Any, message: str) -> None:
    """The error names the type, however deep the value lies."""
    with pytest.raises(TypeError, match=message):
        encode(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), (-float("inf"),)])
def test_a_float_that_is_not_finite_is_refused(value: Any) -> None:
    """JSON has no form of it."""
    with pytest.raises(ValueError, match="has no JSON form"):
        encode(value)


def test_a_model_of_a_function_is_refused() -> None:
    """It could not be found again when the record is read."""

    class Local(Model):
        pass

    with pytest.raises(TypeError, match="Local is defined within a function"):
        encode(Local())


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ({"model": "Vanished", "v": 1, "data": {}}, "unknown model 'Vanished'"),
        ({"model": "FormerName", "v": 4, "data": {}}, "version 4 of FormerName, not version 3"),
        ({"model": "FormerName", "v": 3, "data": {"colour": 1}}, "FormerName cannot be read"),
        ({"model": "FormerName", "v": 3, "data": None}, "FormerName cannot be read"),
        ({"error": "Vanished", "data": {"message": ""}}, "unknown error 'Vanished'"),
        ({"error": "ScrapeFailed", "data": {}}, "ScrapeFailed cannot be read"),
        ({"error": "ScrapeFailed", "data": 7}, "ScrapeFailed cannot be read"),
        ({"tuple": 7}, "tuple cannot be read"),
        ({"datetime": "yesterday"}, "datetime cannot be read"),
    ],
)
def test_a_strange_record_is_refused(record: Any, problem: str) -> None:
    """Another version of stashbot wrote it: the error says so, what is strange, and what to do."""
    with pytest.raises(StateError, match=problem) as caught:
        decode([record])
    assert "written by another version of stashbot" in caught.value.message
    assert "start a new run" in caught.value.hint


def _as_if_at_the_top_of_a_module(namespace: dict[str, Any]) -> None:
    namespace |= {"__module__": "elsewhere", "__qualname__": "Impostor"}


def test_two_models_cannot_have_the_same_record_name() -> None:
    """The second definition fails, and the first stays registered."""
    with pytest.raises(TypeError, match=r"elsewhere\.Impostor and .*Renamed"):
        new_class(
            "Impostor", (Model,), {"record_name": "FormerName"}, _as_if_at_the_top_of_a_module
        )
    assert Model.registered["FormerName"] is Renamed


def test_models_stay_frozen_and_strict() -> None:
    """A model read from a record is as any other."""
    copy = through_json(Renamed(number=4))
    with pytest.raises(ValidationError):
        copy.number = 5
    assert through_json(ScrapeFailed("x", source="A")).details["source"] == "A"


def test_datetimes_keep_their_zone() -> None:
    """Aware datetimes stay aware."""
    moment = datetime(2024, 1, 13, 20, 15, tzinfo=UTC)
    assert through_json(moment) == moment
