"""The built-in smoke tests: an item for each state, and items for the test's other parts.

All items report on the same smoke test, which runs before the first item. It visits only the states
whose items were selected.
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
from stashbot.selectors.ui_states import visit_order
from stashbot.testing.access import Access, run_in_thread, settings_of

SUITE = "smoke"


class Failed(Exception):
    """A smoke test found something wrong."""


class SmokeTests:
    """A plugin that adds the smoke test of the server at ``--stash-url`` to the collected items."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._report: SmokeReport | None = None
        self._error: StashbotError | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> None:
        """Add the items, before any are deselected.

        Raises:
            pytest.UsageError: the server does not answer, or a setting is wrong.
        """
        try:
            self._settings = settings_of(self._config, self._config.getoption("--stash-url"))
            self._access: Access = Access.open(self._settings)
        except StashbotError as error:
            raise pytest.UsageError(str(error)) from error
        suite = Suite.from_parent(session, name=SUITE, nodeid=SUITE)
        suite.tests = self
        states = visit_order(self._access.selectors.states)
        if self._config.getoption("--stash-quick"):
            states = tuple(name for name in states if name in QUICK_STATES)
        items += suite.items(states)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Run the smoke test that the selected items report on."""
        selected = [item for item in session.items if isinstance(item, Item)]
        is_broken = session.testsfailed and not session.config.option.continue_on_collection_errors
        if not selected or is_broken or session.config.option.collectonly:
            return
        states = [item.name for item in selected if isinstance(item, StateItem)]
        rehearse_save = any(isinstance(item, RehearsalItem) for item in selected)
        self._write(f"Stash {self._access.server.version} at {self._settings.stash.url}")
        test = smoke(self._settings, states=states, rehearse_save=rehearse_save)
        try:
            self._report = run_in_thread(test)
        except StashbotError as error:
            self._error = error

    @property
    def report(self) -> SmokeReport:
        """The report of the smoke test.

        Raises:
            Failed: it could not run.
        """
        if self._report is None:
            raise Failed(f"The smoke test did not run. {self._error or ''}".strip())
        return self._report

    def _write(self, line: str) -> None:
        reporter: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(line)


class Suite(pytest.Collector):
    """The parent of all smoke items."""

    tests: SmokeTests

    def collect(self) -> Iterator[pytest.Item]:
        """Collect nothing: ``items`` needs to know the states."""
        return iter(())

    def items(self, states: Sequence[str]) -> Iterator[Item]:
        """Yield an item for each state, and those of the other parts of the test."""
        for name in states:
            yield StateItem.from_parent(self, name=name)
        for kind, name in (
            (FilesItem, "selector-files"),
            (RehearsalItem, "rehearsal"),
            (UnchangedItem, "leaves-everything-as-found"),
        ):
            yield kind.from_parent(self, name=name)


class Item(pytest.Item):
    """A part of the smoke test's report."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.add_marker(pytest.mark.smoke)

    @property
    def report(self) -> SmokeReport:
        """The whole report."""
        suite = self.parent
        assert isinstance(suite, Suite)  # made in Suite.items
        return suite.tests.report

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the message of a failure; only bugs get a traceback."""
        if isinstance(excinfo.value, Failed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Return ``smoke``, which is not a file, as the location of the item."""
        return self.config.rootpath / SUITE, None, self.name


class StateItem(Item):
    """All selector keys of a state."""

    def runtest(self) -> None:
        """Fail with the broken keys and the matches of each of their strategies."""
        check = next(
            (check for check in self.report.selectors.states if check.state == self.name), None
        )
        if check is None:
            raise Failed("This state was not visited.")
        self.user_properties.append(("elapsed_ms", check.elapsed_ms))
        if not check.reached and check.missing_prerequisite:
            pytest.skip(check.why)
        if not check.reached:
            raise Failed(f"The page did not reach this state: {check.why}")
        if check.broken:
            holding = len(check.findings) - len(check.broken)
            details = "\n".join(line for finding in check.broken for line in _describe(finding))
            raise Failed(f"{holding} of {len(check.findings)} selector keys hold.\n{details}")


class FilesItem(Item):
    """The user's own selector files."""

    def runtest(self) -> None:
        """Fail with the errors in the files."""
        if problems := self.report.selectors.problems:
            raise Failed("\n".join(problems))


class RehearsalItem(Item):
    """A scrape, apply and save whose write is blocked."""

    def runtest(self) -> None:
        """Fail with the failed step; skip if no step was possible."""
        steps = [step for name in STEPS if (step := self.report.step(name)) is not None]
        details = "\n".join(f"{step.name}: {step.verdict}: {step.detail}" for step in steps)
        self.add_report_section("call", "rehearsal", details)
        if any(step.verdict == "failed" for step in steps):
            raise Failed(details)
        if not steps or steps[-1].verdict == "skipped":
            pytest.skip(steps[0].detail if steps else "it was not selected")


class UnchangedItem(Item):
    """The check that the test left everything unchanged."""

    def runtest(self) -> None:
        """Fail with scene and field of each difference."""
        step = self.report.step(UNCHANGED)
        if step is None or step.verdict == "failed":
            raise Failed("\n".join(self.report.changed) or "It was not checked.")


def _describe(finding: Finding) -> Iterator[str]:
    yield f"{finding.name} ({finding.access}): {finding.why}; expected {finding.expected}"
    for number, result in enumerate(finding.results, start=1):
        text = f" with the text {result.text!r}" if result.text is not None else ""
        nth = f" number {result.nth}" if result.nth is not None else ""
        counts = f"{result.count} found, {result.visible} visible"
        yield f"  {number}. {result.css}{text}{nth}: {counts}"
