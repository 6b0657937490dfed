"""How many examples Hypothesis tries, and without a deadline: a busy machine fails no test."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("short", deadline=None, max_examples=25)
settings.register_profile("long", deadline=None, max_examples=250)


def load_profile(config: pytest.Config) -> None:
    """Try a few examples for each property, and ten times as many with ``--slow``."""
    settings.load_profile("long" if config.option.slow else "short")
