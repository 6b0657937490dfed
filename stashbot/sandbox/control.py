"""The control API under ``/__sandbox/…``, for tests in another process."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stashbot.errors import ConfigError
from stashbot.sandbox.faults import PageFault, WireFault
from stashbot.sandbox.library import LibraryError
from stashbot.sandbox.skins import SkinChange, change_skin, skin_of

if TYPE_CHECKING:
    from stashbot.sandbox.app import SandboxState


def control_routes(state: SandboxState) -> list[Route]:
    """Return the routes of the control API.

    All answer with JSON; a bad request gets status 400 and ``{"error": ...}``.
    """
    control = _Control(state)
    post = ["POST"]
    return [
        Route("/__sandbox/faults", control.faults, methods=["GET", "POST"]),
        Route("/__sandbox/skin", control.skin, methods=["GET", "POST"]),
        Route("/__sandbox/mutations", control.mutations),
        Route("/__sandbox/truth", control.truth),
        Route("/__sandbox/reset", control.reset, methods=post),
        Route("/__sandbox/edit", control.edit, methods=post),
        Route("/__sandbox/expire-sessions", control.expire, methods=post),
        Route("/__sandbox/scan-complete", control.scan_complete, methods=post),
    ]


class _Control:
    def __init__(self, state: SandboxState) -> None:
        self._state = state

    async def faults(self, request: Request) -> Response:
        """GET: return the faults. POST ``{"clear"?, "wire"?, "page"?, "language"?}``: add faults.

        ``wire`` and ``page`` are lists of objects with the fields of ``WireFault`` and
        ``PageFault``; all are refused if any is invalid.
        """
        faults = self._state.faults
        if request.method == "POST":
            body = await request.json()
            try:
                wire = [WireFault.model_validate(fault) for fault in body.get("wire", ())]
                page = [PageFault.model_validate(fault) for fault in body.get("page", ())]
            except (ValidationError, ConfigError) as error:
                return _refused(error)
            if body.get("clear"):
                faults.clear()
            for fault in wire:
                faults.add(**fault.model_dump())
            for page_fault in page:
                faults.add_page(**page_fault.model_dump())
            if "language" in body:
                change_skin(self._state.library, SkinChange(language=body["language"]))
        return JSONResponse(
            {
                "wire": [fault.model_dump() for fault in faults.wire],
                "page": [fault.model_dump() for fault in faults.page],
            }
        )

    async def skin(self, request: Request) -> Response:
        """GET: return the skin of the pages. POST: change it.

        ``{"language"?, "direction"?, "look"?, "sfw"?, "plugin"?}`` with the values of
        ``SandboxOptions``; pages show the change when they are loaded next.
        """
        library = self._state.library
        if request.method == "POST":
            try:
                change_skin(library, SkinChange.model_validate(await request.json()))
            except (ValidationError, ConfigError) as error:
                return _refused(error)
        return JSONResponse(skin_of(library))

    async def mutations(self, _request: Request) -> Response:
        """GET: return every mutation received so far, oldest first."""
        return JSONResponse([dataclasses.asdict(record) for record in list(self._state.mutations)])

    async def truth(self, _request: Request) -> Response:
        """GET: return the true facts of each scene, and the answer of each source."""
        truth = self._state.library.truth
        return JSONResponse({scene.scene_id: dataclasses.asdict(scene) for scene in truth.values()})

    async def reset(self, _request: Request) -> Response:
        """POST: restore library, faults and mutations as at the start."""
        self._state.reset()
        return JSONResponse({"ok": True})

    async def edit(self, request: Request) -> Response:
        """POST ``{"id", …fields of SceneUpdateInput}``: edit a scene as another user."""
        body: dict[str, Any] = await request.json()
        try:
            changes = {name: value for name, value in body.items() if name != "id"}
            scene = self._state.library.update_scene(str(body["id"]), changes)
        except (LibraryError, KeyError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse({"id": scene.id, "updated_at": scene.updated_at})

    async def expire(self, _request: Request) -> Response:
        """POST: end all sessions."""
        self._state.sessions.expire_all()
        return JSONResponse({"ok": True})

    async def scan_complete(self, _request: Request) -> Response:
        """POST: announce the end of a scan to all open pages."""
        return JSONResponse({"listeners": self._state.events.publish("scan")})


def _refused(error: ValidationError | ConfigError) -> Response:
    return JSONResponse({"error": str(error)}, status_code=400)
