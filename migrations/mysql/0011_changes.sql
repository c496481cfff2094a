-- The control stream: every change of an agent (stream 0), a channel (agent 0) or a membership (both), in order.
CREATE TABLE IF NOT EXISTS changes (
    seq    BIGINT NOT NULL PRIMARY KEY,
    agent  BIGINT NOT NULL,
    stream BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    KEY changes_at (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC;
