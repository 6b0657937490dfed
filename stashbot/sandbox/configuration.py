"""Answers about the sandbox itself: configuration, status, version."""

from __future__ import annotations

from typing import Any

from stashbot.sandbox.library import PracticeLibrary
from stashbot.sandbox.seeding import MEDIA

#: The version of the database's schema, by release.
_SCHEMAS = {"0.28": 72, "0.29": 72, "0.30": 75}
_STATUS = {
    "databasePath": "/sandbox/stash-go.sqlite",
    "configPath": "/sandbox/config.yml",
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


def version(library: PracticeLibrary) -> dict[str, Any]:
    """Return the answer to ``version``."""
    reported = library.options.version
    return {"version": reported, "hash": "sandbox", "build_time": "2026-01-05 09:00:00"}


def system_status(library: PracticeLibrary) -> dict[str, Any]:
    """Return the answer to ``systemStatus``."""
    schema = _SCHEMAS[library.options.release]
    return {**_STATUS, "databaseSchema": schema, "appSchema": schema}


def configuration(library: PracticeLibrary) -> dict[str, Any]:
    """Return the answer to ``configuration``, always without the password."""
    options = library.options
    return {
        "general": {
            "stashes": [{"path": MEDIA, "excludeVideo": False, "excludeImage": False}],
            "databasePath": _STATUS["databasePath"],
            "generatedPath": "/sandbox/generated",
            "configFilePath": _STATUS["configPath"],
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
