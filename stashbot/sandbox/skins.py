"""The appearance of the sandbox: custom CSS, SFW mode, plugins, and writing direction.

Pages load it as in Stash: settings from the answer to ``configuration``, plugins from the answer to
``plugins``, and files from ``/css``, ``/javascript`` and ``/plugin/ID/…``. As in Stash, pages
always load ``/css`` and ``/javascript``, which are empty while the settings disable them. Changing
the answer to ``configuration`` alone therefore does not disable them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from stashbot.sandbox.library import PracticeLibrary
from stashbot.sandbox.options import Direction, Look, SandboxOptions

_FILES = Path(__file__).with_name("static") / "looks"
PLUGIN_ID = "practice-buttons"


class SkinChange(BaseModel):
    """Changes of a running sandbox's skin; see ``SandboxOptions`` for the values."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: str | None = None
    direction: Direction | None = None
    look: Look | None = None
    sfw: bool | None = None
    plugin: bool | None = None


def skin_of(library: PracticeLibrary) -> dict[str, Any]:
    """Return the current skin and the release."""
    return {"release": library.options.release, **library.skin}


def change_skin(library: PracticeLibrary, change: SkinChange) -> None:
    """Change the skin. Open pages show it after they are reloaded.

    Raises:
        ConfigError: ``SandboxOptions`` refuses the combination.
    """
    changes = change.model_dump(exclude_none=True)
    options = library.options.model_dump() | library.skin | changes
    apply_skin(library, SandboxOptions.model_validate(options))


def apply_skin(library: PracticeLibrary, options: SandboxOptions) -> None:
    """Set the library's settings to the skin of the options."""
    library.skin = {name: getattr(options, name) for name in SkinChange.model_fields}
    css = "" if options.look == "stash" else (_FILES / f"{options.look}.css").read_text("utf-8")
    library.interface |= {
        "language": options.language,
        "sfwContentMode": options.sfw,
        "css": css,
        "cssEnabled": bool(css),
    }


def plugins_of(library: PracticeLibrary, base_url: str) -> list[dict[str, Any]] | None:
    """Return the answer to ``plugins``."""
    if not library.skin["plugin"]:
        return None
    address = f"{base_url}/plugin/{PLUGIN_ID}"
    return [
        {
            "id": PLUGIN_ID,
            "name": "Practice buttons",
            "description": "Puts buttons beside Stash's own.",
            "version": "1.0.0",
            "enabled": True,
            "paths": {"javascript": [f"{address}/javascript"], "css": [f"{address}/css"]},
        }
    ]


def skin_routes(library: PracticeLibrary) -> list[Route]:
    """Return the routes of the skin's files."""

    def custom(content: str, switch: str, media_type: str) -> Any:
        async def answer(_request: Request) -> Response:
            settings = library.interface
            text = settings.get(content, "") if settings.get(switch) else ""
            return _fresh(text, media_type)

        return answer

    def plugin_file(name: str, media_type: str) -> Any:
        async def answer(_request: Request) -> Response:
            if not library.skin["plugin"]:
                return Response(status_code=404)
            return _fresh((_FILES / name).read_text("utf-8"), media_type)

        return answer

    return [
        Route("/css", custom("css", "cssEnabled", "text/css")),
        Route("/javascript", custom("javascript", "javascriptEnabled", "text/javascript")),
        Route("/customlocales", lambda _request: PlainTextResponse("{}")),
        Route(f"/plugin/{PLUGIN_ID}/javascript", plugin_file("plugin.js", "text/javascript")),
        Route(f"/plugin/{PLUGIN_ID}/css", plugin_file("plugin.css", "text/css")),
    ]


def _fresh(text: str, media_type: str) -> Response:
    return PlainTextResponse(text, media_type=media_type, headers={"Cache-Control": "no-cache"})
