-- Who administered what. Numbered like the change that it belongs to, in the same transaction.
CREATE TABLE IF NOT EXISTS audit_log (
    seq     BIGINT         NOT NULL PRIMARY KEY,
    at      BIGINT         NOT NULL,
    actor   VARBINARY(64)  NOT NULL,
    action  VARBINARY(64)  NOT NULL,
    subject VARBINARY(255) NOT NULL,
    KEY audit_log_at (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC;
