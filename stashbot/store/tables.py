"""The tables: everything that stashbot knows and that Stash does not.

JSON is kept as text, so that a damaged row can be named when it is read. Each table that a durable
step writes to has a key that makes writing twice the same as writing once.
"""

from __future__ import annotations

import sqlalchemy as sa

from stashbot.store.database import UtcTime

#: Raised by one with every migration in ``schema.MIGRATIONS``.
SCHEMA_VERSION = 2

METADATA = sa.MetaData()
_ID = sa.String(200)
_NAME = sa.Text

META = sa.Table(
    "stashbot_meta",
    METADATA,
    sa.Column("key", _NAME, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

RUNS = sa.Table(
    "stashbot_runs",
    METADATA,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", _ID, nullable=False, unique=True),
    sa.Column("started", UtcTime, nullable=False),
    sa.Column("finished", UtcTime),
    sa.Column("options", sa.Text, nullable=False),
    sa.Column("scenes", sa.Text, nullable=False),
    sa.Column("dry_run", sa.Boolean, nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sqlite_autoincrement=True,
)

RESULTS = sa.Table(
    "stashbot_results",
    METADATA,
    sa.Column("run", _ID, primary_key=True),
    sa.Column("scene", _ID, primary_key=True),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("elapsed_ms", sa.Integer, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
)

AUDIT = sa.Table(
    "stashbot_audit",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("run", _ID, nullable=False),
    sa.Column("scene", _ID, nullable=False, index=True),
    sa.Column("step", _NAME, nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("source", _NAME),
    sa.Column("field", _NAME, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("undoes", sa.Integer, index=True),
    sa.UniqueConstraint("run", "scene", "step", "field", name="stashbot_audit_once"),
    sqlite_autoincrement=True,
)

TRIAGE = sa.Table(
    "stashbot_triage",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("run", _ID, nullable=False),
    sa.Column("scene", _ID, nullable=False),
    sa.Column("source", _NAME, nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("proposal", sa.Text, nullable=False),
    sa.Column("proposal_hash", sa.String(64), nullable=False),
    sa.Column("judgement", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    # the scene as it was, and which fields of the proposal were accepted; both JSON
    sa.Column("seen", sa.Text),
    sa.Column("taken", sa.Text),
    sa.Column("created", UtcTime, nullable=False),
    sa.Column("updated", UtcTime, nullable=False),
    sa.Column("closed", UtcTime),
    sa.Index("stashbot_triage_scene", "scene", "source"),
    sa.Index(
        "stashbot_triage_one_open",
        "scene",
        "source",
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    ),
    sqlite_autoincrement=True,
)

FAILURES = sa.Table(
    "stashbot_failures",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("run", _ID, nullable=False),
    sa.Column("scene", _ID, nullable=False),
    sa.Column("phase", _NAME, nullable=False),
    sa.Column("reason", _NAME, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("artifacts_dir", sa.Text),
    sa.Column("at", UtcTime, nullable=False),
    sa.UniqueConstraint("run", "scene", "phase", "reason", name="stashbot_failures_once"),
    sqlite_autoincrement=True,
)

SOURCE_SEEN = sa.Table(
    "stashbot_source_seen",
    METADATA,
    sa.Column("run", _ID, primary_key=True),
    sa.Column("scene", _ID, primary_key=True),
    sa.Column("source", _NAME, primary_key=True),
    sa.Column("key", _NAME, primary_key=True),
    sa.Column("ok", sa.Boolean, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
)

SOURCE_STATS = sa.Table(
    "stashbot_source_stats",
    METADATA,
    sa.Column("key", _NAME, primary_key=True),
    sa.Column("source", _NAME, primary_key=True),
    sa.Column("ok", sa.Integer, nullable=False),
    sa.Column("fail", sa.Integer, nullable=False),
    sa.Column("weighed_ok", sa.Float, nullable=False, server_default="0"),
    sa.Column("weighed_fail", sa.Float, nullable=False, server_default="0"),
    sa.Column("updated", UtcTime, nullable=False),
)

SCENE_STATE = sa.Table(
    "stashbot_scene_state",
    METADATA,
    sa.Column("scene", _ID, primary_key=True),
    sa.Column("scraped_at", UtcTime),
    sa.Column("last_outcome", sa.String(20)),
    sa.Column("organized_at", UtcTime),
)

TIMINGS = sa.Table(
    "stashbot_timings",
    METADATA,
    sa.Column("run", _ID, primary_key=True),
    sa.Column("scene", _ID, primary_key=True),
    sa.Column("phase", _NAME, primary_key=True),
    sa.Column("label", _NAME, primary_key=True),
    sa.Column("elapsed_ms", sa.Integer, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
)

KV = sa.Table(
    "stashbot_kv",
    METADATA,
    sa.Column("namespace", _NAME, primary_key=True),
    sa.Column("key", _NAME, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("expires", UtcTime, index=True),
    sa.Column("updated", UtcTime, nullable=False),
)
