"""Marking most of many similar cases as slow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest


def slow_params(
    cases: Iterable[Any], *, first: int = 1, ids: Sequence[str] | None = None
) -> list[Any]:
    """Return the cases for ``parametrize``, all but the ``first`` so many marked as slow.

    A case that is a tuple gives the values of several arguments.
    """
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            id=ids[number] if ids else None,
            marks=pytest.mark.slow if number >= first else (),
        )
        for number, case in enumerate(cases)
    ]
