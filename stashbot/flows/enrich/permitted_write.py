"""A write through a page, under a permit: what counts is what the door sent and was answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from loguru import logger

from stashbot.browser.graphql_answer import GraphQLAnswer
from stashbot.browser.session import Session
from stashbot.browser.wire_guard import Permit
from stashbot.errors import RequestFailed, RequestNotSent, SaveRefused, StashbotError
from stashbot.pages.answers import document_of


async def write_through_page(
    session: Session, permit: Permit, act: Callable[[], Awaitable[Any]]
) -> GraphQLAnswer:
    """Carry out ``act`` in the page under a permit, and return Stash's answer to its write.

    The answer is the one that the door received: a page that breaks after its write was sent
    changes nothing about what Stash holds.

    Raises:
        UnplannedWrite: the page wanted to write something else, and nothing was sent.
        StashbotError: what ``act`` or the permit raised, if nothing was sent.
        RequestNotSent: ``act`` ended, and the page wrote nothing.
    """
    with session.guard.allow(permit) as write:
        try:
            await act()
        except StashbotError as error:
            if not write.was_sent:
                raise
            logger.debug("the page did not end well after its write: {}", error.message)
    if not write.was_sent:
        raise RequestNotSent("The page ended its step and sent no write.")
    return await write.answer()


def written_object(answer: GraphQLAnswer, what: str, scene_id: str) -> dict[str, Any]:
    """Return the scene or entity in Stash's answer to a write; ``what`` names it in errors.

    Raises:
        RequestFailed: no answer came, or none of Stash's; the write may have taken effect.
        StashBusy: the database was busy; nothing was written.
        SaveRefused: Stash refused it; nothing was written.
        SessionExpired: Stash wanted a login; nothing was written.
    """
    document = document_of(answer)
    if document.get("errors"):
        raise SaveRefused(
            f"Stash refused {what}: {answer.error_message}.",
            hint="Correct or leave out that value (see the field policies).",
            scene_id=scene_id,
            detail=answer.error_message,
        )
    field = answer.operation[:1].lower() + answer.operation[1:]
    written = document["data"].get(field)
    if not isinstance(written, dict):
        raise RequestFailed(
            f"Stash's answer to {what} holds no result.",
            operation=answer.operation,
            status=answer.status,
        )
    return written
