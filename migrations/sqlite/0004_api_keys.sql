-- SHA-256 of each API key. version counts the keys of one agent; ends_at: when a rotated key ends.
CREATE TABLE IF NOT EXISTS api_keys (
    hash       BLOB    NOT NULL PRIMARY KEY,
    agent      INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    ends_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS api_keys_agent ON api_keys (agent);
