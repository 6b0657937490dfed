"""States as older versions of stashbot wrote them: the tables of their time, in SQL."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from stashbot.store import database

_TABLES_1 = """
CREATE TABLE stashbot_meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE stashbot_runs (seq {serial}, id VARCHAR(200) NOT NULL UNIQUE,
  started VARCHAR(32) NOT NULL, finished VARCHAR(32), options TEXT NOT NULL, scenes TEXT NOT NULL,
  dry_run BOOLEAN NOT NULL, status VARCHAR(20) NOT NULL);
CREATE TABLE stashbot_results (run VARCHAR(200) NOT NULL, scene VARCHAR(200) NOT NULL,
  outcome VARCHAR(20) NOT NULL, elapsed_ms INTEGER NOT NULL, result TEXT NOT NULL,
  at VARCHAR(32) NOT NULL, PRIMARY KEY (run, scene));
CREATE TABLE stashbot_audit (id {serial}, run VARCHAR(200) NOT NULL, scene VARCHAR(200) NOT NULL,
  step TEXT NOT NULL, kind VARCHAR(40) NOT NULL, source TEXT, field TEXT NOT NULL,
  before TEXT NOT NULL, after TEXT NOT NULL, at VARCHAR(32) NOT NULL, undoes INTEGER,
  CONSTRAINT stashbot_audit_once UNIQUE (run, scene, step, field));
CREATE INDEX ix_stashbot_audit_scene ON stashbot_audit (scene);
CREATE INDEX ix_stashbot_audit_undoes ON stashbot_audit (undoes);
CREATE TABLE stashbot_triage (id {serial}, run VARCHAR(200) NOT NULL, scene VARCHAR(200) NOT NULL,
  source TEXT NOT NULL, status VARCHAR(20) NOT NULL, score FLOAT NOT NULL, proposal TEXT NOT NULL,
  proposal_hash VARCHAR(64) NOT NULL, judgement TEXT NOT NULL, fingerprint VARCHAR(64) NOT NULL,
  created VARCHAR(32) NOT NULL, updated VARCHAR(32) NOT NULL, closed VARCHAR(32));
CREATE INDEX stashbot_triage_scene ON stashbot_triage (scene, source);
CREATE UNIQUE INDEX stashbot_triage_one_open ON stashbot_triage (scene, source)
  WHERE status = 'open';
CREATE TABLE stashbot_failures (id {serial}, run VARCHAR(200) NOT NULL,
  scene VARCHAR(200) NOT NULL, phase TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
  evidence_dir TEXT, at VARCHAR(32) NOT NULL,
  CONSTRAINT stashbot_failures_once UNIQUE (run, scene, phase, reason));
CREATE TABLE stashbot_source_seen (run VARCHAR(200) NOT NULL, scene VARCHAR(200) NOT NULL,
  source TEXT NOT NULL, key TEXT NOT NULL, ok BOOLEAN NOT NULL, at VARCHAR(32) NOT NULL,
  PRIMARY KEY (run, scene, source, key));
CREATE TABLE stashbot_source_stats (key TEXT NOT NULL, source TEXT NOT NULL, ok INTEGER NOT NULL,
  fail INTEGER NOT NULL, updated VARCHAR(32) NOT NULL, PRIMARY KEY (key, source));
CREATE TABLE stashbot_scene_state (scene VARCHAR(200) NOT NULL PRIMARY KEY, scraped_at VARCHAR(32),
  last_outcome VARCHAR(20), organized_at VARCHAR(32));
CREATE TABLE stashbot_timings (run VARCHAR(200) NOT NULL, scene VARCHAR(200) NOT NULL,
  phase TEXT NOT NULL, label TEXT NOT NULL, elapsed_ms INTEGER NOT NULL, at VARCHAR(32) NOT NULL,
  PRIMARY KEY (run, scene, phase, label));
CREATE TABLE stashbot_kv (namespace TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
  expires VARCHAR(32), updated VARCHAR(32) NOT NULL, PRIMARY KEY (namespace, key));
CREATE INDEX ix_stashbot_kv_expires ON stashbot_kv (expires)
"""

_TO_2 = """
ALTER TABLE stashbot_source_stats ADD COLUMN weighed_ok FLOAT DEFAULT 0 NOT NULL;
ALTER TABLE stashbot_source_stats ADD COLUMN weighed_fail FLOAT DEFAULT 0 NOT NULL;
ALTER TABLE stashbot_triage ADD COLUMN seen TEXT;
ALTER TABLE stashbot_triage ADD COLUMN taken TEXT
"""

T0 = "2026-01-05T09:00:00.000000+00:00"
T1 = "2026-01-05T10:00:00.000000+00:00"
T2 = "2026-01-05T11:00:00.000000+00:00"


class OldState:
    """An old state that a test fills, a row at a time."""

    def __init__(self, url: str, *, version: int) -> None:
        self._engine = sa.create_engine(database.parse_url(url))
        serial = (
            "SERIAL PRIMARY KEY"
            if self._engine.dialect.name == "postgresql"
            else "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT"
        )
        tables = _TABLES_1.format(serial=serial)
        with self._engine.begin() as connection:
            for statement in (tables + (";" + _TO_2 if version > 1 else "")).split(";"):
                connection.exec_driver_sql(statement)
        self.add("meta", key="schema_version", value=str(version))

    def add(self, table: str, **values: Any) -> None:
        """Add a row; lists and dicts become JSON."""
        plain = {
            key: json.dumps(value) if isinstance(value, list | dict) else value
            for key, value in values.items()
        }
        into = sa.table(f"stashbot_{table}", *(sa.column(key) for key in plain))
        with self._engine.begin() as connection:
            connection.execute(into.insert().values(**plain))

    def close(self) -> None:
        """Close its connections."""
        self._engine.dispose()
