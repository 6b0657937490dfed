"""Decide what files are called."""
