"""What heals selectors: in a run, if that is allowed, and as files for the user to accept."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue, computed_field

from stashbot.browser.self_healing import Mending
from stashbot.flows.checks.selector_check import SelectorReport, check_selectors
from stashbot.models import Model
from stashbot.selectors import Registry
from stashbot.selectors.fingerprint_store import FILE, FingerprintBook
from stashbot.selectors.healing import Healing
from stashbot.selectors.override_patch import Proposals, propose
from stashbot.settings import Settings
from stashbot.store import Store

#: The namespace in which a run counts the keys that it healed.
HEALED = "healed-selectors"


def mending(settings: Settings, store: Store) -> Mending:
    """What heals the selectors of a run's pages; what it heals is counted in ``store``."""

    async def count(healing: Healing) -> None:
        await store.kv_update(HEALED, healing.key, _one_more)

    return Mending(
        book=FingerprintBook.load(settings.state.dir / "selectors" / FILE),
        profile=settings.browser.profile,
        use=settings.selectors.heal,
        on_healed=count,
    )


async def healed_counts(store: Store) -> dict[str, int]:
    """How often each key was healed in all runs of this state."""
    counts = await store.kv_items(HEALED)
    return {key: count for key, count in sorted(counts.items()) if isinstance(count, int)}


class HealReport(Model):
    """What became of the broken keys: ``proposals`` for those that could be found again."""

    report: SelectorReport
    healings: tuple[Healing, ...]
    proposals: Proposals
    written: bool = False

    @computed_field  # type: ignore[prop-decorator] # pydantic's own way
    @property
    def diff(self) -> str:
        """The files that are offered, as a unified diff."""
        return self.proposals.diff

    @property
    def ok(self) -> bool:
        """Whether every broken key has an offer, or nothing is broken."""
        return not (self.proposals.refused or self.report.failed) and len(self.healings) == len(
            self.report.broken
        )


async def heal_selectors(
    settings: Settings, *, states: Sequence[str] | None = None, write: bool = False
) -> HealReport:
    """Checks the registry and offers selector files for the read keys that can be found again.

    With ``write`` the files are written to the user's folder; the next check goes by them.

    Raises:
        UnreachableError: Stash or the browser is not there.
        RegistryError: a selector file is damaged, or changed meanwhile.
    """
    report = await check_selectors(settings, states=states)
    healings = tuple(one.healing for one in report.broken if one.healing is not None)
    registry = Registry.load(settings.selectors.folder)
    major, minor = (int(part) for part in report.release.split("."))
    selectors = registry.for_release((major, minor))
    proposals = propose(healings, selectors, settings.selectors.folder)
    if write:
        proposals.write()
    return HealReport(report=report, healings=healings, proposals=proposals, written=write)


def _one_more(count: JsonValue) -> JsonValue:
    return 1 + (count if isinstance(count, int) else 0)
