"""Every error that stashbot raises on purpose.

::

    StashbotError
    ├── UsageError                  the request cannot be carried out as asked (exit 2)
    │   ├── ConfigError             a setting: unknown, unreadable, out of bounds
    │   ├── ExpressionError         a --where or rule expression does not parse
    │   ├── UnknownScene            an id that Stash does not have
    │   ├── UnknownSource           a source that Stash does not offer
    │   ├── UnknownRun              a run that this state does not hold
    │   ├── UnknownPlan             a plan of renaming that this state does not keep
    │   ├── StateError              the state folder cannot be used
    │   │   ├── ForeignState        it belongs to another Stash
    │   │   ├── UnreadableState     it is damaged, or not stashbot's
    │   │   └── StateLocked         another run is using it
    │   ├── RegistryError           a selector file is wrong
    │   └── RecordingError          a recording cannot be read
    │       └── NotRecorded         it does not hold what was asked
    ├── UnreachableError            Stash or the browser is not there (exit 3)
    │   ├── StashUnreachable        no connection, or no Stash at that address
    │   ├── LoginError              the server does not accept the credentials
    │   ├── UnsupportedStash        the server is too old, or not set up yet
    │   └── BrowserError            no browser, or it does not start
    ├── UnexpectedError             an exception that is not stashbot's own
    ├── EngineError                 the durable engine cannot carry a flow on
    ├── Interrupted                 the run was asked to stop; it can be resumed
    ├── GraphQLError                Stash answered with errors
    ├── DeliveryError               a message did not reach its receiver
    ├── BadAnswer                   Stash answered with something that is no GraphQL answer
    └── PageError                   something went wrong in the page (evidence is kept)
        ├── ElementNotReady         a registered element is absent, hidden, off-screen or covered
        ├── AmbiguousElement        more matches than the registry allows
        ├── DirtyPage               the page is not in the clean state that a step needs
        ├── PageLost                page, context or browser crashed or was closed
        ├── SessionExpired          the login session ended while the page was open
        ├── WrongScene              the page shows another scene than the step works on
        ├── ScrapeFailed            the source failed, or its answer got lost
        ├── AnswerTimeout           the page sent no such operation, or got no answer in time
        ├── StashBusy               Stash's database was busy; nothing was written
        ├── SaveRefused             Stash refused the save
        ├── SaveMismatch            the two witnesses of a save disagree
        ├── FormMismatch            the form holds something else than the plan says
        ├── StaleForm               the scene changed between before-image and save
        └── UnplannedWrite          a write that the plan does not name was stopped

Each error carries what it is about in fields and says what to do next in ``hint``.
"""

from __future__ import annotations

from typing import Any


class StashbotError(Exception):
    """Base of all: ``message`` says what happened, ``hint`` what to do about it."""

    #: Whether the same step may succeed when it is simply begun again on a fresh page.
    transient = False

    def __init__(self, message: str, *, hint: str = "", **fields: Any) -> None:
        super().__init__(message, hint, fields)
        self.message = message
        self.hint = hint
        self.fields = fields

    @property
    def details(self) -> dict[str, Any]:
        """The attributes of the class beside message and hint."""
        return self.fields

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors are checkpointed by the engine, so they survive pickling with all fields."""
        return _rebuild, (type(self), self.message, self.hint, self.fields)


def _rebuild(
    kind: type[StashbotError], message: str, hint: str, fields: dict[str, Any]
) -> StashbotError:
    return kind(message, hint=hint, **fields)


class UnexpectedError(StashbotError):
    """An exception that is not stashbot's own, kept by the name of its type and its message."""

    @classmethod
    def from_exception(cls, error: BaseException) -> UnexpectedError:
        """Return the error as it can be recorded."""
        return cls(f"{type(error).__name__}: {error}", type_name=type(error).__name__)


class UsageError(StashbotError):
    """What was asked for cannot be done as asked."""


class ConfigError(UsageError):
    """A setting is unknown, unreadable or out of bounds. Fields: ``key``, ``file``."""


class ExpressionError(UsageError):
    """An expression does not parse or names an unknown field. Fields: ``expression``."""


class UnknownScene(UsageError):
    """Stash has no scene with that id. Fields: ``scene_id``."""


class UnknownSource(UsageError):
    """Stash offers no source of that name, or two. Fields: ``source``, ``available``."""


class UnknownRun(UsageError):
    """This state holds no such run. Fields: ``run``."""


class UnknownPlan(UsageError):
    """This state keeps no such plan of renaming. Fields: ``plan``."""


class UnknownEntry(UsageError):
    """This state holds no such triage or audit entry. Fields: ``entry``."""


class StateError(UsageError):
    """The state folder or database cannot be used. Fields: ``path``."""


class ForeignState(StateError):
    """The state belongs to another Stash. Fields: ``path``, ``expected``, ``found``."""


class UnreadableState(StateError):
    """The state is damaged or not stashbot's; nothing in it was changed. Fields: ``path``."""


class StateLocked(StateError):
    """Another stashbot process works on this state. Fields: ``path``."""


class RegistryError(UsageError):
    """A selector file is wrong. Fields: ``file``, ``key``."""


class RecordingError(UsageError):
    """A recording is damaged, or not there. Fields: ``file``."""


class NotRecorded(RecordingError):
    """A replay was asked for what the recording does not hold. Fields: ``operation``."""


class UnreachableError(StashbotError):
    """Stash or the browser is not there."""


class StashUnreachable(UnreachableError):
    """No connection to Stash. Fields: ``url``."""

    transient = True


class LoginError(UnreachableError):
    """The server does not accept the credentials. Fields: ``url``."""


class UnsupportedStash(UnreachableError):
    """The server is too old, or not set up yet. Fields: ``version``."""


class BrowserError(UnreachableError):
    """No browser was found, or it does not start. Fields: ``tried``."""


class EngineError(StashbotError):
    """The durable engine cannot carry a flow on: its code changed, its record is unreadable, or it
    was called in a way that would not survive a crash. Fields: ``flow_id`` or ``step``.
    """


class Interrupted(StashbotError):
    """The run was asked to stop before the flow had ended; resumed, the flow goes on where it was.
    Fields: ``flow_id``.
    """


class EntryClosed(UsageError):
    """A triage entry was accepted or skipped before. Fields: ``entry``."""


class OverBudget(StashbotError):
    """A phase took longer than its budget time after time. Fields: ``phase``, ``budget_ms``."""


class GraphQLError(StashbotError):
    """Stash answered with errors, all joined. Fields: ``operation``, ``variables`` (names)."""


class DeliveryError(StashbotError):
    """A message did not reach its receiver. Fields: ``url`` (without its secrets), ``status``."""


class BadAnswer(StashbotError):
    """The answer is not GraphQL: HTML, truncated, empty. Fields: ``operation``, ``status``."""

    transient = True


class PageError(StashbotError):
    """Something went wrong in the page; the flow keeps evidence of it."""


class ElementNotReady(PageError):
    """A registered element did not get ready. Fields: ``key``, ``reasons`` by selector."""

    transient = True


class AmbiguousElement(PageError):
    """More matches than the registry allows. Fields: ``key``, ``count``."""


class DirtyPage(PageError):
    """The page is not in the clean state that a step needs. Fields: ``found``."""

    transient = True


class PageLost(PageError):
    """Page, context or browser crashed or was closed."""

    transient = True


class SessionExpired(PageError):
    """The login session ended while the page was open."""

    transient = True


class WrongScene(PageError):
    """The page shows another scene than the step works on. Fields: ``expected``, ``shown``."""

    transient = True


class ScrapeFailed(PageError):
    """The source failed for this scene. Fields: ``source``, ``detail``."""


class AnswerTimeout(PageError):
    """The page got no answer to an operation in time. Fields: ``operation``, ``waited_ms``."""

    transient = True


class StashBusy(PageError):
    """Stash's database was busy and nothing was written. Fields: ``scene_id``."""

    transient = True


class SaveRefused(PageError):
    """Stash refused the save. Fields: ``scene_id``, ``detail``."""


class SaveMismatch(PageError):
    """What Stash answered and what it holds differ. Fields: ``scene_id``, ``differences``."""


class FormMismatch(PageError):
    """The form was about to send another value than the plan's. Fields: ``scene_id``, ``field``."""

    transient = True


class StaleForm(PageError):
    """The scene changed between before-image and save; the plan must be made anew.

    Fields: ``scene_id``, ``fields``.
    """


class UnplannedWrite(PageError):
    """A write outside the plan was stopped at the wire. Fields: ``operation``, ``why``."""


class SaveButtonDisabled(ElementNotReady):
    """The edit form's Save button stayed disabled."""


class RequestNotSent(AnswerTimeout):
    """The page never sent the request whose answer was waited for."""
