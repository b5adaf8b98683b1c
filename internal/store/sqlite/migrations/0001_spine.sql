-- Journal rows are appended in arrival order and looked up by a small index;
-- that writes less and runs faster than a clustered (run, seq) key.
CREATE TABLE journal (
  id    INTEGER PRIMARY KEY,
  run   INTEGER NOT NULL,
  seq   INTEGER NOT NULL,
  kind  TEXT    NOT NULL,
  crc   INTEGER NOT NULL,
  data  BLOB    NOT NULL,
  trace BLOB
) STRICT;
CREATE UNIQUE INDEX journal_run_seq ON journal (run, seq);

CREATE TABLE run (
  id        INTEGER PRIMARY KEY,
  namespace TEXT    NOT NULL,
  flow      TEXT    NOT NULL,
  revision  INTEGER NOT NULL,
  trigger   TEXT    NOT NULL,
  event     INTEGER NOT NULL,
  started   INTEGER NOT NULL,
  status    TEXT    NOT NULL,
  wake      INTEGER NOT NULL,
  finished  INTEGER NOT NULL,
  result    BLOB
) STRICT;
CREATE INDEX run_live ON run (id) WHERE status = 'running';
CREATE INDEX run_wake ON run (wake) WHERE status = 'waiting';
CREATE INDEX run_started ON run (namespace, started);

CREATE TABLE event (
  id            INTEGER PRIMARY KEY,
  namespace     TEXT    NOT NULL,
  source        TEXT    NOT NULL,
  flow          TEXT    NOT NULL,
  run           INTEGER NOT NULL,
  received      INTEGER NOT NULL,
  method        TEXT    NOT NULL,
  url           TEXT    NOT NULL,
  headers       BLOB    NOT NULL,
  body          BLOB    NOT NULL,
  dedupe        TEXT,
  dedupe_until  INTEGER NOT NULL,
  body_hash     BLOB    NOT NULL,
  replayed_from INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX event_dedupe ON event (namespace, source, dedupe) WHERE dedupe IS NOT NULL;

CREATE TABLE session (id INTEGER PRIMARY KEY CHECK (id = 1), epoch INTEGER NOT NULL, node TEXT NOT NULL) STRICT;
INSERT INTO session VALUES (1, 0, '');

CREATE TABLE flow (
  namespace  TEXT NOT NULL,
  name       TEXT NOT NULL,
  draft      TEXT NOT NULL,
  draft_hash TEXT NOT NULL,
  published  INTEGER NOT NULL,
  updated    INTEGER NOT NULL,
  PRIMARY KEY (namespace, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE revision (
  namespace TEXT NOT NULL,
  flow      TEXT NOT NULL,
  number    INTEGER NOT NULL,
  text      TEXT NOT NULL,
  hash      TEXT NOT NULL,
  note      TEXT NOT NULL,
  created   INTEGER NOT NULL,
  PRIMARY KEY (namespace, flow, number)
) STRICT;

CREATE TABLE connection (
  namespace TEXT NOT NULL,
  name      TEXT NOT NULL,
  kind      TEXT NOT NULL,
  settings  TEXT NOT NULL,
  sealed    BLOB NOT NULL,
  version   INTEGER NOT NULL,
  updated   INTEGER NOT NULL,
  last_used INTEGER NOT NULL,
  PRIMARY KEY (namespace, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE var (
  namespace TEXT NOT NULL,
  name      TEXT NOT NULL,
  value     BLOB NOT NULL,
  updated   INTEGER NOT NULL,
  PRIMARY KEY (namespace, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE token (
  id      TEXT PRIMARY KEY,
  hash    BLOB NOT NULL,
  name    TEXT NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  once    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
