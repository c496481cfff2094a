-- What was published once. gone: 0 no, 1 expired, 2 withdrawn, 3 consumed; erased: the data is gone too.
-- restricted: whether only its addressees may read; else any agent with the token may. due_at: when the sweeper has to
-- act on it next. addressees: (stream, seq) pairs of two big-endian 64-bit integers.
CREATE TABLE IF NOT EXISTS items (
    id         BLOB    NOT NULL PRIMARY KEY,
    publisher  INTEGER NOT NULL,
    size       INTEGER NOT NULL,
    ttl        INTEGER NOT NULL,
    one_time   INTEGER NOT NULL,
    restricted INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,
    gone       INTEGER NOT NULL,
    erased     INTEGER NOT NULL,
    claimed_by INTEGER,
    claimed_at INTEGER,
    claim_key  BLOB,
    reply_to   BLOB,
    addressees BLOB    NOT NULL,
    name       BLOB    NOT NULL,
    data       BLOB    NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS items_due ON items (due_at);
