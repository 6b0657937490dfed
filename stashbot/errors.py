"""Every error that stashbot raises on purpose.

::

    StashbotError
    ├── UsageError                  the request cannot be carried out (exit 2)
    │   ├── ConfigError             a setting: unknown, unreadable, out of bounds
    │   ├── ExpressionError         a --where or rule expression does not parse
    │   ├── SavedFilterError        a filter saved in Stash is missing, or cannot be carried over
    │   ├── UnknownScene            an id that Stash does not have
    │   ├── UnknownSource           a source that Stash does not offer
    │   ├── UnknownRun              a run that this state does not hold
    │   ├── OtherVersion            a run that another version of stashbot left unfinished
    │   ├── UnknownPlan             a rename plan that this state does not keep
    │   ├── UnknownEntry            a triage or audit entry that this state does not hold
    │   ├── EntryClosed             a triage entry that was accepted or skipped before
    │   ├── StateError              the state folder or database cannot be used
    │   │   ├── ForeignState        it belongs to another Stash
    │   │   ├── UnreadableState     it is damaged, or not stashbot's
    │   │   ├── StateLocked         another stashbot process uses it
    │   │   ├── StateReadOnly       it can be read but not written to
    │   │   ├── StateFull           its disk is full (exit 3)
    │   │   └── DatabaseUnreachable its server does not answer (exit 3)
    │   ├── RegistryError           a selector file is wrong
    │   └── RecordingError          a recording cannot be read
    │       └── NotRecorded         it does not hold the request
    ├── UnreachableError            Stash or the browser is not there (exit 3)
    │   ├── StashUnreachable        no connection, or no Stash at that address
    │   ├── LoginError              the server does not accept the credentials
    │   ├── StashUnavailable        it kept failing for longer than a run waits
    │   ├── UnsupportedStash        the server is too old, or not set up yet
    │   └── BrowserError            no browser, or it does not start
    ├── EngineError                 the durable engine cannot continue a workflow
    ├── UnexpectedError             an exception that is not stashbot's own
    ├── Interrupted                 the run was stopped; it can be resumed
    ├── OverBudget                  a phase keeps taking longer than its budget
    ├── GraphQLError                Stash answered with errors
    ├── BadAnswer                   Stash's answer is not GraphQL
    │   └── UnreadableScene         its description of a scene lacks what every scene has
    ├── DeliveryError               a webhook did not reach its receiver
    ├── NameRefused                 a scene's values give no safe file name
    ├── StateUnreachable            the selector tour cannot open a state of the UI
    ├── StepSkipped                 a check has nothing to try a step on
    └── PageError                   something went wrong in the page (artifacts are kept)
        ├── ElementNotReady         an element is hidden, off-screen, disabled, or not as wanted
        │   ├── ElementAbsent       no selector finds it
        │   ├── ElementCovered      another element lies over it
        │   └── SaveButtonDisabled  the edit form has nothing to save, or refuses a value
        ├── AmbiguousElement        more matches than the registry allows
        ├── DirtyPage               the page is not in the clean state that a step needs
        │   └── UnsavedForm         the edit form holds values that were not saved
        ├── PageLost                page, context or browser crashed or was closed
        ├── SessionExpired          the login session ended while the page was open
        ├── WrongScene              the page shows another scene than the step works on
        ├── ScrapeFailed            the source failed, or its answer was lost
        ├── AnswerTimeout           the page got no answer to a request in time
        │   └── RequestNotSent      the page did not send the request
        ├── RequestFailed           Stash, or a proxy before it, did not serve the page's request
        ├── PageBroken              the app shows an error in place of the page
        ├── StashBusy               Stash's database was busy; nothing was written
        ├── SaveRefused             Stash, or its form, refused the save
        ├── SaveMismatch            Stash's answer to a save and what it holds disagree
        ├── FormMismatch            the form holds something else than the plan says
        ├── StaleForm               the scene changed between before-image and save
        └── UnplannedWrite          a write that the plan does not name was stopped

``message`` says what happened and ``hint`` what to do next; the other attributes of a class say
what the error is about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class StashbotError(Exception):
    """Base class of all errors that stashbot raises.

    Attributes:
        message: What happened, as a sentence.
        hint: What to do next, as a sentence; ``default_hint`` unless given.
    """

    #: Whether the same step may succeed when it is begun again on a fresh page.
    transient = False
    default_hint = ""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint or self.default_hint

    @property
    def details(self) -> dict[str, Any]:
        """The attributes beside message and hint that are set, by name."""
        return {
            name: value
            for name, value in vars(self).items()
            if name not in {"message", "hint"} and not name.startswith("_") and value is not None
        }

    @property
    def reason(self) -> str:
        """The cause in the words of the program that reported it, else the message."""
        return self.message

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.hint, self.details)


def _rebuild(
    kind: type[StashbotError], message: str, hint: str, details: Mapping[str, Any]
) -> StashbotError:
    return kind(message, hint=hint, **details)


class UsageError(StashbotError):
    """The request cannot be carried out as it was made."""


class ConfigError(UsageError):
    """A setting is unknown, unreadable or out of bounds.

    ``line`` and ``column`` count from 1.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        key: str | None = None,
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.key = key
        self.file = file
        self.line = line
        self.column = column


class ExpressionError(UsageError):
    """An expression does not parse, or names an unknown field."""

    def __init__(self, message: str, *, hint: str = "", expression: str) -> None:
        super().__init__(message, hint=hint)
        self.expression = expression


class SavedFilterError(UsageError):
    """A filter saved in Stash is missing, or has a criterion that cannot be carried over."""

    def __init__(
        self, message: str, *, hint: str = "", filter_name: str, criterion: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.filter_name = filter_name
        self.criterion = criterion


class UnknownScene(UsageError):
    """Stash has no scene with that id."""

    default_hint = "The scene may have been deleted; look for it in Stash."

    def __init__(self, message: str, *, hint: str = "", scene_id: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.scene_id = scene_id


class UnknownSource(UsageError):
    """Stash offers no source of that name, or two."""

    def __init__(
        self, message: str, *, hint: str = "", source: str, available: Sequence[str]
    ) -> None:
        super().__init__(message, hint=hint)
        self.source = source
        self.available = tuple(available)


class UnknownRun(UsageError):
    """The state holds no such run."""

    def __init__(self, message: str, *, hint: str = "", run: str) -> None:
        super().__init__(message, hint=hint)
        self.run = run


class OtherVersion(UsageError):
    """Another version of stashbot left a run unfinished, whose steps are not those of this one."""

    default_hint = "Start a new run: what was saved stays, and the rest is done again."


class UnknownPlan(UsageError):
    """The state keeps no such rename plan."""

    def __init__(self, message: str, *, hint: str = "", plan: str) -> None:
        super().__init__(message, hint=hint)
        self.plan = plan


class UnknownEntry(UsageError):
    """The state holds no such triage or audit entry."""

    def __init__(self, message: str, *, hint: str = "", entry: int) -> None:
        super().__init__(message, hint=hint)
        self.entry = entry


class EntryClosed(UsageError):
    """A triage entry was accepted or skipped before."""

    def __init__(self, message: str, *, hint: str = "", entry: int) -> None:
        super().__init__(message, hint=hint)
        self.entry = entry


class StateError(UsageError):
    """The state folder or database cannot be used."""

    def __init__(self, message: str, *, hint: str = "", path: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path


class ForeignState(StateError):
    """The state belongs to another Stash: to ``expected``, not to ``found``."""

    def __init__(
        self, message: str, *, hint: str = "", path: str, expected: str, found: str | None
    ) -> None:
        super().__init__(message, hint=hint, path=path)
        self.expected = expected
        self.found = found


class UnreadableState(StateError):
    """The state is damaged or not stashbot's; nothing in it was changed."""

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        path: str | None = None,
        table: str | None = None,
        row: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint, path=path)
        self.table = table
        self.row = row


class StateLocked(StateError):
    """Another stashbot process uses this state."""


class StateReadOnly(StateError):
    """The state can be read but not written to."""

    default_hint = (
        "Make the folder writable, or name another folder with --state. Commands that only read, "
        "such as `stashbot audit`, work as it is."
    )


class StateFull(StateError):
    """The disk of the state is full; a run can go on when it has space."""

    default_hint = "Free space on that disk."


class DatabaseUnreachable(StateError):
    """The server of the state's database does not answer; a run can go on when it does."""

    default_hint = "Start the database's server, or check [state] database."


class RegistryError(UsageError):
    """A selector file is wrong."""

    def __init__(
        self, message: str, *, hint: str = "", file: str | None = None, key: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.file = file
        self.key = key


class RecordingError(UsageError):
    """A recording is damaged, or not there."""

    def __init__(self, message: str, *, hint: str = "", file: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.file = file


class NotRecorded(RecordingError):
    """The recording holds no such request."""

    def __init__(self, message: str, *, hint: str = "", operation: str) -> None:
        super().__init__(message, hint=hint)
        self.operation = operation


class UnreachableError(StashbotError):
    """Stash or the browser is not there."""


class StashUnreachable(UnreachableError):
    """There is no connection to Stash, or no Stash at that address."""

    transient = True

    def __init__(self, message: str, *, hint: str = "", url: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.url = url


class StashUnavailable(UnreachableError):
    """Stash kept failing for longer than ``[patience]`` lets a run wait; ``fault`` is how."""

    def __init__(self, message: str, *, hint: str = "", fault: str = "") -> None:
        super().__init__(message, hint=hint)
        self.fault = fault


class LoginError(UnreachableError):
    """The server does not accept the credentials."""

    def __init__(self, message: str, *, hint: str = "", url: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.url = url


class UnsupportedStash(UnreachableError):
    """The server is too old, or not set up yet."""

    def __init__(self, message: str, *, hint: str = "", version: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.version = version


class BrowserError(UnreachableError):
    """No browser was found, or it does not start.

    ``tried`` are the places that were looked at, ``tail`` the browser's last lines of output.
    """

    def __init__(
        self, message: str, *, hint: str = "", tried: Sequence[str] = (), tail: Sequence[str] = ()
    ) -> None:
        super().__init__(message, hint=hint)
        self.tried = list(tried)
        self.tail = list(tail)


class EngineError(StashbotError):
    """The durable engine cannot continue a workflow.

    Its code changed, its record is unreadable, or it was called in a way that would not survive a
    crash.
    """

    default_hint = "Start a new run. If it happens again, this is a bug: report it."

    def __init__(
        self, message: str, *, hint: str = "", flow_id: str | None = None, step: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.flow_id = flow_id
        self.step = step


class UnexpectedError(StashbotError):
    """An exception that is not stashbot's own, recorded by type and message."""

    default_hint = "This is a bug in stashbot. Run it again with -vv and report the output."

    def __init__(self, message: str, *, hint: str = "", type_name: str) -> None:
        super().__init__(message, hint=hint)
        self.type_name = type_name

    @classmethod
    def from_exception(cls, error: BaseException) -> UnexpectedError:
        """Return the error under which ``error`` is recorded and shown."""
        type_name = type(error).__name__
        return cls(f"{type_name}: {error}", type_name=type_name)


class Interrupted(StashbotError):
    """The run was stopped before the workflow ended; resumed, the workflow continues."""

    default_hint = "Run the command again to continue."

    def __init__(self, message: str, *, hint: str = "", flow_id: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.flow_id = flow_id


class OverBudget(StashbotError):
    """A phase took longer than its budget time after time."""

    def __init__(self, message: str, *, hint: str = "", phase: str, budget_ms: int) -> None:
        super().__init__(message, hint=hint)
        self.phase = phase
        self.budget_ms = budget_ms


class GraphQLError(StashbotError):
    """Stash answered with errors: ``messages``. ``variables`` are names, not values."""

    default_hint = "Stash's log (Settings > Logs) says more."

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        operation: str | None = None,
        variables: Sequence[str] = (),
        messages: Sequence[str] = (),
    ) -> None:
        super().__init__(message, hint=hint)
        self.operation = operation
        self.variables = tuple(variables)
        self.messages = tuple(messages)

    @property
    def reason(self) -> str:
        """Stash's own messages, joined."""
        return "; ".join(self.messages) or self.message


class BadAnswer(StashbotError):
    """The answer is not GraphQL: HTML, truncated or empty.

    ``retry_after_s`` are the seconds that the server asked to wait, if it did.
    """

    transient = True

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        operation: str,
        status: int,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.operation = operation
        self.status = status
        self.retry_after_s = retry_after_s


class UnreadableScene(BadAnswer):
    """Stash's description of a scene cannot be read, and will not be readable later."""

    transient = False
    default_hint = "Update stashbot: this version of Stash may be newer."


class DeliveryError(StashbotError):
    """A webhook did not reach its receiver; ``url`` is without its secrets."""

    default_hint = "Check the webhook's address and its receiver."

    def __init__(
        self, message: str, *, hint: str = "", url: str | None = None, status: int | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.url = url
        self.status = status


class NameRefused(StashbotError):
    """A scene's values give no safe file name; the message is the reason shown for the scene."""


class StateUnreachable(StashbotError):
    """The selector tour cannot open a state of the UI; the message is the reason shown.

    ``missing_prerequisite``: the server lacks something that the state needs, so that this is not a
    failure.
    """

    def __init__(self, message: str, *, hint: str = "", missing_prerequisite: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.missing_prerequisite = missing_prerequisite


class StepSkipped(StashbotError):
    """A check has nothing to try a step on; the message is the reason shown."""


class PageError(StashbotError):
    """Something went wrong in the page; artifacts of the failure are kept."""

    default_hint = "Run `stashbot failures` to see what the page showed."


class ElementNotReady(PageError):
    """An element did not get ready in time.

    ``reasons`` say why, by selector; ``candidate`` describes an element that may have replaced it.
    The key is empty where none of several expected states came.
    """

    transient = True
    default_hint = "Run `stashbot selectors check` to see whether this release moved it."

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        key: str = "",
        reasons: Mapping[str, str] | None = None,
        candidate: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.key = key
        self.reasons = dict(reasons or {})
        self.candidate = candidate


class ElementAbsent(ElementNotReady):
    """No selector of the key finds the element."""


class ElementCovered(ElementNotReady):
    """Another element lies over the element; the reasons name it."""

    default_hint = "Run `stashbot failures` to see what lies over it."


class SaveButtonDisabled(ElementNotReady):
    """The edit form has nothing to save, or refuses a value."""


class AmbiguousElement(PageError):
    """More elements match than the registry allows; ``reasons`` are by selector."""

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        key: str,
        count: int,
        reasons: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.key = key
        self.count = count
        self.reasons = dict(reasons or {})


class DirtyPage(PageError):
    """The page is not in the clean state that a step needs; ``found`` lies over it."""

    transient = True
    default_hint = "The step is tried again on a fresh page."

    def __init__(self, message: str, *, hint: str = "", found: str) -> None:
        super().__init__(message, hint=hint)
        self.found = found


class UnsavedForm(DirtyPage):
    """The edit form holds values that were not saved."""


class PageLost(PageError):
    """Page, context or browser crashed or was closed."""

    transient = True
    default_hint = "The step is tried again on a fresh page."


class SessionExpired(PageError):
    """The login session ended while the page was open."""

    transient = True


class WrongScene(PageError):
    """The page shows another scene than the step works on."""

    transient = True
    default_hint = "The page is loaded again before the next try."

    def __init__(
        self, message: str, *, hint: str = "", expected: str, shown: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.expected = expected
        self.shown = shown


class ScrapeFailed(PageError):
    """The source failed for this scene, or its answer was lost."""

    default_hint = "Stash's log (Settings > Logs) says why the source failed."

    def __init__(
        self, message: str, *, hint: str = "", source: str | None = None, detail: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.source = source
        self.detail = detail


class AnswerTimeout(PageError):
    """The page got no answer to a request within ``waited_ms`` milliseconds."""

    transient = True
    default_hint = (
        "Look at Stash's log; if it is only slow, raise browser.scrape_ms or browser.save_ms."
    )

    def __init__(
        self, message: str, *, hint: str = "", operation: str = "", waited_ms: int = 0
    ) -> None:
        super().__init__(message, hint=hint)
        self.operation = operation
        self.waited_ms = waited_ms


class RequestNotSent(AnswerTimeout):
    """The page did not send the request."""

    default_hint = "The step is tried again on a fresh page."


class RequestFailed(PageError):
    """Stash, or a proxy before it, did not serve a request of the page's; waiting may help.

    ``status`` is 0 where no answer arrived. Whether the request took effect is not known.
    ``retry_after_s`` are the seconds that the server asked to wait, if it did.
    """

    transient = True
    default_hint = "Look at Stash's log, and at any proxy between here and Stash."

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        operation: str,
        status: int = 0,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.operation = operation
        self.status = status
        self.retry_after_s = retry_after_s


class PageBroken(PageError):
    """The app shows an error in place of the page; ``shown`` is its text.

    ``waited_ms`` is how long the page was waited for before it showed that. ``passes`` says
    whether the error is about a request that failed, so that waiting may help.
    """

    transient = True
    default_hint = "The page is loaded anew before the next try."

    def __init__(
        self, message: str, *, hint: str = "", shown: str, waited_ms: int = 0, passes: bool = False
    ) -> None:
        super().__init__(message, hint=hint)
        self.shown = shown
        self.waited_ms = waited_ms
        self.passes = passes


class StashBusy(PageError):
    """Stash's database was busy, and nothing was written."""

    transient = True
    default_hint = "Wait until Stash's scan or other task has ended."


class SaveRefused(PageError):
    """Stash, or its edit form, refused the save; nothing was written."""

    default_hint = "Correct or leave out that value (see the field policies)."

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        scene_id: str | None = None,
        detail: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.scene_id = scene_id
        self.detail = detail


class SaveMismatch(PageError):
    """Stash's answer to a save and what it holds differ in these fields."""

    default_hint = "Compare the scene in Stash with `stashbot audit`."

    def __init__(
        self, message: str, *, hint: str = "", scene_id: str, differences: Sequence[str]
    ) -> None:
        super().__init__(message, hint=hint)
        self.scene_id = scene_id
        self.differences = list(differences)


class FormMismatch(PageError):
    """The form was about to send another value than the plan's; nothing was written."""

    transient = True
    default_hint = "The form is filled again on a fresh page."

    def __init__(self, message: str, *, hint: str = "", scene_id: str, field: str) -> None:
        super().__init__(message, hint=hint)
        self.scene_id = scene_id
        self.field = field


class StaleForm(PageError):
    """Someone changed these fields between before-image and save; nothing was written."""

    default_hint = "The scene is read and planned again."

    def __init__(
        self, message: str, *, hint: str = "", scene_id: str, changed: Sequence[str]
    ) -> None:
        super().__init__(message, hint=hint)
        self.scene_id = scene_id
        self.changed = list(changed)


class UnplannedWrite(PageError):
    """A write outside the plan was stopped; it did not reach Stash."""

    default_hint = "Run `stashbot failures` to see what the page was doing."

    def __init__(
        self, message: str, *, hint: str = "", why: str | None = None, operation: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.why = why
        self.operation = operation
