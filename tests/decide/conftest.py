"""Property tests here are about values, not about time: a busy machine fails none of them."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("decisions", deadline=None, max_examples=50)
settings.load_profile("decisions")
