"""Rule files::

    [[rules]]
    name = "winter films"
    when = 'studio == "Northlight" and "Snow" in tags'
    priority = 10                       # higher ones first; 0 if there is none
    on = "run"                          # before scraping; or "save": after a save
    then = [
        { scrape = ["Catalog", "Archive"] },
        { tag = ["Winter"] },
        { macro = "outside" },
        { collection = "Winter films" },
        { organize = true },
        { webhook = "https://example.org/hook" },
        { stop = true },
    ]

A file is checked whole when it is read: each error names file, rule, line and column.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, NoReturn
from urllib.parse import urlsplit

from stashbot.decide.rules.expressions import compile_where
from stashbot.decide.rules.macros import Macros
from stashbot.decide.rules.rule_set import (
    EVENTS,
    Action,
    ActionKind,
    Rule,
    RuleSet,
    refuse_endless_rules,
)
from stashbot.errors import ConfigError, ExpressionError

_KEYS = ("name", "when", "then", "priority", "on")
_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*rules[ \t]*\]\]", re.MULTILINE)
_COLUMN = re.compile(r" at column (\d+)")
_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)|.", re.DOTALL)
_SWITCHES = (ActionKind.ORGANIZE, ActionKind.STOP)


def read_rules(
    files: Mapping[str, str], macros: Macros, *, collections: Iterable[str] = ()
) -> RuleSet:
    """The rules of all files, given by their names with their text, in that order.

    Raises:
        ConfigError: the first problem of any file, with ``file``, ``key`` (the rule), ``line`` and
            ``column`` in its fields; rules that would go on without end.
    """
    rules: list[Rule] = []
    known = frozenset(collections)
    for name, text in files.items():
        reader = _Reader(name, text, macros, known)
        rules += reader.rules({rule.name for rule in rules})
    found = RuleSet(rules, macros)
    refuse_endless_rules(found)
    return found


class _Reader:
    """One file. The parser tells no places, so they are looked up in the text for errors."""

    def __init__(self, file: str, text: str, macros: Macros, collections: frozenset[str]) -> None:
        self.file = file
        self.text = text.replace("\r\n", "\n")
        self.macros = macros
        self.collections = collections
        self.rule = ""
        self.start = 0
        self.end = len(self.text)

    def rules(self, taken: set[str]) -> list[Rule]:
        try:
            tables = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(
                f"{self.file} is not valid TOML: {error}.", hint=_HINT, file=self.file
            ) from error
        unknown = next((key for key in tables if key != "rules"), None)
        if unknown is not None:
            self._refuse(f"there is no table {unknown!r}, only [[rules]]", self._key(unknown))
        found = tables.get("rules", [])
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            self._refuse("rules are written as [[rules]]", self._key("rules"))
        headers = [match.start() for match in _HEADER.finditer(self.text)]
        if len(headers) != len(found):  # an array of inline tables, or a header within a text
            headers = [0] * len(found)
        rules: list[Rule] = []
        for number, table in enumerate(found):
            following = headers[number + 1 : number + 2]
            self.start = headers[number]
            self.end = following[0] if following and following[0] else len(self.text)
            self.rule = f"{self.file} #{number + 1}"
            rules.append(self._rule(table, taken | {rule.name for rule in rules}))
        return rules

    def _rule(self, table: dict[str, Any], taken: set[str]) -> Rule:
        name = table.get("name", self.rule)
        if not isinstance(name, str) or not name.strip():
            self._refuse("its name is a text", self._key("name"))
        self.rule = name
        if name in taken:
            self._refuse("another rule has this name", self._key("name"))
        for key in table:
            if key not in _KEYS:
                self._refuse(f"there is no key {key!r}{_near(key, _KEYS)}", self._key(key))
        priority = table.get("priority", 0)
        if not isinstance(priority, int) or isinstance(priority, bool):
            self._refuse("its priority is a whole number", self._key("priority"))
        event = table.get("on", EVENTS[0])
        if event not in EVENTS:
            self._refuse(f"on is one of {', '.join(EVENTS)}", self._key("on"))
        when = table.get("when")
        if not isinstance(when, str) or not when.strip():
            self._refuse('it needs a `when`, an expression; "true" is every scene', self.start)
        actions = self._actions(table.get("then"))
        if event == "save" and any(one.kind is ActionKind.SCRAPE for one in actions):
            why = "a scrape after every save would save again, without end"
            self._refuse(why, self._key("scrape"))
        try:
            matches = compile_where(when)
        except ExpressionError as error:
            place = self._expression(when, error)
            self._refuse(_COLUMN.sub("", error.message).rstrip("."), place, error.hint)
        return Rule(
            name=name,
            when=when,
            matches=matches,
            then=actions,
            priority=priority,
            event=event,
            file=self.file,
            line=self._line(self.start)[0],
        )

    def _actions(self, then: Any) -> tuple[Action, ...]:
        if not isinstance(then, list) or not then:
            self._refuse("it needs a `then`, a list of actions", self._key("then"))
        actions: list[Action] = []
        for one in then:
            if actions and actions[-1].kind is ActionKind.STOP:
                self._refuse("nothing is done after stop", self._key("stop"))
            if not isinstance(one, dict) or len(one) != 1:
                self._refuse("each action is written { name = value }", self._key("then"))
            ((kind, value),) = one.items()
            if kind not in {each.value for each in ActionKind}:
                kinds = [each.value for each in ActionKind]
                why = f"there is no action {kind!r}{_near(kind, kinds)}"
                self._refuse(why, self._key(kind), f"Actions: {', '.join(kinds)}.")
            actions.append(self._action(ActionKind(kind), value))
        return tuple(actions)

    def _action(self, kind: ActionKind, value: Any) -> Action:
        place = self._key(kind.value)
        if kind in _SWITCHES:
            if not isinstance(value, bool) or (kind is ActionKind.STOP and not value):
                allowed = "true" if kind is ActionKind.STOP else "true or false"
                self._refuse(f"{kind.value} is {allowed}", place)
            return Action(kind=kind, on=value)
        names = [value] if isinstance(value, str) else value
        if (
            not isinstance(names, list)
            or not names
            or not all(isinstance(one, str) and one.strip() for one in names)
        ):
            self._refuse(f"{kind.value} takes a name or a list of names", place)
        for name in names:
            self._check_name(kind, name, place)
        return Action(kind=kind, names=tuple(names))

    def _check_name(self, kind: ActionKind, name: str, place: int) -> None:
        if kind is ActionKind.MACRO and name not in self.macros.names:
            known = self.macros.names
            self._refuse(f"there is no tag macro {name!r}{_near(name, known)}", place)
        if kind is ActionKind.COLLECTION and self.collections and name not in self.collections:
            near = _near(name, self.collections)
            self._refuse(f"there is no collection {name!r}{near}", place)
        if kind is ActionKind.WEBHOOK and not _is_web(name):
            self._refuse(f"{name!r} is no http(s) address", place)

    def _refuse(self, why: str, place: int, hint: str = "") -> NoReturn:
        line, column = self._line(place)
        rule = f", rule {self.rule!r}" if self.rule else ""
        raise ConfigError(
            f"{self.file}{rule}, line {line}, column {column}: {why}.",
            hint=hint or _HINT,
            file=self.file,
            key=self.rule,
            line=line,
            column=column,
        )

    def _key(self, key: str) -> int:
        """Where a key of the rule stands; the rule's own place if it cannot be seen."""
        pattern = re.compile(rf"(?<![\w-])[\"']?{re.escape(key)}[\"']?(?=\s*[=.\]])")
        match = pattern.search(self.text, self.start, self.end)
        return match.start() if match else self.start

    def _expression(self, when: str, error: ExpressionError) -> int:
        """Where within the rule's expression the problem is."""
        told = _COLUMN.search(error.message)
        symbol = getattr(error.__cause__, "symbol_name", None)
        if told:
            offset = int(told[1]) - 1
        else:
            match = re.search(rf"\b{re.escape(symbol)}\b", when) if symbol else None
            offset = match.start() if match else 0
        opened = re.compile(r"\bwhen[\"']?\s*=\s*(\"{3}\n?|'{3}\n?|\"|')").search(
            self.text, self.start, self.end
        )
        if opened is None:
            return self.start
        if "'" in opened[1]:
            return opened.end() + offset
        units = _ESCAPE.finditer(self.text, opened.end(), self.end)
        return next((unit.start() for at, unit in enumerate(units) if at == offset), opened.end())

    def _line(self, place: int) -> tuple[int, int]:
        before = self.text[:place]
        return before.count("\n") + 1, place - before.rfind("\n")


_HINT = "Correct it in that file; docs/rules.md shows how rules are written."


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, sorted(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
