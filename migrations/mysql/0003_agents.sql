-- role: 0 agent, 1 operator. An agent's id is the id of its own stream. public_keys: JSON as the agent wrote it.
CREATE TABLE IF NOT EXISTS agents (
    id          BIGINT        NOT NULL PRIMARY KEY,
    name        VARBINARY(64) NOT NULL,
    role        SMALLINT      NOT NULL,
    created_at  BIGINT        NOT NULL,
    disabled_at BIGINT        NULL,
    last_seen   BIGINT        NULL,
    public_keys BLOB          NULL,
    UNIQUE KEY agents_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC;
