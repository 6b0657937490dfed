"""Getting in: the credentials, and what to say when the server keeps its door shut.

Measured on Stash 0.28 to 0.30: a wrong API key is refused with an empty 401 even by a server
without any login, because such a server has no key that could match; a server without a login
accepts every user and password; ``GET /login`` redirects there, and shows a page otherwise.
"""

from __future__ import annotations

from stashbot.errors import LoginError, StashUnreachable, UnsupportedStash
from stashbot.models import ServerInfo
from stashbot.settings import StashSettings

KEY_HEADER = "ApiKey"
OLDEST = (0, 25)

_UNREADABLE = (0, 0)
_TRIPWIRE = b"internet"


def uses_password(settings: StashSettings) -> bool:
    """Whether to log in with user and password: both are set, and there is no API key."""
    return bool(settings.username and settings.password and not settings.api_key)


def login_form(settings: StashSettings) -> dict[str, str]:
    """The form of Stash's login page."""
    password = settings.password.get_secret_value() if settings.password else ""
    return {"username": settings.username or "", "password": password, "returnURL": "/"}


def refused(settings: StashSettings, url: str, *, needs_no_login: bool) -> LoginError:
    """The error for a 401, by what the settings hold."""
    if settings.api_key and needs_no_login:
        return LoginError(
            f"Stash at {url} has no login and refuses the API key.",
            hint="Remove stash.api_key (STASHBOT_STASH__API_KEY): this server needs none.",
            url=url,
        )
    if settings.api_key:
        return LoginError(
            f"Stash at {url} refuses the API key.",
            hint=(
                "Copy the key again from Stash's Settings > Security into STASHBOT_STASH__API_KEY "
                "or stash.api_key_file."
            ),
            url=url,
        )
    if uses_password(settings):
        return LoginError(
            f"Stash at {url} accepts the password but not the session that came of it.",
            hint="A proxy may drop cookies; an API key (STASHBOT_STASH__API_KEY) needs none.",
            url=url,
        )
    missing = "stash.username and STASHBOT_STASH__PASSWORD"
    if settings.username:
        missing = "STASHBOT_STASH__PASSWORD (or stash.password_file)"
    elif settings.password:
        missing = "stash.username"
    return LoginError(
        f"Stash at {url} asks for a login.",
        hint=f"Set {missing}, or an API key in STASHBOT_STASH__API_KEY.",
        url=url,
    )


def wrong_password(url: str) -> LoginError:
    """The error for a login that Stash turned down."""
    return LoginError(
        f"Stash at {url} does not accept this user and password.",
        hint="Check stash.username and STASHBOT_STASH__PASSWORD (or stash.password_file).",
        url=url,
    )


def forbidden(url: str, body: bytes) -> LoginError:
    """The error for a 403: Stash's tripwire, or a proxy."""
    if _TRIPWIRE in body:
        return LoginError(
            f"Stash at {url} serves nothing: it was reached from the internet without a login.",
            hint="Set a user and password in Stash, as its log explains, and give them here.",
            url=url,
        )
    return LoginError(
        f"The server at {url} forbids the request (HTTP 403).",
        hint="Check the proxy or firewall in front of Stash.",
        url=url,
    )


def unreachable(url: str, why: str) -> StashUnreachable:
    """The error for a connection that failed."""
    return StashUnreachable(
        f"No connection to Stash at {url}: {why}.",
        hint="Start Stash, or set stash.url (--url) to its address.",
        url=url,
    )


def no_stash(url: str, why: str) -> StashUnreachable:
    """The error for an address where something else answers."""
    return StashUnreachable(
        f"There is no Stash at {url}: {why.rstrip('.')}.",
        hint="Set stash.url (--url) to the address that shows Stash in your browser.",
        url=url,
    )


def moved(url: str, location: str) -> StashUnreachable:
    """The error for a redirect, which a POST does not survive."""
    return StashUnreachable(
        f"The server at {url} redirects to {location or 'elsewhere'}.",
        hint="Set stash.url (--url) to the address that it redirects to.",
        url=url,
    )


def refuse_unusable(server: ServerInfo, url: str) -> None:
    """Raise if the server cannot be worked with.

    A version that is not a number, as of own builds, is taken for a new one.

    Raises:
        UnsupportedStash: too old, not set up, or waiting for its migration.
    """
    todo = {
        "SETUP": ("is not set up yet", f"Open {url}/setup in a browser and finish the wizard."),
        "NEEDS_MIGRATION": (
            "waits for the migration of its database",
            f"Open {url}/migrate in a browser, or start the Stash version that wrote it.",
        ),
    }
    if server.status in todo:
        what, hint = todo[server.status]
        raise UnsupportedStash(f"Stash at {url} {what}.", hint=hint, version=server.version)
    if server.release != _UNREADABLE and server.release < OLDEST:
        oldest = f"v{OLDEST[0]}.{OLDEST[1]}"
        raise UnsupportedStash(
            f"Stash at {url} is {server.version}; stashbot needs {oldest} or newer.",
            hint="Update Stash.",
            version=server.version,
        )
