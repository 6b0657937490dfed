"""Read rule files::

    [[rules]]
    name = "winter films"
    when = 'studio == "Northlight" and "Snow" in tags'
    priority = 10                       # higher priorities first; default 0
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

The whole file is checked when it is read. An error names file, rule, line and column.
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
    check_for_endless_rules,
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
    """Return the rules of all files, in their order; ``files`` has the text of each by its name.

    Raises:
        ConfigError: A file has a problem; the error has its ``file``, ``key`` (the rule), ``line``
            and ``column``. Or the rules would go on without end.
    """
    rules: list[Rule] = []
    known = frozenset(collections)
    for name, text in files.items():
        reader = _Reader(name, text, macros, known)
        rules += reader.rules({rule.name for rule in rules})
    found = RuleSet(rules, macros)
    check_for_endless_rules(found)
    return found


class _Reader:
    """Reads a rule file.

    The TOML parser gives no positions, so the position of an error is looked up in the text.
    """

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
        if not isinstance(found, list) or not all(isinstance(table, dict) for table in found):
            self._refuse("rules are written as [[rules]]", self._key("rules"))
        headers = [match.start() for match in _HEADER.finditer(self.text)]
        if len(headers) != len(found):  # inline tables, or a header within a text
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
            self._refuse("its name must be a text", self._key("name"))
        self.rule = name
        if name in taken:
            self._refuse("another rule has this name", self._key("name"))
        for key in table:
            if key not in _KEYS:
                self._refuse(f"there is no key {key!r}{_suggestion(key, _KEYS)}", self._key(key))
        priority = table.get("priority", 0)
        if not isinstance(priority, int) or isinstance(priority, bool):
            self._refuse("its priority must be a whole number", self._key("priority"))
        event = table.get("on", EVENTS[0])
        if event not in EVENTS:
            self._refuse(f"on must be one of {', '.join(EVENTS)}", self._key("on"))
        when = table.get("when")
        if not isinstance(when, str) or not when.strip():
            self._refuse('it needs a `when`, an expression; "true" is every scene', self.start)
        actions = self._actions(table.get("then"))
        if event == "save" and any(action.kind is ActionKind.SCRAPE for action in actions):
            problem = "a scrape after every save would save again, without end"
            self._refuse(problem, self._key("scrape"))
        try:
            matches = compile_where(when)
        except ExpressionError as error:
            problem = _COLUMN.sub("", error.message).rstrip(".")
            self._refuse(problem, self._expression(when, error), error.hint)
        return Rule(
            name=name,
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
        kinds = [kind.value for kind in ActionKind]
        for table in then:
            if actions and actions[-1].kind is ActionKind.STOP:
                self._refuse("an action after stop is never done", self._key("stop"))
            if not isinstance(table, dict) or len(table) != 1:
                self._refuse("each action is written { name = value }", self._key("then"))
            ((kind, value),) = table.items()
            if kind not in kinds:
                problem = f"there is no action {kind!r}{_suggestion(kind, kinds)}"
                self._refuse(problem, self._key(kind), f"Actions: {', '.join(kinds)}.")
            actions.append(self._action(ActionKind(kind), value))
        return tuple(actions)

    def _action(self, kind: ActionKind, value: Any) -> Action:
        position = self._key(kind.value)
        if kind in _SWITCHES:
            if not isinstance(value, bool) or (kind is ActionKind.STOP and not value):
                allowed = "true" if kind is ActionKind.STOP else "true or false"
                self._refuse(f"{kind.value} must be {allowed}", position)
            return Action(kind=kind, on=value)
        names = [value] if isinstance(value, str) else value
        if (
            not isinstance(names, list)
            or not names
            or not all(isinstance(name, str) and name.strip() for name in names)
        ):
            self._refuse(f"{kind.value} takes a name or a list of names", position)
        for name in names:
            self._check_name(kind, name, position)
        return Action(kind=kind, names=tuple(names))

    def _check_name(self, kind: ActionKind, name: str, position: int) -> None:
        if kind is ActionKind.MACRO and name not in self.macros.names:
            suggestion = _suggestion(name, self.macros.names)
            self._refuse(f"there is no tag macro {name!r}{suggestion}", position)
        if kind is ActionKind.COLLECTION and self.collections and name not in self.collections:
            suggestion = _suggestion(name, self.collections)
            self._refuse(f"there is no collection {name!r}{suggestion}", position)
        if kind is ActionKind.WEBHOOK and not _is_web_address(name):
            self._refuse(f"{name!r} is not an http(s) address", position)

    def _refuse(self, problem: str, position: int, hint: str = "") -> NoReturn:
        line, column = self._line(position)
        rule = f", rule {self.rule!r}" if self.rule else ""
        raise ConfigError(
            f"{self.file}{rule}, line {line}, column {column}: {problem}.",
            hint=hint or _HINT,
            file=self.file,
            key=self.rule,
            line=line,
            column=column,
        )

    def _key(self, key: str) -> int:
        """Return the position of a key of the rule, or that of the rule if the key is not found."""
        pattern = re.compile(rf"(?<![\w-])[\"']?{re.escape(key)}[\"']?(?=\s*[=.\]])")
        match = pattern.search(self.text, self.start, self.end)
        return match.start() if match else self.start

    def _expression(self, when: str, error: ExpressionError) -> int:
        """Return the position of a problem within the rule's expression."""
        column = _COLUMN.search(error.message)
        symbol = getattr(error.__cause__, "symbol_name", None)
        if column:
            offset = int(column[1]) - 1
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

    def _line(self, position: int) -> tuple[int, int]:
        """Return the line and the column of a position, both counted from 1."""
        before = self.text[:position]
        return before.count("\n") + 1, position - before.rfind("\n")


_HINT = "Correct it in that file; docs/rules.md shows how rules are written."


def _suggestion(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, sorted(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
