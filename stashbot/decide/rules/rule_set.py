"""Apply rules to a scene (playbook 2.1 and 2.3): which match, and what they want together.

Rules are tried from the highest priority to the lowest, and in the order of their files within a
priority. Each is tried once for a scene and event, and sees the tags and the organized mark that
earlier rules gave. If two rules disagree on ``organize``, the earlier rule decides. ``stop`` ends
the rules of the event.

Rules with ``on = "run"`` are tried before a scene is scraped: they choose its sources and add to
its plan. Rules with ``on = "save"`` are tried on the scene as the plan leaves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field, JsonValue

from stashbot.decide.rules.expressions import SceneFilter, scene_context
from stashbot.decide.rules.macros import Macros, unique_tags
from stashbot.errors import ConfigError
from stashbot.models import Entity, Model, Scene

Event = Literal["run", "save"]
EVENTS: tuple[Event, ...] = ("run", "save")


class ActionKind(StrEnum):
    """The kinds of actions of rules."""

    SCRAPE = "scrape"
    TAG = "tag"
    MACRO = "macro"
    ORGANIZE = "organize"
    COLLECTION = "collection"
    WEBHOOK = "webhook"
    STOP = "stop"


class Action(Model):
    """An action of a rule.

    ``names`` are its sources, tags, macros, collections or addresses; ``on`` is the value of
    ``organize``.
    """

    kind: ActionKind
    names: tuple[str, ...] = ()
    on: bool = True

    @property
    def label(self) -> str:
        """The action as it is written in a file."""
        value = ", ".join(self.names) if self.names else str(self.on).lower()
        return f"{self.kind.value} {value}"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule that was checked, and where it is written."""

    name: str
    matches: SceneFilter = field(repr=False)
    then: tuple[Action, ...]
    priority: int = 0
    event: Event = "run"
    file: str = ""
    line: int = 0

    @property
    def when(self) -> str:
        """The text of the rule's expression."""
        return self.matches.text


class RuleTrace(Model):
    """The result of a rule for a scene, and the values of the fields that its expression names.

    ``result`` is ``stopped`` for a rule that was not tried because the rule ``by`` stopped them.
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
    """All that the rules of an event want for a scene, with a trace of each rule.

    ``sources`` is empty if no rule chooses any; ``organize`` is ``None`` if no rule decides it.
    ``tags`` are those to add, including those of macros.
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
        return tuple(trace.rule for trace in self.traces if trace.result == "matched")


class RuleSet:
    """Rules in the order in which they are tried."""

    def __init__(self, rules: Iterable[Rule], macros: Macros) -> None:
        self.rules = tuple(sorted(rules, key=lambda rule: -rule.priority))
        self.macros = macros

    def apply(self, scene: Scene, event: Event) -> RuleOutcome:
        """Return what the rules of an event want for a scene.

        Raises:
            ConfigError: Applied again to their own result, they would want the opposite, and so on
                without end.
        """
        outcome = self._apply_once(scene, event)
        self._refuse_loops(scene, event, outcome)
        return outcome

    def _apply_once(self, scene: Scene, event: Event) -> RuleOutcome:
        traces: list[RuleTrace] = []
        names: dict[ActionKind, list[str]] = {kind: [] for kind in ActionKind}
        organize: bool | None = None
        current, stopped_by = scene, ""
        for rule in self.rules:
            if rule.event != event:
                continue
            if stopped_by:
                traces.append(_trace(rule, current, "stopped", by=stopped_by))
                continue
            if not rule.matches(current):
                traces.append(_trace(rule, current, "did not match"))
                continue
            traces.append(_trace(rule, current, "matched"))
            for action in rule.then:
                names[action.kind] += action.names
                if action.kind is ActionKind.MACRO:
                    for macro in action.names:
                        names[ActionKind.TAG] += self.macros.expand(macro)
                if action.kind is ActionKind.ORGANIZE and organize is None:
                    organize = action.on
                if action.kind is ActionKind.STOP:
                    stopped_by = rule.name
            current = _updated(scene, names[ActionKind.TAG], organize)
        present = {tag.name for tag in scene.tags}
        return RuleOutcome(
            event=event,
            sources=tuple(dict.fromkeys(names[ActionKind.SCRAPE])),
            tags=tuple(tag.name for tag in current.tags if tag.name not in present),
            organize=organize,
            collections=tuple(dict.fromkeys(names[ActionKind.COLLECTION])),
            webhooks=tuple(dict.fromkeys(names[ActionKind.WEBHOOK])),
            traces=tuple(traces),
        )

    def _refuse_loops(self, scene: Scene, event: Event, outcome: RuleOutcome) -> None:
        """Raise ConfigError if the rules organize the scene and undo that without end.

        Tags are only ever added, so only the organized mark can go back and forth.
        """
        states: dict[tuple[bool, frozenset[str]], RuleOutcome] = {}
        while True:
            scene = _updated(scene, outcome.tags, outcome.organize)
            state = scene.organized, frozenset(tag.name for tag in scene.tags)
            if state in states:
                break
            states[state] = outcome = self._apply_once(scene, event)
        visited = list(states)
        cycle = visited[visited.index(state) :]
        if len({organized for organized, _ in cycle}) == 1:
            return
        matched = {name for outcome in states.values() for name in outcome.matched}
        rules = [
            rule
            for rule in self.rules
            if rule.name in matched
            and any(action.kind is ActionKind.ORGANIZE for action in rule.then)
        ]
        places = ", ".join(f"{rule.name!r} ({rule.file}, line {rule.line})" for rule in rules)
        raise ConfigError(
            f"Rules would organize scene {scene.id} and undo that without end: {places}.",
            hint="Change the `when` of a rule so that it does not match what the others leave.",
            file=rules[0].file,
            key=rules[0].name,
            line=rules[0].line,
        )


def check_for_endless_rules(rules: RuleSet) -> None:
    """Raise ConfigError if the rules organize a scene without data and undo that without end.

    Loops that depend on the values of a scene show when the rules are applied to it.
    """
    for event in EVENTS:
        for organized in (False, True):
            rules.apply(Scene(id="0", organized=organized), event)


def _trace(
    rule: Rule, scene: Scene, result: Literal["matched", "did not match", "stopped"], by: str = ""
) -> RuleTrace:
    context = scene_context(scene)
    return RuleTrace(
        rule=rule.name,
        file=rule.file,
        line=rule.line,
        when=rule.when,
        priority=rule.priority,
        result=result,
        by=by,
        values={name: _to_json(context[name]) for name in rule.matches.fields},
        actions=rule.then if result == "matched" else (),
    )


def _to_json(value: Any) -> JsonValue:
    json_value: JsonValue = list(value) if isinstance(value, tuple) else value
    return json_value


def _updated(scene: Scene, tags: Sequence[str], organize: bool | None) -> Scene:
    """Return the scene with the tags that it lacks, and with the organized mark."""
    present = {tag.name: tag for tag in scene.tags}
    names = unique_tags([*present, *tags])
    organized = scene.organized if organize is None else organize
    entities = [present.get(name) or Entity(id="", name=name) for name in names]
    return scene.model_copy(update={"tags": tuple(entities), "organized": organized})
