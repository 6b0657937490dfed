"""The page of one scene: getting there, being sure of it, organizing."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from loguru import logger

from stashbot.browser import actions
from stashbot.browser.session import Session
from stashbot.errors import DirtyPage, ElementNotReady, UnknownScene, WrongScene
from stashbot.models import Scene
from stashbot.pages.obstructions import Overlays
from stashbot.pages.scrape_menu import Exchange
from stashbot.selectors import Target

#: In-app navigation: 0.1 s when the app knows the scene, one query otherwise.
GO_MS = 6000
#: First load of a release's chunks on a cold cache and a busy machine.
LOAD_MS = 30_000
#: Enabled only while the form holds something that is not saved.
_UNSAVED = "edit_form.save"


@dataclass(frozen=True)
class ScenePage:
    """``/scenes/ID`` with its edit tab, in one session."""

    session: Session

    @property
    def overlays(self) -> Overlays:
        """What may lie over the page."""
        return Overlays(self.session)

    def path(self, scene_id: str) -> str:
        """The path of a scene inside the app."""
        return f"/scenes/{scene_id}"

    async def open(self, scene: Scene, *, fresh: bool = False) -> None:
        """Brings the page to ``scene`` with the edit form open, clean, and on that scene's data.

        Moves inside the app where it is loaded; ``fresh`` loads the page anew, so that nothing the
        app had cached remains. The form's own cover image says which scene it edits.

        Raises:
            UnknownScene: Stash says that there is no such scene.
            WrongScene: the form edits another scene.
            DirtyPage: something stays over the page.
        """
        if fresh or not self._in_app:
            await self._load(scene.id)
        try:
            try:
                await self._go(scene)
            except DirtyPage as dirty:
                if dirty.fields.get("found") == _UNSAVED:
                    await self._load(scene.id)
                else:
                    await self.overlays.clear()
                await self._go(scene)
        except ElementNotReady as error:
            await self._explain(scene, error)

    async def _go(self, scene: Scene) -> None:
        await self.session.run(
            self.overlays.clean_op(),
            actions.go(self._base_path + self.path(scene.id)),
            *self._edit_tab_ops(scene.id),
            *self._there_ops(self.session.target("edit_form.cover_of", id=scene.id), scene.id),
            # Text that was typed for one scene stays in the form of a next one that looks alike.
            actions.unless(
                {"not": actions.present(self.session.target(_UNSAVED), "enabled")},
                {"do": "fail", "kind": "dirty", "key": _UNSAVED},
            ),
        )

    async def load(self, scene_id: str) -> None:
        """Loads the scene's page anew, on whatever tab the app opens.

        Raises:
            UnknownScene: Stash says that there is no such scene.
        """
        await self._load(scene_id)

    async def organize(self, scene_id: str, timeout: int) -> bool:
        """Switches organized on through its button; ``False`` when it was on already.

        Must run under a permit that names the write.

        Raises:
            DirtyPage: the app shows an error instead.
        """
        off = self.session.target("scene.organized_off")
        on = self.session.target("scene.organized_on")
        (is_on,) = await self.session.run(actions.ask("present", on))
        if is_on:
            return False
        match = {"input.id": scene_id, "input.organized": "true"}
        failed = self.session.target("shell.toast_error")
        *_, entry, ended = await self.session.run(
            actions.wait(off, "attached"),
            actions.click_if_present(self.session.target("shell.toast_close")),
            actions.click(self.session.target("scene.organized")),
            actions.answer("SceneUpdate", match, timeout),
            actions.race(actions.present(on), actions.present(failed), timeout=timeout),
        )
        if ended:
            found = Exchange.from_page(entry)
            raise DirtyPage(
                f"Scene {scene_id} was not organized: {found.told}.", found="error notification"
            )
        return True

    @property
    def _base_path(self) -> str:
        return urlsplit(self.session.base).path.rstrip("/")

    @property
    def _in_app(self) -> bool:
        return self.session.page.url.startswith(self.session.base + "/scenes")

    def _edit_tab_ops(self, scene_id: str) -> tuple[actions.Op, ...]:
        form = self.session.target("edit_form.form")
        tab = self.session.target("scene.edit_tab")
        return (
            *self._there_ops(tab, scene_id),
            actions.unless(actions.present(form), actions.click(tab, GO_MS)),
        )

    def _there_ops(
        self, target: Target, scene_id: str, timeout: int = GO_MS
    ) -> tuple[actions.Op, ...]:
        """Waits for ``target``; fails at once where the page says that there is no such scene."""
        missing = self.session.target("scene.missing", id=scene_id)
        return (
            actions.race(actions.present(target), actions.present(missing), timeout=timeout),
            actions.wait(target, "attached", 0),
        )

    async def _load(self, scene_id: str) -> None:
        await self.session.load(self.path(scene_id))
        tab = self.session.target("scene.edit_tab")
        try:
            await self.session.run(*self._there_ops(tab, scene_id, LOAD_MS))
        except ElementNotReady:
            await self._refuse_missing(scene_id)
            await self.session.run(actions.wait(tab, "attached", 0))
        if "Configuration" not in self.session.guard.patches:
            await self.overlays.close_release_notes()

    async def _refuse_missing(self, scene_id: str) -> None:
        (texts,) = await self.session.run(actions.ask("texts", self.session.target("shell.ready")))
        shown = " ".join(str(text) for text in texts)
        if f"No scene found with id {scene_id}" in shown or "strconv" in shown:
            raise UnknownScene(
                f"Stash has no scene {scene_id}.", hint="Was it deleted?", scene_id=scene_id
            )

    async def _explain(self, scene: Scene, error: ElementNotReady) -> None:
        await self._refuse_missing(scene.id)
        if error.fields.get("key"):
            raise error
        _, header, path = await self.session.run(
            actions.wait(self.session.target("scene.edit_tab"), "attached", 0),
            actions.ask("text", self.session.target("scene.header")),
            {"do": "path"},
        )
        logger.debug("expected scene {}, the page at {} shows {!r}", scene.id, path, header)
        raise WrongScene(
            f"The page does not show scene {scene.id} ({scene.display_name!r}) but {header!r}.",
            hint="The page is loaded anew before the next try.",
            expected=scene.id,
            shown=header,
        ) from error
