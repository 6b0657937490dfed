"""The practice Stash: a stand-in for newcomers, tests and continuous integration.

It serves pages and an API like those of Stash from a library in memory, and it can break on
purpose. Nothing of it is meant to be exposed to a network.
"""

from stashbot.sandbox.faults import Faults, PageFault, WireFault
from stashbot.sandbox.library import PracticeLibrary
from stashbot.sandbox.options import SandboxOptions
from stashbot.sandbox.server import Sandbox, serve
from stashbot.sandbox.sources import SceneTruth, SourceView

__all__ = [
    "Faults",
    "PageFault",
    "PracticeLibrary",
    "Sandbox",
    "SandboxOptions",
    "SceneTruth",
    "SourceView",
    "WireFault",
    "serve",
]
