"""Decide whether a proposal describes a scene."""
