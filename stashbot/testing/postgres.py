"""A throw-away Postgres server on a Unix socket."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

_OPTIONS = "-c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=200"


def binaries() -> Path | None:
    """Return the folder of initdb and pg_ctl, if this machine has them."""
    found = shutil.which("pg_ctl")
    folders = [Path(found).parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


@dataclass(frozen=True)
class Server:
    """A server; ``url`` is without a database: format it with its name."""

    url: str
    start: Callable[[], None]
    stop: Callable[[], None]


@contextmanager
def running_server() -> Iterator[str]:
    """Yield the URL of a fresh server, which is stopped at the end."""
    with server() as running:
        yield running.url


@contextmanager
def server() -> Iterator[Server]:
    """Yield a fresh server that can be stopped in the middle of things and started again."""
    folder = binaries()
    assert folder is not None, "ask binaries() first"
    # Not pytest's folder: the server's user must reach it, and a socket's path must be short.
    home = Path(tempfile.mkdtemp(prefix="pg-"))
    user = None
    if os.geteuid() == 0:  # Postgres refuses to run as root
        user = "postgres" if any(p.pw_name == "postgres" for p in pwd.getpwall()) else "nobody"
        shutil.chown(home, user)

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(folder / program), "-D", str(home / "data"), *arguments],
            check=True,
            user=user,
            cwd=home,
            stdout=subprocess.DEVNULL,
        )

    try:
        run("initdb", "-U", "tester", "-A", "trust", "--no-sync", "-E", "UTF8")
        log = str(home / "log")

        def start() -> None:
            run("pg_ctl", "-w", "-l", log, "-o", f"{_OPTIONS} -k {home}", "start")

        def stop() -> None:
            if (home / "data" / "postmaster.pid").exists():
                run("pg_ctl", "-w", "-m", "immediate", "stop")

        start()
        try:
            yield Server(f"postgresql://tester@/{{database}}?host={home}", start, stop)
        finally:
            stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def new_database(server: str) -> str:
    """Return the URL of an empty database on the server."""
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(server.format(database="postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return server.format(database=name)
