"""Decide when to ask again, and when a phase takes too long."""
