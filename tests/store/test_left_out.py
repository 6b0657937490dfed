"""What scenes did not get, because Stash lacks it."""

from __future__ import annotations

from stashbot.models import FieldName, Omission, OmissionKind
from stashbot.store import Store
from tests.store.conftest import Use


def missing(field: str, name: str) -> Omission:
    return Omission(
        field=FieldName(field), name=name, kind=OmissionKind.NOT_IN_STASH, reason="too few signals"
    )


DATE = Omission(
    field=FieldName.DATE, name="2024-13-45", kind=OmissionKind.INVALID_VALUE, reason="no date"
)


def test_the_newest_run_says_what_a_scene_lacks(use: Use) -> None:
    """Only what Stash lacks counts; a run that leaves nothing out completes the scene."""

    async def work(store: Store) -> None:
        found = (missing("performers", "Ada Sample"), missing("tags", "Snow"), DATE)
        await store.left_out.replace("R1", "7", found)
        await store.left_out.replace("R1", "8", (missing("tags", "Snow"),))
        rows = await store.left_out.list(scene="7")
        assert [(row.field, row.name, row.reason, row.run) for row in rows] == [
            ("performers", "Ada Sample", "too few signals", "R1"),
            ("tags", "Snow", "too few signals", "R1"),
        ]
        assert await store.left_out.scenes() == ("7", "8")
        await store.left_out.replace("R2", "7", (DATE,))
        assert await store.left_out.scenes() == ("8",)

    use(work)


def test_the_scenes_that_were_denied_a_name_are_found(use: Use) -> None:
    """However it is written, within the run; and no more once they have it."""

    async def work(store: Store) -> None:
        await store.left_out.replace("R1", "7", (missing("performers", "Ada Sample"),))
        await store.left_out.replace("R1", "8", (missing("performers", "ADA-SAMPLE"),))
        await store.left_out.replace("R1", "9", (missing("studio", "Ada Sample"),))
        await store.left_out.replace("R2", "10", (missing("performers", "Ada Sample"),))
        assert await store.left_out.denied("R1", FieldName.PERFORMERS, "ada sample") == ("7", "8")
        await store.left_out.remove("7", FieldName.PERFORMERS, "Ada Sample")
        assert await store.left_out.denied("R1", FieldName.PERFORMERS, "Ada Sample") == ("8",)

    use(work)
