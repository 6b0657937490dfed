"""Where a page is changed under a key, the key finds the same element or none, and none is clicked.

The long form, with all mutations, is ``bench/selectors.py mutations``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from stashbot.browser.launch import BrowserHost
from stashbot.selectors.fingerprint_store import FingerprintStore
from stashbot.stash.client import StashClient
from stashbot.testing.mutation_catalog import READS, WRITES
from stashbot.testing.page_mutation import Mutation, MutationResult, PageMutator
from stashbot.testing.tour_helpers import Server, View, server_of, session_at
from tests.e2e.conftest import Run, StashUnderTest
from tests.slow_params import slow_params

STATES = ("scene", "edit-form")
#: Some of the long form, by key and kind: the verdict on the key, and whether it is healed.
READ_RESULTS = {
    ("scene.header", "rename"): ("red", "right"),
    ("edit_form.text", "id"): ("red", "right"),
    ("edit_form.select_input", "attribute"): ("fallback", "none"),
    ("scrapers.query_toggle", "remove"): ("red", "none"),
    ("scrapers.fragment_toggle", "duplicate"): ("red", "none"),
}
WRITE_RESULTS = {
    ("edit_form.save", "rename"): "red",
    ("edit_form.save", "duplicate"): "red",
    ("edit_form.save", "reorder"): "first",
    ("edit_form.save", "remove"): "red",
    ("edit_form.delete", "rename"): "red",
}


def of(mutations: tuple[Mutation, ...], key: str, kind: str) -> Mutation:
    """Return the first of the mutations with that key and kind."""
    return next(each for each in mutations if (each.key, each.fault.kind) == (key, kind))


@pytest.fixture(scope="module")
def mutator(
    target: StashUnderTest, client: StashClient, host: BrowserHost, run: Run[Any]
) -> Iterator[PageMutator]:
    """Yield a page of the sandbox to be changed, with the fingerprints of its keys."""
    sandbox = target.need_sandbox("change its pages on purpose")
    server: Server = run(server_of(client, sandbox.url))
    opened = session_at(server, host, View())
    made = PageMutator(
        server=server,
        session=run(opened.__aenter__()),
        faults=sandbox.faults,
        book=FingerprintStore(),
    )
    run(made.learn(STATES))
    yield made
    sandbox.faults.clear()
    run(opened.__aexit__(None, None, None))


@pytest.mark.parametrize(
    ("key", "kind"), slow_params(READ_RESULTS, ids=[*map(" ".join, READ_RESULTS)])
)
def test_a_key_that_reads_is_found_healed_or_lost(
    mutator: PageMutator, run: Run[Any], key: str, kind: str
) -> None:
    """It heals onto its own element or not at all, and a click meets that element or nothing."""
    result: MutationResult = run(mutator.apply(of(READS, key, kind)))
    assert (result.verdict, result.healed) == READ_RESULTS[key, kind], result.why
    assert result.clicked != "wrong"


@pytest.mark.parametrize(
    ("key", "kind"), slow_params(WRITE_RESULTS, ids=[*map(" ".join, WRITE_RESULTS)])
)
def test_a_key_that_writes_clicks_its_own_element_or_stops(
    mutator: PageMutator, run: Run[Any], key: str, kind: str
) -> None:
    """It never heals; a run would click the very button, or nothing."""
    result: MutationResult = run(mutator.apply(of(WRITES, key, kind)))
    assert result.access == "write"
    assert (result.verdict, result.healed) == (WRITE_RESULTS[key, kind], "none"), result.why
    assert result.clicked == ("right" if result.verdict == "first" else "none"), result.clicked_why


@pytest.mark.slow
def test_a_tour_of_the_changed_page_sees_it(mutator: PageMutator, run: Run[Any]) -> None:
    """Loaded with the change, a page shows the same as when it is changed in place."""
    result: MutationResult = run(mutator.apply(of(WRITES, "edit_form.save", "rename"), toured=True))
    assert (result.verdict, result.toured) == ("red", "red")


def test_what_takes_a_check_in_is_told(mutator: PageMutator, run: Run[Any]) -> None:
    """Two buttons that are known by their place only changed places: that is no success.

    A check sees as many buttons as before; only who knows the element sees that it is another.
    """
    result: MutationResult = run(mutator.apply(of(READS, "scrape_dialog.use", "reorder")))
    assert result.verdict == "taken in"
    assert not result.detected
