"""The command line: reads options, calls what does the work, prints what came of it."""

from stashbot.cli.application import app, main

__all__ = ["app", "main"]
