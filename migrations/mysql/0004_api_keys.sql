-- SHA-256 of each API key. version counts the keys of one agent; ends_at: when a rotated key ends.
CREATE TABLE IF NOT EXISTS api_keys (
    hash       BINARY(32) NOT NULL PRIMARY KEY,
    agent      BIGINT     NOT NULL,
    version    BIGINT     NOT NULL,
    created_at BIGINT     NOT NULL,
    ends_at    BIGINT     NULL,
    KEY api_keys_agent (agent)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC;
