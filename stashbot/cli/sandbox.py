"""``stashbot sandbox``: the practice Stash alone."""

from __future__ import annotations

import threading
from typing import Annotated, Any

import typer
from rich.text import Text

from stashbot.cli.invocation import Invocation

#: Stash's own default is 9999; both can run at once.
PORT = 9988
USER = "practice"
PASSWORD = "practice"  # noqa: S105 # the server holds invented data and listens on this machine only


def sandbox(
    invocation: Invocation,
    *,
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="0 takes any free port.")
    ] = PORT,
    login: Annotated[
        bool, typer.Option("--login", metavar="", help="Ask for a user and password.")
    ] = False,
    language: Annotated[
        str, typer.Option(metavar="CODE", help="The language of its pages, such as de-DE.")
    ] = "en-GB",
    release: Annotated[
        str, typer.Option(metavar="N", help="The Stash to imitate: 0.28, 0.29 or 0.30.")
    ] = "0.30",
    look: Annotated[
        str, typer.Option(metavar="NAME", help="Custom CSS: stash, light, dark or community.")
    ] = "stash",
    rtl: Annotated[
        bool, typer.Option("--rtl", metavar="", help="Lay pages out from right to left.")
    ] = False,
    sfw: Annotated[
        bool, typer.Option("--sfw", metavar="", help="Switch Stash's SFW content mode on.")
    ] = False,
    plugin: Annotated[
        bool, typer.Option("--plugin", metavar="", help="Install a plugin that adds buttons.")
    ] = False,
) -> None:
    """Run the practice Stash until Ctrl-C: invented scenes, nothing to lose."""
    from stashbot.sandbox import Sandbox, SandboxOptions

    options = SandboxOptions.model_validate(
        {
            "port": port,
            "language": language,
            "release": release,
            "look": look,
            "direction": "rtl" if rtl else "ltr",
            "sfw": sfw,
            "plugin": plugin,
            "username": USER if login else None,
            "password": PASSWORD if login else None,
        }
    )
    with Sandbox(options) as running:
        document: dict[str, Any] = {"url": running.url, "scenes": len(running.library.scenes)}
        if login:
            document |= {"username": USER, "password": PASSWORD}
        address = Text.assemble("The practice Stash runs at ", (running.url, "bold cyan"), ".")
        if login:
            address.append(f" User {USER}, password {PASSWORD}.")
        end = Text("Ctrl-C ends it and discards all changes.")
        invocation.output.show(document, address, end)
        line = f"{_login_variables(login)}stashbot run --url {running.url} --dry-run"
        invocation.output.print_commands([("try it:", line)])
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            invocation.output.print("")


def _login_variables(login: bool) -> str:
    if not login:
        return ""
    return f"STASHBOT_STASH__USERNAME={USER} STASHBOT_STASH__PASSWORD={PASSWORD} "
