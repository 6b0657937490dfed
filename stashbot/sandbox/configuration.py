"""What the sandbox answers when asked about itself: configuration, status, version."""

from __future__ import annotations

from typing import Any

from stashbot.sandbox.library import Library
from stashbot.sandbox.options import IMITATED_VERSION
from stashbot.sandbox.seeding import MEDIA

VERSION = {
    "version": IMITATED_VERSION,
    "hash": "sandbox",
    "build_time": "2026-01-05 09:00:00",
}
SYSTEM_STATUS = {
    "databaseSchema": 75,
    "databasePath": "/sandbox/stash-go.sqlite",
    "configPath": "/sandbox/config.yml",
    "appSchema": 75,
    "status": "OK",
    "os": "linux",
    "workingDir": "/sandbox",
    "homeDir": "/home/sandbox",
    "ffmpegPath": "/usr/bin/ffmpeg",
    "ffprobePath": "/usr/bin/ffprobe",
}
_INTERFACE = {
    "sfwContentMode": False,
    "menuItems": [
        "scenes",
        "images",
        "groups",
        "markers",
        "galleries",
        "performers",
        "studios",
        "tags",
    ],
    "showScrubber": True,
    "maximumLoopDuration": 0,
    "noBrowser": True,
    "notificationsEnabled": True,
    "autostartVideo": False,
    "autostartVideoOnPlaySelected": True,
    "continuePlaylistDefault": False,
    "showStudioAsText": False,
    "css": "",
    "cssEnabled": False,
    "javascript": "",
    "javascriptEnabled": False,
    "customLocales": "",
    "customLocalesEnabled": False,
    "disableDropdownCreate": dict.fromkeys(
        ("performer", "tag", "studio", "movie", "gallery"), False
    ),
}


def configuration(library: Library) -> dict[str, Any]:
    """The answer to ``configuration``. The password is never in it."""
    options = library.options
    return {
        "general": {
            "stashes": [{"path": MEDIA, "excludeVideo": False, "excludeImage": False}],
            "databasePath": SYSTEM_STATUS["databasePath"],
            "generatedPath": "/sandbox/generated",
            "configFilePath": SYSTEM_STATUS["configPath"],
            "scrapersPath": "/sandbox/scrapers",
            "pluginsPath": "/sandbox/plugins",
            "cachePath": "/sandbox/cache",
            "apiKey": options.api_key or "",
            "username": options.username or "",
            "password": "",
            "maxSessionAge": options.max_session_age,
            "parallelTasks": 1,
            "logLevel": "Info",
            "videoExtensions": ["mp4", "webm"],
            "stashBoxes": [],
            "excludes": [],
        },
        "interface": {**_INTERFACE, **library.interface},
        "scraping": {
            "scraperUserAgent": "",
            "scraperCertCheck": True,
            "scraperCDPPath": "",
            "excludeTagPatterns": [],
        },
        "defaults": {"deleteFile": False, "deleteGenerated": True},
        "ui": library.ui,
        "plugins": {},
    }
