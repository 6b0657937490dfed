"""Several proposals merged into a single proposal: which source wins each field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stashbot.decide.planning.change_plan import make_plan
from stashbot.decide.planning.proposal_merge import MergedProposal, merge_proposals
from stashbot.models import FieldName, FieldPolicy, Proposal, Scene, ScrapedEntity
from stashbot.settings import ConsensusSettings, FieldSettings
from tests.decide.strategies import all_by, policies, proposals, scenes

DEFAULTS = ConsensusSettings()
BLANK = Scene(id="7")
OVERWRITE = all_by(FieldPolicy.OVERWRITE)


def proposal(source: str, **fields: Any) -> Proposal:
    return Proposal.model_validate({"source": source, **fields})


def merged(
    *proposed: Proposal,
    scene: Scene = BLANK,
    by: FieldSettings = OVERWRITE,
    **settings: Any,
) -> MergedProposal:
    return merge_proposals(scene, proposed, by, ConsensusSettings.model_validate(settings))


def names(found: MergedProposal, field: str) -> list[str]:
    return [entity.name for entity in getattr(found.proposal, field)]


def people(*ids: str, known: bool = True) -> tuple[ScrapedEntity, ...]:
    return tuple(ScrapedEntity(name=f"P {key}", stored_id=key if known else None) for key in ids)


def test_first_source_with_a_value_wins() -> None:
    """The winner of each field is recorded, with the values that lost."""
    found = merged(proposal("A", title="Clip", code=" "), proposal("B", title="Other", code="NL-1"))
    assert (found.proposal.title, found.proposal.code) == ("Clip", "NL-1")
    title, code = found.winners[FieldName.TITLE], found.winners[FieldName.CODE]
    assert (title.source, title.by, title.others) == ("A", "order", {"B": "Other"})
    assert (code.source, code.by, code.others) == ("B", "only", {})
    assert found.proposal.source == "A + B"


def test_field_may_have_its_own_order() -> None:
    """The sources that the settings name come first; the others keep their order."""
    both = (
        proposal("A", title="a", code="a"),
        proposal("B", title="b", code="b"),
        proposal("C", title="c"),
    )
    found = merged(*both, order={"title": ["C", "B"]})
    assert found.winners[FieldName.TITLE].source == "C"
    assert found.winners[FieldName.CODE].source == "A"


def test_majority_wins() -> None:
    """The position does not matter; titles that differ by case or outer spaces are equal."""
    proposed = (
        proposal("A", title="First"),
        proposal("B", title="Two"),
        proposal("C", title=" TWO "),
    )
    assert merged(*proposed).proposal.title == "First"
    found = merge_proposals(
        BLANK, proposed, OVERWRITE, ConsensusSettings(by={FieldName.TITLE: "majority"})
    )
    assert found.proposal.title == "Two"
    winner = found.winners[FieldName.TITLE]
    assert (winner.source, winner.sources, winner.others) == ("B", ("B", "C"), {"A": "First"})


def test_tie_is_decided_by_order() -> None:
    """Of two values with two sources each, the first in order wins."""
    proposed = [proposal(source, title=title) for source, title in zip("ABCD", "xyyx", strict=True)]
    settings = ConsensusSettings(by={FieldName.TITLE: "majority"})
    assert merge_proposals(BLANK, proposed, OVERWRITE, settings).proposal.title == "x"


def test_dates_are_equal_however_they_are_written() -> None:
    """An unreadable date takes part only if there is no readable date."""
    proposed = (
        proposal("A", date="soon"),
        proposal("B", date="2024-02-10"),
        proposal("C", date="13.01.2024"),
        proposal("D", date="January 13, 2024"),
    )
    settings = ConsensusSettings(by={FieldName.DATE: "majority"})
    found = merge_proposals(BLANK, proposed, OVERWRITE, settings)
    assert found.proposal.date == "13.01.2024"
    assert found.winners[FieldName.DATE].sources == ("C", "D")
    assert merged(proposed[0]).proposal.date == "soon"


def test_studio_that_stash_matched_is_preferred() -> None:
    """A spelling that Stash did not match is the same studio."""
    proposed = (
        proposal("A", studio={"name": "harbor-films"}),
        proposal("B", studio={"name": "Harbor Films", "stored_id": "2"}),
        proposal("C", studio={"name": "Other", "stored_id": "3"}),
    )
    settings = ConsensusSettings(by={FieldName.STUDIO: "majority"})
    found = merge_proposals(BLANK, proposed, OVERWRITE, settings)
    assert found.proposal.studio == ScrapedEntity(name="Harbor Films", stored_id="2")
    assert found.winners[FieldName.STUDIO].sources == ("A", "B")


def test_list_has_the_members_of_all_sources_once() -> None:
    """A member that Stash matched for some source is matched in the list."""
    found = merged(
        proposal("A", performers=people("1", known=False) + people("2")),
        proposal("B", performers=people("1", "3")),
    )
    assert [performer.stored_id for performer in found.proposal.performers] == ["1", "2", "3"]
    winner = found.winners[FieldName.PERFORMERS]
    assert (winner.source, winner.sources, winner.by) == ("A", ("A", "B"), "all")
    assert winner.members == {"P 1": "A", "P 2": "A", "P 3": "B"}


def test_performers_with_different_ids_stay_two_members() -> None:
    """Stash matched René and Rene to different performers."""
    first = proposal("A", performers=[{"name": "René", "stored_id": "5"}])
    second = proposal("B", performers=[{"name": "Rene", "stored_id": "6"}])
    found = merged(first, second)
    assert [performer.stored_id for performer in found.proposal.performers] == ["5", "6"]


@pytest.mark.parametrize(
    ("lists", "taken"), [("ab a", "a"), ("ab", "ab"), ("a b", ""), ("ab ac ad", "a")]
)
def test_member_needs_more_than_half_of_the_sources(lists: str, taken: str) -> None:
    """With ``majority`` that is both of two sources, and two of three."""
    proposed = [
        proposal(f"S{at}", tags=[{"name": name} for name in named])
        for at, named in enumerate(lists.split())
    ]
    settings = ConsensusSettings(by={FieldName.TAGS: "majority"})
    found = merge_proposals(BLANK, proposed, OVERWRITE, settings)
    assert "".join(names(found, "tags")) == taken


def test_list_by_order_is_that_of_the_first_source() -> None:
    """With ``order`` the lists of the other sources lose."""
    settings = ConsensusSettings(by={FieldName.TAGS: "order"})
    proposed = proposal("A", tags=[{"name": "x"}]), proposal("B", tags=[{"name": "y"}])
    found = merge_proposals(BLANK, proposed, OVERWRITE, settings)
    assert names(found, "tags") == ["x"]
    lost: Any = found.winners[FieldName.TAGS].others["B"]
    assert [tag["name"] for tag in lost] == ["y"]


def test_policy_of_a_source_excludes_it_from_a_field() -> None:
    """``keep`` for a source leaves the field to the others."""
    found = merged(
        proposal("A", title="a", code="a"),
        proposal("B", title="b"),
        policies={"A": {"title": "keep"}},
    )
    assert (found.proposal.title, found.proposal.code) == ("b", "a")


def test_source_that_only_fills_is_excluded_if_the_scene_has_a_value() -> None:
    """The title of B is planned with the policy of B."""
    found = merged(
        proposal("A", title="a"),
        proposal("B", title="b"),
        scene=Scene(id="7", title="old"),
        policies={"A": {"title": "fill"}},
    )
    assert found.proposal.title == "b"
    assert found.policies.title is FieldPolicy.OVERWRITE
    assert found.winners[FieldName.TITLE].policy is FieldPolicy.OVERWRITE


def test_long_lists_are_merged() -> None:
    """300 performers of three sources are in the list once each."""
    crowd = people(*map(str, range(300)))
    found = merged(*(proposal(source, performers=crowd) for source in "ABC"))
    assert found.proposal.performers == crowd


def test_no_proposals_are_refused() -> None:
    """There is no empty merged proposal."""
    with pytest.raises(ValueError, match="no proposals"):
        merge_proposals(BLANK, [], OVERWRITE, DEFAULTS)


@given(scene=scenes, single=proposals, by=policies)
def test_single_proposal_with_own_policies_is_planned_by_them(
    scene: Scene, single: Proposal, by: FieldSettings
) -> None:
    """Policies of the source that equal the general ones give the same changes."""
    own: dict[FieldName, FieldPolicy] = {
        name: by.policy(name) for name in FieldName if name is not FieldName.ORGANIZED
    }
    settings = ConsensusSettings(policies={single.source: own})
    found = merge_proposals(scene, [single], by, settings)
    plain = make_plan(scene, single, by, organize=True, names={})
    again = make_plan(scene, found.proposal, found.policies, organize=True, names={})
    assert again.changes == plain.changes


def test_single_proposal_is_not_merged() -> None:
    """It stays as it is, and no field has a winner."""
    single = proposal("A", title=" Clip ", date="soon", duration=600)
    found = merged(single)
    assert (found.proposal, found.policies, found.winners) == (single, OVERWRITE, {})


sources = st.lists(st.sampled_from("ABCDE"), min_size=2, max_size=4, unique=True)
mergings = st.sampled_from(["order", "majority"])


@given(scene=scenes, by=policies, data=st.data(), sources=sources, merging=mergings)
def test_every_merged_value_is_that_of_its_winner(
    scene: Scene, by: FieldSettings, data: st.DataObject, sources: list[str], merging: Any
) -> None:
    """Planning it empties no field, and changes no field that no source may touch."""
    proposed = [data.draw(proposals).model_copy(update={"source": source}) for source in sources]
    by_source = {source.source: source for source in proposed}
    settings = ConsensusSettings(by={FieldName.TITLE: merging, FieldName.TAGS: merging})
    found = merge_proposals(scene, proposed, by, settings)
    for name, winner in found.winners.items():
        attribute = "stash_id" if name is FieldName.STASH_IDS else name.value
        assert by.policy(name) is not FieldPolicy.KEEP
        assert set(winner.sources) <= set(by_source)
        assert winner.source in by_source
        value = getattr(found.proposal, attribute)
        if isinstance(value, tuple):
            members = [member for source in proposed for member in getattr(source, attribute)]
            assert all(member in members for member in value)
        else:
            assert value in [getattr(by_source[name], attribute) for name in winner.sources]
    plan = make_plan(scene, found.proposal, found.policies, organize=False, names={})
    assert all(change.after for change in plan.changes)
    assert {change.field for change in plan.changes} <= set(found.winners)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"by": {"title": "all"}}, "title: all is for lists"),
        ({"by": {"organized": "order"}}, "no source says"),
        ({"policies": {"A": {"title": "union"}}}, "A: title: union is for lists"),
        ({"policies": {"A": {"cover": "fill"}}}, "A: cover"),
        ({"sources_wanted": 0}, "greater than or equal to 1"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any], problem: str) -> None:
    """The message names the field, and the source if it is a policy of a source."""
    with pytest.raises(ValidationError, match=problem):
        ConsensusSettings.model_validate(settings)
