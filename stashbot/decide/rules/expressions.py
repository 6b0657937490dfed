"""Expressions over a scene, for ``--where``: a safe language, no Python is evaluated.

The language is rule-engine's: ``studio == "Northlight" and not organized``,
``"outdoor" in tags``, ``title =~ "Clip.*"``, ``duration > 600``, ``date > "2024-01-01"``.
What a scene does not have is null: ``== null`` holds there, ``!=`` and ``!~`` hold as well. A part
that needs a value, such as ``duration > 600``, is then undecided, and so is its contrary; ``and``,
``or`` and ``not`` go on with what is decided (as in SQL), in any order of their parts. A scene for
which all of it stays undecided does not match, and nothing raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import rule_engine
from rule_engine import ast
from rule_engine.builtins import Builtins
from rule_engine.errors import EngineError as RuleEngineError
from rule_engine.errors import RuleSyntaxError, SymbolResolutionError

from stashbot.errors import ExpressionError
from stashbot.models import Scene

_TEXT = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|#.*")
_NAMED = re.compile(r"\$(\w+)")
#: What may be named with ``$``; not ``$random``, by which no dry run could say what a run will do.
BUILTINS = frozenset({*Builtins.from_defaults(), "re_groups"}) - {"random"}

SceneFilter = Callable[[Scene], bool]

#: Where an expression holds others.
_PARTS = ("left", "right", "condition", "case_true", "case_false", "result", "object")
_TEXTS = rule_engine.DataType.ARRAY(rule_engine.DataType.STRING)
#: Every field an expression may name, with its type.
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


def compile_where(text: str) -> SceneFilter:
    """The expression as a test over scenes.

    ``date``, ``created`` and ``updated`` are ISO texts, which compare in time's order;
    ``duration`` is in seconds, ``rating`` from 1 to 100, ``size`` in bytes.

    Raises:
        ExpressionError: it does not parse, names an unknown field or compares unlike types.
    """
    _refuse_unknown_names(text)
    context = rule_engine.Context(
        type_resolver=rule_engine.type_resolver_from_dict(FIELDS), default_value=None
    )
    try:
        rule = rule_engine.Rule(text, context=context)
        unlike = next(_unlike(rule.statement.expression), None)
        rule.statement.expression = _decided(rule.statement.expression)
    except SymbolResolutionError as error:
        raise ExpressionError(
            f"There is no field {error.symbol_name!r} in {text!r}.",
            hint=f"Fields: {', '.join(FIELDS)}.",
            expression=text,
        ) from error
    except RuleSyntaxError as error:
        raise ExpressionError(
            f"{text!r} does not parse{_place(error, text)}.",
            hint='Write it like: studio == "Northlight" and not organized.',
            expression=text,
        ) from error
    except RuleEngineError as error:
        raise _unusable(text, error.message) from error
    except RecursionError as error:
        raise _unusable(text, "it is nested too deeply") from error
    if unlike:
        raise _unusable(text, f"data type mismatch: {unlike}")
    return lambda scene: bool(rule.matches(scene_context(scene)))


def scene_context(scene: Scene) -> dict[str, Any]:
    """What an expression sees of a scene: every name of ``FIELDS``."""
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
        "performers": tuple(one.name for one in scene.performers),
        "tags": tuple(one.name for one in scene.tags),
        "groups": tuple(one.name for one in scene.groups),
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


@dataclass(frozen=True, slots=True)
class _Part:
    """An expression that is true, false or, where a value is missing, undecided (``None``).

    rule-engine evaluates it as one of its own: all parts share what it keeps for a scene, such as
    the groups of the last pattern.
    """

    node: Any

    def evaluate(self, thing: Any) -> bool | None:
        """The answer for a scene's context; nothing is raised."""
        try:
            return bool(self.node.evaluate(thing))
        except (RuleEngineError, TypeError):
            return None  # null where the expression needs a value


@dataclass(frozen=True, slots=True)
class _Not:
    """The contrary; that of the undecided is undecided."""

    part: Any

    def evaluate(self, thing: Any) -> bool | None:
        """As in ``_Part``."""
        answer = self.part.evaluate(thing)
        return None if answer is None else not answer


@dataclass(frozen=True, slots=True)
class _Joined:
    """``or`` is decided by one true part, ``and`` by one false part, whichever comes first."""

    left: Any
    right: Any
    decisive: bool

    def evaluate(self, thing: Any) -> bool | None:
        """As in ``_Part``; the right side is looked at where the left does not decide."""
        left = self.left.evaluate(thing)
        if left is self.decisive:
            return left
        right = self.right.evaluate(thing)
        return None if left is None and right is not self.decisive else right


@dataclass(frozen=True, slots=True)
class _Chosen:
    """``condition ? one : other``; an undecided condition chooses neither."""

    condition: Any
    case_true: Any
    case_false: Any

    def evaluate(self, thing: Any) -> bool | None:
        """As in ``_Part``."""
        condition = self.condition.evaluate(thing)
        if condition is None:
            return None
        answer: bool | None = (self.case_true if condition else self.case_false).evaluate(thing)
        return answer


def _decided(node: Any) -> Any:
    """The expression with its ``and``, ``or``, ``not`` and ``?`` going by what is decided."""
    if isinstance(node, ast.LogicExpression):
        return _Joined(_decided(node.left), _decided(node.right), decisive=node.type == "or")
    if isinstance(node, ast.UnaryExpression) and node.type == "not":
        return _Not(_decided(node.right))
    if isinstance(node, ast.TernaryExpression):
        cases = _decided(node.case_true), _decided(node.case_false)
        return _Chosen(_decided(node.condition), *cases)
    return _Part(node)


def _unusable(text: str, why: str) -> ExpressionError:
    alike = "Compare texts with texts and numbers with numbers."
    hint = alike if "mismatch" in why else f"Fields: {', '.join(FIELDS)}."
    return ExpressionError(f"{text!r} cannot be used: {why}.", hint=hint, expression=text)


def _unlike(node: Any) -> Iterator[str]:
    """Comparisons by ``==`` and ``!=`` whose sides can never be equal, such as ``id == "7"``."""
    if type(node) is ast.ComparisonExpression:
        kinds = node.left.result_type, node.right.result_type
        if rule_engine.DataType.NULL not in kinds and not rule_engine.DataType.is_compatible(
            *kinds
        ):
            yield " and ".join(kind.name.lower() for kind in kinds)
    for part in _PARTS:
        if (inner := getattr(node, part, None)) is not None:
            yield from _unlike(inner)


def _refuse_unknown_names(text: str) -> None:
    """Nothing, if every name with ``$`` is one that may be used; else it would be null in silence.

    Raises:
        ExpressionError: naming the first that may not.
    """
    for match in _NAMED.finditer(_TEXT.sub(lambda found: " " * len(found[0]), text)):
        if match[1] not in BUILTINS:
            raise ExpressionError(
                f"There is no ${match[1]} in expressions, at column {match.start() + 1} of "
                f"{text!r}.",
                hint=f"There are {', '.join(f'${name}' for name in sorted(BUILTINS))}.",
                expression=text,
            )


def _place(error: RuleSyntaxError, text: str) -> str:
    token = error.token
    if token is None:
        return " (it ends too early)"
    return f" at column {token.lexpos + 1}, near {text[token.lexpos : token.lexpos + 12]!r}"
