"""stashbot: a Stash library scraped, judged, applied and verified through its real web UI."""

__version__ = "0.1.0"
