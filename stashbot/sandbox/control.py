"""The sandbox's own levers, for tests that know nothing but its address: ``/__sandbox/…``."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stashbot.sandbox.faults import PageFault, WireFault
from stashbot.sandbox.library import LibraryError

if TYPE_CHECKING:
    from stashbot.sandbox.app import World


def control_routes(world: World) -> list[Route]:
    """Routes of the levers. All answer JSON; a bad request is answered with 400 and ``error``."""

    async def faults(request: Request) -> Response:
        """GET: what is switched on. POST: ``{"clear"?, "wire"?, "page"?, "language"?}``."""
        if request.method == "POST":
            body = await request.json()
            try:
                wire = [WireFault.model_validate(one) for one in body.get("wire", ())]
                page = [PageFault.model_validate(one) for one in body.get("page", ())]
            except ValidationError as error:
                return JSONResponse({"error": str(error)}, status_code=400)
            if body.get("clear"):
                world.faults.clear()
            for fault in wire:
                world.faults.add(**fault.model_dump())
            for spot in page:
                world.faults.add_page(**spot.model_dump())
            if "language" in body:
                world.library.interface["language"] = body["language"]
        return JSONResponse(
            {
                "wire": [fault.model_dump() for fault in world.faults.wire],
                "page": [fault.model_dump() for fault in world.faults.page],
            }
        )

    async def mutations(_request: Request) -> Response:
        """GET: every mutation received so far, oldest first."""
        return JSONResponse([dataclasses.asdict(one) for one in list(world.mutations)])

    async def reset(_request: Request) -> Response:
        """POST: library, faults and the list of mutations as at the start."""
        world.reset()
        return JSONResponse({"ok": True})

    async def edit(request: Request) -> Response:
        """POST ``{"id", …fields of SceneUpdateInput}``: change a scene behind the pages' backs."""
        body: dict[str, Any] = await request.json()
        try:
            scene = world.library.update_scene(
                str(body["id"]), {name: value for name, value in body.items() if name != "id"}
            )
        except (LibraryError, KeyError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse({"id": scene.id, "updated_at": scene.updated_at})

    async def expire(_request: Request) -> Response:
        """POST: end all sessions."""
        world.sessions.expire_all()
        return JSONResponse({"ok": True})

    async def scan_complete(_request: Request) -> Response:
        """POST: tell all open pages that a scan ended."""
        return JSONResponse({"listeners": world.events.publish("scan")})

    async def truth(_request: Request) -> Response:
        """GET: what each scene really is and what each source says of it."""
        return JSONResponse(
            {one.scene_id: dataclasses.asdict(one) for one in world.library.truth.values()}
        )

    return [
        Route("/__sandbox/faults", faults, methods=["GET", "POST"]),
        Route("/__sandbox/mutations", mutations),
        Route("/__sandbox/reset", reset, methods=["POST"]),
        Route("/__sandbox/edit", edit, methods=["POST"]),
        Route("/__sandbox/expire-sessions", expire, methods=["POST"]),
        Route("/__sandbox/scan-complete", scan_complete, methods=["POST"]),
        Route("/__sandbox/truth", truth),
    ]
