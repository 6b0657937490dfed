"""The tables of the state.

JSON is kept as text, so that a damaged row can be named when it is read. Each table that a durable
step writes to has a key that makes writing twice the same as writing once.
"""

from __future__ import annotations

import sqlalchemy as sa

from stashbot.store.database import CleanText, UtcTime

#: The number of migrations in ``migrations.MIGRATIONS``, plus 1.
SCHEMA_VERSION = 6

METADATA = sa.MetaData()
_ID = sa.String(200)
_NAME = CleanText

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
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("started", UtcTime, nullable=False),
    sa.Column("finished", UtcTime),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("dry_run", sa.Boolean, nullable=False),
    sa.Column("scene_count", sa.Integer, nullable=False),
    sa.Column("options", sa.Text, nullable=False),
    sa.Column("stop_reason", sa.Text),
    sa.Column("report", sa.Text),
    sa.Column("owner", sa.Text),
    sqlite_autoincrement=True,
)

RUN_SNAPSHOTS = sa.Table(
    "stashbot_run_snapshots",
    METADATA,
    sa.Column("run", _ID, primary_key=True),
    sa.Column("snapshot", sa.Text, nullable=False),
)

# state is waiting (to be queued), queued, or done (has a result)
RUN_SCENES = sa.Table(
    "stashbot_run_scenes",
    METADATA,
    sa.Column("run", _ID, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("scene", _ID, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.UniqueConstraint("run", "scene", name="stashbot_run_scenes_once"),
    sa.Index("stashbot_run_scenes_state", "run", "state", "position"),
)

# counts of results, so that nobody counts 100,000 rows to show a run
RUN_TOTALS = sa.Table(
    "stashbot_run_totals",
    METADATA,
    sa.Column("run", _ID, primary_key=True),
    sa.Column("outcome", sa.String(20), primary_key=True),
    sa.Column("scenes", sa.Integer, nullable=False),
)

RESULTS = sa.Table(
    "stashbot_results",
    METADATA,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("run", _ID, nullable=False),
    sa.Column("scene", _ID, nullable=False, index=True),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("elapsed_ms", sa.Integer, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.UniqueConstraint("run", "scene", name="stashbot_results_once"),
    sa.Index("stashbot_results_order", "run", "seq"),
    sqlite_autoincrement=True,
)

MISSING_TAGS = sa.Table(
    "stashbot_missing_tags",
    METADATA,
    sa.Column("tag", _NAME, primary_key=True),  # the name without case
    sa.Column("scene", _ID, primary_key=True),
    sa.Column("name", _NAME, nullable=False),
)

# what sources proposed and the newest run over a scene neither linked nor created
LEFT_OUT = sa.Table(
    "stashbot_left_out",
    METADATA,
    sa.Column("scene", _ID, primary_key=True),
    sa.Column("field", sa.String(40), primary_key=True),
    sa.Column("folded", _NAME, primary_key=True),  # the name without case, accents, punctuation
    sa.Column("name", _NAME, nullable=False),
    sa.Column("reason", _NAME, nullable=False),
    sa.Column("run", _ID, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Index("stashbot_left_out_run", "run", "field", "folded"),
)

EVENTS = sa.Table(
    "stashbot_events",
    METADATA,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("run", _ID, nullable=False),
    sa.Column("scene", _ID),
    sa.Column("worker", _NAME, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("name", _NAME, nullable=False),
    sa.Column("phase", _NAME, nullable=False),
    sa.Column("detail", _NAME, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Index("stashbot_events_run", "run", "seq"),
    sa.Index("stashbot_events_scene", "run", "scene", "seq"),
    sqlite_autoincrement=True,
)

_LIVE = sa.text("state = 'live'")
WORKERS = sa.Table(
    "stashbot_workers",
    METADATA,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("name", _NAME, nullable=False),
    sa.Column("host", _NAME, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("process_space", _NAME, nullable=False),
    sa.Column("version", _NAME, nullable=False),
    sa.Column("token", sa.String(40), nullable=False),
    sa.Column("beat", sa.Integer, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("started", UtcTime, nullable=False),
    sa.Column("beat_at", UtcTime, nullable=False),
    sa.Index(
        "stashbot_workers_one_live",
        "name",
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    ),
)

LEASES = sa.Table(
    "stashbot_leases",
    METADATA,
    sa.Column("key", _NAME, primary_key=True),
    sa.Column("holder", _ID, nullable=False, index=True),
    sa.Column("token", _NAME, nullable=False),
    sa.Column("since", UtcTime, nullable=False),
)

INTENTS = sa.Table(
    "stashbot_intents",
    METADATA,
    sa.Column("run", _ID, primary_key=True),
    sa.Column("scene", _ID, primary_key=True),
    sa.Column("step", _NAME, primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("began", UtcTime, nullable=False),
    sa.Column("settled", UtcTime),
    sa.Column("outcome", sa.String(20)),
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
    sa.Column("judgement", sa.Text, nullable=False),
    sa.Column("scene_digest", sa.String(64), nullable=False),
    # JSON: the scene as it was; the accepted fields, with the run that applied them
    sa.Column("scene_values", sa.Text),
    sa.Column("accepted", sa.Text),
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
    sa.Column("detail", _NAME, nullable=False),
    sa.Column("artifacts_dir", _NAME),
    sa.Column("at", UtcTime, nullable=False),
    sa.UniqueConstraint("run", "scene", "phase", "reason", name="stashbot_failures_once"),
    sqlite_autoincrement=True,
)

SOURCE_ANSWERS = sa.Table(
    "stashbot_source_answers",
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
    sa.Column("weighted_ok", sa.Float, nullable=False, server_default="0"),
    sa.Column("weighted_fail", sa.Float, nullable=False, server_default="0"),
    sa.Column("updated", UtcTime, nullable=False),
)

# scenes is JSON: those for which the source failed in a row, so that a repeated step counts once
SOURCE_FAILURES = sa.Table(
    "stashbot_source_failures",
    METADATA,
    sa.Column("run", _ID, primary_key=True),
    sa.Column("source", _NAME, primary_key=True),
    sa.Column("scenes", sa.Text, nullable=False),
    sa.Column("detail", _NAME, nullable=False),
    sa.Column("stopped", UtcTime),
    sa.Column("retry_at", UtcTime),
    sa.Column("at", UtcTime, nullable=False),
)

# digest is that of what a source proposed, so that an answer for several scenes is noticed
REPEATED_ANSWERS = sa.Table(
    "stashbot_repeated_answers",
    METADATA,
    sa.Column("run", _ID, primary_key=True),
    sa.Column("source", _NAME, primary_key=True),
    sa.Column("digest", _ID, primary_key=True),
    sa.Column("scene", _ID, primary_key=True),
)

SCENE_STATE = sa.Table(
    "stashbot_scene_state",
    METADATA,
    sa.Column("scene", _ID, primary_key=True),
    sa.Column("scraped_at", UtcTime),
    sa.Column("last_outcome", sa.String(20)),
    sa.Column("organized_at", UtcTime),
    # a hash of the sources and settings that it was asked with when it was scraped
    sa.Column("asked_with", sa.String(64)),
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

BLOBS = sa.Table(
    "stashbot_blobs",
    METADATA,
    sa.Column("kind", sa.String(40), primary_key=True),
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("created", UtcTime, nullable=False),
)
