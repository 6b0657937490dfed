"""The selector registry: where the elements of Stash's UI are found, as data."""

from stashbot.selectors.registry import Registry, data_folder
from stashbot.selectors.schema import Entry, FilledStrategy, Release, Strategy, Target
from stashbot.selectors.selector_set import SelectorSet
from stashbot.selectors.ui_states import RouteStep, State

__all__ = [
    "Entry",
    "FilledStrategy",
    "Registry",
    "Release",
    "RouteStep",
    "SelectorSet",
    "State",
    "Strategy",
    "Target",
    "data_folder",
]
