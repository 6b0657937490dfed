"""Hypothesis without a deadline: a busy machine must not fail a test of values."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("decisions", deadline=None, max_examples=50)
settings.load_profile("decisions")
