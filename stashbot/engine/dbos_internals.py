"""Functions that stashbot needs of DBOS and that its public interface does not offer.

Each function uses one private name of DBOS 3.4; a test of the engine fails where one of them stops
working.
"""

from __future__ import annotations

from dbos import DBOS
from dbos._dbos import _get_dbos_instance
from dbos._utils import GlobalParams


def recover(executor_id: str) -> None:
    """Put what an executor had claimed back into the queue, unless somebody else claimed it since.

    DBOS does this by itself only for its own executor id, when it is launched. Blocks.
    """
    DBOS._recover_pending_workflows([executor_id])


def set_executor_id(executor_id: str) -> None:
    """Claim workflows under another executor id from now on."""
    GlobalParams.executor_id = executor_id


def raise_when_disconnected() -> None:
    """Let a lost database be an error, as DBOS offers for its client only.

    Otherwise every call repeats itself until the database is back, in a thread that also keeps the
    process from ending.
    """
    _get_dbos_instance()._sys_db._retry_connection_errors = False
