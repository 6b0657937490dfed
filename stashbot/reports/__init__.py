"""Reports of checks for CI servers and for people."""

from stashbot.reports.html import write_html
from stashbot.reports.junit import write_junit, write_smoke_junit

__all__ = ["write_html", "write_junit", "write_smoke_junit"]
