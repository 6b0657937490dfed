"""Several sources, one proposal: who has a voice, who wins, and that nothing is made up."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stashbot.decide.planning.change_plan import make_plan
from stashbot.decide.planning.proposal_merge import Consensus, merge
from stashbot.models import FieldName, FieldPolicy, Proposal, Scene, ScrapedEntity
from stashbot.settings import ConsensusSettings, FieldSettings
from tests.decide.strategies import all_by, policies, proposals, scenes

DEFAULTS = ConsensusSettings()
BLANK = Scene(id="7")
OVERWRITE = all_by(FieldPolicy.OVERWRITE)


def said(source: str, **fields: Any) -> Proposal:
    return Proposal.model_validate({"source": source, **fields})


def merged(
    *proposed: Proposal,
    scene: Scene = BLANK,
    by: FieldSettings = OVERWRITE,
    **settings: Any,
) -> Consensus:
    return merge(scene, proposed, by, ConsensusSettings.model_validate(settings))


def names(consensus: Consensus, field: str) -> list[str]:
    return [one.name for one in getattr(consensus.proposal, field)]


def people(*found: str, known: bool = True) -> tuple[ScrapedEntity, ...]:
    return tuple(ScrapedEntity(name=f"P {one}", stored_id=one if known else None) for one in found)


def test_the_first_source_that_says_something_wins() -> None:
    """Each field is won by the first in order that has it, and the winner is named."""
    found = merged(said("A", title="Clip", code=" "), said("B", title="Other", code="NL-1"))
    assert (found.proposal.title, found.proposal.code) == ("Clip", "NL-1")
    title, code = found.won[FieldName.TITLE], found.won[FieldName.CODE]
    assert (title.source, title.by, title.others) == ("A", "order", {"B": "Other"})
    assert (code.source, code.by, code.others) == ("B", "only", {})
    assert found.proposal.source == "A + B"


def test_a_field_may_have_its_own_order() -> None:
    """Named sources go first there; the others keep the order in which they were asked."""
    both = said("A", title="a", code="a"), said("B", title="b", code="b"), said("C", title="c")
    found = merged(*both, order={"title": ["C", "B"]})
    assert found.won[FieldName.TITLE].source == "C"
    assert found.won[FieldName.CODE].source == "A"


def test_the_majority_wins() -> None:
    """What most say, whatever its place; titles differ neither by case nor by spaces around."""
    voices = said("A", title="One"), said("B", title="Two"), said("C", title=" TWO ")
    assert merged(*voices).proposal.title == "One"
    found = merge(BLANK, voices, OVERWRITE, ConsensusSettings(by={FieldName.TITLE: "majority"}))
    assert found.proposal.title == "Two"
    won = found.won[FieldName.TITLE]
    assert (won.source, won.sources, won.others) == ("B", ("B", "C"), {"A": "One"})


def test_equally_many_are_decided_by_order() -> None:
    """Two against two: the first in order."""
    voices = [said(source, title=title) for source, title in zip("ABCD", "xyyx", strict=True)]
    settings = ConsensusSettings(by={FieldName.TITLE: "majority"})
    assert merge(BLANK, voices, OVERWRITE, settings).proposal.title == "x"


def test_dates_agree_however_they_are_written() -> None:
    """One day in two forms is one opinion; an unreadable date has no voice beside readable ones."""
    voices = (
        said("A", date="soon"),
        said("B", date="2024-02-10"),
        said("C", date="13.01.2024"),
        said("D", date="January 13, 2024"),
    )
    settings = ConsensusSettings(by={FieldName.DATE: "majority"})
    found = merge(BLANK, voices, OVERWRITE, settings)
    assert found.proposal.date == "13.01.2024"
    assert found.won[FieldName.DATE].sources == ("C", "D")
    assert merged(voices[0]).proposal.date == "soon"


def test_a_studio_that_stash_has_is_preferred_among_same_ones() -> None:
    """An unmatched spelling and a matched one are one studio, and the matched one is used."""
    voices = (
        said("A", studio={"name": "harbor-films"}),
        said("B", studio={"name": "Harbor Films", "stored_id": "2"}),
        said("C", studio={"name": "Other", "stored_id": "3"}),
    )
    settings = ConsensusSettings(by={FieldName.STUDIO: "majority"})
    found = merge(BLANK, voices, OVERWRITE, settings)
    assert found.proposal.studio == ScrapedEntity(name="Harbor Films", stored_id="2")
    assert found.won[FieldName.STUDIO].sources == ("A", "B")


def test_lists_take_the_members_of_all_and_each_once() -> None:
    """A member that Stash matched for one source only is one member, matched."""
    found = merged(
        said("A", performers=people("1", known=False) + people("2")),
        said("B", performers=people("1", "3")),
    )
    assert [one.stored_id for one in found.proposal.performers] == ["1", "2", "3"]
    won = found.won[FieldName.PERFORMERS]
    assert (won.source, won.sources, won.by) == ("A", ("A", "B"), "all")
    assert won.members == {"P 1": "A", "P 2": "A", "P 3": "B"}


def test_two_performers_of_one_name_stay_two() -> None:
    """Stash matched them to different ones: René and Rene are no single member."""
    one = said("A", performers=[{"name": "René", "stored_id": "5"}])
    other = said("B", performers=[{"name": "Rene", "stored_id": "6"}])
    assert [each.stored_id for each in merged(one, other).proposal.performers] == ["5", "6"]


@pytest.mark.parametrize(
    ("voices", "taken"), [("ab a", "a"), ("ab", "ab"), ("a b", ""), ("ab ac ad", "a")]
)
def test_by_majority_a_member_needs_more_than_half(voices: str, taken: str) -> None:
    """Of two voices both, of three two, of one it alone."""
    proposed = [
        said(f"S{at}", tags=[{"name": name} for name in named])
        for at, named in enumerate(voices.split())
    ]
    settings = ConsensusSettings(by={FieldName.TAGS: "majority"})
    found = merge(BLANK, proposed, OVERWRITE, settings)
    assert "".join(names(found, "tags")) == taken


def test_by_order_a_list_is_one_source_s() -> None:
    """The first source's list and nothing of the others."""
    settings = ConsensusSettings(by={FieldName.TAGS: "order"})
    voices = said("A", tags=[{"name": "x"}]), said("B", tags=[{"name": "y"}])
    found = merge(BLANK, voices, OVERWRITE, settings)
    assert names(found, "tags") == ["x"]
    lost: Any = found.won[FieldName.TAGS].others["B"]
    assert [one["name"] for one in lost] == ["y"]


def test_a_source_s_own_policy_silences_it_in_a_field() -> None:
    """``keep`` for one source leaves the field to the others."""
    found = merged(
        said("A", title="a", code="a"), said("B", title="b"), policies={"A": {"title": "keep"}}
    )
    assert (found.proposal.title, found.proposal.code) == ("b", "a")


def test_a_source_that_only_fills_has_no_voice_where_the_scene_has_a_value() -> None:
    """The scene's title stays before A, and is overwritten by B: the policy is the winner's."""
    found = merged(
        said("A", title="a"),
        said("B", title="b"),
        scene=Scene(id="7", title="held"),
        policies={"A": {"title": "fill"}},
    )
    assert found.proposal.title == "b"
    assert found.policies.title is FieldPolicy.OVERWRITE
    assert found.won[FieldName.TITLE].policy is FieldPolicy.OVERWRITE


def test_three_hundred_performers_are_merged() -> None:
    """A crowd from three sources is merged, each member once."""
    crowd = people(*map(str, range(300)))
    found = merged(*(said(source, performers=crowd) for source in "ABC"))
    assert found.proposal.performers == crowd


def test_without_proposals_there_is_no_consensus() -> None:
    """An error, not an empty proposal."""
    with pytest.raises(ValueError, match="no proposals"):
        merge(BLANK, [], OVERWRITE, DEFAULTS)


@given(scene=scenes, proposal=proposals, by=policies)
def test_one_source_is_planned_as_without_merging(
    scene: Scene, proposal: Proposal, by: FieldSettings
) -> None:
    """The plan of a merged single proposal has the very changes of the proposal itself."""
    found = merge(scene, [proposal], by, DEFAULTS)
    plain = make_plan(scene, proposal, by, organize=True, lookups={})
    again = make_plan(scene, found.proposal, found.policies, organize=True, lookups={})
    assert again.changes == plain.changes


sources = st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=4, unique=True)
mergings = st.sampled_from(["order", "majority"])


@given(scene=scenes, by=policies, data=st.data(), sources=sources, merging=mergings)
def test_nothing_is_made_up(
    scene: Scene, by: FieldSettings, data: st.DataObject, sources: list[str], merging: Any
) -> None:
    """Every merged value is one that a source said, the named winner's; planning it empties none.

    A field that no source may touch is not in the merged proposal.
    """
    voices = [data.draw(proposals).model_copy(update={"source": source}) for source in sources]
    held = {one.source: one for one in voices}
    settings = ConsensusSettings(by={FieldName.TITLE: merging, FieldName.TAGS: merging})
    found = merge(scene, voices, by, settings)
    for name, won in found.won.items():
        attribute = "stash_id" if name is FieldName.STASH_IDS else name.value
        assert by.policy(name) is not FieldPolicy.KEEP
        assert set(won.sources) <= set(held)
        assert won.source in held
        value = getattr(found.proposal, attribute)
        if isinstance(value, tuple):
            told = [one for voice in voices for one in getattr(voice, attribute)]
            assert all(one in told for one in value)
        else:
            assert value in [getattr(held[one], attribute) for one in won.sources]
    plan = make_plan(scene, found.proposal, found.policies, organize=False, lookups={})
    assert all(change.after for change in plan.changes)
    assert {change.field for change in plan.changes} <= set(found.won)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"by": {"title": "all"}}, "title: all is for lists"),
        ({"by": {"organized": "order"}}, "no source says"),
        ({"policies": {"A": {"title": "union"}}}, "A: title: union is for lists"),
        ({"policies": {"A": {"cover": "fill"}}}, "A: cover"),
        ({"ask": 0}, "greater than or equal to 1"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], why: str) -> None:
    """With the field, and the source whose policy it is."""
    with pytest.raises(ValidationError, match=why):
        ConsensusSettings.model_validate(settings)
