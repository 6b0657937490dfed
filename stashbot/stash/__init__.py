"""The reading channel: Stash's GraphQL API, with the same login as the browser."""

from stashbot.stash.cache import TTLCache
from stashbot.stash.client import ServerConfiguration, StashClient, open_stash
from stashbot.stash.saved_filters import SavedFilter
from stashbot.stash.scraped_scene import parse_scrape_answer, proposal_from_answer
from stashbot.stash.transport import GraphQLTransport

__all__ = [
    "GraphQLTransport",
    "SavedFilter",
    "ServerConfiguration",
    "StashClient",
    "TTLCache",
    "open_stash",
    "parse_scrape_answer",
    "proposal_from_answer",
]
