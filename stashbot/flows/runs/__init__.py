"""Runs: which scenes, with which options, from start to report."""
