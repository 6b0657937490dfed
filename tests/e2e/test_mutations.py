"""Where a page is changed under a key, the key finds the same element or none, and none is clicked.

The long form, with all mutations, is ``bench/selectors.py mutations``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from stashbot.browser.launch import BrowserHost
from stashbot.selectors.fingerprint_store import FingerprintBook
from stashbot.stash.client import StashClient
from tests.e2e.conftest import Run, Target
from tests.e2e.support.mutating import Fate, Laboratory, Mutation
from tests.e2e.support.mutations import ALL, READS, WRITES
from tests.e2e.support.touring import Server, View, server_of, session_at
from tests.short import short

STATES = ("scene", "edit-form")
#: Of the long form's, by key and kind: what becomes of the key, and of healing it.
READ_FATES = {
    ("scene.header", "rename"): ("red", "right"),
    ("edit_form.text", "id"): ("red", "right"),
    ("edit_form.select_input", "attribute"): ("fallback", "none"),
    ("scrapers.query_toggle", "remove"): ("red", "none"),
    ("scrapers.fragment_toggle", "duplicate"): ("red", "none"),
}
WRITE_FATES = {
    ("edit_form.save", "rename"): "red",
    ("edit_form.save", "duplicate"): "red",
    ("edit_form.save", "reorder"): "first",
    ("edit_form.save", "remove"): "red",
    ("edit_form.delete", "rename"): "red",
}


def of(mutations: tuple[Mutation, ...], key: str, kind: str) -> Mutation:
    """The first of the mutations with that key and kind."""
    return next(one for one in mutations if (one.key, one.fault.kind) == (key, kind))


@pytest.fixture(scope="module")
def laboratory(
    target: Target, client: StashClient, host: BrowserHost, run: Run[Any]
) -> Iterator[Laboratory]:
    """A page of the sandbox, to be changed, and what its keys look like before."""
    sandbox = target.need_sandbox("change its pages on purpose")
    server: Server = run(server_of(client, sandbox.url))
    opened = session_at(server, host, View())
    made = Laboratory(
        server=server,
        session=run(opened.__aenter__()),
        faults=sandbox.faults,
        book=FingerprintBook(),
    )
    run(made.learn(STATES))
    yield made
    sandbox.faults.clear()
    run(opened.__aexit__(None, None, None))


@pytest.mark.parametrize(
    ("key", "kind"), short(READ_FATES, first=2, ids=[*map(" ".join, READ_FATES)])
)
def test_a_key_that_reads_is_found_healed_or_lost(
    laboratory: Laboratory, run: Run[Any], key: str, kind: str
) -> None:
    """It heals onto its own element or not at all, and a click meets that element or nothing."""
    fate: Fate = run(laboratory.fate(of(READS, key, kind)))
    assert (fate.verdict, fate.healed) == READ_FATES[key, kind], fate.why
    assert fate.clicked != "wrong"


@pytest.mark.parametrize(
    ("key", "kind"), short(WRITE_FATES, first=2, ids=[*map(" ".join, WRITE_FATES)])
)
def test_a_key_that_writes_clicks_its_own_element_or_stops(
    laboratory: Laboratory, run: Run[Any], key: str, kind: str
) -> None:
    """It never heals; what a run would click is the very button, or nothing."""
    fate: Fate = run(laboratory.fate(of(WRITES, key, kind)))
    assert fate.access == "write"
    assert (fate.verdict, fate.healed) == (WRITE_FATES[key, kind], "none"), fate.why
    assert fate.clicked == ("right" if fate.verdict == "first" else "none"), fate.clicked_why


@pytest.mark.slow
def test_a_tour_of_the_changed_page_sees_it(laboratory: Laboratory, run: Run[Any]) -> None:
    """A page that was loaded with the change shows the same as one that was changed in place."""
    fate: Fate = run(laboratory.fate(of(WRITES, "edit_form.save", "rename"), toured=True))
    assert (fate.verdict, fate.toured) == ("red", "red")


def test_what_takes_a_check_in_is_told(laboratory: Laboratory, run: Run[Any]) -> None:
    """Two buttons that are known by their place only changed places: that is no success.

    A check sees as many buttons as before; only who knows the element sees that it is another.
    """
    fate: Fate = run(laboratory.fate(of(READS, "scrape_dialog.use", "reorder")))
    assert fate.verdict == "taken in"
    assert not fate.detected


def test_there_are_enough_mutations() -> None:
    """At least fifty, fifteen of them on keys that write, and no two alike."""
    assert len(ALL) >= 50
    assert len(WRITES) >= 15
    assert len({str(one) for one in ALL}) == len(ALL)
