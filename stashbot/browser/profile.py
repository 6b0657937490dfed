"""The session profile: Stash as stashbot wants to see it, on its own pages only.

The answers of ``Configuration`` and ``Plugins`` are patched on their way to the page. The server's
settings stay as they are, and nobody else sees a difference: language en-GB, release notes seen,
no autoplay, no custom CSS, JavaScript or locale, no plugins. With ``profile = "user"`` nothing is
patched and Stash shows itself as its owner sees it.
"""

from __future__ import annotations

from typing import Any

from stashbot.browser.wire_guard import Patch

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

#: Animations and transitions off: answer to usable dialog 0.08 s instead of 0.38 s.
STILL = """
*, *::before, *::after {
  animation-duration: 0s !important; animation-delay: 0s !important;
  transition-duration: 0s !important; transition-delay: 0s !important;
  scroll-behavior: auto !important; caret-color: transparent !important;
}
"""

#: Served to every page whatever ``Configuration`` answers, for the server goes by its own settings.
#: The session profile's pages get them empty.
OWNERS_FILES = {
    "/css": "text/css",
    "/javascript": "text/javascript",
    "/customlocales": "application/json",
}

STILL_SCRIPT = f"""
(() => {{
  const add = () => {{
    const style = document.createElement("style");
    style.id = "stashbot-still";
    style.textContent = {STILL!r};
    document.documentElement.append(style);
  }};
  if (document.documentElement) add();
  else addEventListener("DOMContentLoaded", add, {{once: true}});
}})();
"""


def patch_configuration(payload: dict[str, Any]) -> dict[str, Any]:
    """``Configuration``'s answer with the session profile's interface and user interface values.

    Keys that this release does not have are not added.
    """
    configuration = (payload.get("data") or {}).get("configuration")
    if not isinstance(configuration, dict):
        return payload
    interface = configuration.get("interface")
    if isinstance(interface, dict):
        interface.update({key: value for key, value in INTERFACE.items() if key in interface})
    return patch_notes_seen(payload)


def patch_notes_seen(payload: dict[str, Any]) -> dict[str, Any]:
    """``Configuration``'s answer with the release notes seen, and nothing else changed."""
    configuration = (payload.get("data") or {}).get("configuration")
    ui = configuration.get("ui") if isinstance(configuration, dict) else None
    if isinstance(ui, dict):
        ui["lastNoteSeen"] = NOTES_SEEN
    return payload


def patch_plugins(payload: dict[str, Any]) -> dict[str, Any]:
    """``Plugins``' answer without any plugin."""
    data = payload.get("data")
    if isinstance(data, dict) and "plugins" in data:
        data["plugins"] = []
    return payload


def patches_of(profile: str, *, read_only: bool) -> dict[str, Patch]:
    """The patches by operation name, for ``WireGuard``.

    The ``user`` profile has none, but for pages that only read: they could not close the release
    notes, because that writes.
    """
    if profile == "session":
        return {"Configuration": patch_configuration, "Plugins": patch_plugins}
    return {"Configuration": patch_notes_seen} if read_only else {}
