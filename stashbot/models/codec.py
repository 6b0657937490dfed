"""JSON form of the values that durable records hold: arguments and results of workflow steps.

Plain JSON values are written as they are. Other values become an object with any of these sets of
keys; a plain dictionary that happens to have such keys is written as ``dict``::

    {"model": "Scene", "v": 1, "data": {...}}   a registered model (see models.base)
    {"error": "ScrapeFailed", "data": {...}}    an error: message, hint and its own attributes
    {"tuple": [...]}                            a tuple
    {"datetime": "2024-01-13T20:15:00+00:00"}   a datetime
    {"dict": {...}}                             a dictionary with the keys of any of the above

Names, not module paths, identify classes, so that a moved class still reads its old records.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic import JsonValue, ValidationError
from pydantic_core import PydanticSerializationError

from stashbot.errors import StashbotError, StateError, UnexpectedError
from stashbot.models.base import Model


def encode(value: Any) -> JsonValue:
    """Return the JSON form of a value.

    An exception that is not stashbot's own is written as ``UnexpectedError`` with its type and
    message, so that no failure is lost for being unknown.

    Raises:
        TypeError: the value, or a value within it, has no JSON form; the message names its type.
        ValueError: a float is not finite.
    """
    if isinstance(value, Model):
        return _encode_model(value)
    if isinstance(value, Exception):
        return _encode_error(value)
    encoder = _ENCODERS.get(type(value))
    if encoder is None:
        raise TypeError(f"a {type(value).__name__} has no JSON form: {value!r}")
    return encoder(value)


def decode(encoded: JsonValue) -> Any:
    """Return the value of a JSON form that ``encode`` made.

    Raises:
        StateError: the record holds a model, version or error that this stashbot does not know, or
            data that does not fit it.
    """
    if isinstance(encoded, list):
        return [decode(item) for item in encoded]
    if not isinstance(encoded, dict):
        return encoded
    decoder = _DECODERS.get(frozenset(encoded))
    if decoder is None:
        return _decode_items(encoded)
    try:
        return decoder(encoded)
    except (ValidationError, TypeError, ValueError, AttributeError) as error:
        raise _foreign_record(f"its {_described(encoded)} cannot be read") from error


def _encode_model(value: Model) -> JsonValue:
    model = type(value)
    if Model.registered.get(model.record_name) is not model:
        raise TypeError(f"the model {model.__qualname__} is defined within a function")
    try:
        data = value.model_dump(mode="json")
    except PydanticSerializationError as error:
        raise TypeError(f"a {model.__name__} has no JSON form: {error}") from error
    return {"model": model.record_name, "v": model.record_version, "data": data}


def _decode_model(encoded: Mapping[str, Any]) -> Model:
    name, version = encoded["model"], encoded["v"]
    model = Model.registered.get(name)
    if model is None:
        raise _foreign_record(f"it holds the unknown model {name!r}")
    if version != model.record_version:
        known = model.record_version
        raise _foreign_record(f"it holds version {version} of {name}, not version {known}")
    return model.model_validate(encoded["data"])


def _encode_error(error: Exception) -> JsonValue:
    if not isinstance(error, StashbotError):
        error = UnexpectedError.from_exception(error)
    data = {"message": error.message, "hint": error.hint, **error.details}
    return {"error": type(error).__name__, "data": _encode_items(data)}


def _decode_error(encoded: Mapping[str, Any]) -> StashbotError:
    name = encoded["error"]
    kind = next((kind for kind in _error_types() if kind.__name__ == name), None)
    if kind is None:
        raise _foreign_record(f"it holds the unknown error {name!r}")
    return kind(**_decode_items(encoded["data"]))


def _error_types(root: type[StashbotError] = StashbotError) -> Iterator[type[StashbotError]]:
    yield root
    for kind in root.__subclasses__():
        yield from _error_types(kind)


def _encode_items(value: Mapping[Any, Any]) -> dict[str, JsonValue]:
    for key in value:
        if type(key) is not str:
            raise TypeError(f"a key of a dictionary must be a str, not {key!r}")
    return {key: encode(item) for key, item in value.items()}


def _decode_items(encoded: Mapping[str, Any]) -> dict[str, Any]:
    return {key: decode(item) for key, item in encoded.items()}


def _encode_dict(value: Mapping[Any, Any]) -> JsonValue:
    items = _encode_items(value)
    return {"dict": items} if frozenset(items) in _DECODERS else items


def _encode_float(value: float) -> JsonValue:
    if not math.isfinite(value):
        raise ValueError(f"{value} has no JSON form")
    return value


def _unchanged(value: Any) -> JsonValue:
    json_value: JsonValue = value
    return json_value


#: By exact type: a StrEnum, for example, would come back as a plain str.
_ENCODERS: Mapping[type, Callable[[Any], JsonValue]] = {
    type(None): _unchanged,
    bool: _unchanged,
    int: _unchanged,
    str: _unchanged,
    float: _encode_float,
    list: lambda value: [encode(item) for item in value],
    tuple: lambda value: {"tuple": [encode(item) for item in value]},
    dict: _encode_dict,
    datetime: lambda value: {"datetime": value.isoformat()},
}
_DECODERS: Mapping[frozenset[str], Callable[[Mapping[str, Any]], Any]] = {
    frozenset({"model", "v", "data"}): _decode_model,
    frozenset({"error", "data"}): _decode_error,
    frozenset({"tuple"}): lambda encoded: tuple(decode(item) for item in encoded["tuple"]),
    frozenset({"datetime"}): lambda encoded: datetime.fromisoformat(encoded["datetime"]),
    frozenset({"dict"}): lambda encoded: _decode_items(encoded["dict"]),
}


def _described(encoded: Mapping[str, Any]) -> str:
    name = encoded.get("model") or encoded.get("error")
    return str(name or next(iter(encoded)))


def _foreign_record(problem: str) -> StateError:
    return StateError(
        f"A record was written by another version of stashbot: {problem}.",
        hint="Finish the run with that version, or start a new run.",
    )
