"""The page's own scrape query, with what Stash knows and the page does not ask for.

A scraper may say how long a scene is, and Stash passes it on, but the query of its page leaves the
field out; so a proposal of another length would look like any other. The query only reads, and
the page ignores what it did not ask for.
"""

from __future__ import annotations

import re

#: Every release that stashbot supports has it.
_FIELD = "duration"
_SCENE_FRAGMENT = re.compile(r"(\bfragment\s+\w+\s+on\s+ScrapedScene\s*\{)")


def with_length(document: str) -> str:
    """Return the document of a query in which scraped scenes are asked for their length.

    A field that is asked for twice is one field. Documents without scraped scenes stay as they are.
    """
    return _SCENE_FRAGMENT.sub(rf"\1\n  {_FIELD}", document)
