"""The wire guard: no write leaves a page unless the plan names it.

The door asks it about every request of a page to Stash's GraphQL endpoint. Queries pass, some with
a patched answer. A mutation passes only while a permit is in force that names its operation; the
permit says which variables are sent, and the door sends them once, in a document of its own.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from loguru import logger

from stashbot.browser.graphql_answer import GraphQLAnswer
from stashbot.browser.graphql_request import GraphQLRequest, Variables
from stashbot.browser.scrape_document import with_length
from stashbot.browser.write_document import NotASingleWrite, single_write
from stashbot.errors import StashbotError, UnplannedWrite

#: Changes the answer to a query on its way to the page.
AnswerPatch = Callable[[dict[str, Any]], dict[str, Any]]
#: Answers a query in Stash's place, given document and variables; ``None`` lets it through.
AnswerStub = Callable[[str, Variables], Awaitable[dict[str, Any] | None]]

_NO_STEP = "no step that writes is under way"


class WritePolicy(StrEnum):
    """The writes that may leave the pages of a guard.

    ``blocked``: none at all, and no permit is accepted; for checks and dry runs. ``planned``:
    those that the permit in force allows.
    """

    BLOCKED = "blocked"
    PLANNED = "planned"


class Permit(Protocol):
    """Decides on a mutation that a page wants to send."""

    async def check(self, operation: str, variables: Variables) -> Variables:
        """Return the variables to send in place of the page's own.

        The door sends them when this returns: a permit that keeps a record writes it here.

        Raises:
            UnplannedWrite: the plan does not name this write.
            StaleForm: the scene changed since its before-image was read.
        """


@dataclass(frozen=True)
class OperationPermit:
    """Allows the mutations of these names, whatever their variables."""

    names: frozenset[str]

    async def check(self, operation: str, variables: Variables) -> Variables:
        """Return ``variables`` as they are.

        Raises:
            UnplannedWrite: the operation has another name.
        """
        if operation not in self.names:
            raise UnplannedWrite(
                f"The page tried to send {operation}, which this step does not do.",
                hint="It was stopped; nothing was written.",
                operation=operation,
                why="not in the plan",
            )
        return variables


@dataclass(frozen=True)
class BlockedWrite:
    """A write that did not leave, with the variables that the page wanted to send."""

    operation: str
    why: str
    variables: Variables = field(default_factory=dict, repr=False, compare=False)


@dataclass(eq=False)
class PermittedWrite:
    """The write that a permit allows, from the page's request to Stash's answer.

    ``variables`` are those that the door sent, ``None`` until it sends them.
    """

    permit: Permit
    variables: Variables | None = None
    _answer: GraphQLAnswer | None = None
    _answered: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def was_sent(self) -> bool:
        """Return whether the door has sent the write, or tried to."""
        return self.variables is not None

    def set_answer(self, answer: GraphQLAnswer) -> None:
        """Note Stash's answer; its state is ``failed`` where none came."""
        self._answer = answer
        self._answered.set()

    async def answer(self) -> GraphQLAnswer:
        """Wait for Stash's answer to what was sent, whatever became of the page."""
        await self._answered.wait()
        assert self._answer is not None  # noqa: S101 # set before the event
        return self._answer


@dataclass(frozen=True, kw_only=True)
class Pass:
    """Forward a query as ``document``, and patch its answer if there is a patch."""

    document: str
    patch: AnswerPatch | None = None


@dataclass(frozen=True, kw_only=True)
class Answered:
    """Answer a query in Stash's place."""

    payload: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Send:
    """Send this write once, and give its answer to ``write``."""

    operation: str
    document: str
    variables: Variables
    write: PermittedWrite


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Stop a write."""

    blocked: BlockedWrite


Verdict = Pass | Answered | Send | Stop


@dataclass
class WireGuard:
    """Guards the requests of a session's pages.

    ``patches`` change the answers of queries by name, for these pages only (the session profile).
    ``stubs`` answer queries in Stash's place, for a tour that must see what follows.
    ``blanked_paths`` maps paths to content types: files there are empty for these pages.
    ``failing_paths`` matches paths that do not load. Without ``media`` the pictures and videos of
    scenes are left out, which the browser would spend time on. ``blocked_writes`` lists the writes
    that were stopped. ``refusal`` is the first error that the permit in force raised.
    """

    policy: WritePolicy = WritePolicy.PLANNED
    patches: dict[str, AnswerPatch] = field(default_factory=dict)
    stubs: dict[str, AnswerStub] = field(default_factory=dict)
    blanked_paths: Mapping[str, str] = field(default_factory=dict)
    failing_paths: re.Pattern[str] | None = None
    media: bool = True
    blocked_writes: list[BlockedWrite] = field(default_factory=list)
    refusal: StashbotError | None = None
    _write: PermittedWrite | None = None

    @contextmanager
    def allow(self, permit: Permit) -> Iterator[PermittedWrite]:
        """Let the write of ``permit`` leave within the block; the block is given that write.

        Raises:
            UnplannedWrite: the policy blocks all writes, or within the block the page tried to
                write something else and nothing was sent.
            StashbotError: what the permit raised about a write of the page, if nothing was sent.
        """
        if self.policy is WritePolicy.BLOCKED:
            raise UnplannedWrite(
                "A step tried to write through a page that only reads.", why="read-only"
            )
        if self._write is not None:
            raise UnplannedWrite(
                "Two steps tried to write through one page at once.", why="two permits"
            )
        write = self._write = PermittedWrite(permit)
        self.refusal = None
        try:
            yield write
        except StashbotError as error:
            # A refused write makes the page's step fail too; the refusal says more.
            if self.refusal is not None and not write.was_sent:
                raise self.refusal from error
            raise
        finally:
            self._write = None
        if self.refusal is not None and not write.was_sent:
            raise self.refusal

    async def judge(self, request: GraphQLRequest) -> Verdict:
        """Return what becomes of a request to Stash's GraphQL endpoint."""
        if request.writes:
            return await self._judge_write(request)
        stub = self.stubs.get(request.operation)
        if stub is not None:
            payload = await stub(request.document, request.variables)
            if payload is not None:
                return Answered(payload=payload)
        return Pass(
            document=with_length(request.document), patch=self.patches.get(request.operation)
        )

    def stop(self, operation: str, why: str, variables: Variables | None = None) -> Stop:
        """Note a write that does not leave."""
        blocked = BlockedWrite(operation, why, variables or {})
        logger.info("stopped a write: {} ({})", operation, why)
        self.blocked_writes.append(blocked)
        return Stop(blocked=blocked)

    async def _judge_write(self, request: GraphQLRequest) -> Verdict:
        write = self._write
        if request.refusal or write is None:
            return self.stop(request.operation, request.refusal or _NO_STEP, request.variables)
        try:
            if write.was_sent:
                raise UnplannedWrite(
                    "The page tried to write twice.",
                    operation=request.operation,
                    why="second write",
                )
            document = single_write(request.document, request.operation)
            variables = await write.permit.check(request.operation, request.variables)
            if write.was_sent or self._write is not write:
                raise UnplannedWrite(
                    "The page's write came too late.", operation=request.operation, why="too late"
                )
        except NotASingleWrite as error:
            return self._refuse(
                request,
                UnplannedWrite(
                    f"The page tried to send more than {request.operation}: {error}.",
                    hint="It was stopped; nothing was written. A plugin of Stash may have added "
                    'to the request: [browser] profile = "session" loads no plugins.',
                    operation=request.operation,
                    why=str(error),
                ),
            )
        except StashbotError as error:
            return self._refuse(request, error)
        write.variables = variables
        return Send(
            operation=request.operation, document=document, variables=variables, write=write
        )

    def _refuse(self, request: GraphQLRequest, error: StashbotError) -> Stop:
        self.refusal = self.refusal or error
        return self.stop(request.operation, error.message, request.variables)
