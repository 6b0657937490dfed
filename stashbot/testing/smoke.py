"""The built-in smoke tests: one item a state, one for the dry run, one for what is left behind.

All of them tell of one smoke test, which is carried out before the first of them runs. It visits
only the states whose items were selected.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from stashbot.errors import StashbotError
from stashbot.flows.checks.save_rehearsal import STEPS
from stashbot.flows.checks.selector_check import QUICK_STATES
from stashbot.flows.checks.smoke import UNCHANGED, SmokeReport, smoke
from stashbot.flows.checks.tour.key_check import Finding
from stashbot.selectors.ui_states import ordered
from stashbot.testing.access import Access, access, aside, settings_of

SUITE = "smoke"


class Failed(Exception):
    """What a smoke test found wrong."""


class SmokeTests:
    """A plugin that adds the smoke test of the server at ``--stash-url`` to what is collected."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._report: SmokeReport | None = None
        self._error: StashbotError | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> None:
        """Adds the items, before any are deselected.

        Raises:
            pytest.UsageError: the server does not answer, or a setting is wrong.
        """
        try:
            self._settings = settings_of(self._config, self._config.getoption("--stash-url"))
            self._access: Access = access(self._settings)
        except StashbotError as error:
            raise pytest.UsageError(str(error)) from error
        suite = Suite.from_parent(session, name=SUITE, nodeid=SUITE)
        suite.tests = self
        states = ordered(self._access.selectors.states)
        if self._config.getoption("--stash-quick"):
            states = tuple(name for name in states if name in QUICK_STATES)
        items += suite.items(states)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Carries out the smoke test that the selected items tell of."""
        chosen = [item for item in session.items if isinstance(item, Item)]
        broken = session.testsfailed and not session.config.option.continue_on_collection_errors
        if not chosen or broken or session.config.option.collectonly:
            return
        states = [item.name for item in chosen if isinstance(item, StateItem)]
        dry_run = any(isinstance(item, DryRunItem) for item in chosen)
        self._say(f"Stash {self._access.server.version} at {self._settings.stash.url}")
        try:
            self._report = aside(smoke(self._settings, states=states, dry_run=dry_run))
        except StashbotError as error:
            self._error = error

    @property
    def report(self) -> SmokeReport:
        """What the smoke test found.

        Raises:
            Failed: it could not be carried out.
        """
        if self._report is None:
            raise Failed(f"The smoke test was not carried out. {self._error or ''}".strip())
        return self._report

    def _say(self, line: str) -> None:
        reporter: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(line)


class Suite(pytest.Collector):
    """The parent of all smoke items."""

    tests: SmokeTests

    def collect(self) -> Iterator[pytest.Item]:
        """Nothing by itself: ``items`` needs to know the states."""
        return iter(())

    def items(self, states: Sequence[str]) -> Iterator[Item]:
        """An item for each state, one for the dry run, and one for what is left behind."""
        for name in states:
            yield StateItem.from_parent(self, name=name)
        for kind, name in (
            (FilesItem, "selector-files"),
            (DryRunItem, "dry-run"),
            (UnchangedItem, "leaves-everything-as-found"),
        ):
            yield kind.from_parent(self, name=name)


class Item(pytest.Item):
    """One part of the smoke test's report."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.add_marker(pytest.mark.smoke)

    @property
    def report(self) -> SmokeReport:
        """The whole report."""
        suite = self.parent
        assert isinstance(suite, Suite)  # noqa: S101 # made in Suite.items
        return suite.tests.report

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was found, in words; a traceback only for what is a bug."""
        if isinstance(excinfo.value, Failed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Shown as ``smoke``, which is no file."""
        return self.config.rootpath / SUITE, None, self.name


class StateItem(Item):
    """All selector keys of one state."""

    def runtest(self) -> None:
        """Fails with the keys that broke, and what each of their strategies found."""
        check = next((one for one in self.report.selectors.states if one.state == self.name), None)
        if check is None:
            raise Failed("This state was not visited.")
        self.user_properties.append(("elapsed_ms", check.elapsed_ms))
        if not check.reached and check.lacking:
            pytest.skip(check.why)
        if not check.reached:
            raise Failed(f"The page could not be brought to this state: {check.why}")
        if check.broken:
            held = len(check.findings) - len(check.broken)
            told = "\n".join(line for one in check.broken for line in _told(one))
            raise Failed(f"{held} of {len(check.findings)} selector keys hold.\n{told}")


class FilesItem(Item):
    """The selector files of one's own."""

    def runtest(self) -> None:
        """Fails with what is wrong in them."""
        if problems := self.report.selectors.problems:
            raise Failed("\n".join(problems))


class DryRunItem(Item):
    """One scrape, apply and save of which nothing is let out."""

    def runtest(self) -> None:
        """Fails with the step that failed; skips when the server gives no occasion for any."""
        steps = [step for name in STEPS if (step := self.report.step(name)) is not None]
        told = "\n".join(f"{step.name}: {step.verdict}: {step.detail}" for step in steps)
        self.add_report_section("call", "dry run", told)
        if any(step.verdict == "failed" for step in steps):
            raise Failed(told)
        if not steps or steps[-1].verdict == "skipped":
            pytest.skip(steps[0].detail if steps else "it was not asked for")


class UnchangedItem(Item):
    """That every scene, and all else, is as it was."""

    def runtest(self) -> None:
        """Fails with scene and field of each difference."""
        step = self.report.step(UNCHANGED)
        if step is None or step.verdict == "failed":
            raise Failed("\n".join(self.report.changed) or "It was not looked at.")


def _told(finding: Finding) -> Iterator[str]:
    yield f"{finding.name} ({finding.access}): {finding.why}; expected {finding.expected}"
    for number, way in enumerate(finding.ways, start=1):
        text = f" with the text {way.text!r}" if way.text is not None else ""
        nth = f" number {way.nth}" if way.nth is not None else ""
        yield f"  {number}. {way.css}{text}{nth}: {way.count} found, {way.visible} visible"
