"""The page of a scene: opening it, making sure which scene it shows, organizing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from loguru import logger

from stashbot.browser import actions
from stashbot.browser.operations import Operation
from stashbot.errors import DirtyPage, ElementNotReady, UnknownScene, UnsavedForm, WrongScene
from stashbot.models import Scene
from stashbot.pages.answers import document_of
from stashbot.pages.obstructions import Obstructions
from stashbot.pages.page_object import Capability, KeysByCapability, PageObject
from stashbot.selectors import Target

#: In-app navigation: 0.1 s if the app knows the scene, otherwise the time of a query.
GO_MS = 6000
#: First load of a release's chunks on a cold cache and a busy machine.
LOAD_MS = 30_000
#: Enabled only while the form holds something that is not saved.
_UNSAVED = "edit_form.save"
#: The form's cover image, whose address names the scene.
_COVER = "edit_form.cover_of"


@dataclass(frozen=True)
class ScenePage(PageObject):
    """``/scenes/ID`` with its edit tab."""

    keys: ClassVar[KeysByCapability] = {
        Capability.OPEN_SCENE: (
            "shell.ready",
            "scene.edit_tab",
            "scene.header",
            "scene.missing",
            _COVER,
            "edit_form.form",
            _UNSAVED,
        ),
        Capability.ORGANIZE: (
            "scene.organized",
            "scene.organized_on",
            "scene.organized_off",
            "shell.toast_close",
            "shell.toast_error",
        ),
    }

    @property
    def obstructions(self) -> Obstructions:
        """Everything that may lie over the page."""
        return Obstructions(self.session)

    def path(self, scene_id: str) -> str:
        """Return the path of a scene inside the app."""
        return f"/scenes/{scene_id}"

    async def open(self, scene: Scene, *, fresh: bool = False) -> None:
        """Show ``scene`` with its edit form open, clean, and on that scene's data.

        Moves inside the app where it is loaded; ``fresh`` loads the page anew, so that nothing the
        app had cached remains. The form's own cover image says which scene it edits.

        Raises:
            UnknownScene: Stash says that there is no such scene.
            WrongScene: the form edits another scene.
            DirtyPage: something stays over the page.
        """
        if fresh or not self._is_in_app:
            await self.load(scene.id)
        try:
            try:
                await self._navigate(scene)
            except UnsavedForm:
                await self.load(scene.id)
                await self._navigate(scene)
            except DirtyPage:
                await self.obstructions.clear()
                await self._navigate(scene)
        except ElementNotReady as error:
            await self._raise_why_not_shown(scene, error)

    async def load(self, scene_id: str) -> None:
        """Load the scene's page anew, on whatever tab the app opens.

        Raises:
            UnknownScene: Stash says that there is no such scene.
        """
        await self.session.load(self.path(scene_id))
        tab = self.target("scene.edit_tab")
        try:
            await self.session.run(self._wait_unless_missing_op(tab, scene_id, LOAD_MS))
        except ElementNotReady:
            await self._raise_if_missing(scene_id)
            raise
        await self.obstructions.close_release_notes()

    async def organize(self, scene_id: str, timeout: int) -> bool:
        """Switch organized on with its button; return ``False`` if it was on already.

        Must run under a permit that names the write. The page may still draw when this returns.

        Raises:
            RequestFailed: the answer got lost, or is not Stash's.
            DirtyPage: Stash refused it.
        """
        variables = {"input.id": scene_id, "input.organized": "true"}
        answer = actions.wait_for_answer("SceneUpdate", variables, timeout)
        switch_on = actions.unless(
            actions.present(self.target("scene.organized_on")),
            actions.wait(self.target("scene.organized_off"), "attached"),
            actions.click_if_present(self.target("shell.toast_close")),
            actions.click(self.target("scene.organized")),
            answer,
        )
        (switched,) = await self.session.run(switch_on)
        if not switched:
            return False
        received = answer.parse(switched[-1])
        if document_of(received).get("errors"):
            raise DirtyPage(
                f"Scene {scene_id} was not organized: {received.error_message}.",
                found="an error of Stash's",
            )
        return True

    def wait_organizable_op(self) -> Operation[bool]:
        """Return the operation that waits until the organized button can be clicked."""
        return actions.wait(self.target("scene.organized"), "click")

    @property
    def _is_in_app(self) -> bool:
        return self.session.page.url.startswith(self.session.base_url + "/scenes")

    async def _navigate(self, scene: Scene) -> None:
        base_path = urlsplit(self.session.base_url).path.rstrip("/")
        form = self.target("edit_form.form")
        tab = self.target("scene.edit_tab")
        await self.session.run(
            self.obstructions.assert_clean_op(),
            actions.navigate(base_path + self.path(scene.id)),
            self._wait_unless_missing_op(tab, scene.id),
            actions.unless(actions.present(form), actions.click(tab, GO_MS)),
            self._wait_unless_missing_op(self.target(_COVER, id=scene.id), scene.id),
            # Typed text stays in the form of the next scene if that has the same data.
            actions.unless(
                actions.negated(actions.present(self.target(_UNSAVED), "enabled")),
                actions.fail_as_unsaved(_UNSAVED),
            ),
        )

    def _wait_unless_missing_op(
        self, target: Target, scene_id: str, timeout: int = GO_MS
    ) -> Operation[bool]:
        """Wait for ``target``; fail at once if the page says that the scene is missing."""
        missing = self.target("scene.missing", id=scene_id)
        return actions.wait(target, "attached", timeout, unless=actions.present(missing))

    async def _raise_if_missing(self, scene_id: str) -> None:
        (texts,) = await self.session.run(actions.read_texts(self.target("shell.ready")))
        shown = " ".join(texts)
        if f"No scene found with id {scene_id}" in shown or "strconv" in shown:
            raise UnknownScene(f"Stash has no scene {scene_id}.", scene_id=scene_id)

    async def _raise_why_not_shown(self, scene: Scene, error: ElementNotReady) -> None:
        await self._raise_if_missing(scene.id)
        if error.key != _COVER:
            raise error
        header, path = await self.session.run(
            actions.read_text(self.target("scene.header")),
            actions.read_path(),
        )
        logger.debug("expected scene {}, the page at {} shows {!r}", scene.id, path, header)
        raise WrongScene(
            f"The page does not show scene {scene.id} ({scene.display_name!r}) but {header!r}.",
            expected=scene.id,
            shown=header,
        ) from error
