-- Which item a publisher's Idempotency-Key stands for, and the hash of the request that made it.
CREATE TABLE IF NOT EXISTS idempotency (
    publisher       INTEGER NOT NULL,
    idempotency_key BLOB    NOT NULL,
    item            BLOB    NOT NULL,
    request_hash    BLOB    NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (publisher, idempotency_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS idempotency_created ON idempotency (created_at);
