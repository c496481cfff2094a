-- Who administered what. Numbered like the change that it belongs to, in the same transaction.
CREATE TABLE IF NOT EXISTS audit_log (
    seq     INTEGER NOT NULL PRIMARY KEY,
    at      INTEGER NOT NULL,
    actor   BLOB    NOT NULL,
    action  BLOB    NOT NULL,
    subject BLOB    NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS audit_log_at ON audit_log (at);
