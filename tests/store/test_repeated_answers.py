"""Answers that a source gives for several scenes of a run."""

from __future__ import annotations

from stashbot.models import Proposal
from stashbot.store import Store
from tests.store.conftest import Use

FRONT_PAGE = Proposal(source="Alpha", title="Recently featured videos", urls=("https://a.test/",))


def test_the_same_answer_for_other_scenes_of_the_run_is_noticed(use: Use) -> None:
    """By all workers: pictures, case and a repeated step make no difference; runs, sources do."""

    async def work(store: Store) -> None:
        again = FRONT_PAGE.model_copy(update={"title": "RECENTLY FEATURED VIDEOS", "cover": "ab"})
        assert await store.answers.add("R1", "1", FRONT_PAGE) == ()
        assert await store.answers.add("R1", "1", again) == ()
        assert await store.answers.add("R1", "2", again) == ("1",)
        assert await store.answers.add("R1", "3", FRONT_PAGE) == ("1", "2")
        assert await store.answers.add("R2", "4", FRONT_PAGE) == ()
        other = FRONT_PAGE.model_copy(update={"source": "Beta"})
        assert await store.answers.add("R1", "5", other) == ()

    use(work)
