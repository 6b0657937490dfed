"""Workflows over scenes, on the durable engine."""
