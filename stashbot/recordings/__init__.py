"""Recorded exchanges with a Stash server: keep them without secrets, and replay them."""
