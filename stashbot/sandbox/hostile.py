"""Answers of GammaSource, which a client must handle with care."""

from __future__ import annotations

from typing import Any

from stashbot.sandbox.catalog import SceneFacts

#: The cases, dealt out to the scenes in turn.
CASES = (
    "many-new",
    "date-impossible",
    "title-emoji",
    "title-right-to-left",
    "date-slashes",
    "title-5000",
    "title-markup",
    "lookalikes",
)

#: A picture of a single pixel, in the form in which scrapers return covers.
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYPgP"
    "AAEDAQAIicLsAAAAAElFTkSuQmCC"
)


def case_of(index: int) -> str:
    """Return the case of the scene at ``index`` (from 0)."""
    return CASES[index % len(CASES)]


def hostile_answer(index: int, facts: SceneFacts) -> dict[str, Any]:
    """Return the answer of GammaSource for the scene at ``index`` (from 0)."""
    scene_id = index + 1
    answer: dict[str, Any] = {
        "title": facts.title,
        "code": f"G-{scene_id}",
        "date": facts.date,
        "urls": [f"https://gamma.example.test/{scene_id}"],
        "studio": {"name": facts.studio},
        "performers": [{"name": name} for name in facts.performers],
        "tags": [{"name": name} for name in facts.tags],
    }
    answer.update(_changes(case_of(index), scene_id, facts))
    return answer


def _changes(case: str, scene_id: int, facts: SceneFacts) -> dict[str, Any]:
    if case == "many-new":
        return _many_new(scene_id, facts)
    if case == "lookalikes":
        return {
            "performers": [{"name": name.upper()} for name in facts.performers]
            + [{"name": "Ada  Sample"}, {"name": "Rene Demo"}],
            "tags": [{"name": "outdoors"}, {"name": "OUTDOOR"}, {"name": "Urban"}],
        }
    return {
        "date-impossible": {"date": "2024-02-31"},
        "date-slashes": {"date": "13/01/2024"},
        "title-emoji": {"title": f"\U0001f30a {facts.title} \U0001f469\u200d\U0001f467 e\u0301"},
        "title-right-to-left": {"title": f"\u05e9\u05dc\u05d5\u05dd {facts.title} \u202eabc\u202c"},
        "title-5000": {"title": (f"Long title {scene_id} " * 500)[:4999] + "Z"},
        "title-markup": {
            "title": f'He said "it\'s" `fine` \\ <b>bold</b> & {{{{x}}}} {facts.title}'
        },
    }[case]


def _many_new(scene_id: int, facts: SceneFacts) -> dict[str, Any]:
    """Return an answer with many unknown entities, a studio with a parent, and a cover."""
    return {
        "director": "Many Director",
        "details": f"Many details of {facts.title}",
        "image": PIXEL,
        "remote_site_id": f"gamma-{scene_id}",
        "studio": {
            "name": f"New Studio {scene_id}",
            "urls": ["https://gamma.example.test/studio"],
            "parent": {"name": "New Parent"},
        },
        "performers": [{"name": name} for name in facts.performers]
        + [
            {
                "name": f"New Performer {scene_id}-{number:02d}",
                "gender": "FEMALE" if number % 2 else "MALE",
                "aliases": f"NP{number}, Alt {number}",
            }
            for number in range(1, 12)
        ],
        "tags": [{"name": name} for name in facts.tags]
        + [{"name": f"New Tag {scene_id}-{number:02d}"} for number in range(1, 12)],
        "groups": [{"name": f"New Group {scene_id}", "synopsis": "Unknown so far"}],
    }
