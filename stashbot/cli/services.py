"""Opening the services of this process, for commands that work on Stash."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from stashbot.cli.invocation import Invocation, run_async

if TYPE_CHECKING:
    from stashbot.services import Services
    from stashbot.settings import Settings

T = TypeVar("T")


def run_with_services(
    invocation: Invocation, settings: Settings, work: Callable[[Services], Awaitable[T]]
) -> T:
    """Open the services of this process, and return the result of ``work``.

    Raises:
        StashbotError: the state cannot be used, or Stash is not there.
    """
    from stashbot.flows.workflows import WORKFLOWS
    from stashbot.services import open_services

    async def main() -> T:
        async with open_services(settings, WORKFLOWS, redactor=invocation.scrubber) as services:
            return await work(services)

    return run_async(main())
