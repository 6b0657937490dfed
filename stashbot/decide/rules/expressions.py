"""Compile expressions over a scene, for ``--where``, rules and collections.

The language is rule-engine's; no Python is evaluated: ``studio == "Northlight" and not organized``,
``"outdoor" in tags``, ``title =~ "Clip.*"``, ``duration > 600``, ``date > "2024-01-01"``.

A value that a scene lacks is null: ``== null`` is true for it, and so are ``!=`` and ``!~``. A part
that needs the value, such as ``duration > 600``, is then undecided, and so is its negation. The
operators ``and``, ``or`` and ``not`` combine what is decided (as in SQL), in any order of their
parts. A scene for which the whole expression is undecided does not match; nothing raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import rule_engine
from rule_engine import ast
from rule_engine.builtins import Builtins
from rule_engine.errors import EngineError as RuleEngineError
from rule_engine.errors import RuleSyntaxError, SymbolResolutionError

from stashbot.errors import ExpressionError
from stashbot.models import Scene

#: The names that may follow ``$``. Not ``random``: a dry run could not say what a run will do.
BUILTINS = frozenset({*Builtins.from_defaults(), "re_groups"}) - {"random"}

#: The attributes in which a node of the syntax tree holds other nodes.
_PARTS = ("left", "right", "condition", "case_true", "case_false", "result", "object")
_TEXTS = rule_engine.DataType.ARRAY(rule_engine.DataType.STRING)
#: Every field that an expression may name, with its type.
FIELDS: dict[str, Any] = {
    "id": rule_engine.DataType.FLOAT,
    "title": rule_engine.DataType.STRING,
    "code": rule_engine.DataType.STRING,
    "details": rule_engine.DataType.STRING,
    "director": rule_engine.DataType.STRING,
    "date": rule_engine.DataType.STRING,
    "year": rule_engine.DataType.FLOAT,
    "urls": _TEXTS,
    "studio": rule_engine.DataType.STRING,
    "performers": _TEXTS,
    "tags": _TEXTS,
    "groups": _TEXTS,
    "organized": rule_engine.DataType.BOOLEAN,
    "rating": rule_engine.DataType.FLOAT,
    "path": rule_engine.DataType.STRING,
    "file": rule_engine.DataType.STRING,
    "duration": rule_engine.DataType.FLOAT,
    "width": rule_engine.DataType.FLOAT,
    "height": rule_engine.DataType.FLOAT,
    "size": rule_engine.DataType.FLOAT,
    "created": rule_engine.DataType.STRING,
    "updated": rule_engine.DataType.STRING,
}


@dataclass(frozen=True, slots=True)
class SceneFilter:
    """A compiled expression; call it with a scene to learn whether the scene matches.

    ``fields`` are those that the expression names, in its order.
    """

    text: str
    fields: tuple[str, ...]
    _rule: Any = field(repr=False, compare=False)

    def __call__(self, scene: Scene) -> bool:
        """Return whether the scene matches."""
        return bool(self._rule.matches(scene_context(scene)))


def compile_where(text: str) -> SceneFilter:
    """Return the expression as a test over scenes.

    ``date``, ``created`` and ``updated`` are ISO texts, which compare in time's order.
    ``duration`` is in seconds, ``rating`` from 1 to 100, ``size`` in bytes.

    Raises:
        ExpressionError: It does not parse, names an unknown field or compares unlike types.
    """
    context = _Context()
    try:
        rule = rule_engine.Rule(text, context=context)
        unlike = next(_unlike_types(rule.statement.expression), None)
        rule.statement.expression = _three_valued(rule.statement.expression)
    except SymbolResolutionError as error:
        raise _unknown_name(text, error) from error
    except RuleSyntaxError as error:
        raise ExpressionError(
            f"{text!r} does not parse{_position(error, text)}.",
            hint='Write it like: studio == "Northlight" and not organized.',
            expression=text,
        ) from error
    except RuleEngineError as error:
        raise _unusable(text, error.message) from error
    except RecursionError as error:
        raise _unusable(text, "it is nested too deeply") from error
    if unlike:
        raise _unusable(text, f"data type mismatch: {unlike}")
    return SceneFilter(text, tuple(context.fields), rule)


def scene_context(scene: Scene) -> dict[str, Any]:
    """Return the value of every name of ``FIELDS`` for a scene."""
    file = scene.file
    return {
        "id": int(scene.id),
        "title": scene.title,
        "code": scene.code,
        "details": scene.details,
        "director": scene.director,
        "date": scene.date,
        "year": int(scene.date[:4]) if scene.date else None,
        "urls": scene.urls,
        "studio": scene.studio.name if scene.studio else None,
        "performers": tuple(performer.name for performer in scene.performers),
        "tags": tuple(tag.name for tag in scene.tags),
        "groups": tuple(group.name for group in scene.groups),
        "organized": scene.organized,
        "rating": scene.rating100,
        "path": file.path if file else None,
        "file": file.basename if file else None,
        "duration": file.duration if file else None,
        "width": file.width if file else None,
        "height": file.height if file else None,
        "size": file.size if file else None,
        "created": scene.created_at,
        "updated": scene.updated_at,
    }


class _Context(rule_engine.Context):  # type: ignore[misc] # rule-engine has no types
    """Collects the fields that an expression names, and refuses unknown names with ``$``.

    rule-engine itself would evaluate an unknown name with ``$`` to null.
    """

    def __init__(self) -> None:
        super().__init__(
            type_resolver=rule_engine.type_resolver_from_dict(FIELDS), default_value=None
        )
        self.fields: dict[str, None] = {}

    def resolve_type(self, name: str, scope: str | None = None) -> Any:
        """Return the type of a name; called for each name as the syntax tree is built."""
        if scope == Builtins.scope_name and name not in BUILTINS:
            raise SymbolResolutionError(name, symbol_scope=scope)
        if scope is None and name in FIELDS:
            self.fields[name] = None
        return super().resolve_type(name, scope=scope)


@dataclass(frozen=True, slots=True)
class _Part:
    """An expression that is true, false or, for want of a value, undecided (``None``).

    Together with the classes below it replaces nodes of rule-engine's syntax tree, so that all
    parts share the state of an evaluation, such as the groups of the last pattern.
    """

    node: Any

    def evaluate(self, thing: Any) -> bool | None:
        """Return the answer for a scene's context."""
        try:
            return bool(self.node.evaluate(thing))
        except (RuleEngineError, TypeError):
            return None  # a null where the expression needs a value


@dataclass(frozen=True, slots=True)
class _Not:
    """The negation of a part; that of an undecided part is undecided."""

    part: Any

    def evaluate(self, thing: Any) -> bool | None:
        """Return the answer for a scene's context."""
        answer = self.part.evaluate(thing)
        return None if answer is None else not answer


@dataclass(frozen=True, slots=True)
class _Joined:
    """An ``or``, which a single true part decides, or an ``and``, which a false part does."""

    left: Any
    right: Any
    decisive: bool

    def evaluate(self, thing: Any) -> bool | None:
        """Return the answer; the right part is evaluated only if the left does not decide."""
        left = self.left.evaluate(thing)
        if left is self.decisive:
            return left
        right = self.right.evaluate(thing)
        return None if left is None and right is not self.decisive else right


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A ``condition ? case : other``; an undecided condition chooses neither case."""

    condition: Any
    case_true: Any
    case_false: Any

    def evaluate(self, thing: Any) -> bool | None:
        """Return the answer for a scene's context."""
        condition = self.condition.evaluate(thing)
        if condition is None:
            return None
        answer: bool | None = (self.case_true if condition else self.case_false).evaluate(thing)
        return answer


def _three_valued(node: Any) -> Any:
    """Return the syntax tree with its logical operators replaced by those above."""
    if isinstance(node, ast.LogicExpression):
        left, right = _three_valued(node.left), _three_valued(node.right)
        return _Joined(left, right, decisive=node.type == "or")
    if isinstance(node, ast.UnaryExpression) and node.type == "not":
        return _Not(_three_valued(node.right))
    if isinstance(node, ast.TernaryExpression):
        cases = _three_valued(node.case_true), _three_valued(node.case_false)
        return _Chosen(_three_valued(node.condition), *cases)
    return _Part(node)


def _unlike_types(node: Any) -> Iterator[str]:
    """Yield comparisons by ``==`` or ``!=`` of types that are never equal: ``id == "7"``."""
    if type(node) is ast.ComparisonExpression:
        types = node.left.result_type, node.right.result_type
        is_null = rule_engine.DataType.NULL in types
        if not is_null and not rule_engine.DataType.is_compatible(*types):
            yield " and ".join(kind.name.lower() for kind in types)
    for part in _PARTS:
        if (inner := getattr(node, part, None)) is not None:
            yield from _unlike_types(inner)


def _unknown_name(text: str, error: SymbolResolutionError) -> ExpressionError:
    name = error.symbol_name
    if error.symbol_scope != Builtins.scope_name:
        return ExpressionError(
            f"There is no field {name!r} in {text!r}.",
            hint=f"Fields: {', '.join(FIELDS)}.",
            expression=text,
        )
    match = re.search(rf"\${re.escape(name)}\b", text)
    column = match.start() + 1 if match else 1
    return ExpressionError(
        f"There is no ${name} in expressions, at column {column} of {text!r}.",
        hint=f"There are {', '.join(f'${builtin}' for builtin in sorted(BUILTINS))}.",
        expression=text,
    )


def _unusable(text: str, reason: str) -> ExpressionError:
    fields = f"Fields: {', '.join(FIELDS)}."
    alike = "Compare texts with texts and numbers with numbers."
    hint = alike if "mismatch" in reason else fields
    return ExpressionError(f"{text!r} cannot be used: {reason}.", hint=hint, expression=text)


def _position(error: RuleSyntaxError, text: str) -> str:
    token = error.token
    if token is None:
        return " (it ends too early)"
    return f" at column {token.lexpos + 1}, near {text[token.lexpos : token.lexpos + 12]!r}"
