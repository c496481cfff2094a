-- What was published once. gone: 0 no, 1 expired, 2 withdrawn, 3 consumed; erased: the data is gone too.
-- restricted: whether only its addressees may read; else any agent with the token may. due_at: when the sweeper has to
-- act on it next. addressees: (stream, seq) pairs of two big-endian 64-bit integers.
CREATE TABLE IF NOT EXISTS items (
    id         BINARY(16)      NOT NULL PRIMARY KEY,
    publisher  BIGINT          NOT NULL,
    size       BIGINT          NOT NULL,
    ttl        BIGINT          NOT NULL,
    one_time   SMALLINT        NOT NULL,
    restricted SMALLINT        NOT NULL,
    created_at BIGINT          NOT NULL,
    expires_at BIGINT          NOT NULL,
    due_at     BIGINT          NOT NULL,
    gone       SMALLINT        NOT NULL,
    erased     SMALLINT        NOT NULL,
    claimed_by BIGINT          NULL,
    claimed_at BIGINT          NULL,
    claim_key  VARBINARY(128)  NULL,
    reply_to   BINARY(16)      NULL,
    addressees VARBINARY(1024) NOT NULL,
    name       VARBINARY(400)  NOT NULL,
    data       MEDIUMBLOB      NOT NULL,
    KEY items_due (due_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC;
