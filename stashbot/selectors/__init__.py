"""The selector registry: where every element of Stash's UI is found, as data."""

from stashbot.selectors.model import Entry, FilledStrategy, Release, Strategy, Target
from stashbot.selectors.registry import Registry, data_folder
from stashbot.selectors.resolve import SelectorSet
from stashbot.selectors.ways import Operation, State

__all__ = [
    "Entry",
    "FilledStrategy",
    "Operation",
    "Registry",
    "Release",
    "SelectorSet",
    "State",
    "Strategy",
    "Target",
    "data_folder",
]
