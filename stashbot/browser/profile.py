"""The session profile: how Stash shows itself to stashbot's own pages.

The answers of ``Configuration`` and ``Plugins`` are patched on their way to the page: language
en-GB, release notes seen, no autoplay, no custom CSS, JavaScript or locale, no plugins. The
server's settings stay as they are, and nobody else sees a difference. With ``profile = "user"``
nothing is patched, and Stash shows itself as its owner sees it.
"""

from __future__ import annotations

from typing import Any

from stashbot.browser.wire_guard import AnswerPatch, WritePolicy

#: Later than any release's notes: Stash numbers them YYYYMMDD.
NOTES_SEEN = 99999999

INTERFACE: dict[str, Any] = {
    "language": "en-GB",
    "autostartVideo": False,
    "autostartVideoOnPlaySelected": False,
    "continuePlaylistDefault": False,
    "cssEnabled": False,
    "javascriptEnabled": False,
    "customLocalesEnabled": False,
    "sfwContentMode": False,
    "notificationsEnabled": False,
}

#: Files of a scene's player, by their names in ``paths``.
_PLAYER_FILES = ("vtt", "sprite", "interactive_heatmap", "preview", "webp", "caption", "funscript")

#: Animations and transitions off: answer to usable dialog 0.08 s instead of 0.38 s.
NO_ANIMATION_CSS = """
*, *::before, *::after {
  animation-duration: 0s !important; animation-delay: 0s !important;
  transition-duration: 0s !important; transition-delay: 0s !important;
  scroll-behavior: auto !important; caret-color: transparent !important;
}
"""

#: Paths and content types of the owner's own files. The server goes by its own settings and serves
#: them whatever ``Configuration`` answers, so the session profile's pages get them empty.
CUSTOMIZATION_FILES = {
    "/css": "text/css",
    "/javascript": "text/javascript",
    "/customlocales": "application/json",
}

NO_ANIMATION_SCRIPT = f"""
(() => {{
  const add = () => {{
    const style = document.createElement("style");
    style.id = "stashbot-still";
    style.textContent = {NO_ANIMATION_CSS!r};
    document.documentElement.append(style);
  }};
  if (document.documentElement) add();
  else addEventListener("DOMContentLoaded", add, {{once: true}});
}})();
"""


def interface_of(payload: dict[str, Any]) -> dict[str, Any] | None:
    """Return the interface settings in ``Configuration``'s answer, for changing."""
    return _part_of(payload, "interface")


def ui_of(payload: dict[str, Any]) -> dict[str, Any] | None:
    """Return the UI's own settings in ``Configuration``'s answer, for changing."""
    return _part_of(payload, "ui")


def _part_of(payload: dict[str, Any], name: str) -> dict[str, Any] | None:
    data = payload.get("data")
    configuration = data.get("configuration") if isinstance(data, dict) else None
    part = configuration.get(name) if isinstance(configuration, dict) else None
    return part if isinstance(part, dict) else None


def patch_configuration(payload: dict[str, Any]) -> dict[str, Any]:
    """Set the session profile's values in ``Configuration``'s answer.

    Keys that this release does not have are not added.
    """
    interface = interface_of(payload)
    if interface is not None:
        interface.update({key: value for key, value in INTERFACE.items() if key in interface})
    return patch_notes_seen(payload)


def patch_notes_seen(payload: dict[str, Any]) -> dict[str, Any]:
    """Mark the release notes as seen in ``Configuration``'s answer."""
    ui = ui_of(payload)
    if ui is not None:
        ui["lastNoteSeen"] = NOTES_SEEN
    return payload


def patch_plugins(payload: dict[str, Any]) -> dict[str, Any]:
    """Take all plugins out of ``Plugins``' answer."""
    data = payload.get("data")
    if isinstance(data, dict) and "plugins" in data:
        data["plugins"] = []
    return payload


def leave_out_streams(payload: dict[str, Any]) -> dict[str, Any]:
    """Take out of ``FindScene``'s answer what the player would load; the form does not use it."""
    data = payload.get("data")
    scene = data.get("findScene") if isinstance(data, dict) else None
    if isinstance(scene, dict):
        if "sceneStreams" in scene:
            scene["sceneStreams"] = []
        if isinstance(paths := scene.get("paths"), dict):
            paths.update({name: None for name in _PLAYER_FILES if name in paths})
    return payload


def patches_of(
    profile: str, write_policy: WritePolicy, *, media: bool = True
) -> dict[str, AnswerPatch]:
    """Return the patches by operation name, for ``WireGuard``.

    Without ``media`` the player is given nothing to play. The ``user`` profile has none, except
    where every write is blocked: such a page could not close the release notes, because that
    writes.
    """
    if profile == "session":
        patches: dict[str, AnswerPatch] = {
            "Configuration": patch_configuration,
            "Plugins": patch_plugins,
        }
        return patches if media else {**patches, "FindScene": leave_out_streams}
    if write_policy is WritePolicy.BLOCKED:
        return {"Configuration": patch_notes_seen}
    return {}
