"""Decide which source to ask first, and what to ask it."""
