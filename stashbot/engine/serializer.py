"""How DBOS writes arguments, values of steps and errors: as JSON, by model name and version."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from dbos import Serializer

from stashbot.errors import UnexpectedError
from stashbot.models import codec


class JsonSerializer(Serializer):
    """The serializer of the engine's records: see ``stashbot.models.codec``."""

    def serialize(self, data: Any) -> str:
        """Return the JSON text of a value."""
        if isinstance(data, Exception):
            data = recordable(data)
        return json.dumps(codec.encode(data), separators=(",", ":"), allow_nan=False)

    def deserialize(self, serialized_data: str) -> Any:  # DBOS's interface
        """Return the value of a JSON text.

        Raises:
            StateError: it was written by another version of stashbot.
        """
        return codec.decode(json.loads(serialized_data))

    def name(self) -> str:
        """Return the name that DBOS keeps with each record."""
        return "stashbot_json"


def recordable(error: Exception) -> Exception:
    """Return the error itself if it can be recorded and read again, else its words.

    An error that cannot be read again would make its workflow impossible to resume.
    """
    with contextlib.suppress(Exception):
        copy = codec.decode(codec.encode(error))
        if type(copy) is type(error):
            return error
    return UnexpectedError.from_exception(error)
