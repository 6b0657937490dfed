"""Healing selectors: during a run where that is allowed, and as files for the user to accept."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import computed_field

from stashbot.flows.checks.selector_check import SelectorReport, check_selectors
from stashbot.models import Model
from stashbot.selectors import Registry
from stashbot.selectors.healing import Healing
from stashbot.selectors.override_patch import OverridePatch, build_patch
from stashbot.services import HEALED
from stashbot.settings import Settings
from stashbot.store import Store


async def healed_counts(store: Store) -> dict[str, int]:
    """Return how often each key was healed, over all runs of this state."""
    counts = await store.kv.items(HEALED)
    return {key: count for key, count in sorted(counts.items()) if isinstance(count, int)}


class HealReport(Model):
    """The healings of the broken keys, and a ``patch`` of the files that would use them."""

    report: SelectorReport
    healings: tuple[Healing, ...]
    patch: OverridePatch
    written: bool = False

    @computed_field  # type: ignore[prop-decorator] # pydantic's own way
    @property
    def diff(self) -> str:
        """The files that are offered, as a unified diff."""
        return self.patch.diff

    @property
    def ok(self) -> bool:
        """Whether an override is offered for every broken key, or nothing is broken."""
        return not (self.patch.refused or self.report.failed) and len(self.healings) == len(
            self.report.broken
        )


async def heal_selectors(
    settings: Settings, *, states: Sequence[str] | None = None, write: bool = False
) -> HealReport:
    """Check the registry, and offer selector files for read keys that can be healed.

    With ``write`` the files are written to the user's folder, where the next check reads them.

    Raises:
        UnreachableError: Stash or the browser is not there.
        RegistryError: a selector file is damaged, or changed meanwhile.
    """
    report = await check_selectors(settings, states=states)
    healings = tuple(finding.healing for finding in report.broken if finding.healing is not None)
    registry = Registry.load(settings.selectors.folder)
    major, minor = (int(part) for part in report.release.split("."))
    selectors = registry.for_release((major, minor))
    patch = build_patch(healings, selectors, settings.selectors.folder)
    if write:
        patch.write()
    return HealReport(report=report, healings=healings, patch=patch, written=write)
