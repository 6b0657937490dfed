"""The command line: parses options, calls the use cases and prints their results.

Modules of commands import only what their signatures need; each command imports the rest when it
runs, so that help and completion answer at once.
"""

from stashbot.cli.application import main, root_group

__all__ = ["main", "root_group"]
