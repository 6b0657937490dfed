"""Figures of judging names: applied rightly, applied wrongly, and the time that a judgement takes.

The names are those of the tests (``tests/decide/matching/cases.py``) and those of a grammar
(``name_grammar.py``), which also says which scenes a person would be sure of.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from name_grammar import STUDIOS, Grammar, NameCase, Truth

from stashbot.decide.matching.library_names import LibraryNames
from stashbot.decide.matching.scene_facts import read_scene_facts
from stashbot.decide.matching.scoring import score_proposal
from stashbot.decide.planning.entity_index import LibraryEntity
from stashbot.models import Proposal, Scene, ScrapedEntity, VideoFile
from stashbot.settings import Settings

ROOT = Path(__file__).parent.parent
NAMER = Path(__file__).with_name("namer_verdicts.py")
MAX_LINES = 20
TARGET_RECALL = 0.95
TARGET_US = 500.0
#: Every second performer and studio is known to the library.
_KNOWN = 2


@dataclass(frozen=True, kw_only=True)
class NameProposal:
    """A name and a proposal for it; ``apply`` is ``None`` where either answer is right."""

    name: str
    proposal: Proposal
    duration: float
    apply: bool | None
    kind: str


@dataclass(kw_only=True)
class NameFigures:
    """The figures of a judge; texts show names and proposals that it got wrong."""

    knowable: int = 0
    applied: int = 0
    lies: int = 0
    wrong: int = 0
    us: float = 0.0
    wrong_kinds: dict[str, int] = field(default_factory=dict)
    wrong_names: list[str] = field(default_factory=list)
    missed_names: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """The share of the knowable that was applied."""
        return self.applied / self.knowable if self.knowable else 1.0


def grammar_proposals(count: int, seed: int) -> tuple[list[NameProposal], LibraryNames]:
    """Return the cases of ``count`` names, and the names that the library has."""
    grammar = Grammar(seed)
    found = [_named(case, grammar) for case in grammar.cases(count)]
    people = [
        LibraryEntity(id=str(number), name=name, aliases=_aliases(name, grammar))
        for number, name in enumerate(grammar.people)
    ]
    studios = [LibraryEntity(id=str(number), name=name) for number, name in enumerate(STUDIOS)]
    return found, LibraryNames.of(people[::_KNOWN], studios[::_KNOWN])


def _named(case: NameCase, grammar: Grammar) -> NameProposal:
    verdict = {"truth": True, "unknowable": None}.get(case.kind, False)
    return NameProposal(
        name=case.name,
        proposal=_proposal(case.proposal, grammar),
        duration=case.duration,
        apply=verdict,
        kind=case.kind,
    )


def _aliases(name: str, grammar: Grammar) -> tuple[str, ...]:
    return (grammar.aliases[name],) if name in grammar.aliases else ()


def _proposal(truth: Truth, grammar: Grammar) -> Proposal:
    return Proposal(
        source="AlphaSource",
        title=truth.title,
        date=truth.day,
        studio=ScrapedEntity(name=truth.studio),
        performers=tuple(
            ScrapedEntity(name=name, aliases=_aliases(name, grammar)) for name in truth.performers
        ),
        code=truth.code or None,
        duration=truth.duration or None,
    )


def table_proposals() -> list[NameProposal]:
    """Return the cases that the tests hold as tables."""
    sys.path.insert(0, str(ROOT))
    from tests.decide.matching import cases  # noqa: PLC0415 # the repository is not installed
    from tests.decide.matching.test_name_cases import ALL  # noqa: PLC0415

    return [
        NameProposal(
            name=case.name,
            proposal=cases.proposal_of(case.proposal),
            duration=cases.LENGTH,
            apply=case.verdict == cases.APPLY,
            kind=case.verdict,
        )
        for case in ALL
    ]


def judge_with_stashbot(
    proposals: Sequence[NameProposal], library: LibraryNames
) -> tuple[list[bool], float]:
    """Return the verdicts at the defaults, and the microseconds that each judgement took.

    What is read of a scene once, for all its proposals, is not counted.
    """
    settings = Settings()
    verdicts: list[bool] = []
    elapsed = 0.0
    for each in proposals:
        file = VideoFile(id="1", path=f"/{each.name}", basename=each.name, duration=each.duration)
        facts = read_scene_facts(Scene(id="1", files=(file,)), settings.filenames)
        started = time.process_time()
        judgement = score_proposal(
            each.proposal, facts, settings.weights, settings.contradictions, library
        )
        elapsed += time.process_time() - started
        verdicts.append(judgement.accepted)
    return verdicts, elapsed / max(1, len(proposals)) * 1e6


def judge_with_namer(proposals: Sequence[NameProposal], python: str) -> tuple[list[bool], float]:
    """Return the verdicts of namer's own parser and comparison, run by a Python that has it."""
    asked = [
        {
            "name": each.name,
            "title": each.proposal.title,
            "site": each.proposal.studio.name if each.proposal.studio else None,
            "date": each.proposal.date,
            "performers": [performer.name for performer in each.proposal.performers],
        }
        for each in proposals
    ]
    done = subprocess.run(
        [python, str(NAMER)], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer["verdicts"], answer["us"]


def figures_of(
    proposals: Iterable[NameProposal], verdicts: Iterable[bool], us: float
) -> NameFigures:
    """Return the figures of verdicts about proposals."""
    found = NameFigures(us=us)
    kinds: Counter[str] = Counter()
    for each, accepted in zip(proposals, verdicts, strict=True):
        if each.apply is None:
            continue
        shown = f"{each.name} | {each.proposal.title} | {each.proposal.date} ({each.kind})"
        if each.apply:
            found.knowable += 1
            found.applied += accepted
            if not accepted:
                found.missed_names.append(shown)
        else:
            found.lies += 1
            found.wrong += accepted
            if accepted:
                kinds[each.kind] += 1
                found.wrong_names.append(shown)
    found.wrong_kinds = dict(kinds)
    return found


def measure_names(count: int, seed: int, namer: str | None) -> dict[str, dict[str, NameFigures]]:
    """Return the figures of each judge for the tables of the tests and for the grammar."""
    generated, library = grammar_proposals(count, seed)
    sets: dict[str, tuple[list[NameProposal], LibraryNames]] = {
        "cases": (table_proposals(), LibraryNames()),
        f"grammar, seed {seed}": (generated, library),
    }
    found: dict[str, dict[str, NameFigures]] = {}
    for title, (proposals, names) in sets.items():
        judges: dict[str, Callable[[], tuple[list[bool], float]]] = {
            "stashbot": lambda p=proposals, n=names: judge_with_stashbot(p, n)  # type: ignore[misc]
        }
        if namer:
            judges["namer"] = lambda p=proposals: judge_with_namer(p, namer)  # type: ignore[misc]
        found[title] = {name: figures_of(proposals, *judge()) for name, judge in judges.items()}
    return found


def show_names(found: dict[str, dict[str, NameFigures]]) -> None:
    """Print a row for each set and judge, then what stashbot got wrong."""
    print(f"{'':24}{'judge':10}{'knowable applied':>24}{'lies applied':>18}{'µs':>8}")
    for title, judges in found.items():
        for name, figures in judges.items():
            applied = f"{figures.recall:.2%} ({figures.applied}/{figures.knowable})"
            wrong = f"{figures.wrong}/{figures.lies}"
            print(f"{title:24}{name:10}{applied:>24}{wrong:>18}{figures.us:8.0f}")
    for title, judges in found.items():
        figures = judges["stashbot"]
        for what, lines in (("wrong", figures.wrong_names), ("missed", figures.missed_names)):
            for line in lines[:MAX_LINES]:
                print(f"{title}, {what}: {line}")


def names_are_good(found: dict[str, dict[str, NameFigures]]) -> bool:
    """Return whether nothing wrong is applied, 95 % of the knowable are, and fast enough."""
    return all(
        not figures.wrong and figures.recall >= TARGET_RECALL and figures.us <= TARGET_US
        for figures in (judges["stashbot"] for judges in found.values())
    )


def as_json(found: dict[str, dict[str, NameFigures]]) -> dict[str, Any]:
    """Return the figures in JSON form."""
    return {
        title: {name: asdict(figures) for name, figures in judges.items()}
        for title, judges in found.items()
    }
