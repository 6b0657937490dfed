"""The selector registry: where every element of Stash's UI is found, as data."""

from stashbot.selectors.registry import Registry, data_folder
from stashbot.selectors.schema import Entry, FilledStrategy, Release, Strategy, Target
from stashbot.selectors.selector_set import SelectorSet
from stashbot.selectors.ui_states import Operation, State

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
