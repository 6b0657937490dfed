"""Pictures of scenes and entities, and video streams."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stashbot.sandbox.film import scene_film
from stashbot.sandbox.images import entity_picture, scene_picture
from stashbot.sandbox.library import LibraryError, PracticeLibrary
from stashbot.sandbox.records import SceneRecord

_CACHE = {"Cache-Control": "private, max-age=604800"}


def media_routes(library: PracticeLibrary) -> list[Route]:
    """Return the routes of pictures and videos."""

    def scene_of(request: Request) -> SceneRecord | None:
        try:
            return library.scene(request.path_params["id"])
        except LibraryError:
            return None

    async def stream(request: Request) -> Response:
        scene = scene_of(request)
        if scene is None or not scene.files:
            return Response(status_code=404)
        file = scene.files[0]
        film = scene_film(scene.id, library.options.seed, file.duration, file.width, file.height)
        return Response(film, media_type="video/webm")

    async def screenshot(request: Request) -> Response:
        scene = scene_of(request)
        if scene is None:
            return Response(status_code=404)
        if scene.cover is not None:
            return Response(scene.cover, media_type=_media_type(scene.cover), headers=_CACHE)
        picture = scene_picture(scene.id, library.options.seed)
        return Response(picture, media_type="image/jpeg", headers=_CACHE)

    async def entity(request: Request) -> Response:
        identifier = request.path_params["id"]
        if not identifier.isdigit():
            return Response(status_code=404)
        kind = request.url.path.split("/")[1]
        return Response(entity_picture(kind, identifier), media_type="image/png", headers=_CACHE)

    async def nothing(_request: Request) -> Response:
        return Response(status_code=404)

    return [
        Route("/scene/{id}/screenshot", screenshot),
        Route("/scene/{id}/stream", stream),
        Route("/scene/{path:path}", nothing),
        Route("/studio/{id}/image", entity),
        Route("/performer/{id}/image", entity),
        Route("/tag/{id}/image", entity),
        Route("/group/{id}/frontimage", entity),
    ]


def _media_type(picture: bytes) -> str:
    if picture.startswith(b"\x89PNG"):
        return "image/png"
    if picture.startswith(b"GIF8"):
        return "image/gif"
    return "image/webp" if picture[8:12] == b"WEBP" else "image/jpeg"
