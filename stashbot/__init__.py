"""stashbot: a whole Stash library, scraped, judged, applied and verified through the real web UI."""

__version__ = "0.1.0"
