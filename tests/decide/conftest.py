"""Properties of decisions are tried with the examples that the options ask for."""

from tests.property_tests import load_profile as pytest_configure

__all__ = ["pytest_configure"]
