"""The server, browser and event loop of all end-to-end tests, which leave no trace."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from stashbot.browser.door.assets import AssetCache
from stashbot.browser.launch import BrowserHost
from stashbot.browser.session import Session
from stashbot.sandbox import Sandbox, SandboxOptions
from stashbot.selectors import Registry, SelectorSet
from stashbot.settings import Settings, load_settings
from stashbot.stash.client import StashClient, open_stash
from tests.e2e.support import snapshot
from tests.e2e.support.other_user import OtherUser
from tests.e2e.support.runs import NO_CREATION, NO_SEARCH, SceneRuns
from tests.e2e.support.source_cases import SourceCases

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, T]], T]
OpenSession = Callable[..., Session]
ReadScenes = Callable[[], snapshot.Snapshot]
Restored = Callable[[], contextlib.AbstractContextManager[snapshot.Snapshot]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is an end-to-end test."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@dataclass(frozen=True)
class StashUnderTest:
    """The server under test; ``sandbox`` is ``None`` on a real server."""

    url: str
    sandbox: Sandbox | None

    def need_sandbox(self, why: str) -> Sandbox:
        """Return the sandbox; the test is skipped on a real server."""
        if self.sandbox is None:
            pytest.skip(f"only the sandbox can {why}")
        return self.sandbox


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Iterator[StashUnderTest]:
    """Yield the server of ``--stash-url``, or a sandbox."""
    url = request.config.getoption("--stash-url")
    if url:
        yield StashUnderTest(url, None)
        return
    with Sandbox(SandboxOptions()) as sandbox:
        yield StashUnderTest(sandbox.url, sandbox)


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.Runner]:
    """Yield the loop on which browser and client live."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="session")
def run(loop: asyncio.Runner) -> Run[Any]:
    """Carries out a coroutine on the shared loop."""
    return loop.run


@pytest.fixture(scope="session")
def settings(target: StashUnderTest) -> Settings:
    """Return settings for the server, with a login from the environment."""
    return load_settings(
        None, {"stash": {"url": target.url}, "search": NO_SEARCH, "creation": NO_CREATION}
    )


@pytest.fixture(scope="session")
def client(settings: Settings, run: Run[Any]) -> Iterator[StashClient]:
    """Yield an API client of the server."""
    opened = open_stash(settings.stash)
    yield run(_enter(opened))
    run(opened.__aexit__(None, None, None))


@pytest.fixture(scope="session")
def other_user(client: StashClient, target: StashUnderTest) -> Iterator[OtherUser]:
    """Somebody else at the same Stash."""
    opened = OtherUser(client, target.sandbox)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def source_cases(
    client: StashClient, settings: Settings, run: Run[Any], target: StashUnderTest
) -> SourceCases:
    """Return the answers of the server's sources about its scenes."""
    library = target.sandbox.library if target.sandbox is not None else None
    return SourceCases(client, settings, run, library)


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """At the end every scene and every entity of the server is as it was at the start."""
    other_user: OtherUser = request.getfixturevalue("other_user")
    before = other_user.everything()
    yield
    after = other_user.everything()
    left = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    assert not left, {name: (before.get(name), after.get(name)) for name in left}


@pytest.fixture(scope="session")
def selectors(client: StashClient) -> SelectorSet:
    """Return the registry for the server's release."""
    return Registry.load().for_release(client.server.release)


@pytest.fixture(scope="session")
def host(settings: Settings, run: Run[Any]) -> Iterator[BrowserHost]:
    """Yield the shared browser."""
    opened = BrowserHost(settings.browser)
    run(_enter(opened))
    yield opened
    run(opened.close())


@pytest.fixture(scope="session")
def sessions(
    host: BrowserHost,
    client: StashClient,
    selectors: SelectorSet,
    settings: Settings,
    run: Run[Any],
) -> Callable[[], contextlib.AbstractContextManager[OpenSession]]:
    """Make blocks that open guarded sessions, and close them at the end."""
    assets = AssetCache()

    @contextlib.contextmanager
    def block() -> Iterator[OpenSession]:
        opened: list[Session] = []

        def open_guarded(**options: Any) -> Session:
            chosen = settings.browser.model_copy(update=options.pop("browser", {}))
            given: dict[str, Any] = {
                "upstream": client.transport,
                "assets": assets,
                **options,
            }

            async def start() -> Session:
                browser = await host.ensure()
                return await Session.open(browser, selectors=selectors, settings=chosen, **given)

            opened.append(run(start()))
            return opened[-1]

        yield open_guarded
        for session in opened:
            run(session.close())

    return block


@pytest.fixture
def open_session(
    sessions: Callable[[], contextlib.AbstractContextManager[OpenSession]],
) -> Iterator[OpenSession]:
    """Open guarded sessions, which are closed with the test."""
    with sessions() as open_guarded:
        yield open_guarded


@pytest.fixture(scope="module")
def open_module_session(
    sessions: Callable[[], contextlib.AbstractContextManager[OpenSession]],
) -> Iterator[OpenSession]:
    """Open guarded sessions for all tests of a module."""
    with sessions() as open_guarded:
        yield open_guarded


@pytest.fixture
def session(open_session: OpenSession) -> Session:
    """Return a guarded session."""
    return open_session()


@pytest.fixture(scope="session")
def restored(
    target: StashUnderTest, client: StashClient, source_cases: SourceCases, run: Run[Any]
) -> Restored:
    """Open blocks at whose end all scenes are put back."""
    assert source_cases.scenes  # read before anything is changed

    @contextlib.contextmanager
    def block() -> Iterator[snapshot.Snapshot]:
        before: snapshot.Snapshot = run(snapshot.take(client))
        yield before
        if target.sandbox is not None:
            target.sandbox.reset()
            return
        run(snapshot.put_back(client, before))
        left = snapshot.differences(before, run(snapshot.take(client)))
        assert not left, f"the test left scenes changed: {left}"

    return block


@pytest.fixture
def scenes(restored: Restored) -> Iterator[snapshot.Snapshot]:
    """Yield the scenes as they are before the test; they are put back after it."""
    with restored() as before:
        yield before


@pytest.fixture
def read_scenes(client: StashClient, run: Run[Any]) -> ReadScenes:
    """Read all scenes as Stash holds them now."""
    return lambda: run(snapshot.take(client))


@pytest.fixture
def entity(other_user: OtherUser, scenes: snapshot.Snapshot) -> Iterator[Callable[..., str]]:
    """Create a tag, performer, studio or group, which is removed with the test."""
    del scenes  # put back after the entities are gone
    created: list[tuple[str, str]] = []

    def create(kind: str, **values: Any) -> str:
        created.append((kind, other_user.create(kind, **values)))
        return created[-1][1]

    yield create
    for kind, entity_id in created:
        other_user.destroy(kind, entity_id)


@pytest.fixture
def sandbox(target: StashUnderTest) -> Iterator[Sandbox]:
    """Yield the sandbox, to change as the test likes; it is as before after the test."""
    sandbox = target.need_sandbox("be changed on purpose")
    yield sandbox
    sandbox.reset()


@pytest.fixture
def german(target: StashUnderTest, other_user: OtherUser) -> Iterator[OtherUser]:
    """Let the server speak German, with release notes that its owner has not seen."""
    del target
    language, ui = other_user.set_language("de-DE"), other_user.interface()
    other_user.set_interface({**ui, "lastNoteSeen": 0})
    yield other_user
    other_user.set_interface(ui)
    other_user.set_language(language)


@pytest.fixture(scope="session")
def new_runs(
    settings: Settings, run: Run[Any], host: BrowserHost, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], SceneRuns]:
    """Make runners of runs, each with a state folder of its own."""
    return lambda: SceneRuns(settings, tmp_path_factory.mktemp("runs") / "state", run, host)


@pytest.fixture
def run_scenes(scenes: snapshot.Snapshot, new_runs: Callable[[], SceneRuns]) -> SceneRuns:
    """Carries out runs; see ``SceneRuns``."""
    del scenes
    return new_runs()


async def _enter(manager: Any) -> Any:
    entered: Awaitable[Any] = manager.__aenter__()
    return await entered
