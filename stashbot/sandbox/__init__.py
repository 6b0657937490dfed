"""The practice Stash, for newcomers, tests and continuous integration.

The sandbox serves pages and an API like those of Stash from a library in memory. It can inject
faults. Do not expose it to a network.
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
