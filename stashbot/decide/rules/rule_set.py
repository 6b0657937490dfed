"""Rules: what is done with the scenes that an expression describes (playbook 2.1 and 2.3).

Rules are tried by falling priority, those of equal priority in the order of their files. Each is
tried once a scene and event, and sees the tags and the organized mark that earlier ones gave. Where
two rules disagree on ``organize``, the earlier one decides. ``stop`` ends the rules of the event.

Rules ``on = "run"`` are tried before a scene is scraped: they choose its sources and add to its
plan. Those ``on = "save"`` are tried after a save.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from pydantic import Field, JsonValue

from stashbot.decide.rules.expressions import FIELDS, SceneFilter, scene_context
from stashbot.decide.rules.macros import Macros, union
from stashbot.errors import ConfigError
from stashbot.models import Entity, Model, Scene

Event = Literal["run", "save"]
EVENTS: tuple[Event, ...] = ("run", "save")

_TEXT = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
_SYMBOL = re.compile(r"[a-z_]+")


class ActionKind(StrEnum):
    """What a rule can do."""

    SCRAPE = "scrape"
    TAG = "tag"
    MACRO = "macro"
    ORGANIZE = "organize"
    COLLECTION = "collection"
    WEBHOOK = "webhook"
    STOP = "stop"


class Action(Model):
    """One thing to do: ``names`` are sources, tags, macros, collections or addresses.

    ``on`` is the value of ``organize``.
    """

    kind: ActionKind
    names: tuple[str, ...] = ()
    on: bool = True

    @property
    def told(self) -> str:
        """The action as it stands in a file."""
        value = ", ".join(self.names) if self.names else str(self.on).lower()
        return f"{self.kind.value} {value}"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule that was checked, and where it stands."""

    name: str
    when: str
    matches: SceneFilter = field(repr=False, compare=False)
    then: tuple[Action, ...]
    priority: int = 0
    event: Event = "run"
    file: str = ""
    line: int = 0


class RuleTrace(Model):
    """What became of one rule for a scene, and the values that its expression saw.

    ``result`` is ``stopped`` for a rule that was not tried because ``by`` had stopped the rules.
    """

    rule: str
    file: str = ""
    line: int = 0
    when: str
    priority: int
    result: Literal["matched", "did not match", "stopped"]
    by: str = ""
    values: dict[str, JsonValue] = Field(default_factory=dict)
    actions: tuple[Action, ...] = ()


class RuleOutcome(Model):
    """All that the rules of an event want for a scene, and why.

    ``sources`` is empty where no rule chooses any; ``organize`` is ``None`` where none decides.
    ``tags`` are those to add, the macros' included.
    """

    event: Event
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    organize: bool | None = None
    collections: tuple[str, ...] = ()
    webhooks: tuple[str, ...] = ()
    traces: tuple[RuleTrace, ...] = ()

    @property
    def matched(self) -> tuple[str, ...]:
        """The names of the rules that matched, in the order in which they were tried."""
        return tuple(one.rule for one in self.traces if one.result == "matched")


class RuleSet:
    """Rules in the order in which they are tried."""

    def __init__(self, rules: Iterable[Rule], macros: Macros) -> None:
        self.rules = tuple(sorted(rules, key=lambda rule: -rule.priority))
        self.macros = macros

    def apply(self, scene: Scene, event: Event) -> RuleOutcome:
        """What the rules of an event want for a scene; nothing is done.

        Raises:
            ConfigError: tried again on what they want, they would want the contrary, and so on.
        """
        outcome = self._once(scene, event)
        self._refuse_loops(scene, event, outcome)
        return outcome

    def _once(self, scene: Scene, event: Event) -> RuleOutcome:
        traces: list[RuleTrace] = []
        found: dict[ActionKind, list[str]] = {kind: [] for kind in ActionKind}
        organize: bool | None = None
        seen, stopped_by = scene, ""
        for rule in self.rules:
            if rule.event != event:
                continue
            if stopped_by:
                traces.append(_trace(rule, seen, "stopped", by=stopped_by))
                continue
            if not rule.matches(seen):
                traces.append(_trace(rule, seen, "did not match"))
                continue
            traces.append(_trace(rule, seen, "matched"))
            for action in rule.then:
                found[action.kind] += action.names
                if action.kind is ActionKind.MACRO:
                    for name in action.names:
                        found[ActionKind.TAG] += self.macros.expand(name)
                if action.kind is ActionKind.ORGANIZE and organize is None:
                    organize = action.on
                if action.kind is ActionKind.STOP:
                    stopped_by = rule.name
            seen = _with(scene, found[ActionKind.TAG], organize)
        held = {tag.name for tag in scene.tags}
        wanted = [tag.name for tag in _with(scene, found[ActionKind.TAG], None).tags]
        return RuleOutcome(
            event=event,
            sources=tuple(dict.fromkeys(found[ActionKind.SCRAPE])),
            tags=tuple(tag for tag in wanted if tag not in held),
            organize=organize,
            collections=tuple(dict.fromkeys(found[ActionKind.COLLECTION])),
            webhooks=tuple(dict.fromkeys(found[ActionKind.WEBHOOK])),
            traces=tuple(traces),
        )

    def _refuse_loops(self, scene: Scene, event: Event, outcome: RuleOutcome) -> None:
        """Tags are only ever added, so that only the organized mark can go back and forth."""
        states: dict[tuple[bool, frozenset[str]], RuleOutcome] = {}
        while True:
            scene = _with(scene, outcome.tags, outcome.organize)
            state = scene.organized, frozenset(tag.name for tag in scene.tags)
            if state in states:
                break
            states[state] = outcome = self._once(scene, event)
        if len({organized for organized, _ in list(states)[list(states).index(state) :]}) == 1:
            return
        matched = {name for one in states.values() for name in one.matched}
        rules = [
            rule
            for rule in self.rules
            if rule.name in matched and any(one.kind is ActionKind.ORGANIZE for one in rule.then)
        ]
        raise ConfigError(
            f"Rules would organize scene {scene.id} and take that back without end: "
            f"{', '.join(f'{rule.name!r} ({rule.file}, line {rule.line})' for rule in rules)}.",
            hint="Let one of them no longer match what the other leaves, or take one away.",
            file=rules[0].file,
            key=rules[0].name,
            line=rules[0].line,
        )


def refuse_endless_rules(rules: RuleSet) -> None:
    """Nothing, unless the rules organize any bare scene and take that back without end.

    Raises:
        ConfigError: they do; what depends on a scene's values shows when they are applied to it.
    """
    for event in EVENTS:
        for organized in (False, True):
            rules.apply(Scene(id="0", organized=organized), event)


def used_fields(expression: str) -> tuple[str, ...]:
    """The fields that an expression names, in its order."""
    symbols = _SYMBOL.findall(_TEXT.sub(" ", expression))
    return tuple(dict.fromkeys(one for one in symbols if one in FIELDS))


def _trace(
    rule: Rule, scene: Scene, result: Literal["matched", "did not match", "stopped"], by: str = ""
) -> RuleTrace:
    context: Mapping[str, JsonValue] = scene_context(scene)
    values = {name: _json(context[name]) for name in used_fields(rule.when)}
    return RuleTrace(
        rule=rule.name,
        file=rule.file,
        line=rule.line,
        when=rule.when,
        priority=rule.priority,
        result=result,
        by=by,
        values=values,
        actions=rule.then if result == "matched" else (),
    )


def _json(value: JsonValue | Sequence[str]) -> JsonValue:
    return [*value] if isinstance(value, tuple) else value  # type: ignore[return-value]


def _with(scene: Scene, tags: Iterable[str], organize: bool | None) -> Scene:
    """The scene as it will be: with the tags that it lacks, and the mark."""
    held = {tag.name: tag for tag in scene.tags}
    united = union([*held, *tags])
    organized = scene.organized if organize is None else organize
    entities = [held.get(name) or Entity(id="", name=name) for name in united]
    return scene.model_copy(update={"tags": tuple(entities), "organized": organized})
