"""Errors of DBOS and of its database, as stashbot's own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import sqlalchemy as sa
from dbos import error as dbos_errors

from stashbot.errors import EngineError
from stashbot.store import database


@contextlib.contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn errors of DBOS and its database into ours; ``place`` is the state as errors name it.

    Raises:
        EngineError: for DBOS's own.
        StateError: for the database's.
    """
    try:
        yield
    except dbos_errors.DBOSException as error:
        raise EngineError(
            f"The engine failed: {error}",
            hint="Start a new run; `stashbot doctor` checks the state.",
        ) from error
    except sa.exc.SQLAlchemyError as error:
        raise database.translate(error, place) from error
