"""Tests of the cleaning of what sources return."""
