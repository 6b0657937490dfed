"""Recorded exchanges with a Stash server: record, anonymize and replay them."""
