"""The states of Stash's UI and the routes to them, as data: what a tour of the selectors visits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from stashbot.models import Model
from stashbot.selectors import css_syntax
from stashbot.selectors.schema import Entry, Release, release_name

#: Placeholders of a path, each filled with an id of the server's.
PATH_NAMES = frozenset({"scene"})
#: Placeholders of a step's values.
VALUE_NAMES = PATH_NAMES | {"source", "query_source"}


class RouteStep(Model):
    """A step on the route to a state, on an element that the registry names.

    Exactly one of ``click``, ``set``, ``wait`` and ``gone`` names a selector key, or ``press`` a
    key of the keyboard, for what has the focus, or ``go`` an address within the app. ``params``
    (``with`` in a file) fills the selector's placeholders, ``value`` is what ``set`` types, and
    ``nth`` picks one of many matches, from 0.
    """

    click: str | None = None
    set: str | None = None
    wait: str | None = None
    gone: str | None = None
    press: str | None = None
    go: Annotated[str, Field(pattern="^/")] | None = None
    nth: Annotated[int, Field(ge=0, strict=True)] | None = None
    value: str | None = None
    params: dict[str, str] = Field(default_factory=dict, validation_alias="with")

    @model_validator(mode="after")
    def _check_act(self) -> RouteStep:
        acts = [self.click, self.set, self.wait, self.gone, self.press, self.go]
        if sum(act is not None for act in acts) != 1:
            raise ValueError("name one act: click, set, wait, gone, press or go")
        if (self.value is None) != (self.set is None):
            raise ValueError("value goes with set, and set with value")
        if self.nth is not None and self.click is None:
            raise ValueError("nth goes with click")
        css_syntax.placeholders(" ".join(self.texts))
        return self

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that may have placeholders."""
        return (*self.params.values(), self.value or "")

    @property
    def key(self) -> str | None:
        """The selector key that the step is on; ``None`` for ``press`` and ``go``."""
        return self.click or self.set or self.wait or self.gone


#: Answers of the server that a page is given in place of real ones, by name.
StubName = Literal["proposal", "candidates", "error", "notes", "broken-code", "signed-out"]
#: Things that a server must have for a state to be reached. ``scenes`` are two or more.
Prerequisite = Literal["scene", "scenes", "fragment_source", "query_source", "login", "duplicates"]


class State(Model):
    """A situation of the page in which keys must hold, and the route to it.

    The route begins at ``path``, an address, or at the state ``after``; ``do`` leads on from there,
    and ``ready`` is the key that shows that the state is reached. ``leave`` leads back to the state
    ``after``; without it the page is loaded anew. ``stub`` names answers that the page is given in
    Stash's place. No tour visits a state without a route.
    """

    why: Annotated[str, Field(min_length=1)]
    path: Annotated[str, Field(pattern="^/")] | None = None
    after: str | None = None
    do: tuple[RouteStep, ...] = ()
    ready: str | None = None
    leave: tuple[RouteStep, ...] = ()
    since: Release | None = None
    until: Release | None = None
    needs: tuple[Prerequisite, ...] = ()
    stub: StubName | None = None

    @model_validator(mode="after")
    def _check_route(self) -> State:
        if self.path is not None and self.after is not None:
            raise ValueError("a state has a path or comes after another state, not both")
        if (self.path is None and self.after is None) and (self.do or self.leave or self.ready):
            raise ValueError("a route begins at a path or after another state")
        if self.after is None and self.leave:
            raise ValueError("leave leads back to the state before: it needs after")
        css_syntax.placeholders(self.path or "")
        return self

    @property
    def reachable(self) -> bool:
        """Whether the file describes a route to the state."""
        return self.path is not None or self.after is not None

    def covers(self, release: tuple[int, int]) -> bool:
        """Say whether that release has the state."""
        return (self.since is None or self.since <= release) and (
            self.until is None or release < self.until
        )


def route_errors(
    states: Mapping[str, State], entries: Mapping[str, Entry]
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the routes of ``states``, as pairs of state and reason."""
    for name, state in states.items():
        for why in _errors_of(name, state, states, entries):
            yield name, why


def _errors_of(
    name: str, state: State, states: Mapping[str, State], entries: Mapping[str, Entry]
) -> Iterator[str]:
    if state.after is not None and state.after not in states:
        yield f"it comes after {state.after!r}, which is not a state"
    elif state.after is not None:
        if _is_circular(name, states):
            yield "it comes after itself"
        elif not states[state.after].reachable:
            yield f"it comes after {state.after!r}, which has no route"
    unknown = css_syntax.placeholders(state.path or "") - PATH_NAMES
    if unknown:
        yield f"its path has {sorted(unknown)[0]!r}; known are {', '.join(sorted(PATH_NAMES))}"
    if state.ready is not None and state.ready not in entries:
        yield f"it is ready by {state.ready!r}, which is not a key"
    for step in (*state.do, *state.leave):
        yield from _step_errors(step, entries)
    yield from _keys_too_new(name, states, entries)


def _step_errors(step: RouteStep, entries: Mapping[str, Entry]) -> Iterator[str]:
    key = step.key
    if key is None:
        return
    entry = entries.get(key)
    if entry is None:
        yield f"it names {key!r}, which is not a key"
        return
    if entry.placeholders != frozenset(step.params):
        yield f"{key} needs values for: {', '.join(sorted(entry.placeholders)) or 'nothing'}"
    unknown = frozenset().union(*map(css_syntax.placeholders, step.texts))
    if unknown - VALUE_NAMES:
        yield f"{key} is given {sorted(unknown - VALUE_NAMES)[0]!r}, which a tour does not know"
    if step.click is not None and entry.access == "write" and not entry.opens:
        yield f"it clicks {key}, which writes"


def _keys_too_new(
    name: str, states: Mapping[str, State], entries: Mapping[str, Entry]
) -> Iterator[str]:
    """Yield an error for each key on the route that is newer than the state itself."""
    if _is_circular(name, states):
        return
    state = states[name]
    # The state exists from the latest release on that it or a state before it came with.
    begins = [since for before in _lineage(name, states) if (since := states[before].since)]
    for key in (state.ready, *(step.key for step in (*state.do, *state.leave))):
        first = entries[key].first if key is not None and key in entries else None
        if first is not None and first > max(begins, default=(0, 0)):
            yield f"it names {key}, which comes with {release_name(first)}; add since"


def _lineage(name: str, states: Mapping[str, State]) -> Iterator[str]:
    """Yield the state and those that it comes after, as far as they are described."""
    at: str | None = name
    while at is not None and at in states:
        yield at
        at = states[at].after


def _is_circular(name: str, states: Mapping[str, State]) -> bool:
    seen: set[str] = set()
    for state in _lineage(name, states):
        if state in seen:
            return True
        seen.add(state)
    return False


def visit_order(
    states: Mapping[str, State], wanted: Callable[[str], bool] = lambda _name: True
) -> tuple[str, ...]:
    """Return the wanted states that have a route, each after the state before it."""
    children: dict[str | None, list[str]] = {}
    for name, state in states.items():
        if state.reachable:
            children.setdefault(state.after, []).append(name)

    def below(parent: str | None) -> Iterator[str]:
        for name in children.get(parent, ()):
            yield name
            yield from below(name)

    return tuple(name for name in below(None) if wanted(name))
